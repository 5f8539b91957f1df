"""The move of Lab 5: old messages, new ones and edits, two hosts, a crash and a kill; and what must be true at rest."""

import asyncio
import contextlib
import random
import time
from collections.abc import Sequence
from typing import Any

from autograder.checking import CampBroken, fail
from autograder.checks.towns import FIELDS, key_or_fail
from autograder.kinds.migration import Hosts
from localcloud.cosmos.view import Cosmos
from localcloud.functions.host import FunctionsHost
from localcloud.functions.invocation import CRASH, Invocation
from localcloud.load.driver import PARTITIONS_HEADER
from localcloud.load.keys import Definition
from localcloud.load.rush import START
from localcloud.load.town import HOUR, Message, Town
from localcloud.messages import _, ngettext

OLD, NEW, EDITS = 300, 100, 60
PARTITIONS = 4
AMPLE = "40000"  # RU/s: the move is not about throughput
SOURCE, LEASES, TARGET = "messages", "leases", "messages_by_key"
LOOK_EVERY = 0.02
SECONDS_TO_CRASH, SECONDS_TO_REST = 8.0, 30.0
SECONDS_OF_REST, SECONDS_IN_DOUBT, SECONDS_TO_SETTLE = 0.5, 4.0, 20.0
SECONDS_BETWEEN_WRITES = 0.005
LONG_AGO = "2001-01-01T00:00:00+00:00"


