"""nbgrader's steps: the process of one is there when it is needed, and gone when it is not."""

import os
import signal
import threading
from typing import Any

import pytest

from autograder.grading import gradebook
from autograder.grading.course import Course
from autograder.grading.gradebook import GradebookError, Step


def process_of(step: Step) -> Any:
    assert step._process
    return step._process


def test_one_that_was_prepared_in_vain_is_ended(course: Course, handins: Any) -> None:
    with gradebook.autograding(course, handins.lab) as step:
        step.prepare()
        process = process_of(step)
    assert process.returncode == -signal.SIGKILL
    assert not (course.root / "nbgrader.err").exists()


def test_one_that_died_before_it_was_needed_is_started_again(course: Course, handins: Any) -> None:
    with gradebook.autograding(course, handins.lab) as step:
        step.prepare()
        process = process_of(step)
        process.kill()
        process.wait()
        [found] = step.run(["somebody"])
    assert found["student"] == "somebody" and not found["ok"]


def test_one_that_dies_at_its_work_is_told_of(course: Course, handins: Any) -> None:
    with gradebook.autograding(course, handins.lab) as step, pytest.raises(GradebookError):
        step.prepare()
        os.kill(process_of(step).pid, signal.SIGSTOP)
        found = step.run(["somebody"])
        threading.Timer(0.3, process_of(step).kill).start()
        list(found)
