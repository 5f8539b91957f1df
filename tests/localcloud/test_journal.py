import asyncio

from localcloud.journal import Journal


def test_it_keeps_the_last_entries_alone() -> None:
    journal = Journal(limit=3)
    for number in range(10):
        journal.add("thing", n=number)
    assert [entry.facts["n"] for entry in journal.entries] == [7, 8, 9]
    assert [entry.number for entry in journal.since(9)] == [10]


def test_it_keeps_no_more_text_than_it_may() -> None:
    journal = Journal(most_characters=10_000)
    for number in range(100):
        journal.add("line", n=number, message={"text": "x" * 1_000, "parts": ["y" * 100]})
    assert 5 <= len(journal.entries) <= 9
    assert journal.entries[-1].facts["n"] == 99


def test_one_huge_entry_is_kept_until_the_next() -> None:
    journal = Journal(most_characters=10_000)
    journal.add("huge", message="x" * 50_000)
    assert len(journal.entries) == 1
    journal.add("small")
    assert [entry.kind for entry in journal.entries] == ["small"]


async def test_followers_get_the_backlog_in_batches_and_then_what_comes() -> None:
    journal = Journal()
    for _number in range(600):
        journal.add("before")
    batches = journal.batches(since=50)
    assert [len(await anext(batches)) for _batch in range(3)] == [250, 250, 50]
    for _number in range(3):
        journal.add("after")
    assert [entry.kind for entry in await anext(batches)] == ["after"] * 3
    await batches.aclose()


async def test_a_slow_follower_loses_the_oldest() -> None:
    journal = Journal()
    follower = journal.follow()
    waiting = asyncio.ensure_future(anext(follower))
    await asyncio.sleep(0)
    for number in range(1_500):
        journal.add("thing", n=number)
    first = await waiting
    second = await anext(follower)
    assert first.facts["n"] == second.facts["n"] - 1 == 500
    await follower.aclose()
