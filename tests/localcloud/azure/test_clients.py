"""The clients that jobs have: curl, and the stand-ins of az and Azure/functions-action, in processes of their own."""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

import localcloud
from localcloud.azure.azure import Azure
from localcloud.extras import Extra

from .conftest import BOT, HOST_JSON, bot, package

HERE = Path(__file__).parent
# No extra of the camp: nobody else needs its 700 MB.
AZURE_CLI = Extra("azure-cli", HERE / "azure_cli", HERE.parents[2] / ".camp" / "extras" / "azure-cli")
RUNNER = Path(localcloud.__file__).parent / "github" / "runner"
PROGRAM = "import sys; sys.path.insert(0, sys.argv.pop(1)); from programs.{module} import main; sys.exit(main())"


class Job:
    """Programs as a job runs them: nothing but the variables leads to Azure."""

    def __init__(self, azure: Azure, folder: Path) -> None:
        self._azure, self.folder = azure, folder
        self._environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "AZURE_CONFIG_DIR": str(folder / "azure")}

    async def run(self, *command: str, status: int = 0, **environment: str) -> str:
        """What a program prints."""
        process = await asyncio.create_subprocess_exec(
            *command, cwd=self.folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
            env={**self._environment, **self._azure.outside().environment, **environment},
        )  # fmt: skip
        output, _none = await process.communicate()
        assert process.returncode == status, output.decode()
        return output.decode()

    async def az(self, *arguments: str, status: int = 0) -> str:
        return await self.run(
            sys.executable, "-c", PROGRAM.format(module="az.main"), str(RUNNER), *arguments, status=status
        )

    async def functions_action(self, inputs: Mapping[str, str], status: int = 0) -> str:
        given = {f"INPUT_{name.upper()}": value for name, value in inputs.items()}
        command = (sys.executable, "-c", PROGRAM.format(module="functions_action"), str(RUNNER))
        return await self.run(*command, status=status, **given, GITHUB_OUTPUT=str(self.folder / "output"))

    async def sign_in(self, secret: str | None = None, status: int = 0) -> str:
        known = self._azure.credentials()
        return await self.az(
            "login", "--service-principal", "-u", known["clientId"], "-p", secret or known["clientSecret"],
            "--tenant", known["tenantId"], status=status,
        )  # fmt: skip

    @property
    def named(self) -> tuple[str, ...]:
        return ("-g", self._azure.site.resource_group, "-n", self._azure.site.name)


@pytest.fixture
async def job(azure: Azure, tmp_path: Path) -> AsyncIterator[Job]:
    folder = tmp_path / "a job"
    folder.mkdir()
    for name, content in {"host.json": HOST_JSON, "function_app.py": BOT, "greeting.txt": "Olá"}.items():
        (folder / name).write_text(content, encoding="utf-8")
    yield Job(azure, folder)


async def word(job: Job, azure: Azure, slot: str) -> str:
    return await job.run("curl", "-fsS", f"https://{azure.site.slot(slot).host_name}/api/hello")


pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")


async def test_functions_action_with_a_profile_then_curl_then_the_swap_of_az(job: Job, azure: Azure) -> None:
    inputs = {
        "app-name": azure.site.name, "slot-name": "staging", "package": ".", "publish-profile": azure.publish_profile(),
        "scm-do-build-during-deployment": "true", "enable-oryx-build": "true",
    }  # fmt: skip
    said = await job.functions_action(inputs)
    assert "Successfully deployed web package to App Service." in said
    assert await word(job, azure, "staging") == "Olá"
    await job.sign_in()
    await job.az(
        "functionapp", "deployment", "slot", "swap", *job.named, "--slot", "staging", "--target-slot", "production"
    )
    assert await word(job, azure, "production") == "Olá"
    assert [change.kind for change in azure.changes] == ["files", "swap"]
    assert azure.site.slot("staging").build_settings == {}


async def test_functions_action_with_the_login_of_az(job: Job, azure: Azure) -> None:
    await job.sign_in()
    (job.folder / "az").write_text(
        f"#!/bin/sh\nexec {sys.executable} -c '{PROGRAM.format(module='az.main')}' {RUNNER} \"$@\"\n"
    )
    (job.folder / "az").chmod(0o755)
    job._environment["PATH"] = f"{job.folder}:{os.environ['PATH']}"
    said = await job.functions_action({"app-name": azure.site.name, "slot-name": "staging", "package": "."})
    assert "Successfully deployed web package to App Service." in said
    assert await word(job, azure, "staging") == "Olá"


