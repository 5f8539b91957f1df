from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from localcloud.portal.timeline.recent import recent

if TYPE_CHECKING:
    from conftest import Journal

TRACE = "a" * 32
OTHER = "b" * 32
TS = "1764000000.000100"  # of the message that deliveries are about
NAMES = {"U1": "aiko", "UB": "camp"}


def ran(trace: str, at: float = 1.0, **facts: Any) -> dict[str, Any]:
    usual = {"function": "events", "trigger": "httpTrigger", "runs": 1, "failed": 0}
    return {"trace": trace, "at": at, **usual, **facts}


def test_messages_are_listed_with_their_deliveries_and_failures(journal: "Journal") -> None:
    journal.said().delivered("d1", 0.0, 0.1, 500).delivered("d2", 0.1, 0.2).posted("2.1", 0.2, trace=OTHER)
    hosts = [ran(TRACE, runs=2), ran(OTHER, runs=2)]
    [found] = recent(reversed(journal.slack), hosts, NAMES)
    assert (found.title, found.by, found.deliveries, found.runs, found.failed) == ("@camp hello", "aiko", 2, 2, True)


def test_what_did_not_begin_in_slack_is_listed_by_its_function() -> None:
    [found] = recent([], [ran(OTHER, function="tidy", trigger="timerTrigger", failed=1)], NAMES)
    assert (found.title, found.by, found.failed) == ("tidy", "timerTrigger", True)


def test_a_command_is_listed_as_typed() -> None:
    delivery = {"trace": TRACE, "failure": None}
    typed = {"ts": "5.1", "channel": "C1", "user": "U1", "command": "/report", "text": "July", "delivery": delivery}
    [found] = recent([{"kind": "command.answered", "at": 6.0, "typed": typed}], [], NAMES)
    assert (found.title, found.by, found.deliveries, found.at) == ("/report July", "aiko", 0, 5.1)


def test_the_newest_come_first_and_there_are_not_too_many() -> None:
    hosts = [ran(f"{number:032x}", float(number)) for number in range(100)]
    found = recent([], hosts, NAMES)
    assert [one.at for one in found] == [float(one) for one in range(99, 49, -1)]


def test_only_the_last_of_many_messages_are_looked_at() -> None:
    def messages() -> Iterator[dict[str, Any]]:
        for number in range(1_000, 0, -1):
            message = {"ts": f"{number}.1", "text": "hi", "user": "U1"}
            yield {"kind": "message.posted", "at": float(number), "trace": f"{number:032x}", "message": message}

    coming = messages()
    found = recent(coming, [ran(OTHER, 3.0)], NAMES)
    assert ([one.at for one in found], next(coming)["at"]) == ([float(one) for one in range(1_000, 950, -1)], 950.0)


def test_a_message_is_found_by_its_whole_text_however_old(journal: "Journal") -> None:
    journal.said("x" * 100 + " needle")
    newer = [{**entry, "trace": f"{number:032x}"} for number in range(60) for entry in journal.said().slack[1:2]]
    entries = [*reversed(newer), *journal.slack[:1]]
    hosts = [ran(OTHER)]
    [found] = recent(iter(entries), hosts, NAMES, find="Needle")
    assert found.trace == TRACE
    assert recent(iter(entries), hosts, NAMES, find="nobody said this") == []
    assert {one.ts for one in recent(iter(entries), hosts, NAMES, find=journal.slack[0]["message"]["ts"])} == {found.ts}


def test_the_delivery_of_an_apps_own_post_is_no_message_of_its_own(journal: "Journal") -> None:
    journal.said().posted(TS, 0.1, trace=None).delivered("d1", 0.1, 0.2, trace=OTHER)
    [found] = recent(reversed(journal.slack), [ran(TRACE), ran(OTHER)], NAMES)
    assert found.trace == TRACE
