"""Every app has the setting AzureWebJobsStorage; Azurite starts when somebody connects to it, and not before."""

import random
import shutil
from pathlib import Path

import pytest

from autograder.environment import Environment
from autograder.lab import Lab, find_lab
from autograder.runner import run_checks
from autograder.sandbox import Sandbox
from autograder.verdict import PASSED, Verdict
from localcloud.storage import service
from localcloud.storage.azurite import Azurite

OUTGOING = '@app.route(route="slack/outgoing", methods=["POST"])\ndef outgoing(req: func.HttpRequest)'
READS_IT = (
    "LONGEST_TEXT = 40_000\n",
    """LONGEST_TEXT = 40_000
from azure.storage.queue import QueueClient

said = QueueClient.from_connection_string(os.environ["AzureWebJobsStorage"], "said")
""",
)
QUEUE_OUTPUT = (
    OUTGOING,
    """@app.route(route="slack/outgoing", methods=["POST"])
@app.queue_output(arg_name="said", queue_name="said", connection="AzureWebJobsStorage")
def outgoing(req: func.HttpRequest, said: func.Out[str])""",
)
SETS_THE_QUEUE = (
    '    return answer({"text": f"Hello',
    '    said.set(form["user_name"][0])\n    return answer({"text": f"Hello',
)
WRITES_A_BLOB = (
    '    return answer({"text": f"Hello',
    """    from azure.storage.blob import BlobServiceClient
    import uuid

    with BlobServiceClient.from_connection_string(os.environ["AzureWebJobsStorage"]) as storage:
        with storage.create_container(f"said-{uuid.uuid4()}") as said:
            said.upload_blob("name", form["user_name"][0])
    return answer({"text": f"Hello""",
)

LOOKS_WHEN_IMPORTED = """
import os
import azure.functions as func
from azure.storage.queue import QueueServiceClient

with QueueServiceClient.from_connection_string(os.environ["AzureWebJobsStorage"]) as service:
    found = ", ".join(queue.name for queue in service.list_queues())
app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="queues")
def queues(req: func.HttpRequest) -> str:
    return found
"""


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Azurite]:
    """Each Azurite that a check run has started."""
    found: list[Azurite] = []

    class Counted(Azurite):
        def start(self) -> None:
            found.append(self)
            super().start()

    monkeypatch.setattr(service, "Azurite", Counted)
    return found


def checked(lab: Lab, folder: Path, *changes: tuple[str, str], sandbox: Sandbox | None = None) -> Verdict:
    """Runs the lab's first check on the solution, changed so."""
    shutil.copytree(lab.solution, folder, ignore=shutil.ignore_patterns("alternatives", "mutants"))
    app = folder / "function_app.py"
    code = app.read_text("utf-8")
    for old, new in changes:
        assert code.count(old) == 1
        code = code.replace(old, new)
    app.write_text(code, "utf-8")
    return run_checks(lab, folder, [lab.checks[0].id], seed=1, sandbox=sandbox)


def outcomes(verdict: Verdict) -> list[tuple[str, str | None]]:
    return [(result.outcome, result.seen) for result in verdict.checks]


def test_the_solution_of_lab_1_starts_no_azurite(started: list[Azurite]) -> None:
    lab = find_lab("1")
    verdict = run_checks(lab, lab.solution, seed=1)
    assert verdict.points == verdict.of
    assert started == []


def test_an_app_that_reads_the_setting_when_it_is_imported_passes(tmp_path: Path) -> None:
    assert outcomes(checked(find_lab("1"), tmp_path / "app", READS_IT)) == [(PASSED, None)]


def test_an_app_with_a_queue_output_passes(tmp_path: Path, started: list[Azurite]) -> None:
    assert outcomes(checked(find_lab("1"), tmp_path / "app", QUEUE_OUTPUT, SETS_THE_QUEUE)) == [(PASSED, None)]
    assert len(started) == 1


def test_an_app_with_a_queue_output_passes_in_the_sandbox(tmp_path: Path) -> None:
    with Sandbox() as sandbox:
        verdict = checked(find_lab("1"), tmp_path / "app", QUEUE_OUTPUT, SETS_THE_QUEUE, sandbox=sandbox)
    assert outcomes(verdict) == [(PASSED, None)]


def test_an_app_that_writes_a_blob_passes_in_the_sandbox(tmp_path: Path, started: list[Azurite]) -> None:
    with Sandbox() as sandbox:
        verdict = checked(find_lab("1"), tmp_path / "app", WRITES_A_BLOB, sandbox=sandbox)
    assert outcomes(verdict) == [(PASSED, None)]
    assert len(started) == 1


KEEPS_IN_A_QUEUE = (
    (
        "def events(req: func.HttpRequest, kept: func.Out[func.Document])",
        """@app.queue_output(arg_name="said", queue_name="said", connection="AzureWebJobsStorage")
def events(req: func.HttpRequest, kept: func.Out[func.Document], said: func.Out[str])""",
    ),
    ("        kept.set(func.Document", '        said.set(event["ts"])\n        kept.set(func.Document'),
)


def test_the_solution_of_lab_2_starts_no_azurite(started: list[Azurite]) -> None:
    lab = find_lab("2")
    verdict = run_checks(lab, lab.solution, ["2.1"], seed=1)
    assert outcomes(verdict) == [(PASSED, None)]
    assert started == []


def test_an_app_of_lab_2_that_reads_the_setting_when_it_is_imported_passes(tmp_path: Path) -> None:
    assert outcomes(checked(find_lab("2"), tmp_path / "app", READS_IT)) == [(PASSED, None)]


def test_an_app_of_lab_2_with_a_queue_output_passes(tmp_path: Path, started: list[Azurite]) -> None:
    assert outcomes(checked(find_lab("2"), tmp_path / "app", *KEEPS_IN_A_QUEUE)) == [(PASSED, None)]
    assert len(started) == 1


async def test_the_queues_that_a_lab_names_are_there_before_its_app_is_imported(tmp_path: Path) -> None:
    (tmp_path / "function_app.py").write_text(LOOKS_WHEN_IMPORTED)
    (tmp_path / "host.json").write_text('{"version": "2.0"}')
    environment = await Environment.start(find_lab("4"), tmp_path, "seed")
    try:
        assert (await environment.camp(random.Random(1)).get("/api/queues")).text == "reports"
    finally:
        await environment.stop()
