"""Messages that are no jobs, and an engine that answers a web page, in the solution of the lab with queues: nothing is
lost, and what is wrong is told."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable

import pytest

from autograder.camp import Camp
from autograder.checks.dead_letters import POISON, letter_of
from autograder.checks.reports import QUEUE, decoded, mentioned, text_of
from autograder.environment import Environment
from autograder.lab import find_lab
from localcloud.cosmos.view import Cosmos
from localcloud.engine.engine import Engine
from localcloud.slack.view import Slack
from localcloud.storage.view import Storage

PATIENCE = 60.0


@pytest.fixture
async def camp() -> AsyncIterator[Camp]:
    lab = find_lab("4")
    environment = await Environment.start(lab, lab.solution, "strange messages")
    yield environment.camp(random.Random("strange messages"))
    await environment.stop()


async def until(condition: Callable[[], bool]) -> None:
    for _look in range(int(PATIENCE / 0.1)):
        if condition():
            return
        await asyncio.sleep(0.1)
    raise AssertionError("it did not come true")


async def test_nothing_strange_is_lost_and_all_of_it_is_told(camp: Camp) -> None:
    strange = ("no JSON", json.dumps({"topic": "cats"}), json.dumps(["a list"]))
    for text in strange:
        await camp[Storage].send(QUEUE, text)
    await camp[Storage].send(QUEUE, "no base64!", encode=False)
    camp[Engine].html("a page")
    page = await mentioned(camp, "a page")
    letter = await letter_of(camp, page, seconds=PATIENCE)
    assert "no report: <!doctype html>" in str(letter["error"])
    letters = camp[Cosmos]
    await until(lambda: len(letters.all("deadletters")) == len(strange) + 1)
    kept = [one["job"].get("text") for one in letters.all("deadletters") if isinstance(one["job"], dict)]
    assert set(strange) <= set(kept)
    ids = [one["id"] for one in letters.all("deadletters")]
    await until(lambda: all(any(id in text_of(post) for post in camp[Slack].posts(camp[Slack].ops)) for id in ids))
    moved = [entry for entry in camp.journal.entries if entry.kind == "queue.poisoned"]
    assert len(moved) == len(strange) + 2
    assert await camp[Storage].count(POISON) == 1  # what nobody can decode stays, as on Azure
    assert "no base64!" in {decoded(one.text) for one in camp.host.queues.seen(POISON)}
    told = [str(entry.facts["message"]) for entry in camp.journal.entries if entry.kind == "host.log"]
    assert any("could not be decoded" in line and "messageEncoding" in line for line in told)