async def test_zip_deploy_and_settings_by_az(job: Job, azure: Azure) -> None:
    await job.sign_in()
    (job.folder / "app.zip").write_bytes(bot("hello"))
    deploy = ("functionapp", "deployment", "source", "config-zip", *job.named, "--src", "app.zip", "--slot", "staging")
    await job.az(*deploy)
    assert await word(job, azure, "staging") == "hello"
    settings = ("functionapp", "config", "appsettings")
    await job.az(*settings, "set", *job.named, "--slot", "staging", "--settings", "COLOUR=red")
    await job.az(*settings, "set", *job.named, "--slot", "staging", "--slot-settings", "PLACE=behind")
    listed = {one["name"]: one for one in json.loads(await job.az(*settings, "list", *job.named, "--slot", "staging"))}
    assert (listed["COLOUR"]["value"], listed["COLOUR"]["slotSetting"]) == ("red", False)
    assert (listed["PLACE"]["value"], listed["PLACE"]["slotSetting"]) == ("behind", True)
    assert azure.site.sticky == ["PLACE"]
    shown = json.loads(await job.az("functionapp", "show", *job.named))
    assert shown["defaultHostName"] == azure.site.slot("production").host_name
    slots = json.loads(await job.az("functionapp", "deployment", "slot", "list", *job.named))
    assert [one["name"] for one in slots] == ["staging"]


async def test_az_with_a_wrong_secret_says_what_entra_says(job: Job) -> None:
    assert "AADSTS7000215" in await job.sign_in("wrong", status=1)


async def test_a_broken_package_fails_the_step(job: Job, azure: Azure) -> None:
    (job.folder / "requirements.txt").write_text("numpy\n")
    inputs = {
        "app-name": azure.site.name, "slot-name": "staging", "package": ".", "publish-profile": azure.publish_profile(),
        "scm-do-build-during-deployment": "true",
    }  # fmt: skip
    assert "numpy" in await job.functions_action(inputs, status=1)


async def test_curl_cannot_reach_anything_else(job: Job) -> None:
    said = await job.run("curl", "-sS", "https://example.com", status=56)
    assert "403" in said


async def test_a_package_whose_app_is_in_a_folder_is_explained(azure: Azure) -> None:
    inner = package({"bot/host.json": HOST_JSON, "bot/function_app.py": BOT})
    deployment = await azure.site.slot("staging").deploy(inner, "a test")
    assert any("host.json is not at the root" in line for line in deployment.log_lines)
    assert deployment.errors


@pytest.mark.skipif(
    int(os.environ.get("CAMP_SEEDS", "1")) == 1, reason="installs azure-cli, and takes long: for camp test --all"
)
async def test_the_real_az_deploys_lists_and_swaps(job: Job, azure: Azure) -> None:
    await asyncio.to_thread(AZURE_CLI.ensure, print)
    az, named = str(AZURE_CLI.bin / "az"), job.named
    known = azure.credentials()
    (job.folder / "app.zip").write_bytes(bot("hello"))
    secret = ("-u", known["clientId"], "-p", known["clientSecret"], "--tenant", known["tenantId"])
    staging = (*named, "--slot", "staging")
    for arguments in (
        ("login", "--service-principal", *secret),
        ("account", "show"),
        ("functionapp", "show", *named),
        ("functionapp", "deployment", "slot", "list", *named),
        ("functionapp", "deployment", "source", "config-zip", *staging, "--src", "app.zip"),
        ("functionapp", "config", "appsettings", "set", *staging, "--settings", "COLOUR=red"),
        ("functionapp", "config", "appsettings", "list", *staging),
        ("functionapp", "deployment", "slot", "swap", *staging, "--target-slot", "production"),
    ):
        await job.run(az, *arguments)
    assert await word(job, azure, "production") == "hello"
    assert azure.site.slot("production").settings["COLOUR"] == "red"
    # It settles whether Azure builds before it deploys.
    assert [change.kind for change in azure.changes] == ["settings", "files", "settings", "swap"]
