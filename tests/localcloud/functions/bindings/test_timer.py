import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from localcloud.functions.bindings.schedule import ScheduleError, schedule_of
from localcloud.functions.bindings.timer import NEVER, Clock, Firing, Status, StatusFile, TimerListener, reckoned

UTC = timezone.utc
NOW = datetime(2026, 1, 31, 9, 30, 15, tzinfo=UTC)  # a Saturday


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.covers("Timer: NCRONTAB of six or five fields, and TimeSpans")
@pytest.mark.parametrize(
    ("text", "coming"),
    [
        ("0 */5 * * * *", "2026-01-31T09:35:00"),
        ("*/5 * * * *", "2026-01-31T09:35:00"),
        ("30 * * * * *", "2026-01-31T09:30:30"),
        ("0 0 9-17 * * MON-FRI", "2026-02-02T09:00:00"),
        ("0 30 9 * Jan Mon", "2027-01-04T09:30:00"),
        ("0 0 0 13 * 5", "2026-02-13T00:00:00"),
        ("0 0 12 * * 0", "2026-02-01T12:00:00"),
        ("00:00:45", "2026-01-31T09:31:00"),
    ],
)
def test_a_schedule_says_when_it_fires_next(text: str, coming: str) -> None:
    assert schedule_of(text, UTC).next(NOW) == at(coming)


@pytest.mark.parametrize(
    "text",
    ["", "hello", "* * * *", "0 61 * * * *", "@hourly", "0 0 0 L * *", "0 0 0 30 2 *", "00:00:00", "1 2 3 4 5 6 7"],
)
def test_a_text_that_is_no_schedule_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ScheduleError, match=r"was not recognized as a valid cron expression.*0 \*/5"):
        schedule_of(text)


@pytest.mark.covers("Timer: time zones and daylight saving")
def test_the_schedules_time_zone_counts_and_a_skipped_hour_moves_on() -> None:
    berlin = schedule_of("0 30 2 * * *", ZoneInfo("Europe/Berlin"))
    before_the_change = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert berlin.next(before_the_change) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert berlin.next(NOW) == datetime(2026, 2, 1, 1, 30, tzinfo=UTC)


@pytest.mark.covers("Timer: no monitor under a minute")
def test_a_timer_of_under_a_minute_keeps_no_status() -> None:
    assert not schedule_of("*/30 * * * * *").is_monitored(NOW)
    assert schedule_of("0 * * * * *").is_monitored(NOW)


def test_a_missed_occurrence_is_known_from_the_kept_status() -> None:
    hourly = schedule_of("0 0 * * * *", UTC)
    kept = Status(at("2026-01-31T06:00:00"), at("2026-01-31T07:00:00"), at("2026-01-31T06:00:00"))
    assert reckoned(kept, hourly, NOW) == kept
    assert reckoned(None, hourly, NOW) == Status(NEVER, at("2026-01-31T10:00:00"), NOW)


@pytest.mark.covers("Timer: a changed schedule starts afresh")
def test_a_changed_schedule_starts_afresh() -> None:
    kept = Status(at("2026-01-31T06:00:00"), at("2026-01-31T07:00:00"), at("2026-01-31T06:00:00"))
    assert reckoned(kept, schedule_of("0 0 12 * * *", UTC), NOW).next == at("2026-01-31T12:00:00")


def test_a_broken_status_file_is_put_aside(tmp_path: Path) -> None:
    path = tmp_path / "timers" / "Tick.json"
    StatusFile(path).write(Status(NOW, NOW, NOW))
    assert StatusFile(path).read() == Status(NOW, NOW, NOW)
    path.write_text("{")
    assert StatusFile(path).read() is None
    assert StatusFile(path).read() is None
    assert (tmp_path / "timers" / "Tick.broken").exists()


class Leaps(Clock):
    """A clock on which time passes only while somebody sleeps: a slow machine misses no occurrence."""

    def __init__(self) -> None:
        self._moment = NOW
        super().__init__(wall=lambda: self._moment)

    async def sleep_until(self, when: datetime) -> None:
        self._moment = when
        await asyncio.sleep(0)


