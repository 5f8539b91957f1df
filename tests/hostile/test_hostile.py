"""Every attack of the corpus, in the sandbox. In the ordinary run a few of each family, with `--all` every one."""

import importlib.util
import os
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from autograder.lab import Lab
from autograder.runner import run_checks
from autograder.sandbox import Sandbox
from autograder.verdict import ERRORED, Verdict

HERE = Path(__file__).parent
SPEC = importlib.util.spec_from_file_location("hostile_corpus", HERE / "corpus.py")
assert SPEC and SPEC.loader
corpus: Any = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(corpus)

EVERYTHING = int(os.environ.get("CAMP_SEEDS", "1")) > 1
ALL = corpus.cases()
CASES = [case for case in ALL if EVERYTHING or case.short]
SECONDS = 60.0
MEMORY = 400 << 20


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_an_attack_comes_to_nothing(case: Any, lab: Lab, sandbox: Sandbox, tmp_path: Path) -> None:
    app, canary = tmp_path / "app", tmp_path / "canary.txt"
    app.mkdir()
    canary.write_text("sings")
    case.write(lab, app)
    before, started = psutil.Process().memory_info().rss, time.monotonic()
    for _time in range(2 if case.twice else 1):
        _must_hold(case, lab, run_checks(lab, app, case.checks, 1, sandbox=sandbox))
    assert time.monotonic() - started < SECONDS
    assert psutil.Process().memory_info().rss - before < MEMORY
    assert canary.read_text() == "sings" and not Path("/tmp/owned").exists()
    assert _left_over(sandbox) == []
    if case.family in ("resources", "processes", "persistence"):
        assert run_checks(lab, lab.solution, ["1.1"], 2, sandbox=sandbox).passed


def _must_hold(case: Any, lab: Lab, verdict: Verdict) -> None:
    seen = "\n".join(str(result.seen) for result in verdict.checks if result.seen)
    assert ERRORED not in verdict.outcomes(), seen
    wanted = sum(lab.check(id).points for id in case.checks) if case.points is None else case.points
    assert verdict.points == wanted, seen
    assert case.named(seen), seen


def _left_over(sandbox: Sandbox) -> list[str]:
    """What still runs below the nursery, a moment after its cell has ended."""
    assert sandbox.pid
    for _look in range(100):
        nursery = [one for one in psutil.Process(sandbox.pid).children(recursive=True) if one.is_running()]
        if all(_is_ours(one) for one in nursery):
            return []
        time.sleep(0.02)
    return [str(one) for one in nursery]


def _is_ours(process: psutil.Process) -> bool:
    """bubblewrap's own processes and the nursery: none of them is in a name space of its own below that."""
    try:
        with open(f"/proc/{process.pid}/status") as file:
            levels = next(line for line in file if line.startswith("NSpid:")).split()[1:]
    except (OSError, StopIteration):
        return True
    return len(levels) <= 2


def test_the_corpus_is_big_enough() -> None:
    assert len(ALL) >= 60
    assert {case.family for case in ALL} == set(corpus.FAMILIES)
    assert len({case.id for case in ALL}) == len(ALL)
