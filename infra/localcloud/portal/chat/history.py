"""The chat on disk: what was said stands there again when the portal is started again, be it after a crash."""

import json
import logging
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from localcloud.journal import Journal
from localcloud.slack.model import Message
from localcloud.slack.store import Store

MOST_BYTES = 2 * 1024 * 1024


class History:
    """One JSON line a message, the last line about it counts; a full file keeps the newest half.

    Messages for one person alone are not kept, as in Slack; nor are those of channels that are no more.
    """

    def __init__(self, store: Store, path: Path, most_bytes: int = MOST_BYTES) -> None:
        self._store = store
        self._path = path
        self._most_bytes = most_bytes
        self._whole = False

    def restore(self) -> None:
        """Puts the kept messages into the store, which hears of nothing else; lines that are torn are left out."""
        try:
            lines = self._path.read_text("utf-8", "replace").splitlines()
        except FileNotFoundError:
            return
        except OSError as error:
            _warn("%s cannot be read, the chat begins empty: %s", self._path, error)
            return
        found: dict[tuple[str, str], Message] = {}
        for channel, ts, message in filter(None, map(_parsed, lines)):
            found.pop((channel, ts), None)
            if message and channel in self._store.channels:
                found[channel, ts] = message
        for message in sorted(found.values(), key=lambda one: one.ts):
            self._store.put(message)

    async def keep(self, journal: Journal) -> None:
        """Writes every message that comes, changes or goes, until cancelled; then everything once more."""
        last = 0
        try:
            async for entry in journal.follow():
                self._whole = self._whole and entry.number == last + 1
                last = entry.number
                if "message" in entry.facts and not entry.facts["only_for"]:
                    self._write(entry.facts["channel"], entry.facts["message"]["ts"])
        finally:
            self._save()

    def _write(self, channel: str, ts: str) -> None:
        if not self._whole or not self._path.exists():
            self._save()
            return
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(_line(channel, ts, self._store.find(channel, ts)))
                self._whole = file.tell() <= self._most_bytes
        except OSError as error:
            self._whole = False
            _warn("%s cannot be written: %s", self._path, error)

    def _save(self) -> None:
        """Writes the file again, whole or not at all."""
        fresh = self._path.with_name(self._path.name + ".new")
        try:
            fresh.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text("".join(reversed(list(self._newest()))), "utf-8")
            os.replace(fresh, self._path)
            self._whole = True
        except OSError as error:
            self._whole = False
            _warn("%s cannot be written: %s", self._path, error)

    def _newest(self) -> Iterator[str]:
        """The newest messages' lines, newest first, in half of the bytes that there may be."""
        store = self._store
        messages = [one for channel in store.channels for one in store.messages(channel)]
        left = self._most_bytes // 2
        for message in sorted(messages, key=lambda one: one.ts, reverse=True):
            line = _line(message.channel, message.ts, message)
            left -= len(line)
            if left < 0:
                return
            yield line


def _line(channel: str, ts: str, message: Message | None) -> str:
    """ASCII; a message that is gone has only its place."""
    return json.dumps(asdict(message) if message else {"channel": channel, "ts": ts}) + "\n"


def _parsed(line: str) -> tuple[str, str, Message | None] | None:
    """Channel, timestamp and message (None: it is gone); None for a line that is none of ours."""
    try:
        shape = json.loads(line)
        channel, ts = shape["channel"], shape["ts"]
        text = shape.get("text")
        if not (isinstance(channel, str) and isinstance(ts, str) and isinstance(text, str | None)):
            return None
        if text is None:
            return channel, ts, None
        reactions = {name: tuple(users) for name, users in shape["reactions"].items()}
        return channel, ts, Message(**{**shape, "reactions": reactions})
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _warn(text: str, path: Path, error: OSError) -> None:
    logging.getLogger("portal").warning(text, path, error)
