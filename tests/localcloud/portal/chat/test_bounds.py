"""The history is bounded: whatever happens, the portal and the host keep so much and no more."""

import json
from typing import Any, cast

from localcloud.functions.bindings import queue_hub
from localcloud.functions.bindings.queue_client import QueueAccount
from localcloud.functions.bindings.queue_hub import QueueHub
from localcloud.functions.host_log import KEPT_LINES, HostLog
from localcloud.journal import Journal
from localcloud.portal.chat.acts import SHOWN_MESSAGES, Chat
from localcloud.portal.chat.content import Secrets, furnished
from localcloud.slack.courier import KEPT_DELIVERIES
from localcloud.slack.model import Delivery, Message
from localcloud.slack.store import KEPT_MESSAGES


def delivery(ts: str) -> Delivery:
    return Delivery(
        f"Dl{ts}", "A1", "event", "http://127.0.0.1:1/", 0, None, 500, 0.1, "", "http_error", "a" * 32, 0.0,
        event_type="message", channel="C1", message_ts=ts,
    )  # fmt: skip


def test_the_chat_shows_the_last_messages_and_their_deliveries() -> None:
    workspace, app = furnished(Journal(), 0, "http://127.0.0.1:1", Secrets())
    [first, *_others] = workspace.store.channels
    for number in range(KEPT_MESSAGES + 500):
        ts = workspace.ids.ts()
        workspace.store.put(Message(first, ts, f"message {number}", trace="a" * 32))
        workspace.deliveries.append(delivery(ts))
    assert len(workspace.store.messages(first)) == KEPT_MESSAGES
    assert len(workspace.deliveries) == KEPT_DELIVERIES
    state = Chat(workspace, app).state()
    assert len(state["messages"]) == len(state["deliveries"]) == SHOWN_MESSAGES
    assert len(json.dumps(state)) < 300_000


async def test_the_hub_forgets_the_traces_of_old_messages(monkeypatch: Any) -> None:
    class Account:
        endpoint = "http://127.0.0.1:1"
        sent = 0

        async def send(self, _queue: str, _text: str) -> str:
            self.sent += 1
            return str(self.sent)

    monkeypatch.setattr(queue_hub, "KEPT_TRACES", 10)
    hub, account = QueueHub(), cast(QueueAccount, Account())
    ids = [await hub.write(account, "orders", "text", f"00-{'a' * 32}-{'b' * 16}-01") for _number in range(15)]
    assert [hub.trace_of(one) is not None for one in ids] == [False] * 5 + [True] * 10


def test_the_hosts_log_keeps_its_last_lines() -> None:
    journal = Journal()
    log = HostLog(journal)
    for number in range(12_000):
        log.say(f"line {number}")
    assert (len(log.lines), log.lines[-1]) == (KEPT_LINES, "line 11999")
    assert len(journal.entries) == 10_000
