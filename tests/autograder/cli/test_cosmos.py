import json
import shutil
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from azure.cosmos import CosmosClient

from localcloud.cosmos.emulator import EMULATOR_KEY
from localcloud.cosmos.prepared import connection_string
from localcloud.functions.bindings.cosmos_names import parts_of
from localcloud.loopback import free_port

CampCommand = Callable[..., "CompletedProcess[str]"]
MAIN = [sys.executable, "-c", "from autograder.cli import main; main()"]
APP = """
import os
import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

@app.route(route="store")
@app.cosmos_db_output("out", "CosmosDbConnection", "camp", "messages")
def store(req: func.HttpRequest, out: func.Out[func.Document]) -> str:
    out.set(func.Document.from_dict({"id": "1", "channel": "general"}))
    return os.environ["CosmosDbConnection"]
"""


class Command:
    """A `camp` command that runs until it is ended, and what it has printed."""

    def __init__(self, root: Path, environment: dict[str, str], *arguments: str) -> None:
        self.process = subprocess.Popen(
            [*MAIN, *arguments],
            cwd=root,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        with self.process.stdout:
            for line in self.process.stdout:
                with self._changed:
                    self.lines.append(line.rstrip())
                    self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    def until(self, words: str) -> str:
        """The rest of the line with these words."""
        with self._changed:
            self._changed.wait_for(lambda: any(words in one for one in self.lines) or not self._reader.is_alive(), 60)
        return next(one for one in self.lines if words in one).partition(words)[2].strip()

    def end(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        code = self.process.wait(30)
        self._reader.join()
        return code


@pytest.fixture
def run(camp_root: Path, environment: dict[str, str]) -> Iterator[Callable[..., Command]]:
    """Starts `camp` with these arguments in the small project."""
    started: list[Command] = []

    def start(*arguments: str) -> Command:
        started.append(Command(camp_root, environment, *arguments))
        return started[-1]

    yield start
    for one in started:
        one.end()


LAB = """
number = 1
title = "Tiny"
minutes = 5
services = ["cosmos"]

[cosmos.containers]
messages = "/channel"

[[check]]
id = "1.1"
points = 1
"""


@pytest.fixture
def cosmos_lab(camp_root: Path) -> Path:
    """The small project's lab needs Cosmos DB, and its app stores a document. No notebook: it is slow to make."""
    lab = camp_root / "labs" / "1-tiny"
    (lab / "lab.toml").write_text(LAB)
    (lab / "function_app.py").write_text(APP)
    shutil.rmtree(camp_root / "notebooks")
    return lab


def body(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        text: str = answer.read().decode()
    return text


def stored(connection: str) -> list[str]:
    """The ids in camp/messages, as the SDK of another program sees them."""
    with CosmosClient.from_connection_string(connection) as client:
        container = client.get_database_client("camp").get_container_client("messages")
        return [one["id"] for one in container.read_all_items()]


def test_the_emulator_alone_says_where_it_is_and_ends_by_ctrl_c(run: Callable[..., Command], tmp_path: Path) -> None:
    port, data = str(free_port()), str(tmp_path / "data")
    arguments = ("cosmos", "start", "--port", port, "--data", data, "--container", "camp/messages=/channel@4000")
    emulator = run(*arguments)
    connection = emulator.until("Connection string:")
    assert connection == connection_string(f"http://127.0.0.1:{port}", EMULATOR_KEY)
    with CosmosClient.from_connection_string(connection) as client:
        container = client.get_database_client("camp").get_container_client("messages")
        container.upsert_item({"id": "1", "channel": "general"})
        assert container.get_throughput().offer_throughput == 4000
    assert emulator.end() == 0
    again = run(*arguments)
    assert stored(again.until("Connection string:")) == ["1"]


def test_documents_that_an_emulator_has_open_are_not_reset(
    run: Callable[..., Command], camp_command: CampCommand, cosmos_lab: Path, camp_root: Path
) -> None:
    emulator = run("cosmos", "start", "--port", str(free_port()))
    emulator.until("Connection string:")
    (camp_root / "work" / "1-tiny").mkdir(parents=True)
    done = camp_command("reset", "--yes")
    assert done.returncode == 3 and "An emulator ('camp cosmos start') has the documents open." in done.stderr
    assert (camp_root / ".camp" / "cosmos" / "cosmos.lock").exists()


def test_a_busy_port_and_wrong_options_are_said(camp_command: CampCommand) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = str(busy.getsockname()[1])
        taken = camp_command("cosmos", "start", "--memory", "--port", port)
        assert taken.returncode == 2 and f"Port {port} is unavailable" in taken.stderr
    wrong = camp_command("cosmos", "start", "--memory", "--container", "messages")
    assert wrong.returncode == 2 and "messages is no container" in wrong.stderr
    both = camp_command("cosmos", "start", "--memory", "--data", "x")
    assert both.returncode == 2 and "exclude each other" in both.stderr


def test_a_lab_that_needs_it_has_the_emulator(
    run: Callable[..., Command], camp_command: CampCommand, cosmos_lab: Path, camp_root: Path
) -> None:
    camp = run("up", "--headless")
    endpoint = camp.until("Cosmos DB  ")
    camp.until("JupyterLab is starting")
    connection = body(next(one.split()[-1] for one in camp.lines if one.startswith("Functions host")) + "/api/store")
    assert connection == connection_string(endpoint, EMULATOR_KEY)
    assert stored(connection) == ["1"]
    services = {one["name"]: one["state"] for one in json.loads(camp_command("status", "--json").stdout)["services"]}
    assert services["cosmos"] == "running"
    assert "INFO functions - Request" not in camp_command("logs", "functions").stdout
    assert "stays while the camp is open" in camp_command("reset", "--yes").stdout
    assert camp.end() == 0
    assert "What was stored in Cosmos DB is in .camp/backups/cosmos-" in camp_command("reset", "--yes").stdout
    assert not (camp_root / ".camp" / "cosmos").exists()


def test_another_account_stands_in_for_it(
    run: Callable[..., Command], camp_command: CampCommand, cosmos_lab: Path
) -> None:
    emulator = run("cosmos", "start", "--memory", "--port", str(free_port()))
    connection = emulator.until("Connection string:")
    camp = run("up", "--headless", "--cosmos", connection)
    camp.until("JupyterLab is starting")
    assert "Made there: camp/messages" in camp.lines
    assert (
        body(next(one.split()[-1] for one in camp.lines if one.startswith("Functions host")) + "/api/store")
        == connection
    )
    assert stored(connection) == ["1"]
    shown = camp_command("status").stdout
    assert (
        f"Cosmos DB is not the camp's own: {parts_of(connection)['accountendpoint']}" in shown
        and "cosmos " not in shown
    )


def test_an_account_that_cannot_be_used_is_said(camp_command: CampCommand, cosmos_lab: Path) -> None:
    nobody = camp_command("up", "--headless", "--cosmos", f"http://127.0.0.1:{free_port()}")
    assert nobody.returncode == 3 and "No Cosmos DB account answers at" in nobody.stderr
