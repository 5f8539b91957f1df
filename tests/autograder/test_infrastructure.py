"""The notebook's drawing of a configuration, by the real engine."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.infrastructure import dependencies
from localcloud.azurerm import setup

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


@pytest.fixture
def folder(learner: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A learner's configuration; the pinned engine is the first on PATH."""
    program = setup.pinned(print)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    found = learner / "work" / "6"
    found.mkdir()
    monkeypatch.chdir(found)
    return found


def test_a_configuration_is_drawn_before_anything_is_made(folder: Path, capfd: Captured) -> None:
    (folder / "main.tf").write_text(CONFIGURATION, "utf-8")
    dependencies()
    assert "The engine cannot draw this configuration." in (shown := capfd.readouterr().out)
    assert "init" in shown and "\x1b" not in shown and "│" not in shown
    subprocess.run([sys.executable, "-m", "autograder.cli", "tofu", "init", "-input=false"], check=True)
    capfd.readouterr()
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
