"""Small journals, as the workspace and the host write them."""

from typing import Any

import pytest

from localcloud.portal.timeline.model import Timeline
from localcloud.portal.timeline.story import told

TRACE = "a" * 32
OTHER = "b" * 32
START = 1_764_000_000.0
NAMES = {"U1": "aiko", "UB": "camp"}
CHANNEL, TS = "C1", "1764000000.000100"


class Journal:
    """Entries at seconds after START, in the order in which they are added."""

    def __init__(self) -> None:
        self.slack: list[dict[str, Any]] = []
        self.host: list[dict[str, Any]] = []
        self.engine: list[dict[str, Any]] = []

    def said(self, text: str = "<@UB> hello", at: float = 0.0) -> "Journal":
        message = {"ts": TS, "text": text, "user": "U1"}
        return self._slack(at, "message.posted", channel=CHANNEL, message=message, only_for=None, trace=TRACE)

    def delivered(
        self, id: str, start: float, end: float, status: int | None = 200, *, attempt: int = 0, reason: str = "",
        failure: str | None = None, what: str = "event", event: str | None = "app_mention", trace: str = TRACE,
        about: str = TS,
    ) -> "Journal":  # fmt: skip
        if status and status >= 300:
            failure = "http_error"
        facts = {
            "id": id, "attempt": attempt, "reason": reason or None, "status": status, "failure": failure,
            "trace": trace,
            "event_id": f"Ev{id[:1]}", "event_type": event, "channel": CHANNEL, "message_ts": about, "what": what,
            "milliseconds": (end - start) * 1000, "url": "http://127.0.0.1:7071/api/slack/events", "span": f"span {id}",
            "answer": "",
        }  # fmt: skip
        return self._slack(end, "delivery.attempted", **facts)

    def posted(self, ts: str, at: float, text: str = "Hello, aiko", trace: str | None = OTHER) -> "Journal":
        message = {"ts": ts, "text": text, "user": "UB", "bot_id": "B1"}
        return self._slack(at, "message.posted", channel=CHANNEL, message=message, only_for=None, trace=trace)

    def called(
        self, at: float, method: str = "chat.postMessage", *, ts: str | None = None, carried: str | None = None,
        span: str | None = None, error: str | None = None,
    ) -> "Journal":  # fmt: skip
        facts = {"method": method, "error": error, "trace": carried, "span": span, "channel": ts and CHANNEL}
        return self._slack(at, "api.called", **facts, message_ts=ts)

    def ran(
        self, id: str, start: float, end: float | None, *, ok: bool = True, trace: str = TRACE,
        parent: str | None = None,
        pid: int | None = 41, function: str = "events", message: str | None = None, **source: Any,
    ) -> "Journal":  # fmt: skip
        facts = {"id": id, "trace": trace, "function": function}
        about = {"span": f"span of {id}", "parent": parent, "trigger": "httpTrigger", **source}
        self._host(start, "invocation.started", **facts, **about)
        if end is not None:
            told = {"ok": ok, "message": message, "where": None, "duration_ms": (end - start) * 1000}
            self._host(end, "invocation.finished", **facts, **told, worker_pid=pid)
        return self

    def wrote(self, id: str, at: float, queue: str, message_id: str, trace: str = TRACE) -> "Journal":
        facts = {"binding": "out", "type": "queue", "target": queue, "queue": queue, "message_id": message_id}
        return self._host(at, "output.written", id=id, trace=trace, function="events", **facts)

    def asked(
        self, call: int, topic: str, start: float, end: float | None = None, *, status: int | None = 200,
        heard: bool = True, carried: str | None = None, span: str | None = None,
    ) -> "Journal":  # fmt: skip
        facts = {"call": call, "topic": topic, "trace": carried, "span": span}
        self.engine.append({"number": 2 * call, "kind": "call.began", "at": START + start, **facts})
        if end is not None:
            told = {"status": status, "heard": heard, "milliseconds": (end - start) * 1000}
            self.engine.append({"number": 2 * call + 1, "kind": "call.ended", "at": START + end, **facts, **told})
        return self

    def failing(self, topic: str, at: float) -> "Journal":
        """From then on the report engine fails, by a fault."""
        facts = {"fault": "fail", "target": topic, "by": None}
        self.engine.append({"number": len(self.engine) + 1, "kind": "fault.began", "at": START + at, **facts})
        return self

    def troubled(self, start: float, end: float) -> "Journal":
        """Slack's Web API is down, by a fault."""
        facts = {"fault": "unavailable", "target": None, "by": None}
        return self._slack(start, "fault.began", **facts)._slack(end, "fault.ended", **facts, how="over")

    def happened(self, at: float, kind: str, **facts: Any) -> "Journal":
        return self._host(at, kind, **facts)

    def _slack(self, at: float, kind: str, **facts: Any) -> "Journal":
        self.slack.append({"number": len(self.slack) + 1, "kind": kind, "at": START + at, **facts})
        return self

    def _host(self, at: float, kind: str, **facts: Any) -> "Journal":
        self.host.append({"number": len(self.host) + 1, "kind": kind, "at": START + at, **facts})
        self.host.sort(key=lambda entry: (entry["at"], entry["number"]))
        return self

    def told(self, now: float = 1000.0) -> Timeline:
        found = told(TRACE, self.slack, self.host, NAMES, START + now, self.engine)
        assert found
        return found

    def links(self) -> set[tuple[str, str, str]]:
        return {(one.source, one.target, one.how) for one in self.told().links}

    def labels(self, lane: str) -> list[str]:
        return [bar.label for bar in self.told().bars if bar.lane.id == lane]


@pytest.fixture
def journal() -> Journal:
    return Journal()


@pytest.fixture
def duplicate(journal: Journal) -> Journal:
    """A mention, answered; then delivered again, and answered again."""
    journal.said()
    for id, start, ts in (("d1", 0.002, "2.1"), ("d2", 8.5, "2.2")):
        journal.ran(f"r{id}", start + 0.002, start + 0.04, parent=f"span {id}")
        journal.posted(ts, start + 0.03).called(start + 0.03, ts=ts)
        journal.delivered(id, start, start + 0.042)
    return journal
