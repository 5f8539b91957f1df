"""The lab of cells, proven as every lab is, in the sandbox and out of it."""

import pytest

from autograder import proofs
from autograder.lab import Lab
from autograder.sandbox import Sandbox
from autograder.starters import generated


@pytest.fixture(params=[False, True], ids=["plain", "sandboxed"])
def place(request: pytest.FixtureRequest, sandbox: Sandbox) -> Sandbox | None:
    return sandbox if request.param else None


def test_the_starter_earns_nothing(lab: Lab, place: Sandbox | None) -> None:
    proofs.starter_earns_nothing(lab, 1, place)


def test_the_solution_earns_everything(lab: Lab, place: Sandbox | None) -> None:
    proofs.solution_earns_everything(lab, 1, place)


def test_an_alternative_passes(lab: Lab, place: Sandbox | None) -> None:
    proofs.alternative_passes(lab, lab.alternatives[0], 1, place)


@pytest.mark.parametrize("name", ["by-channel", "never-refuses", "whispers"])
def test_a_mutant_is_caught(lab: Lab, name: str, sandbox: Sandbox) -> None:
    mutant = next(one for one in lab.mutants if one.name == name)
    proofs.mutant_is_caught(lab, mutant, 1, sandbox)


def test_answers_are_not_in_the_starter(lab: Lab) -> None:
    assert not generated(lab)
    assert lab.wants_notebook
