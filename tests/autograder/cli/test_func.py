import json
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from autograder.cli.func import start, without_effect

MAIN = [sys.executable, "-c", "from autograder.cli import main; main()"]
KEPT = "They are kept in"
# The options of `func start`, those of version 1.x, too: articles/azure-functions/functions-core-tools-reference.md of
# MicrosoftDocs/azure-docs, and src/Cli/func/Actions/HostActions/StartHostAction.cs of Azure/azure-functions-core-tools.
HONOURED = {
    "--port 7072": ("port", 7072),
    "-p 7072": ("port", 7072),
    "--cors https://a.example": ("cors", "https://a.example"),
    "--cors-credentials": ("cors_credentials", True),
    "--enableAuth": ("enable_auth", True),
    "--functions one two": ("functions", ("one",)),
    "--user-log-level Warning": ("user_log_level", "Warning"),
    "--script-root an-app": ("app", Path("an-app")),
}
NAMED = {
    "--cert a.pfx": "--cert",
    "--password secret": "--password",
    "--useHttps": "--useHttps",
    "--timeout 20": "--timeout",
    "-t 20": "--timeout",
    "--language-worker --debug": "--language-worker",
    "--no-build": "--no-build",
    "--verbose": "--verbose",
    "--dotnet-isolated-debug": "--dotnet-isolated-debug",
    "--enable-json-output": "--enable-json-output",
    "--json-output-file out.json": "--json-output-file",
    "--runtime default": "--runtime",
    "--pause-on-error": "--pause-on-error",
}
APP = """
import azure.functions as func
app = func.FunctionApp()

@app.route(route="key")
def locked(req: func.HttpRequest) -> str:
    return "in"

@app.timer_trigger(arg_name="tick", schedule="0 0 3 1 1 *")
def yearly(tick: func.TimerRequest) -> None:
    pass
"""


@contextmanager
def started(app: Path, environment: dict[str, str], *arguments: str) -> Iterator[tuple[int, str]]:
    """The command, until it has told where things are: its port, and what it printed."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        port = one.getsockname()[1]
    command = subprocess.Popen(
        [*MAIN, "func", "start", "--app", str(app), "--port", str(port), *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert command.stdout
    with command.stdout:
        said = []
        for line in command.stdout:
            said.append(line)
            if (KEPT if "--enable-auth" in arguments else "yearly: timerTrigger") in line:
                break
        yield port, "".join(said)
        command.send_signal(signal.SIGINT)
        command.stdout.read()
        assert command.wait(20) == 0


@pytest.fixture
def app(tmp_path: Path) -> Path:
    folder = tmp_path / "an app"
    folder.mkdir()
    (folder / "function_app.py").write_text(APP)
    (folder / "host.json").write_text('{"version": "2.0"}')
    values = {"AzureWebJobsStorage": "UseDevelopmentStorage=true"}
    (folder / "local.settings.json").write_text(json.dumps({"IsEncrypted": False, "Values": values}))
    return folder


def status_of(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_keys_are_printed_kept_and_settable_and_timers_have_a_status(
    camp_root: Path, environment: dict[str, str], app: Path
) -> None:
    with started(app, environment, "--enable-auth") as (port, said):
        found = re.search(r"\tlocked \(default\): (\S+)", said)
        assert found
        assert status_of(f"http://127.0.0.1:{port}/api/key") == 401
        assert status_of(f"http://127.0.0.1:{port}/api/key?code={found[1]}") == 200
    [state] = (camp_root / ".camp" / "func").iterdir()
    assert f"{KEPT} {state}" in said
    assert (state / "timers" / "yearly.json").is_file()
    kept = json.loads((state / "keys.json").read_text())
    kept["functions"]["locked"]["default"] = "mine"
    (state / "keys.json").write_text(json.dumps(kept))
    with started(app, environment, "--enable-auth") as (port, said):
        assert "\tlocked (default): mine\n" in said
        assert status_of(f"http://127.0.0.1:{port}/api/key?code=mine") == 200


def test_options_of_core_tools_are_honoured_or_named(camp_root: Path, environment: dict[str, str], app: Path) -> None:
    options = "--functions locked YEARLY --cors http://A.example --useHttps --timeout 5 --runtime default --address ::1"
    with started(app, environment, *options.split(), "--user-log-level", "error") as (port, said):
        assert "Without an effect here: --useHttps, --address, --runtime, --timeout." in said
        asked = urllib.request.Request(f"http://127.0.0.1:{port}/api/key", headers={"Origin": "http://a.example"})
        with urllib.request.urlopen(asked, timeout=20) as answer:
            assert answer.headers["Access-Control-Allow-Origin"] == "http://a.example"


@pytest.mark.parametrize("written", HONOURED)
def test_an_option_of_core_tools_has_its_effect(written: str) -> None:
    given = start.make_context("start", written.split()).params
    name, value = HONOURED[written]
    assert given[name] == value
    assert without_effect(given) == []


@pytest.mark.parametrize("written", NAMED)
def test_an_option_of_core_tools_that_means_nothing_here_is_named(written: str) -> None:
    given = start.make_context("start", written.split()).params
    assert without_effect(given) == [NAMED[written]]


def test_what_is_no_option_is_refused(camp_root: Path, environment: dict[str, str], app: Path) -> None:
    for arguments, words in (
        (["surplus"], "Got unexpected arguments: surplus"),
        (["--cors", "*", "--cors-credentials"], "wildcard"),
    ):
        done = subprocess.run(
            [*MAIN, "func", "start", "--app", str(app), *arguments], env=environment, capture_output=True, text=True
        )
        assert done.returncode == 2 and words in done.stderr
