"""Faults that can be asked for: each acts, and each ends."""

import asyncio
import time
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from localcloud.slack.faults import LATE, RATE_LIMITED, SLOW, TWICE, UNAVAILABLE, Faults
from localcloud.slack.workspace import SlackWorkspace

if TYPE_CHECKING:
    from conftest import MakeSlack, Receiver

    from localcloud.slack.workspace import Channel, SlackApp, User


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Told(list[tuple[str, str, Any]]):
    def __call__(self, kind: str, **facts: Any) -> None:
        self.append((kind, facts["fault"], facts.get("how")))


async def test_a_fault_ends_when_its_time_is_up() -> None:
    clock, told = Clock(), Told()
    faults = Faults(told, clock)
    faults.late(by=2, seconds=10)
    clock.now += 9.9
    assert faults.delay() == 2
    clock.now += 0.1
    assert (faults.delay(), faults.active()) == (0, [])
    assert told == [("fault.began", LATE, None), ("fault.ended", LATE, "over")]


async def test_one_fault_of_the_web_api_takes_the_place_of_another() -> None:
    clock, told = Clock(), Told()
    faults = Faults(told, clock)
    faults.fail(SLOW, seconds=10, by=1)
    faults.fail(RATE_LIMITED, seconds=4.2)
    assert [one.name for one in faults.active()] == [RATE_LIMITED]
    fault = faults.of_api("chat.postMessage")
    assert fault
    assert faults.retry_after(fault) == 5
    assert told[1] == ("fault.ended", SLOW, "ended")


async def test_events_are_counted_down() -> None:
    faults = Faults(Told(), Clock())
    faults.twice(events=2)
    assert [faults.copies() for _event in range(3)] == [2, 2, 1]
    assert not faults.end(TWICE)


async def test_a_fault_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="flood"):
        Faults(Told(), Clock()).fail("flood", seconds=1)


async def furnished(slack: SlackWorkspace, receiver: "Receiver") -> tuple["User", "Channel", "SlackApp"]:
    channel, user = slack.add_channel("general"), slack.add_user("aiko")
    app = slack.install_app("bot")
    app.events_url = receiver.url + "/events"
    return user, channel, app


async def test_the_next_event_comes_twice_with_new_ids_and_no_retry_header(
    slack: SlackWorkspace, receiver: "Receiver"
) -> None:
    user, channel, _app = await furnished(slack, receiver)
    slack.faults.twice()
    await slack.say(user, channel, "hello")
    await slack.say(user, channel, "again")
    await slack.quiet()
    texts = [one.event["text"] for one in receiver.heard]
    assert sorted(texts) == ["again", "hello", "hello"]
    assert len({one.json["event_id"] for one in receiver.heard}) == 3
    assert not any("X-Slack-Retry-Num" in one.headers for one in receiver.heard)
    kinds = [entry.kind for entry in slack.journal.entries if entry.kind.startswith("fault.")]
    assert kinds == ["fault.began", "fault.ended"]


async def test_events_come_late(slack: SlackWorkspace, receiver: "Receiver") -> None:
    user, channel, _app = await furnished(slack, receiver)
    slack.faults.late(by=0.4, seconds=30)
    before = time.monotonic()
    await slack.say(user, channel, "hello")
    await slack.quiet()
    assert len(receiver.heard) == 1
    assert time.monotonic() - before >= 0.4
    slack.faults.end(LATE)
    await slack.say(user, channel, "at once")
    await asyncio.sleep(0.2)
    assert len(receiver.heard) == 2


@pytest.mark.parametrize(
    ("how", "status", "error"), [(UNAVAILABLE, 503, "service_unavailable"), (RATE_LIMITED, 429, "ratelimited")]
)
async def test_the_web_api_fails_until_it_ends(slack: SlackWorkspace, how: str, status: int, error: str) -> None:
    async with aiohttp.ClientSession() as http:

        async def asked() -> tuple[int, Any, Any]:
            async with http.post(slack.api_url + "api.test") as answer:
                return answer.status, (await answer.json()).get("error"), answer.headers.get("Retry-After")

        slack.faults.fail(how, seconds=1)
        assert await asked() == (status, error, "1" if how == RATE_LIMITED else None)
        await asyncio.sleep(1.1)
        kinds = [entry.kind for entry in slack.journal.entries]
        assert [kind for kind in kinds if kind != "api.called"] == ["fault.began", "fault.ended"]
        assert (await asked())[0] == 200


async def test_the_web_api_is_slow(make_slack: "MakeSlack") -> None:
    slack = await make_slack()
    slack.faults.fail(SLOW, seconds=30, by=0.3)
    async with aiohttp.ClientSession() as http:
        before = time.monotonic()
        async with http.post(slack.api_url + "api.test") as answer:
            assert answer.status == 200
        assert time.monotonic() - before >= 0.3


async def test_the_last_event_is_repeated_with_a_new_id(slack: SlackWorkspace, receiver: "Receiver") -> None:
    user, channel, _app = await furnished(slack, receiver)
    with pytest.raises(ValueError, match="Nobody has said anything yet"):
        await slack.inject("repeat", {})
    await slack.say(user, channel, "first")
    await slack.say(user, channel, "last")
    await slack.quiet()
    await slack.inject("repeat", {})
    await slack.quiet()
    assert sorted(one.event["text"] for one in receiver.heard) == ["first", "last", "last"]
    assert len({one.json["event_id"] for one in receiver.heard}) == 3
    assert "event.repeated" in [entry.kind for entry in slack.journal.entries]


async def test_faults_are_injected_by_name(slack: SlackWorkspace) -> None:
    await slack.inject("twice", {"times": None})
    await slack.inject("slow", {"by": 1, "seconds": 60})
    await slack.inject("unavailable", {})
    assert [(one.name, one.times) for one in slack.faults.active()] == [("twice", 1), ("unavailable", None)]
    for name, fields in (("flood", {}), ("slow", {}), ("twice", {"target": "general"})):
        with pytest.raises(ValueError, match="fault"):
            await slack.inject(name, fields)
