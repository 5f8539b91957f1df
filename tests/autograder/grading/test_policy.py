"""What course.toml may say, what it means, and how it is told where it is wrong."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.grading import policy
from autograder.grading.course import Course, CourseError
from autograder.grading.policy import BEST, DAY, LAST, PERCENT, POINTS, LabPolicy, LatePolicy, Policy
from autograder.grading.roster import Person, Roster
from autograder.grading.rules import Rules
from autograder.lab import find_lab

LAB = "1-slack-bot"
LABS = [LAB, "2-keep-messages"]
UTC = timezone.utc
DEADLINE = datetime(2026, 12, 1, 23, 59, tzinfo=UTC)


def read(folder: Path, text: str) -> Policy:
    (folder / policy.FILE).write_text(text, "utf-8")
    return policy.read(Course(folder), LABS)


def test_what_camp_course_new_writes_changes_nothing(tmp_path: Path) -> None:
    text = policy.template([find_lab("1"), find_lab("2")])
    assert read(tmp_path, text) == Policy(UTC, {lab: LabPolicy() for lab in LABS})
    assert policy.read(Course(tmp_path / "none"), LABS) == Policy()


def test_every_line_of_the_template_is_a_setting_that_may_be_used(tmp_path: Path) -> None:
    text = policy.template([find_lab("1")]).replace('late = "none"', 'late = "points"')
    text = "".join(line.removeprefix("# ") if " = " in line else line for line in text.splitlines(keepends=True))
    [lab] = read(tmp_path, text).labs.values()
    assert lab == LabPolicy(DEADLINE, LatePolicy(POINTS, 2, 10, 0, 7), 3, LAST)


def test_times_are_in_the_courses_zone_unless_they_name_one(tmp_path: Path) -> None:
    text = 'timezone = "Asia/Tokyo"\n[lab.1-slack-bot]\ndeadline = 2026-12-01T23:59:00\n'
    assert read(tmp_path, text).lab(LAB).deadline == DEADLINE - timedelta(hours=9)
    text = text.replace("23:59:00", "23:59:00-01:00")
    assert read(tmp_path, text).lab(LAB).deadline == DEADLINE + timedelta(hours=1)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("timezone = 'Mars'", r"line 1: timezone must be an IANA name"),
        ("timezone = 3", r"line 1: timezone must be"),
        ("x = 1", r"line 1: there is no setting x; there are: lab, timezone"),
        ("[lab.7-nothing]", r"line 1: lab.7-nothing must be \[lab.1-slack-bot\], \[lab.2-keep-messages\]"),
        ("lab = 3", r"line 1: lab must be sections"),
        ("[lab.1-slack-bot]\n\nlates = 3", r"line 3: there is no setting lates"),
        ("[lab.1-slack-bot]\ndeadline = '2026-12-01'", r"line 2: deadline must be a time .* without quotes"),
        ("[lab.1-slack-bot]\ndeadline = 2026-12-01", r"line 2: deadline must be a time"),
        ("[lab.1-slack-bot]\nattempts = 0", r"line 2: attempts must be a whole number from 1"),
        ("[lab.1-slack-bot]\nattempts = true", r"line 2: attempts must be"),
        ("[lab.1-slack-bot]\ncounts = 'first'", r'line 2: counts must be "last" / "best"'),
        ("[lab.1-slack-bot]\nlate = 'points'", r"line 1: per_day must be a number above 0"),
        ("[lab.1-slack-bot]\nper_day = 2", r"line 1: late must be"),
        ("[lab.1-slack-bot]\nlate = 'points'\nper_day = 2", r"line 1: deadline must be a time"),
        ("[lab.1-slack-bot]\ngrace_days = 2", r"line 1: deadline must be a time"),
        ("[lab.1-slack-bot]\ndeadline = 2026-12-01T00:00:00\ngrace_days = -1", r"line 3: grace_days must be a number"),
        ("[lab.1-slack-bot]\ndeadline = 2026-12-01T00:00:00\nlate = 'percent'\nper_day = 101", r"at most 100 percent"),
        ("timezone = x", r"course.toml is no TOML: .*line 1"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(CourseError, match=why):
        read(tmp_path, text)


@pytest.mark.parametrize(
    ("late", "days", "penalty"),
    [
        (LatePolicy(), 5, 0),
        (LatePolicy(POINTS, 2), 0, 0),
        (LatePolicy(POINTS, 2), 0.001, 2),
        (LatePolicy(POINTS, 2), 1, 2),
        (LatePolicy(POINTS, 2), 1.001, 4),
        (LatePolicy(POINTS, 2, most=5), 4, 5),
        (LatePolicy(POINTS, 50), 4, 16),
        (LatePolicy(PERCENT, 10), 3, 4.8),
        (LatePolicy(PERCENT, 10, most=25), 9, 4),
        (LatePolicy(PERCENT, 40), 9, 16),
        (LatePolicy(POINTS, 2, grace_days=2), 2, 0),
        (LatePolicy(POINTS, 2, grace_days=2), 2.5, 2),
        (LatePolicy(POINTS, 2, zero_after_days=3), 3, 6),
        (LatePolicy(POINTS, 2, zero_after_days=3), 3.01, 16),
        (LatePolicy(zero_after_days=3), 3.01, 16),
    ],
)
def test_days_that_have_begun_cost_points(late: LatePolicy, days: float, penalty: float) -> None:
    assert late.penalty(16, days * DAY) == penalty


@given(
    st.sampled_from([POINTS, PERCENT]),
    st.floats(0, 100),
    st.none() | st.floats(0, 100),
    st.none() | st.floats(0, 30),
    st.floats(-5, 100),
    st.floats(0, 1e8),
)
def test_never_more_is_taken_off_than_was_earned(
    kind: str, per_day: float, most: float | None, zero: float | None, earned: float, seconds: float
) -> None:
    late = LatePolicy(kind, per_day, most, 0, zero)
    taken = late.penalty(earned, seconds)
    assert 0 <= taken <= max(0, earned) + 0.005
    assert taken <= late.penalty(earned, seconds + DAY) + 0.005


def test_extra_days_and_attempts_are_beyond_what_all_have() -> None:
    rules = Rules(
        Policy(UTC, {LAB: LabPolicy(DEADLINE, LatePolicy(POINTS, 1), 2, BEST)}),
        Roster({"bob": Person("bob", extra_days=1.5, extra_attempts=1)}),
    )
    late = DEADLINE + timedelta(days=2)
    assert [rules.penalty(LAB, student, 10, late) for student in ("alice", "bob")] == [2, 1]
    assert [rules.penalty_of_nbgrader(LAB, student, 10, 2 * DAY) for student in ("alice", "bob")] == [2, 1]
    assert [rules.allowed(LAB, student) for student in ("alice", "bob")] == [2, 3]
    assert rules.allowed("2-keep-messages", "bob") is None and not rules.silent and Rules().silent
    assert rules.seconds_late(LAB, "alice", None) == 0