class Firings(list[Firing]):
    """Keeps what fired; `await until(n)`."""

    arrived: asyncio.Event

    async def fire(self, firing: Firing) -> None:
        self.append(firing)

    async def until(self, count: int) -> None:
        async def wait() -> None:
            while len(self) < count:  # noqa: ASYNC110 - time is what it waits for
                await asyncio.sleep(0.005)

        await asyncio.wait_for(wait(), 20)


@pytest.fixture
def firings() -> Firings:
    return Firings()


@pytest.fixture
async def timer(firings: Firings) -> AsyncIterator[Callable[..., Any]]:
    made: list[TimerListener] = []

    async def start(text: str, *, fire: Any = None, **options: Any) -> list[str]:
        said: list[str] = []
        made.append(TimerListener("Tick", schedule_of(text, UTC), fire or firings.fire, said.append, **options))
        await made[-1].start()
        return said

    yield start
    for one in made:
        await one.stop()


@pytest.mark.covers("Timer: ScheduleStatus with last, next and updated")
async def test_it_fires_each_time_with_its_status(timer: Any, firings: Firings, tmp_path: Path) -> None:
    said = await timer("0 * * * * *", status=StatusFile(tmp_path / "Tick.json"), clock=Leaps())
    await firings.until(3)
    first, second = (json.loads(firing.payload) for firing in firings[:2])
    assert first["IsPastDue"] is False and first["Schedule"] == {"AdjustForDST": True}
    assert first["ScheduleStatus"]["Last"].startswith("0001-01-01")
    assert first["ScheduleStatus"]["Next"].startswith("2026-01-31T09:31:00")
    assert second["ScheduleStatus"]["Last"] == first["ScheduleStatus"]["Next"]
    assert firings[1].reason == f"Timer fired at {second['ScheduleStatus']['Next']}"
    assert said[0].startswith("The next 5 occurrences of the 'Functions.Tick' schedule (Cron: '0 * * * * *') will be:")


@pytest.mark.covers("Timer: run_on_startup")
async def test_run_on_startup_fires_at_once_and_is_not_past_due(timer: Any, firings: Firings) -> None:
    await timer("0 0 0 1 1 *", run_on_startup=True)
    await firings.until(1)
    assert json.loads(firings[0].payload)["IsPastDue"] is False
    assert "UnscheduledInvocationReason: RunOnStartup" in firings[0].details


@pytest.mark.covers("Timer: a missed occurrence fires at start, past due")
async def test_what_was_missed_fires_at_start_as_past_due(timer: Any, firings: Firings, tmp_path: Path) -> None:
    file = StatusFile(tmp_path / "Tick.json")
    schedule = schedule_of("0 0 0 1 * *", UTC)
    last = datetime.now(UTC) - timedelta(days=70)
    file.write(Status(last, schedule.next(last), last))
    await timer("0 0 0 1 * *", status=file)
    await firings.until(1)
    assert json.loads(firings[0].payload)["IsPastDue"] is True
    assert "UnscheduledInvocationReason: IsPastDue" in firings[0].details
    kept = file.read()
    assert kept and kept.next > datetime.now(UTC)


@pytest.mark.covers("Timer: no overlap in a host")
async def test_a_slow_timer_never_overlaps(timer: Any, firings: Firings) -> None:
    running = most = 0

    async def slow(firing: Firing) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.05)
        running -= 1
        firings.append(firing)

    await timer("00:00:10", fire=slow, clock=Clock(0.001))
    await firings.until(3)
    assert most == 1


async def test_a_timer_stops_though_a_cancellation_is_lost(firings: Firings) -> None:
    """As it is when a function ends at the moment of the stop."""

    lost = 0

    async def fire(firing: Firing) -> None:
        nonlocal lost
        firings.append(firing)
        try:
            await asyncio.sleep(0.05)
        except asyncio.CancelledError:
            lost += 1
            if lost > 1:
                raise

    timer = TimerListener("Tick", schedule_of("00:00:10", UTC), fire, lambda _line: None, clock=Clock(0.001))
    await timer.start()
    await firings.until(1)
    await asyncio.wait_for(timer.stop(), 10)
    fired = len(firings)
    await asyncio.sleep(0.1)
    assert len(firings) == fired
