from dataclasses import replace

import pytest

from autograder import finish
from autograder.finish import whats_next
from autograder.lab import Lab
from autograder.progress import CheckProgress, LabProgress
from autograder.verdict import FAILED, PASSED


def known(lab: Lab, **outcomes: str) -> LabProgress:
    return LabProgress({check.id: CheckProgress(outcomes.get(f"_{check.id[-1]}", PASSED)) for check in lab.checks})


def test_a_lab_with_an_open_check_is_not_finished(tiny: Lab) -> None:
    assert whats_next(tiny, LabProgress()) is None
    assert whats_next(tiny, known(tiny, _2=FAILED)) is None


def test_the_last_lab_can_be_handed_in(tiny: Lab) -> None:
    assert whats_next(tiny, known(tiny)) == "You have finished Lab 1. 'camp submit 1' packs it, to hand in."


def test_a_finished_lab_shows_the_next_one(tiny: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    others = [replace(tiny, number=number, title=f"Lab of {number}") for number in (1, 3, 4)]
    monkeypatch.setattr(finish, "labs", lambda: others)
    words = whats_next(tiny, known(tiny)) or ""
    assert words.endswith("Next is Lab 3: Lab of 3 (5 minutes). Stop the camp by Ctrl-C, then: camp up --lab 3")
