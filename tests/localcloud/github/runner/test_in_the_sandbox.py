"""All parts together: a workflow runs in a sandbox on this runner and deploys to the local Azure."""

import random
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from localcloud import extras
from localcloud.azure.azure import Azure
from localcloud.azure.federation import signed
from localcloud.github.forge import Forge
from localcloud.github.runner import Runner
from localcloud.github.runs import Outside, Run, Runs
from localcloud.journal import Journal

from ...azure.conftest import bot, made
from ..running_act import PROJECT

BOT = """
from pathlib import Path
import azure.functions as func
app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="version")
def version(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(Path(__file__).with_name("commit.txt").read_text())
"""
FILES = {
    "host.json": '{"version": "2.0"}', "function_app.py": BOT, "requirements.txt": "azure-functions\nslack-sdk\n",
    "tests/test_a.py": "import azure.functions\ndef test_a(): pass\n", ".funcignore": ".git*\ntests\n",
}  # fmt: skip
TOOLS = """
on: push
jobs:
  tools:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - uses: actions/cache@v4
        with: { path: ~/kept, key: kept }
      - run: |
          mkdir -p ~/kept; touch ~/kept/file
          python -m venv .venv
          .venv/bin/pip install -q requests
          pip install --target packages slack-sdk
          zip -qr app.zip host.json packages; unzip -l app.zip
          node --version; az version -o none; git log --oneline; curl --version
      - uses: actions/upload-artifact@v4
        with: { name: package, path: app.zip }
  other:
    needs: tools
    runs-on: ubuntu-latest
    steps:
      - uses: actions/download-artifact@v5
        with: { name: package }
      - run: unzip -q app.zip && ls packages/slack_sdk && ! pip show slack-sdk && ! ls ~/kept
"""

LOGIN = """
on: push
permissions:
  id-token: write
jobs:
  one:
    runs-on: ubuntu-latest
    steps:
      - uses: azure/login@v3
        with:
          client-id: ${{ vars.AZURE_CLIENT_ID }}
          tenant-id: ${{ vars.AZURE_TENANT_ID }}
          subscription-id: ${{ vars.AZURE_SUBSCRIPTION_ID }}
      - run: az account show -o table
"""

Push = Callable[[dict[str, str]], Awaitable[Run]]


@pytest.fixture
async def azure(tmp_path: Path) -> AsyncIterator[Azure]:
    azure = made(tmp_path / "ein Ördner" / "azure", AzureWebJobsStorage="UseDevelopmentStorage=true")
    await azure.start()
    yield azure
    await azure.stop()


@pytest.fixture
async def runs(azure: Azure, tmp_path: Path) -> AsyncIterator[Runs]:
    for name in ("act", "actionlint"):
        extras.ensure(name, print)
    if not shutil.which("bwrap"):
        pytest.skip("there is no bubblewrap")
    runner = Runner(PROJECT / ".camp")
    runner.ensure()
    forge = Forge(tmp_path / "ein Ördner" / "github", Journal(), random.Random(1))
    await forge.start()
    repository = forge.create("bot")
    repository.variables.update(azure.variables())
    repository.secrets.update(azure.secrets())
    outside = azure.outside()
    runs = Runs(
        forge, runner, Outside(outside.environment, outside.ports, outside.files), Journal(), confined=True,
        make_token=lambda claims: signed(claims, azure.oidc_key),
    )  # fmt: skip
    yield runs
    await runs.stop()
    await forge.stop()


@pytest.fixture
def push(runs: Runs) -> Push:
    async def push(files: dict[str, str]) -> Run:
        repository = runs._forge.repositories["camp/bot"]
        await repository.commit("main", {name: text.encode() for name, text in files.items()}, "A push")
        await runs.idle(120)
        return runs.runs[-1]

    return push


def log_of(run: Run) -> str:
    """With the seconds of each step."""
    return "\n".join(
        f"{step.seconds or 0:5.2f} {step.name}: {step.conclusion}\n" + "\n".join(step.log)
        for job in run.jobs
        for step in job.steps
    )


async def test_the_workflow_of_lab_3_reaches_production(azure: Azure, push: Push) -> None:
    for slot in azure.site.slots.values():
        await slot.deploy(bot("old"), "test")
    workflow = (PROJECT / "solutions" / "3-ship-it" / ".github" / "workflows" / "deploy.yml").read_text("utf-8")
    run = await push({**FILES, ".github/workflows/deploy.yml": workflow})
    assert run.conclusion == "success", log_of(run)
    assert [swap.ok for swap in azure.swaps] == [True]


async def test_a_job_finds_its_tools(push: Push) -> None:
    run = await push({**FILES, ".github/workflows/tools.yml": TOOLS})
    assert run.conclusion == "success", log_of(run)


async def test_a_job_signs_in_with_its_identity_token(push: Push) -> None:
    run = await push({".github/workflows/login.yml": LOGIN})
    assert run.conclusion == "success", log_of(run)
    assert "Serverless Camp" in log_of(run)
