import asyncio
import contextlib
import json
import shutil
from pathlib import Path

from localcloud.journal import Journal
from localcloud.portal.chat.record import MOST_PAST, past, record


async def turns() -> None:
    for _turn in range(20):
        await asyncio.sleep(0)


async def test_the_journal_is_written_and_bounded(tmp_path: Path) -> None:
    journal, path = Journal(), tmp_path / "state" / "slack.jsonl"
    writing = asyncio.create_task(record(journal, path, 200))
    journal.add("first", text="é")
    await turns()
    assert json.loads(path.read_text())["text"] == "é"
    shutil.rmtree(path.parent)
    for number in range(20):
        journal.add("more", n=number)
        await turns()
    assert sum(file.stat().st_size for file in path.parent.iterdir()) < 2 * 400
    writing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await writing


async def test_a_journal_of_before_is_kept_once(tmp_path: Path) -> None:
    path = tmp_path / "slack.jsonl"
    path.write_text("before\n")
    writing = asyncio.create_task(record(Journal(), path))
    await turns()
    assert not path.exists()
    assert (tmp_path / "slack.jsonl.1").read_text() == "before\n"
    writing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await writing


def test_the_runs_before_are_read_with_numbers_below_this_ones(tmp_path: Path) -> None:
    path = tmp_path / "slack.jsonl"
    assert past(path) == []
    older, last = ({"number": 7, "kind": kind, "at": 1.5} for kind in ("older", "last"))
    path.with_name("slack.jsonl.1").write_text(json.dumps(older) + "\n[]\n{torn")
    path.write_text(json.dumps(last) + "\n")
    assert [(one["kind"], one["number"]) for one in past(path)] == [("older", -2), ("last", -1)]
    path.write_text((json.dumps(last) + "\n") * (MOST_PAST + 5))
    assert len(past(path)) == MOST_PAST
