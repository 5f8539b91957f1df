"""Of several attempts the policy's one counts: the last that is allowed, or the best after what is taken off."""

import asyncio
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from autograder.grading.attempts import Remembered, best, to_grade
from autograder.grading.course import Course
from autograder.grading.gathering import HandedIn
from autograder.grading.grade import Graded, fault
from autograder.grading.policy import BEST, LAST, POINTS, LabPolicy, LatePolicy, Policy
from autograder.grading.roster import Person, Roster
from autograder.grading.rules import Rules
from autograder.lab import Lab
from autograder.verdict import CheckResult, Verdict

LAB = "1-slack-bot"
DEADLINE = datetime(2026, 12, 1, tzinfo=timezone.utc)


class Graders:
    """Gives the points that the submission's bytes name; `broken` is a fault of ours."""

    def __init__(self) -> None:
        self.graded: list[bytes] = []

    async def grade(self, submission: bytes, lab: Lab, seed: int) -> Graded:
        self.graded.append(submission)
        if submission.startswith(b"broken"):
            return fault(lab, seed, OSError("the disk"))
        points = int(submission.split()[0])
        return Graded(Verdict.of_results(lab.name, seed, [CheckResult("1.1", "It", "passed", points, 18, 0.1)]))


def rules(attempts: int | None, counts: str, late: LatePolicy | None = None) -> Rules:
    policy = LabPolicy(DEADLINE, late or LatePolicy(), attempts, counts)
    return Rules(Policy(labs={LAB: policy}), Roster({"bob": Person("bob"), "eve": Person("eve", extra_attempts=1)}))


def handed_in(folder: Path, *texts: str) -> Path:
    """Bob's and Eve's attempts, one a day: the first is in time."""
    folder.mkdir()
    for day, text in enumerate(texts):
        for student in ("bob", "eve"):
            (folder / f"{student}_{LAB}-202612{day:02}-100000.zip".replace("1200", "1130")).write_text(text)
    return folder


def chosen(folder: Path, handins: Any, found: Rules, graders: Graders | None = None) -> dict[str, HandedIn]:
    graders = graders or Graders()

    async def choose(one: HandedIn) -> HandedIn:
        return await best(one, handins.lab, 1, graders, found) if one.attempts else one

    everybody = list(to_grade(Course(folder.parent), handins.lab, folder, found))
    return {one.student: asyncio.run(choose(one)) for one in everybody}


def test_the_last_allowed_attempt_counts_and_the_others_are_not_read(tmp_path: Path, handins: Any) -> None:
    found = chosen(handed_in(tmp_path / "in", "10", "12", "7", "18"), handins, rules(2, LAST))
    assert [found[student].data for student in ("bob", "eve")] == [b"12", b"7"]
    assert found["bob"].told == (
        "There are 4 submissions; bob_1-slack-bot-20261201-100000.zip counts.",
        "Attempts allowed: 2; not graded: 2.",
    )
    assert found["eve"].told[1] == "Attempts allowed: 3; not graded: 1."
    found = chosen(tmp_path / "in", handins, rules(None, LAST))
    assert (found["bob"].data, len(found["bob"].told)) == (b"18", 1)


def test_the_best_allowed_attempt_counts_after_what_is_taken_off(tmp_path: Path, handins: Any) -> None:
    folder = handed_in(tmp_path / "in", "10", "12", "14", "18")
    assert chosen(folder, handins, rules(3, BEST))["bob"].data == b"14"
    found = chosen(folder, handins, rules(3, BEST, LatePolicy(POINTS, 3)))
    assert {student: one.data for student, one in found.items()} == {"bob": b"10", "eve": b"10"}
    assert found["bob"].told == (
        "There are 3 submissions that count; the best is number 1, bob_1-slack-bot-20261130-100000.zip.",
        "Attempts allowed: 3; not graded: 1.",
        "In time, as the file's name says.",
    )


def test_of_equal_attempts_the_first_counts(tmp_path: Path, handins: Any) -> None:
    found = chosen(handed_in(tmp_path / "in", "9 a", "12 b", "12 c"), handins, rules(None, BEST))
    assert found["bob"].data == b"12 b"


@pytest.mark.parametrize(
    ("texts", "counts"), [(("10", "broken"), b"broken"), (("18", "broken"), b"18"), (("broken", "broken 2"), b"broken")]
)
def test_a_fault_of_ours_never_hides_behind_a_worse_attempt(
    tmp_path: Path, handins: Any, texts: tuple[str, ...], counts: bytes
) -> None:
    assert chosen(handed_in(tmp_path / "in", *texts), handins, rules(None, BEST))["bob"].data == counts


def test_an_attempt_that_cannot_be_read_has_no_points(tmp_path: Path, handins: Any) -> None:
    folder = handed_in(tmp_path / "in", "0", "3")
    (folder / f"bob_{LAB}-20261203-100000.zip").symlink_to("/etc/passwd")
    assert chosen(folder, handins, rules(None, BEST))["bob"].data == b"3"
    assert chosen(folder, handins, rules(None, LAST))["bob"].problem


def test_no_attempt_is_graded_twice(tmp_path: Path, handins: Any) -> None:
    folder, graders = handed_in(tmp_path / "in", "10", "12"), Graders()
    [bob, _eve] = to_grade(Course(tmp_path), handins.lab, folder, rules(None, BEST))

    async def grade(regrade: bool, seed: int = 1) -> bytes:
        memory = Remembered(graders, Course(tmp_path), "bob", regrade)
        one = await best(bob, handins.lab, seed, memory, rules(None, BEST))
        assert (await memory.grade(one.data, handins.lab, seed)).verdict.points == 12
        return b" ".join(graders.graded)

    assert asyncio.run(grade(False)) == b"10 12" == asyncio.run(grade(False))
    assert asyncio.run(grade(True)) == b"10 12 10 12"
    assert asyncio.run(grade(False, seed=2)) == b"10 12 10 12 10 12"


def test_who_is_in_time_only_by_their_own_word_is_told(tmp_path: Path, handins: Any) -> None:
    claim = "In time, as the file's name says."
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("bob_1-slack-bot-20261130-100000", "eve_1-slack-bot-20261202-100000", "zoe"):
        (folder / f"{name}.zip").write_text("1")
    found = {student: one.told for student, one in chosen(folder, handins, rules(None, LAST)).items()}
    assert found == {"bob": (claim,), "eve": (), "zoe": ()}
    silent = replace(rules(None, LAST), policy=Policy())
    assert chosen(folder, handins, silent)["bob"].told == ()
