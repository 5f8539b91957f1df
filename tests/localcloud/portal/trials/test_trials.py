"""The page of trials: what happened in the private cloud of a failed run is there afterwards."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.async_api import Page, expect

from localcloud import trials
from localcloud.portal.trials.story import lines_of, timelines_of
from localcloud.trials import BAD, GOOD, Trial

if TYPE_CHECKING:
    from conftest import Portal

AT = 1_800_000_000.0
TRACE = "5" * 32
MESSAGE = {"ts": "1800000000.000100", "text": "<@UBOT> hello", "user": "U1"}
DELIVERY = {
    "id": "Dl1", "app": "A1", "url": "http://127.0.0.1:9/api/slack/events", "attempt": 0, "reason": None,
    "status": 500, "failure": "http_error", "trace": TRACE, "event_id": "Ev1", "event_type": "app_mention",
    "channel": "C1", "message_ts": MESSAGE["ts"], "what": "event", "milliseconds": 20.0, "answer": "oops", "span": None,
}  # fmt: skip
RUN = {"id": "run-1", "function": "events", "trace": TRACE, "worker_pid": 7}
ENDED: dict[str, Any] = {"ok": False, "where": "function_app.py, line 5: KeyError: 'user'", "duration_ms": 12.0}


def entries() -> list[dict[str, Any]]:
    """A person mentions the bot, which fails."""
    told: list[tuple[str, float, dict[str, Any]]] = [
        ("message.posted", 0.0, {"channel": "C1", "trace": TRACE, "message": MESSAGE}),
        ("invocation.started", 0.005, {**RUN, "trigger": "http"}),
        ("invocation.log", 0.010, {**RUN, "level": "INFO", "message": "mentioned"}),
        ("invocation.finished", 0.017, {**RUN, **ENDED, "message": ""}),
        ("delivery.attempted", 0.020, DELIVERY),
    ]
    return [{"number": at, "kind": kind, "at": AT + after, **facts} for at, (kind, after, facts) in enumerate(told)]


def trial(id: str = "1.5", outcome: str = BAD, at: float = AT) -> Trial:
    names = {"U1": "aiko", "UBOT": "camp", "C1": "general"}
    facts = [("seen", "no reply"), ("expected", "a <b>reply</b>")]
    return Trial(id, "It replies", "Lab 1: A bot", at, outcome, facts, None, entries() if outcome == BAD else (), names)


def test_the_last_trial_of_an_id_is_kept_and_the_newest_comes_first(tmp_path: Path) -> None:
    for one in (trial("1.5", at=AT), trial("1.10", at=AT + 1), trial("1.9", at=AT + 1), trial("1.5", GOOD, AT + 2)):
        trials.write(tmp_path, one)
    assert [(one.id, one.outcome) for one in trials.read_all(tmp_path)] == [("1.5", GOOD), ("1.9", BAD), ("1.10", BAD)]


def test_a_file_that_is_no_trial_is_passed_over(tmp_path: Path) -> None:
    trials.write(tmp_path, trial())
    for name, text in (("x.json", "{"), ("y.json", '{"id": 1}'), ("z.json", "[]")):
        (tmp_path / name).write_text(text)
    assert [one.id for one in trials.read_all(tmp_path)] == ["1.5"]
    assert trials.read(tmp_path, "../1.5") is None


def test_what_was_said_delivered_run_and_logged_is_told_in_order() -> None:
    lines = lines_of(trial())
    assert [(line.after, line.what, line.ok) for line in lines] == [
        (0.0, "aiko says", None),
        (0.01, "log", None),
        (0.017, "invocation", False),
        (0.02, "delivered", False),
    ]
    assert lines[0].text == "@camp hello"
    assert "KeyError" in lines[2].text
    assert lines[3].text == "app_mention; answer 500 http_error after 20 ms\noops"


def test_the_timeline_is_that_of_the_runs_own_cloud() -> None:
    [timeline] = timelines_of(trial())
    assert timeline.trace == TRACE and timeline.title == "aiko: @camp hello"
    assert {"said", "delivery", "invocation"} <= {bar.kind for bar in timeline.bars}


async def test_the_page_shows_the_last_failure_and_what_happened(page: Page, portal: "Portal") -> None:
    folder = portal.journal / trials.FOLDER
    trials.write(folder, trial())
    trials.write(folder, trial("1.1", GOOD, AT + 5))
    await page.goto(portal.url + "checks")
    await expect(page.get_by_role("heading", level=1)).to_have_text("1.5 It replies")
    await expect(page.locator("#facts")).to_contain_text("a <b>reply</b>")
    await expect(page.locator("#lines li").nth(2)).to_contain_text("KeyError")
    await expect(page.locator(".sheet svg")).to_be_visible()
    await page.get_by_role("link", name="1.1 It replies").click()
    await expect(page.locator("#about")).to_contain_text("It passed")
    await expect(page.locator("#whole")).to_be_hidden()
    trials.write(folder, trial("1.1", BAD, AT + 9))
    await expect(page.locator("#whole")).to_be_visible()


async def test_an_empty_page_says_what_to_type(page: Page, portal: "Portal") -> None:
    await page.goto(portal.url + "checks")
    await expect(page.locator("#about")).to_have_text("Nothing has been checked yet. In a terminal: camp check")
    status, content, _headers = await portal.get("api/trials/one?id=1.1")
    assert status == 404 and "error" in json.loads(content)
