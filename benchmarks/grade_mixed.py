"""A class of strangers: honest and wrong submissions of Lab 1, damaged and dangerous files, and attacks, in one batch.

It is graded three times: undisturbed; killed half-way with SIGKILL, and begun again; and on Dask. Every student's
points must be right, and the gradebook the same each time. `CAMP_BENCH_MIXED` sets the number of students.
"""

import importlib.util
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from autograder import project
from autograder.grading.unpacking import packed
from autograder.verdict import Verdict
from benchmarks import grading_class as handing_in
from benchmarks.accuracy import Claim, claims
from benchmarks.figure import Figure
from benchmarks.grade_dask import THREADS, local_cluster

CLASS = int(os.environ.get("CAMP_BENCH_MIXED", "300"))
FAMILIES = ("information", "network", "tampering", "persistence")
HOSTILE, DAMAGED = "attack", "file"
SCORES = """
SELECT submitted_assignment.student_id, base_cell.name, grade.auto_score, grade.needs_manual_grade
FROM submitted_assignment
JOIN submitted_notebook ON submitted_notebook.assignment_id = submitted_assignment.id
JOIN grade ON grade.notebook_id = submitted_notebook.id
JOIN base_cell ON base_cell.id = grade.cell_id ORDER BY 1, 2
"""


def run() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "in"
        handed_in = hand_in(place)
        with handing_in.course() as course:
            calm = handing_in.grade(course, place, handed_in)
            wanted = scores(course, handed_in)
        killed, on_dask = disturbed(place, handed_in), with_dask(place, handed_in)
    name = f"{CLASS} strangers' submissions of Lab 1, attacks and damaged files among them"
    for student in calm.wrong:
        print(f"  {student}: not the points that it deserves", file=sys.stderr)
    for row in sorted(wanted ^ killed, key=str) + sorted(wanted ^ on_dask, key=str):
        print(f"  {row}: not so each time", file=sys.stderr)
    return [
        Figure(name, CLASS / calm.seconds, "a second", ">=", 3),
        Figure(f"{name}: points that are not right", len(calm.wrong), "students", "<=", 0),
        Figure("the same, killed half-way and begun again", len(wanted ^ killed), "scores that differ", "<=", 0),
        Figure("the same, on Dask", len(wanted ^ on_dask), "scores that differ", "<=", 0),
    ]


def hand_in(folder: Path) -> dict[str, Claim]:
    """Writes the submissions; returns what must be true of each student's."""
    folder.mkdir()
    handed_in = {}
    for number, claim in enumerate(mixed()):
        student = f"student-{number:04d}-{claim.name}"
        handed_in[student] = claim
        (folder / f"{student}.zip").write_bytes(claim.submission)
    return handed_in


def mixed() -> list[Claim]:
    """Each damaged file and each attack once, up to a third of the class; the others honest and wrong."""
    rng = random.Random(handing_in.SEED)
    strange = [*_damaged(), *_attacks()]
    rng.shuffle(strange)
    chosen = strange[: CLASS // 3]
    chosen += islice(cycle(claims(handing_in.lab())), CLASS - len(chosen))
    rng.shuffle(chosen)
    return chosen


def disturbed(folder: Path, handed_in: dict[str, Claim]) -> set[Any]:
    """The scores after the grading's first process was killed when half of the verdicts were there."""
    with handing_in.course() as course:
        command = [sys.executable, "-m", "autograder.cli", "grade", str(folder), "--lab", "1", "--course", str(course)]
        grading = subprocess.Popen(
            [*command, "--seed", str(handing_in.SEED)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        verdicts = course / "verdicts" / handing_in.lab().name
        while grading.poll() is None and len(list(verdicts.glob("*.json"))) < CLASS // 2:
            time.sleep(0.2)
        grading.send_signal(signal.SIGKILL)
        grading.wait()
        handing_in.grade(course, folder, handed_in)
        return scores(course, handed_in)


def with_dask(folder: Path, handed_in: dict[str, Claim]) -> set[Any]:
    with local_cluster(THREADS) as address, handing_in.course() as course:
        handing_in.grade(course, folder, handed_in, "--dask", address)
        return scores(course, handed_in)


def scores(course: Path, handed_in: dict[str, Claim]) -> set[Any]:
    """What stands in the gradebook, but for checks that a mutant may fail or pass: it answers twice, say, and chance
    decides which answer comes first."""
    left_open = {
        (mutant.name, f"check-{id.replace('.', '-')}") for mutant in handing_in.lab().mutants for id in mutant.also
    }
    with closing(sqlite3.connect(course / "gradebook.db")) as connection:
        rows = set(connection.execute(SCORES))
    return {row for row in rows if (handed_in[row[0]].name, row[1]) not in left_open}


def _damaged() -> Iterator[Claim]:
    """The files of tests/hostile/test_zips.py."""
    module, lab = _hostile("test_zips"), handing_in.lab()
    files = module.honest(lab)
    for name, (make, points, _says) in module.CASES.items():
        if points is not None:
            yield Claim(DAMAGED, name, make(files), lambda verdict, points=points: verdict.points == points)


def _attacks() -> Iterator[Claim]:
    """The attacks of tests/hostile on what is the grader's: those that get nothing out of a right app, and those of
    wrong ones. What eats resources until a limit ends it, or meets what it left itself, is left to the tests."""
    lab = handing_in.lab()
    for case in _hostile("corpus").cases():
        if case.family not in FAMILIES or case.twice or case.before or case.after or (case.app and case.points != 0):
            continue
        with tempfile.TemporaryDirectory() as folder:
            case.write(lab, Path(folder))
            paths = [path for path in sorted(Path(folder).rglob("*")) if path.is_file()]
            data = {f"{lab.name}/{path.relative_to(folder).as_posix()}": path.read_bytes() for path in paths}
        failing = case.checks if case.points == 0 else ()
        yield Claim(HOSTILE, case.name, packed(data), lambda verdict, failing=failing: _earned(verdict, failing))


def _earned(verdict: Verdict, failing: tuple[str, ...]) -> bool:
    """Whether these checks gave nothing; without any, whether all gave everything."""
    if not failing:
        return verdict.points == verdict.of
    return all(result.points == 0 for result in verdict.checks if result.id in failing)


def _hostile(name: str) -> Any:
    path = project.root() / "tests" / "hostile" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"hostile_{name}", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
