import asyncio
import contextlib
import json
import logging
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from localcloud.journal import Journal
from localcloud.portal.chat.content import Secrets, furnished
from localcloud.portal.chat.history import History
from localcloud.slack.model import Message
from localcloud.slack.workspace import SlackWorkspace

MOST_BYTES = 2 * 1024 * 1024
NOWHERE = "http://127.0.0.1:9"


async def turns() -> None:
    for _turn in range(20):
        await asyncio.sleep(0)


@asynccontextmanager
async def workspace_of(path: Path, most_bytes: int = MOST_BYTES) -> AsyncIterator[SlackWorkspace]:
    """A furnished workspace that remembers in `path`; its app hears of nothing."""
    journal = Journal()
    workspace, app = furnished(journal, 0, NOWHERE, Secrets())
    app.events_url = app.outgoing_url = None
    history = History(workspace.store, path, most_bytes)
    history.restore()
    keeping = asyncio.create_task(history.keep(journal))
    await turns()
    yield workspace
    await turns()
    keeping.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await keeping


def said(workspace: SlackWorkspace) -> list[Message]:
    return [one for channel in workspace.store.channels for one in workspace.messages(channel)]


async def talk(workspace: SlackWorkspace, *texts: str) -> list[Message]:
    person = next(iter(workspace.store.users.values()))
    channel = next(iter(workspace.store.channels.values()))
    return [await workspace.say(person, channel, text) for text in texts]


async def test_what_was_said_is_there_again(tmp_path: Path) -> None:
    path = tmp_path / "state" / "chat.jsonl"
    async with workspace_of(path) as workspace:
        root, edited, deleted = await talk(workspace, "héllo \ud83d", "to edit", "to delete")
        person = next(iter(workspace.store.users.values()))
        await workspace.say(person, workspace.store.channels[root.channel], "reply", thread_ts=root.ts)
        await workspace.edit(person, edited, "edited")
        workspace.react(root, "tada", person.id)
        workspace.delete(deleted)
        before = said(workspace)
    async with workspace_of(path) as workspace:
        assert said(workspace) == before
        assert [one.text for one in workspace.store.replies(before[0])] == ["reply"]
        assert not workspace.deliveries


async def test_each_message_is_on_disk_at_once(tmp_path: Path) -> None:
    path = tmp_path / "chat.jsonl"
    async with workspace_of(path) as workspace:
        await talk(workspace, "first", "second")
        await turns()
        killed = path.read_text()
    (tmp_path / "copy.jsonl").write_text(killed)
    async with workspace_of(tmp_path / "copy.jsonl") as workspace:
        assert [one.text for one in said(workspace)] == ["first", "second"]


async def test_what_only_one_person_sees_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "chat.jsonl"
    async with workspace_of(path) as workspace:
        (message,) = await talk(workspace, "for all")
        workspace.post(Message(message.channel, workspace.ids.ts(), "for one", message.user, only_for=message.user))
    assert "for one" not in path.read_text()


@pytest.mark.parametrize(
    "torn",
    [
        b'{"channel": "C0',
        b"\xff\xfe\n",
        b"[]\n",
        b"7\n",
        b'{"channel": [], "ts": "1.1", "text": "x"}\n',
        b'{"channel": "C", "ts": "1.1", "text": 7}\n',
        b'{"channel": "C", "ts": "1.1", "text": "x", "reactions": {}, "more": 1}\n',
        b'{"channel": "CGONE", "ts": "1.1", "text": "x", "reactions": {}}\n',
    ],
)
async def test_a_torn_line_costs_that_line_alone(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "chat.jsonl"
    async with workspace_of(path) as workspace:
        await talk(workspace, "first")
    path.write_bytes(path.read_bytes() + torn)
    async with workspace_of(path) as workspace:
        await talk(workspace, "second")
        await turns()
    async with workspace_of(path) as workspace:
        assert [one.text for one in said(workspace)] == ["first", "second"]
    assert all(json.loads(line) for line in path.read_text().splitlines())


async def test_the_file_is_bounded_and_keeps_the_newest(tmp_path: Path) -> None:
    path = tmp_path / "chat.jsonl"
    async with workspace_of(path, 8_000) as workspace:
        for number in range(60):
            await talk(workspace, f"message {number}")
            await turns()
            assert path.stat().st_size < 9_000
    async with workspace_of(path, 8_000) as workspace:
        texts = [one.text for one in said(workspace)]
    assert texts == [f"message {number}" for number in range(60)][-len(texts) :]
    assert 5 < len(texts) < 40


async def test_a_state_folder_that_was_deleted_comes_back_whole(tmp_path: Path) -> None:
    path = tmp_path / "state" / "chat.jsonl"
    async with workspace_of(path) as workspace:
        await talk(workspace, "first")
        await turns()
        shutil.rmtree(path.parent)
        await talk(workspace, "second")
        await turns()
        assert len(path.read_text().splitlines()) == 2


async def test_a_file_that_cannot_be_written_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    blocked = tmp_path / "state"
    blocked.write_text("a file where the folder should be")
    caplog.set_level(logging.WARNING)
    async with workspace_of(blocked / "chat.jsonl") as workspace:
        await talk(workspace, "first")
        await turns()
        assert "cannot be written" in caplog.text
        blocked.unlink()
        await talk(workspace, "second")
        await turns()
        assert len((blocked / "chat.jsonl").read_text().splitlines()) == 2