class Move:
    """`latest` holds every message as it is in the end."""

    def __init__(self, cosmos: Cosmos, rng: random.Random, old: list[Message], new: list[Message]) -> None:
        self._cosmos = cosmos
        self._rng = rng
        self._new = new
        self._messages = {one["id"]: one for one in old}
        self._edits = 0
        self._writing: str | None = None  # the message that is being written
        self._crashed: Invocation | None = None
        self._crashing: asyncio.Task[None] | None = None
        self._taken = asyncio.Event()

    @classmethod
    async def begin(cls, cosmos: Cosmos, town: Town, definition: Definition, rng: random.Random) -> "Move":
        """The three containers, and the old messages in the first."""
        headers = {"x-ms-offer-throughput": AMPLE, PARTITIONS_HEADER: str(PARTITIONS)}
        await cosmos.make(SOURCE, ("/channel",), headers=headers)
        await cosmos.make(LEASES, ("/id",), headers={"x-ms-offer-throughput": AMPLE})
        await cosmos.make(TARGET, definition.paths, indexing_policy=definition.indexing_policy, headers=headers)
        said = town.messages(OLD + NEW, START, 12 * HOUR, part=f"move {rng.random()}")
        # All channels talk: the loud one alone would leave the other feed ranges empty.
        quiet = rng.sample(range(len(said)), len(said) // 2)
        for number in quiet:
            channel = rng.choice(town.channels)
            said[number] = {**said[number], "channel": channel, "id": f"{channel}:{said[number]['ts']}"}
        await cosmos.fill(SOURCE, said[:OLD])
        return cls(cosmos, rng, said[:OLD], said[OLD:])

    @property
    def latest(self) -> list[Message]:
        return list(self._messages.values())

    def crash_the_next(self, host: FunctionsHost) -> None:
        """Kills the worker of an invocation of this host, one of the next, before it can write or answer. Call it once
        the hosts have settled: a batch whose lease moves comes again even if nothing tries it again."""
        host.on_taken = self._crash

    def _crash(self, invocation: Invocation) -> None:
        """Crashes the first batch with a message that was not edited since: edits bring theirs again by themselves."""
        if self._crashed is None and self._is_up_to_date(invocation):
            self._crashed = invocation
            self._crashing = asyncio.create_task(invocation.host.crash(invocation.worker_pid))
            self._taken.set()

    def must_have_crashed(self) -> None:
        """A move whose retry policy was not put to the test is not judged."""
        if self._crashed is None or self._crashed.fault != CRASH:
            raise CampBroken(_("No invocation of the move could be crashed. Check again."))

    async def write_half(self) -> None:
        """Returns when the crash has come, or has not come in time: then what is there at rest decides."""
        await self._write(NEW // 2, EDITS // 2)
        with contextlib.suppress(asyncio.TimeoutError):  # `must_have_crashed` tells of it
            await asyncio.wait_for(self._taken.wait(), SECONDS_TO_CRASH)
        if self._crashing:
            await self._crashing

    async def write_rest(self) -> None:
        await self._write(len(self._new), EDITS - self._edits)

    async def settle(self, *hosts: FunctionsHost) -> bool:
        """Waits until each host has its part of the leases and nothing runs; False when time is up before. A text that
        is changed while a lease moves might be written by both hosts, the older one last: that would be chance."""
        ends = time.monotonic() + SECONDS_TO_SETTLE
        since = time.monotonic()
        while (now := time.monotonic()) < ends and now - since < SECONDS_OF_REST:
            names = {name for host in hosts for name in host.listening.names}
            owners = {lease["Owner"] for lease in self._cosmos.all(LEASES) if lease.get("LeaseToken")}
            if owners != names or any(host.in_flight for host in hosts):
                since = now
            await asyncio.sleep(LOOK_EVERY)
        return now - since >= SECONDS_OF_REST

    async def kill(self, host: FunctionsHost, hosts: Hosts) -> FunctionsHost:
        """Kills a host, lets its leases run out, and starts another in its place."""
        dead = host.listening.names
        await host.kill()
        for lease in self._cosmos.all(LEASES):
            if lease.get("Owner") in dead:
                await self._cosmos.put(LEASES, {**lease, "timestamp": LONG_AGO})
        replacing = hosts.new()
        await hosts.start(replacing)
        return replacing

    async def rest(self, *hosts: FunctionsHost) -> None:
        """Returns when nothing has happened for a while: a short one if all is there, else one in which a lease would
        have been taken and read; or when time is up."""
        ends = time.monotonic() + SECONDS_TO_REST
        since, last = time.monotonic(), -1
        while (now := time.monotonic()) < ends:
            version = self._cosmos.version(TARGET)
            if version != last or any(host.in_flight for host in hosts):
                since, last = now, version
            elif now - since > (SECONDS_OF_REST if self._is_through() else SECONDS_IN_DOUBT):
                return
            await asyncio.sleep(LOOK_EVERY)

    def judge(self, documents: Sequence[dict[str, Any]], definition: Definition) -> None:
        """Each of these documents exactly once over all keys, as it was last, and under its key."""
        wanted = {one["id"]: one for one in documents}
        found: dict[str, list[dict[str, Any]]] = {}
        for one in self._cosmos.all(TARGET):
            found.setdefault(str(one.get("id")), []).append(one)
        next = _(
            "The feed may bring a document twice, and brings its latest version: upsert it, under a key that depends "
            "on id, channel, user and ts alone. start_from_beginning and a retry policy keep the rest."
        )
        if missing := [id for id in wanted if id not in found]:
            fail(
                seen=_("{count} of {all} messages are not in {target}, for example {id}.").format(
                    count=len(missing), all=len(wanted), target=TARGET, id=missing[0]
                ),
                expected=_("every message of messages, once"),
                next=next,
            )
        if twice := [id for id, ones in found.items() if len(ones) > 1]:
            fail(
                seen=_("In {target} more than once: {messages}, for example {id}.").format(
                    target=TARGET, messages=ngettext("1 message", "{count} messages", len(twice)), id=twice[0]
                ),
                expected=_("every message of messages, once"),
                next=next,
            )
        if more := [id for id in found if id not in wanted]:
            fail(
                seen=_("{target} also holds {messages}, for example {id}.").format(
                    target=TARGET, messages=ngettext("1 document", "{count} documents", len(more)), id=more[0]
                ),
                expected=_("the messages of messages, and nothing else"),
                next=_("What has another id is another document. to_document leaves the id as it is."),
            )
        for id, document in wanted.items():
            (seen,) = found[id]
            if any(seen.get(name) != document[name] for name in FIELDS):
                fail(
                    seen=_fields(seen),
                    expected=_fields(document),
                    next=next,
                )
            if key_or_fail(seen, definition) != key_or_fail(document, definition):
                fail(
                    seen=_("{id} lies under the key {seen}.").format(id=id, seen=key_or_fail(seen, definition)),
                    expected=_("{key}, as to_document says here").format(key=key_or_fail(document, definition)),
                    next=_("The same message must get the same key in every process: Python's hash() does not."),
                )

    async def _write(self, new: int, edits: int) -> None:
        """New messages and edits of any, in one order."""
        steps = ["new"] * min(new, len(self._new)) + ["edit"] * edits
        self._rng.shuffle(steps)
        for step in steps:
            if step == "new":
                one = self._new.pop(0)
            else:
                crashed = self._in_crashed_batch()
                one = dict(self._rng.choice([one for one in self.latest if one["id"] not in crashed]))
                self._edits += 1
                one["text"] = f"edited {self._edits}: {one['text'][:40]}"
            self._messages[one["id"]] = one
            self._writing = one["id"]
            await self._cosmos.fill(SOURCE, [one])
            self._writing = None
            await asyncio.sleep(SECONDS_BETWEEN_WRITES)

    def _in_crashed_batch(self) -> set[str]:
        """Messages that come only if the crashed invocation is tried again; an edit would bring them as well."""
        return {one["id"] for one in self._crashed.source.get("documents", ())} if self._crashed else set()

    def _is_up_to_date(self, invocation: Invocation) -> bool:
        """Whether a message of the batch is in the container as it was delivered, and is not being written."""
        there = self._cosmos.etags(SOURCE)
        delivered = invocation.source.get("documents", ())
        return any(there.get(one["id"]) == one["etag"] and one["id"] != self._writing for one in delivered)

    def _is_through(self) -> bool:
        """Whether every message is there as it is in the end."""
        there = {one["id"]: one.get("text") for one in self._cosmos.all(TARGET)}
        return all(there.get(id) == one["text"] for id, one in self._messages.items())


def _fields(document: dict[str, Any]) -> dict[str, Any]:
    return {name: document.get(name) for name in FIELDS}
