"""Times as people, systems and programs write them."""

from datetime import datetime, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from autograder.grading import times
from autograder.grading.listed import ListError

TOKYO = ZoneInfo("Asia/Tokyo")
NOON = datetime(2026, 12, 1, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-12-01 21:00", NOON),
        ("Tuesday, 1 December 2026, 9:00 PM", NOON),
        ("2026-12-01T12:00:00Z", NOON),
        ("2026-12-01 12:00 UTC", NOON),
        ("10", None),
        ("9:00 PM", None),
        ("December 2026", None),
        ("soon", None),
        ("", None),
    ],
)
def test_a_text_is_a_time_only_when_it_is_a_whole_one(text: str, time: datetime | None) -> None:
    assert times.of_text(text, TOKYO) == time


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-12-01 21:00", NOON),
        ("2026-12-01T21:00:00+09:00", NOON),
        ("2026-12-01 12:00 UTC", NOON),
        ("2026-12-01T12:00Z", NOON),
        ("2026-12-01", None),
        ("01/12/2026 12:00", None),
    ],
)
def test_an_option_is_a_time_that_can_be_read_in_one_way_only(text: str, time: datetime | None) -> None:
    assert times.of_option(text, TOKYO) == time


def test_nbgraders_stamps_are_read_as_nbgrader_reads_them() -> None:
    for text in ("2026-12-01 12:00:00", "2026-12-01 12:00:00 UTC", "2026-12-01 21:00:00.000 Asia/Tokyo"):
        assert times.of_stamp(text + "\n") == NOON
    assert times.of_stamp("2026-12-01 21:00:00 +0900") == NOON
    assert times.of_stamp("") is None is times.of_stamp(None)
    assert times.of_stamp(times.stamp(NOON.astimezone(TOKYO))) == NOON


def test_a_name_has_the_time_that_camp_submit_wrote() -> None:
    for name in ("bob_1-slack-bot-20261201-210000.zip", "1-slack-bot-20261201-210000.1.zip", "x-20261201-210000-2.zip"):
        assert times.of_name(name, TOKYO) == NOON
    for name in ("bob.zip", "bob-20261399-000000.zip", "20261201-210000.zip.exe/", "bob"):
        assert times.of_name(name, TOKYO) is None


def test_a_table_of_times_says_where_it_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "times.csv"
    path.write_text("student,time\nbob,2026-12-01 21:00\neve,-\nmei,\n")
    assert times.listed(path, TOKYO) == {"bob": NOON}
    path.write_text("student,time\nbob,2026-12-01 21:00\neve,soon\n")
    with pytest.raises(ListError, match="line 3: soon is no time"):
        times.listed(path, TOKYO)
    path.write_text("who,when\nbob,2026-12-01 21:00\n")
    with pytest.raises(ListError, match="needs the columns student and time"):
        times.listed(path, TOKYO)
