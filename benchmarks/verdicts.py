"""What every check says of a lab's solution, starter, alternatives and mutants, as JSON; and how two such files differ.

It proves that a change of the runner or of a service changes no verdict. It uses nothing but what older commits have,
too, so that one copy of it measures any checkout, each by the checkout's own Python and from within its folder:

    cd OLD && .venv/bin/python NEW/benchmarks/verdicts.py record /tmp/old.json --lab 1 --lab 2 --seed 1
    cd NEW && .venv/bin/python benchmarks/verdicts.py record /tmp/new.json --lab 1 --lab 2 --seed 1
    .venv/bin/python benchmarks/verdicts.py compare /tmp/old.json /tmp/new.json

What is in the file already is not run again, so a recording that was stopped goes on where it was.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from autograder.answers.sources import notebook_of
from autograder.lab import Lab, find_lab
from autograder.mutants import mutated
from autograder.runner import run_checks
from autograder.sandbox import Sandbox
from autograder.verdict import Verdict

Recorded = dict[str, dict[str, Any]]  # by `<lab> <subject> seed <seed>`, what each check said, by its id


def subjects(lab: Lab) -> list[str]:
    """Everything of the lab that has a verdict."""
    alternatives = [f"alternative {one.name}" for one in lab.alternatives]
    return ["solution", "starter", *alternatives, *(f"mutant {one.name}" for one in lab.mutants)]


def judge(lab: Lab, subject: str, seed: int, sandbox: Sandbox) -> Verdict:
    """All checks on the subject, in a sandbox as `camp grade` runs them: its warm workers miss no deadline by a slow
    import."""
    kind, _space, name = subject.partition(" ")
    if kind == "mutant":
        with mutated(lab, name) as app:
            return run_checks(lab, app, seed=seed, sandbox=sandbox)
    if kind == "starter":
        notebook = notebook_of(lab, {}) if lab.wants_notebook else None
        return run_checks(lab, lab.starter, seed=seed, notebook=notebook, sandbox=sandbox)
    with alternative(lab, name) if name else nullcontext(lab.solution) as folder:
        return run_checks(lab, folder, seed=seed, sandbox=sandbox)


def alternative(lab: Lab, name: str) -> AbstractContextManager[Path]:
    """A folder with the alternative's app. In older commits each of them is one."""
    if find_spec("autograder.alternatives") is None:
        return nullcontext(lab.solution / "alternatives" / name)
    laid_out = import_module("autograder.alternatives").laid_out
    return laid_out(lab, next(one for one in lab.alternatives if one.name == name))  # type: ignore[no-any-return]


def record(target: Path, names: list[str], seeds: list[int], only: str) -> None:
    """Writes the verdicts to `target`, after each of them."""
    recorded: Recorded = json.loads(target.read_text("utf-8")) if target.exists() else {}
    with Sandbox() as sandbox:
        for key, lab, subject, seed in wanted(names, seeds, only):
            if key in recorded:
                continue
            verdict = judge(lab, subject, seed, sandbox)
            recorded[key] = {
                one.id: {"outcome": one.outcome, "points": one.points, "of": one.of} for one in verdict.checks
            }
            target.write_text(json.dumps(recorded, indent=1) + "\n", "utf-8")
            print(f"{key}: {verdict.points} of {verdict.of}", flush=True)


def wanted(names: list[str], seeds: list[int], only: str) -> Iterator[tuple[str, Lab, str, int]]:
    """What is to be judged, with its key; `only` is a part of the key."""
    for seed in seeds:
        for lab in map(find_lab, names):
            for subject in subjects(lab):
                key = f"{lab.name} {subject} seed {seed}"
                if only in key:
                    yield key, lab, subject, seed


def differences(old: Recorded, new: Recorded) -> Iterator[str]:
    """One line for each check that says something else, and for each subject that only one of them has."""
    for key in sorted(old.keys() | new.keys()):
        if key not in old or key not in new:
            yield f"{key}: only in the {'new' if key in new else 'old'} file"
            continue
        for id in sorted(old[key].keys() | new[key].keys()):
            before, now = old[key].get(id), new[key].get(id)
            if before != now:
                yield f"{key}, {id}: {_said(before)} -> {_said(now)}"


def compare(old: Path, new: Path) -> int:
    """Prints the differences; the exit code is 1 when there are some."""
    one, other = (json.loads(path.read_text("utf-8")) for path in (old, new))
    found = list(differences(one, other))
    for line in found:
        print(line)
    both = one.keys() & other.keys()
    print(f"{len(found)} differences in {len(both)} verdicts ({sum(len(one[key]) for key in both)} checks)")
    return int(bool(found))


def _said(result: dict[str, Any] | None) -> str:
    return f"{result['outcome']} {result['points']}/{result['of']}" if result else "no such check"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True, dest="command")
    recording = commands.add_parser("record", help="write the verdicts of the checkout in the current folder")
    recording.add_argument("target", type=Path, metavar="FILE")
    recording.add_argument("--lab", action="append", required=True, metavar="N")
    recording.add_argument("--seed", action="append", type=int, required=True, metavar="N")
    recording.add_argument("--only", default="", metavar="TEXT", help="subjects with this in their names alone")
    comparing = commands.add_parser("compare", help="say how two files differ")
    comparing.add_argument("old", type=Path)
    comparing.add_argument("new", type=Path)
    asked = parser.parse_args(arguments)
    if asked.command == "compare":
        return compare(asked.old, asked.new)
    record(asked.target, asked.lab, asked.seed, asked.only)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
