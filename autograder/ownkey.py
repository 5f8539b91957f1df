"""The learner's own partition key, as `partitioning.py` has it: asked in a process of its own, as `camp up` runs apps.

This is for looking at one's own key. Checks ask the sandboxed process that they have made.
"""

import asyncio
import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder import project
from localcloud.load.costs import (
    SAMPLE,
    THREE_YEARS,
    Cost,
    Costs,
    Questions,
    filled,
    largest_key,
    spent,
)
from localcloud.load.keys import definition_of, key_of
from localcloud.load.rush import DATABASE, START, Account
from localcloud.load.town import Message, Town
from localcloud.messages import _

SECONDS = 30
# What the learner's code prints goes beside the answer.
BEGIN = """
import contextlib, json, sys
sys.path.insert(0, sys.argv[1])
asked = json.load(sys.stdin)
with contextlib.redirect_stdout(sys.stderr):
    import partitioning
"""
DOCUMENTS = (
    BEGIN
    + """
    answer = {
        "container": partitioning.CONTAINER,
        "documents": [partitioning.to_document(one) for one in asked],
    }
json.dump(answer, sys.stdout)
"""
)
QUESTION = (
    BEGIN
    + """
    from azure.cosmos import CosmosClient

    client = CosmosClient(asked["url"], asked["key"])
    container = client.get_database_client(asked["database"]).get_container_client(asked["container"])
    answer = [one["id"] for one in getattr(partitioning, asked["function"])(container, *asked["arguments"])]
json.dump(answer, sys.stdout)
"""
)
CONTAINER = "mine"


class NoKey(RuntimeError):
    """`partitioning.py` has no key to try; the text says why."""


@dataclass(frozen=True)
class OwnKey:
    """A key's paths, an indexing policy if there is one, and the documents of the messages."""

    paths: tuple[str, ...]
    indexing_policy: dict[str, Any] | None
    documents: list[dict[str, Any]]


def own_key(folder: Path, messages: Sequence[Message]) -> OwnKey:
    """What `partitioning.py` in `folder` makes of the messages; NoKey."""
    if not (folder / "partitioning.py").is_file():
        raise NoKey(_("There is no partitioning.py in {folder}.").format(folder=folder))
    answer = _answered(folder, DOCUMENTS, list(messages))
    try:
        return _key_of(answer)
    except ValueError as error:
        raise NoKey(_("partitioning.py cannot be used: {why}").format(why=error)) from error


async def own_costs(account: Account, folder: Path, town: Town) -> Costs:
    """What the questions in `partitioning.py` cost on an account in this process; NoKey, LoadFailed."""
    asked = Questions.of(town, START)
    own = await asyncio.to_thread(own_key, folder, asked.said)
    await filled(account, CONTAINER, own.paths, own.documents, own.indexing_policy)
    history = await _cost(account, folder, "channel_history", asked.right("channel", asked.channel, asked.hour),
                          asked.channel, asked.hour)  # fmt: skip
    user = await _cost(account, folder, "user_messages", asked.right("user", asked.user, asked.period),
                       asked.user, asked.period)  # fmt: skip
    sample = town.messages(SAMPLE, START, THREE_YEARS, part="years")
    grown = await asyncio.to_thread(own_key, folder, sample)
    keyed = ((key_of(one, grown.paths), one) for one in grown.documents)
    return Costs(history, user, round(largest_key(keyed, messages=len(sample))[1], 2))


async def _cost(
    account: Account, folder: Path, function: str, right: list[str], value: str, period: tuple[float, float]
) -> Cost:
    """Of one question; NoKey where its answer is wrong: what that costs says nothing."""
    before = await account.consumption(CONTAINER)
    asked = {
        "url": account.url, "key": account.key, "database": DATABASE, "container": CONTAINER,
        "function": function, "arguments": [value, *(f"{one:.6f}" for one in period)],
    }  # fmt: skip
    answer = await asyncio.to_thread(_answered, folder, QUESTION, asked)
    if not isinstance(answer, list) or sorted(map(str, answer)) != sorted(right):
        count = len(answer) if isinstance(answer, list) else 0
        raise NoKey(
            _("{function} returned {count} messages that are not the right ones; there are {right}.").format(
                function=function, count=count, right=len(right)
            )
        )
    return spent(before, await account.consumption(CONTAINER))


def _answered(folder: Path, program: str, asked: object) -> Any:
    """What a program says of the learner's module, in a process of its own; NoKey."""
    try:
        done = subprocess.run(
            [str(project.apps_python()), "-c", program, str(folder)],
            input=json.dumps(asked), capture_output=True, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise NoKey(_("Time-out: partitioning.py took more than {seconds} seconds.").format(seconds=SECONDS)) from None
    if done.returncode:
        raise NoKey(_("partitioning.py cannot be used: {why}").format(why=_reason(done.stderr)))
    try:
        return json.loads(done.stdout)
    except ValueError as error:
        raise NoKey(_("partitioning.py cannot be used: {why}").format(why=error)) from error


def _reason(stderr: str) -> str:
    """The last line of a traceback, after the place in the learner's file where there is one."""
    lines = stderr.strip().splitlines() or [_("It ended without a message.")]
    places = [line.strip() for line in lines if "partitioning.py" in line and line.lstrip().startswith("File")]
    return f"{lines[-1]} ({places[-1].rpartition('partitioning.py')[2].strip(chr(34) + ', ')})" if places else lines[-1]


def _key_of(answer: Any) -> OwnKey:
    definition, documents = definition_of(answer["container"]), answer["documents"]
    if not all(isinstance(one, dict) for one in documents):
        raise ValueError(_("to_document must return a dict."))
    for document in documents:
        key_of(document, definition.paths)
    return OwnKey(definition.paths, definition.indexing_policy, documents)
