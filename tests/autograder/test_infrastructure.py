"""What the notebook about infrastructure as code draws and deletes, with the real engine."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder import localcamp, project
from autograder.infrastructure import delete_by_hand, dependencies
from localcloud.azurerm import setup
from localcloud.supervisor.ledger import Entry, born

Captured = pytest.CaptureFixture[str]
CONFIGURATION = """
terraform {
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.0"
    }
  }
}

provider "azurerm" {
  features {}
}

variable "prefix" {
  type = string
}

locals {
  home = azurerm_resource_group.camp
}

resource "azurerm_resource_group" "camp" {
  name     = "rg-${var.prefix}"
  location = "japaneast"
}

resource "azurerm_user_assigned_identity" "bot" {
  name                = "id-${var.prefix}"
  resource_group_name = local.home.name
  location            = local.home.location
}
"""

STORAGE = """
module "store" {
  source = "./store"
  group  = azurerm_resource_group.camp
}
"""
STORE = """
variable "group" {}

resource "azurerm_storage_account" "camp" {
  name                     = "stabc"
  resource_group_name      = var.group.name
  location                 = var.group.location
  account_tier             = "Standard"
  account_replication_type = "LRS"
}

resource "azurerm_storage_queue" "reports" {
  name               = "reports"
  storage_account_id = azurerm_storage_account.camp.id
}
"""
CHANGES = 2  # the exit code of `plan -detailed-exitcode`


@pytest.fixture
def folder(learner: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A learner's configuration; the pinned engine is the first on PATH."""
    program = setup.pinned(print)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    found = learner / "work" / "6"
    found.mkdir()
    monkeypatch.chdir(found)
    monkeypatch.setenv("TF_VAR_prefix", "abc")
    return found


@pytest.fixture
def opened(folder: Path) -> Iterator[None]:
    """A camp that is open and has resources."""
    state = project.state() / "tofu"
    ports = [part for name in ("provider", "gate", "app") for part in (f"--{name}-port", "0")]
    command = [sys.executable, "-m", "localcloud.resources", "--folder", str(state), *ports]
    process = subprocess.Popen([*command, "--python", str(project.apps_python())])
    deadline = time.monotonic() + 60
    while not (state / "outside.json").is_file():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.1)
    entry = Entry("resources", process.pid, "http://127.0.0.1:1", "ready", born(process.pid) or 0.0)
    localcamp.ledger().write([entry], {})
    yield
    process.terminate()
    process.wait(20)


def engine(*arguments: str, code: int = 0) -> str:
    command = [sys.executable, "-m", "autograder.cli", "tofu", *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == code, done.stdout
    return done.stdout


def test_a_configuration_is_drawn_before_anything_is_made(folder: Path, capfd: Captured) -> None:
    (folder / "main.tf").write_text(CONFIGURATION, "utf-8")
    dependencies()
    assert "The engine cannot draw this configuration." in (shown := capfd.readouterr().out)
    assert "init" in shown and "\x1b" not in shown and "│" not in shown
    engine("init", "-input=false")
    dependencies()
    assert capfd.readouterr().out == (
        "Dependency graph: resources 2, dependencies 1\n"
        "  azurerm_resource_group.camp         nothing\n"
        "  azurerm_user_assigned_identity.bot  azurerm_resource_group.camp\n"
    )


def test_a_folder_without_a_resource_says_so(folder: Path, capfd: Captured) -> None:
    (folder / "main.tf").write_text('variable "prefix" {}\n', "utf-8")
    dependencies(folder)
    assert "There is no resource yet." in capfd.readouterr().out


@pytest.mark.usefixtures("opened")
def test_a_plan_sees_what_was_deleted_by_hand(folder: Path, capfd: Captured) -> None:
    (folder / "main.tf").write_text(CONFIGURATION + STORAGE, "utf-8")
    (folder / "store").mkdir()
    (folder / "store" / "main.tf").write_text(STORE, "utf-8")
    engine("init", "-input=false")
    engine("apply", "-input=false", "-auto-approve")
    delete_by_hand("reports")
    said = capfd.readouterr().out
    assert said == "The queue reports of stabc is gone. Somebody with the account's key has deleted it.\n"
    printed = engine("plan", "-input=false", "-no-color", "-detailed-exitcode", code=CHANGES)
    assert "1 to add, 0 to change, 0 to destroy" in printed
    delete_by_hand("reports")
    assert capfd.readouterr().out == "The queue reports is gone already.\n"
    delete_by_hand("letters")
    assert "The state of this folder has no queue letters." in capfd.readouterr().out


def test_without_a_state_there_is_nothing_to_delete(folder: Path, capfd: Captured) -> None:
    (folder / "main.tf").write_text('variable "prefix" {}\n', "utf-8")
    delete_by_hand("reports")
    assert "The state of this folder has no queue reports." in capfd.readouterr().out


@pytest.mark.parametrize(
    ("endpoint", "said"),
    [
        ("http://127.0.0.1:9/stabc/", "The storage account does not answer. Open the camp with this lab"),
        ("https://stabc.queue.core.windows.net/", "This queue is on Azure"),
    ],
)
def test_nothing_is_deleted_but_in_the_local_cloud(
    monkeypatch: pytest.MonkeyPatch, capfd: Captured, endpoint: str, said: str
) -> None:
    account = {"id": "/one", "name": "stabc", "primary_queue_endpoint": endpoint, "primary_access_key": "a2V5"}
    queue = {"name": "reports", "storage_account_id": "/one"}
    resources = [
        {"mode": "managed", "type": "azurerm_storage_account", "values": account},
        {"mode": "managed", "type": "azurerm_storage_queue", "values": queue},
    ]
    shown = json.dumps({"values": {"root_module": {"resources": resources}}})
    monkeypatch.setattr("autograder.infrastructure._engine", lambda *_arguments: shown)
    delete_by_hand("reports")
    assert said in capfd.readouterr().out
