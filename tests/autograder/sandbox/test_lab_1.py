"""Honest apps earn in the sandbox what they earn elsewhere."""

import os

import pytest

from autograder.lab import find_lab
from autograder.mutants import mutated
from autograder.runner import run_checks
from autograder.sandbox import Sandbox

LAB = find_lab("1")
EVERYTHING = int(os.environ.get("CAMP_SEEDS", "1")) > 1
ALTERNATIVES = [alternative.name for alternative in LAB.alternatives]
MUTANTS = LAB.mutants if EVERYTHING else LAB.mutants[:2]


def test_the_solution_earns_everything(sandbox: Sandbox) -> None:
    assert run_checks(LAB, LAB.solution, seed=7, sandbox=sandbox).points == 18


@pytest.mark.parametrize("name", ALTERNATIVES if EVERYTHING else ALTERNATIVES[:1])
def test_so_does_every_alternative(sandbox: Sandbox, name: str) -> None:
    folder = LAB.solution / "alternatives" / name
    verdict = run_checks(LAB, folder, seed=7, sandbox=sandbox)
    assert verdict.points == 18, [one.seen for one in verdict.checks if one.seen]


def test_the_starter_earns_nothing(sandbox: Sandbox) -> None:
    assert run_checks(LAB, LAB.starter, seed=7, sandbox=sandbox).points == 0


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_is_caught(sandbox: Sandbox, mutant: object) -> None:
    with mutated(LAB, mutant.name) as app:  # type: ignore[attr-defined]
        verdict = run_checks(LAB, app, [mutant.check], 7, sandbox=sandbox)  # type: ignore[attr-defined]
    assert verdict.outcomes() == {"failed"}
