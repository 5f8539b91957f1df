"""The steps that nbgrader runs, where the grading process is a child of nbgrader's own."""

import sys
from pathlib import Path
from typing import Any

import pytest

from autograder.grading import nbgrader_steps, record
from autograder.grading.course import Course
from autograder.lab import Lab
from localcloud import extras


@pytest.fixture
def handed_in(course: Course, handins: Any) -> Course:
    folder = course.submitted(handins.lab.name, "ada")
    folder.mkdir(parents=True)
    for name, content in handins.app(handins.lab.solution).items():
        (folder / Path(name).name).write_bytes(content)
    return course


def test_autograding_never_installs(
    handed_in: Course, handins: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\necho "never: ${extras.NEVER}" >&2\nexit 1\n')
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    with pytest.raises(RuntimeError, match="never: 1"):
        nbgrader_steps.verdict_for(handed_in, handins.lab, "ada")


def test_autograding_without_the_tools_of_a_lab_says_what_to_type_and_keeps_no_verdict(
    handed_in: Course, handins: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Lab, "extras", ("moto",))
    monkeypatch.setattr(extras, "_roots", lambda: [tmp_path])
    with pytest.raises(extras.ExtraMissing, match=r"With a network, type: (\./)?camp setup moto"):
        nbgrader_steps.verdict_for(handed_in, handins.lab, "ada")
    assert record.known(handed_in, handins.lab, "ada") is None
