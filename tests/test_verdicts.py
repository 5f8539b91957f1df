"""Verdicts of two checkouts are compared check by check."""

import json
from pathlib import Path

import pytest

from benchmarks import verdicts

PASSED = {"outcome": "passed", "points": 2, "of": 2}
FAILED = {"outcome": "failed", "points": 0, "of": 2}


def written(path: Path, recorded: verdicts.Recorded) -> Path:
    path.write_text(json.dumps(recorded))
    return path


def test_equal_verdicts_have_no_difference(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path / "one.json", {"1-tiny solution seed 1": {"1.1": PASSED}})
    assert verdicts.main(["compare", str(file), str(file)]) == 0
    assert capsys.readouterr().out == "0 differences in 1 verdicts (1 checks)\n"


def test_each_check_that_differs_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = {"1-tiny solution seed 1": {"1.1": PASSED, "1.2": PASSED}, "1-tiny starter seed 1": {"1.1": FAILED}}
    new = {"1-tiny solution seed 1": {"1.1": FAILED, "1.3": PASSED}}
    files = [str(written(tmp_path / "old.json", old)), str(written(tmp_path / "new.json", new))]
    assert verdicts.main(["compare", *files]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "1-tiny solution seed 1, 1.1: passed 2/2 -> failed 0/2",
        "1-tiny solution seed 1, 1.2: passed 2/2 -> no such check",
        "1-tiny solution seed 1, 1.3: no such check -> passed 2/2",
        "1-tiny starter seed 1: only in the old file",
        "4 differences in 1 verdicts (2 checks)",
    ]
