"""What a check is told of a notebook, right or wrong, in the sandbox."""

import json
from pathlib import Path
from typing import Any

import pytest

from autograder.answers import running
from autograder.answers.sources import notebook_of
from autograder.lab import Lab
from autograder.runner import run_checks
from autograder.sandbox import Sandbox
from autograder.verdict import FAILED, PASSED, CheckResult

RIGHT = {
    "key": 'def key(message):\n    return message["team"]',
    "total": "def total(numbers):\n    if min(numbers) < 0:\n        raise ValueError\n    return sum(numbers)",
    "shout": 'volume = 11\nprint("HELLO")',
}
CHECK_OF = {"key": "1.1", "total": "1.2", "shout": "1.3"}


@pytest.fixture
def seen(lab: Lab, sandbox: Sandbox, tmp_path: Path) -> Any:
    """What the check of a cell says when that cell holds this; the other cells are right, and must stay so."""

    def see(cell: str, source: str, *, others: bool = True) -> CheckResult:
        notebook = notebook_of(lab, {**RIGHT, cell: source})
        verdict = run_checks(lab, tmp_path, seed=3, sandbox=sandbox, notebook=notebook)
        results = {result.id: result for result in verdict.checks}
        if others:
            assert {result.outcome for id, result in results.items() if id != CHECK_OF[cell]} == {PASSED}
        return results[CHECK_OF[cell]]

    return see


def test_what_is_right_passes(lab: Lab, sandbox: Sandbox, tmp_path: Path) -> None:
    assert run_checks(lab, tmp_path, seed=3, sandbox=sandbox, notebook=notebook_of(lab, RIGHT)).passed


def test_a_wrong_value_is_shown_with_the_call(seen: Any) -> None:
    result = seen("key", "def key(message):\n    return sorted(message)")
    assert (result.outcome, result.seen) == (FAILED, "['channel', 'team']")
    assert result.sent and result.sent.startswith("key({'team': '")


def test_an_error_in_the_cell_is_shown_with_its_line(seen: Any) -> None:
    result = seen("key", "x = 1\nundefined + 1\ndef key(message): return 1")
    assert result.seen == (
        "There is no key in the notebook.\nNameError: name 'undefined' is not defined\n  in the cell key, line 2"
    )
    assert "Save the notebook" in str(result.next)


def test_a_slip_of_the_pen_is_shown_with_its_line(seen: Any) -> None:
    assert "SyntaxError" in seen("key", "x = 1\ndef key(:").seen
    assert "in the cell key, line 2" in seen("key", "x = 1\ndef key(:").seen


def test_an_exception_of_the_function_is_shown_with_its_line(seen: Any) -> None:
    result = seen("key", 'def key(message):\n    return message["chanel"]')
    assert result.seen == "KeyError: 'chanel'\n  in the cell key, line 2"


def test_what_is_no_function_is_told(seen: Any) -> None:
    assert seen("key", "key = 7").seen == "key is no function, but of the type int."


def test_a_call_that_takes_too_long_is_called_a_time_out(seen: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "CALL_SECONDS", 0.5)
    monkeypatch.setattr("autograder.answers.asking.CALL_SECONDS", 0.5)
    result = seen("key", "def key(message):\n    while True: pass")
    assert result.seen == "Time-out: it was not through after 0.5 seconds.\n  in the cell key, line 2"


def test_one_that_swallows_every_exception_is_ended(seen: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "GRACE", 0.3)
    monkeypatch.setattr("autograder.answers.asking.CALL_SECONDS", 0.3)
    stubborn = "while True:\n        try:\n            while True: pass\n        except BaseException: pass"
    result = seen("key", f"def key(message):\n    {stubborn}")
    assert "Time-out" in result.seen


def test_a_cell_that_never_ends_does_not_stop_the_others(seen: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "CELL_SECONDS", 0.5)
    result = seen("key", "while True: pass")
    assert "There is no key in the notebook.\nTime-out" in result.seen


def test_a_cell_that_ends_the_process_is_told(seen: Any) -> None:
    result = seen("key", "import os\nos._exit(3)", others=False)
    assert result.seen == "The notebook's process ended: python exited with code 3 (0x3)."


def test_leaving_by_sys_exit_ends_the_cell_alone(seen: Any) -> None:
    assert "SystemExit" in seen("key", "import sys\nsys.exit()").seen


def test_a_call_that_ends_the_process_spoils_nothing_else(seen: Any) -> None:
    result = seen("key", "import os\ndef key(message):\n    os._exit(0)")
    assert "The notebook's process ended" in result.seen


def test_too_much_memory_is_called_so(seen: Any) -> None:
    result = seen("key", "def key(message):\n    hoard = []\n    while True: hoard.append(bytearray(20_000_000))")
    assert "Out of memory" in result.seen or "MemoryError" in result.seen


