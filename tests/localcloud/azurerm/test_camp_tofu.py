"""`camp tofu` with the real engine, and the workshop's own cloud, which it makes here."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from autograder import localcamp, project
from autograder.cli import BROKEN, camp
from autograder.cli.tofu import alone
from localcloud.azurerm import setup
from localcloud.supervisor.ledger import Entry, born

WORKSHOP = Path(__file__).parents[3] / "infra" / "terraform"
SECRETS = {
    "slack_bot_token": "xoxb-very-secret",
    "slack_signing_secret": "signing-very-secret",
    "slack_outgoing_token": "outgoing-very-secret",
}
APP = """
import os
import azure.functions as func
app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="hello")
def hello(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(os.environ["SLACK_BOT_TOKEN"])
"""
NO_CHANGE, CHANGES = 0, 2  # exit codes of `plan -detailed-exitcode`
CAMP = "import sys, pathlib; from autograder import project; from autograder.cli import main\n"
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = tmp_path / ".camp"
    found.mkdir()
    monkeypatch.setattr(project, "state", lambda: found)
    return found


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: Path, state: Path) -> Path:
    """The workshop's cloud in a folder, with its variables and with the pinned engine in front on PATH."""
    folder = tmp_path / "the workshop"
    folder.mkdir()
    for one in WORKSHOP.glob("*.tf"):
        shutil.copy(one, folder)
    for name, value in {"prefix": "abc", **SECRETS}.items():
        monkeypatch.setenv(f"TF_VAR_{name}", value)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("TF_CLI_ARGS", "-no-color")
    monkeypatch.setenv("ARM_SUBSCRIPTION_ID", "an-account-on-azure")
    return folder


@pytest.fixture
def run(workshop: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs `camp tofu` in the folder of the workshop's cloud: its exit code, and what the engine printed."""

    def running(*arguments: str, code: int = 0) -> tuple[int, str]:
        capfd.readouterr()
        done = CliRunner().invoke(camp, ["tofu", "--folder", str(workshop), *arguments])
        printed = "".join(capfd.readouterr())
        assert done.exit_code == code, done.output + printed
        return done.exit_code, printed

    return running


def test_the_cloud_of_the_workshop_lives_and_goes(run: Run, state: Path) -> None:
    run("fmt", "-check")
    run("init", "-input=false")
    run("validate")
    run("plan", "-input=false", "-detailed-exitcode", "-out=tfplan", code=CHANGES)
    run("apply", "-input=false", "tfplan")
    _code, printed = run("plan", "-input=false", "-detailed-exitcode", code=NO_CHANGE)
    assert "No changes" in printed
    assert not [value for value in SECRETS.values() if value in printed]
    made = {name: one["value"] for name, one in json.loads(run("output", "-json")[1]).items()}
    assert (made["resource_group_name"], made["function_app_name"]) == ("rg-abc-dev", "func-abc-dev")
    assert made["cosmos_endpoint"].startswith("http://127.0.0.1:")
    run("destroy", "-auto-approve", "-input=false")
    assert run("state", "list") == (0, "")
    assert (state / "tofu" / "model").is_dir()


def test_the_exit_code_is_the_engines(run: Run, workshop: Path) -> None:
    _code, printed = run("-version")
    assert "OpenTofu" in printed
    (workshop / "wrong.tf").write_text("resource {}\n", "utf-8")
    assert "wrong.tf line 1" in run("init", "-input=false", code=1)[1]


def test_an_interrupt_reaches_the_engine(run: Run, workshop: Path, state: Path) -> None:
    run("init", "-input=false")
    code = CAMP + f"project.state = lambda: pathlib.Path({str(state)!r})\nmain()"
    with subprocess.Popen(
        [sys.executable, "-c", code, "tofu", "--folder", str(workshop), "apply"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as running:
        assert running.stdout
        printed = ""
        while "Enter a value:" not in printed:
            printed += (new := running.stdout.read(1))
            assert new, printed
        running.send_signal(signal.SIGINT)
        after = running.stdout.read()
    assert running.returncode == 1
    assert "Interrupt received" in after and ("interrupted" in after or "context canceled" in after)
    assert "Traceback" not in after


def test_two_at_once_is_refused(state: Path, run: Run) -> None:
    with alone(state / "tofu"):
        done = CliRunner().invoke(camp, ["tofu", "version"])
    assert done.exit_code == BROKEN
    assert "Another 'camp tofu' is running in this clone." in done.output


@pytest.fixture
def opened(state: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A camp that is open and has resources."""
    folder = state / "tofu"
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "localcloud.resources", "--folder", str(folder)),
            *("--python", str(project.apps_python())),
            *(part for name in ("provider", "gate", "app") for part in (f"--{name}-port", "0")),
        ],
        env={**os.environ, "CAMP_RESOURCES_INPUTS": json.dumps({"SLACK_BOT_TOKEN": SECRETS["slack_bot_token"]})},
    )
    deadline = time.monotonic() + 60
    while not (folder / "outside.json").is_file():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.1)
    entry = Entry("resources", process.pid, "http://127.0.0.1:1", "ready", born(process.pid) or 0.0)
    localcamp.ledger().write([entry], {})
    yield process
    process.terminate()
    process.wait(20)


def test_an_open_camp_is_applied_to_and_deployed_to(
    run: Run, state: Path, opened: subprocess.Popen[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TF_VAR_slack_bot_token")
    run("init", "-input=false")
    run("apply", "-input=false", "-auto-approve")
    app = tmp_path / "app"
    app.mkdir()
    (app / "host.json").write_text('{"version": "2.0"}')
    (app / "function_app.py").write_text(APP)
    done = CliRunner().invoke(camp, ["deploy", str(app), "--app", "func-abc-dev"])
    assert done.exit_code == 0, done.output
    url = re.search(r"func-abc-dev answers at (http://127\.0\.0\.1:\d+)", done.output)
    assert url, done.output
    with urllib.request.urlopen(f"{url[1]}/api/hello") as answer:
        assert answer.read() == SECRETS["slack_bot_token"].encode()
    done = CliRunner().invoke(camp, ["deploy", str(app), "--app", "func-none"])
    assert (done.exit_code, "There are: func-abc-dev" in done.output) == (BROKEN, True)
    done = CliRunner().invoke(camp, ["deploy", str(app)])
    assert (done.exit_code, "--app NAME" in done.output) == (BROKEN, True)
    opened.terminate()
    assert opened.wait(20) == 0
    monkeypatch.setenv("TF_VAR_slack_bot_token", SECRETS["slack_bot_token"])
    run("plan", "-input=false", "-detailed-exitcode", code=NO_CHANGE)


def test_an_old_python_is_named(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "OLDEST_PYTHON", (99, 0))
    done = CliRunner().invoke(camp, ["tofu", "version"])
    assert done.exit_code == BROKEN
    assert "The local Azure provider needs Python" in done.output


def test_the_remote_state_that_it_proposes_is_valid(workshop: Path, run: Run) -> None:
    versions = workshop / "versions.tf"
    text, count = re.subn(r"(?m)^  # ((?:  )?(?:backend|[a-z_]+ +=|}).*)$", r"  \1", versions.read_text("utf-8"))
    assert count == 7 and '\n  backend "azurerm" {\n' in text
    versions.write_text(text, "utf-8")
    run("init", "-input=false", "-backend=false")
    run("validate")
    run("fmt", "-check")
