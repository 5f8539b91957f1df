"""Whether the grader is right: every lab's starter, solution, alternatives and mutants, each with many seeds.

They are graded as submissions are, in the sandbox, as many at once as `camp grade` does. What is wrong is printed with
the seed that shows it. `CAMP_BENCH_SEEDS` sets the number of seeds of all labs.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder import proofs
from autograder.alternatives import laid_out
from autograder.answers.sources import notebook_in, notebook_of
from autograder.appfolder import app_files
from autograder.grading.grade import Graded
from autograder.grading.pool import pool, usual_workers
from autograder.grading.unpacking import packed
from autograder.kinds import packed_of
from autograder.lab import Lab, labs
from autograder.mutants import copy_solution, mutated
from autograder.verdict import ERRORED, Verdict
from benchmarks.figure import Figure

SEEDS, LATER_SEEDS = 20, 3  # labs 1 and 2 are settled; later ones are young
FIRST_SEED = 1_000  # others than the tests'


@dataclass(frozen=True)
class Claim:
    """A submission, and what must be true of its verdict whatever the seed is."""

    kind: str
    name: str
    submission: bytes
    holds: Callable[[Verdict], bool]


Grade = Callable[[bytes, Lab, int], Awaitable[Graded]]


def run() -> list[Figure]:
    return [figure for lab in labs() for figure in asyncio.run(of_lab(lab))]


def claims(lab: Lab) -> Iterator[Claim]:
    """Everything that the lab says of itself."""
    everything = lambda verdict: proofs.earns_everything(lab, verdict)  # noqa: E731
    yield Claim("starter", "starter", _zip(lab, lab.starter), lambda verdict: proofs.earns_nothing(lab, verdict))
    with tempfile.TemporaryDirectory() as folder:
        copy_solution(lab, Path(folder) / "app")
        yield Claim("solution", "solution", _zip(lab, Path(folder) / "app"), everything)
    for one in lab.alternatives:
        with laid_out(lab, one) as app:
            yield Claim("alternatives", one.name, _zip(lab, app), everything)
    for mutant in lab.mutants:
        with mutated(lab, mutant.name) as app:
            caught = lambda verdict, mutant=mutant: proofs.is_caught(mutant, verdict)  # noqa: E731
            yield Claim("mutants", mutant.name, _zip(lab, app), caught)


def seeds(lab: Lab) -> range:
    count = int(os.environ.get("CAMP_BENCH_SEEDS", SEEDS if lab.number <= 2 else LATER_SEEDS))
    return range(FIRST_SEED, FIRST_SEED + count)


async def of_lab(lab: Lab) -> list[Figure]:
    all_claims = list(claims(lab))
    async with pool(usual_workers()) as graders:
        runs = [(claim, seed) for claim in all_claims for seed in seeds(lab)]
        wrong = await asyncio.gather(*(_is_wrong(lab, claim, seed, graders.grade) for claim, seed in runs))
    found = list(zip(runs, wrong, strict=True))
    return [
        _figure(lab, kind, [is_wrong for (claim, _seed), is_wrong in found if claim.kind == kind])
        for kind in dict.fromkeys(claim.kind for claim in all_claims)
    ]


async def _is_wrong(lab: Lab, claim: Claim, seed: int, grade: Grade) -> bool:
    graded = await grade(claim.submission, lab, seed)
    if ERRORED not in graded.verdict.outcomes() and claim.holds(graded.verdict):
        return False
    outcomes = ", ".join(f"{result.id} {result.outcome}" for result in graded.verdict.checks)
    print(f"  lab {lab.number}, {claim.kind} {claim.name}, seed {seed}: {outcomes}", file=sys.stderr)
    return True


def _figure(lab: Lab, kind: str, wrong: list[bool]) -> Figure:
    return Figure(f"lab {lab.number}, {kind}: wrong, of {len(wrong):,} runs", sum(wrong), "verdicts", "<=", 0)


def _zip(lab: Lab, app: Path) -> bytes:
    files = packed_of(lab, app) or {path.as_posix(): (app / path).read_bytes() for path in app_files(app)}
    if lab.wants_notebook:
        files[f"{lab.name}.ipynb"] = notebook_in(lab, app) or notebook_of(lab, {})
    return packed({f"{lab.name}/{name}": content for name, content in files.items()})