def test_a_value_that_is_too_large_is_told(seen: Any) -> None:
    assert seen("key", "def key(message):\n    return [0] * 1_000_000").seen == "key is too large to be looked at."


def test_a_value_of_another_type_is_shown_as_what_it_is(seen: Any) -> None:
    liar = "class Team(str):\n    __eq__ = lambda self, other: True\n    __hash__ = str.__hash__\n"
    assert seen("key", liar + 'def key(message):\n    return Team("wrong")').seen == "wrong"
    assert seen("key", "key = lambda message: object").seen == "<class 'object'>"


def test_what_is_printed_may_stand_in_several_cells_of_one_id(lab: Lab, sandbox: Sandbox, tmp_path: Path) -> None:
    notebook = json.loads(notebook_of(lab, RIGHT))
    place = next(number for number, cell in enumerate(notebook["cells"]) if cell["id"] == "shout")
    first, second = dict(notebook["cells"][place]), dict(notebook["cells"][place])
    first["source"], second["source"] = 'print("HEL", end="")', 'print("LO")\nvolume = 11'
    notebook["cells"][place : place + 1] = [first, second]
    data = json.dumps(notebook).encode()
    assert run_checks(lab, tmp_path, seed=3, sandbox=sandbox, notebook=data).passed


def test_warnings_and_logging_cost_nothing(seen: Any) -> None:
    noisy = 'import logging, warnings\nlogging.warning("w")\nwarnings.warn("x")\n' + RIGHT["shout"]
    assert seen("shout", noisy).outcome == PASSED


def test_a_cell_that_is_gone_is_told(lab: Lab, sandbox: Sandbox, tmp_path: Path) -> None:
    notebook = json.loads(notebook_of(lab, RIGHT))
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["id"] != "shout"]
    verdict = run_checks(lab, tmp_path, ["1.3"], sandbox=sandbox, notebook=json.dumps(notebook).encode())
    assert verdict.checks[0].seen == "The notebook has no cell shout."


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"cells": 3}', b"\xff\xfe" * 50])
def test_what_is_no_notebook_fails_each_check(lab: Lab, tmp_path: Path, data: bytes) -> None:
    verdict = run_checks(lab, tmp_path, notebook=data)
    assert verdict.outcomes() == {FAILED} and verdict.points == 0
    assert all("notebook" in str(result.seen) for result in verdict.checks)


def test_the_log_shows_what_was_printed_meanwhile(seen: Any) -> None:
    result = seen("key", 'def key(message):\n    print("looking at", len(message))\n    return 0')
    assert result.log == "looking at 2"


def test_a_cell_finds_the_files_beside_the_notebook(lab: Lab, sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("def team(message):\n    return message['team']\n")
    (tmp_path / "greeting.txt").write_text("HELLO")
    answers = {"key": "from helper import team as key", "shout": 'print(open("greeting.txt").read())\nvolume = 11'}
    notebook = notebook_of(lab, {**RIGHT, **answers})
    assert run_checks(lab, tmp_path, seed=3, sandbox=sandbox, notebook=notebook).passed


ODD_ERRORS = {
    "mute": "def __str__(self): raise SystemExit(3)",
    "endless": "def __str__(self):\n        while True: pass",
    "no text": "def __str__(self): return 7",
    "hidden": "__traceback__ = property(lambda self: 1 / 0)",
    "no class": "__class__ = property(lambda self: 1 / 0)",
}


@pytest.mark.parametrize("odd", ODD_ERRORS.values(), ids=ODD_ERRORS)
def test_an_error_whose_own_code_misbehaves_is_told(seen: Any, odd: str) -> None:
    result = seen("key", f"class Odd(Exception):\n    {odd}\ndef key(message):\n    raise Odd")
    assert result.outcome == FAILED
    assert result.seen.startswith("Odd")
    assert "ended" not in result.seen


@pytest.mark.parametrize("odd", ["raise SystemExit(3)", "\n        while True: pass", "return 7"])
def test_a_value_whose_own_code_misbehaves_is_shown_as_what_it_is(seen: Any, odd: str) -> None:
    result = seen("key", f"class Odd:\n    def __repr__(self): {odd}\ndef key(message):\n    return Odd()")
    assert result.outcome == FAILED
    assert "<Odd: its repr raised" in result.seen


def test_streams_have_what_programs_expect_of_them(seen: Any) -> None:
    result = seen(
        "key",
        "import sys\nsys.stdout.reconfigure(encoding='utf-8')\n"
        "def key(message):\n    sys.stdout.buffer.write(b'bytes')\n    return 0",
    )
    assert result.log == "bytes"
