"""What several checks of Lab 5 do: ask the learner's module for documents, run the rush, fill a container, ask it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from autograder.camp import Camp
from autograder.checking import fail
from autograder.kinds.module import Modules
from autograder.modules import Module, Raised, Sdk, TooLarge
from localcloud.cosmos.errors import CosmosError
from localcloud.cosmos.view import Cosmos
from localcloud.load.costs import QUESTIONS, Cost, spent
from localcloud.load.driver import PARTITIONS_HEADER, LoadFailed
from localcloud.load.keys import Definition, KeyProblem, definition_of, key_of
from localcloud.load.report import Report
from localcloud.load.rush import START
from localcloud.load.town import HOUR, Message, message
from localcloud.load.view import Load
from localcloud.messages import _, ngettext

FIELDS = ("id", "channel", "user", "text", "ts")
HOSTILE = ("C' OR 1=1 OR c.channel = '", 'C"x', "C%", "C1 -- ")
SECONDS_TO_ANSWER = 20.0
TOGETHER = 100  # messages whose documents are asked for at once
QUESTION = "questions"
SHOWN = 3

Document = dict[str, Any]


async def module_of(camp: Camp) -> tuple[Module, Definition]:
    """partitioning.py in a process, and its container."""
    module = await camp[Modules].get("partitioning")
    container = await module.value("CONTAINER")
    try:
        return module, definition_of(container)
    except KeyProblem as problem:
        fail(
            seen=str(problem),
            expected=_('CONTAINER = {"partition_key": [...]}, and an indexing_policy if you want one'),
            next=_("One path is an ordinary key; two or three are the levels of a hierarchical one."),
        )


async def documents_of(module: Module, messages: Sequence[Message]) -> list[Document]:
    """What to_document makes of the messages: the five fields are unchanged, and so is what it was given."""
    found: list[Document] = []
    for first in range(0, len(messages), TOGETHER):
        part = messages[first : first + TOGETHER]
        try:
            answers = await module.together(
                "to_document", [(one,) for one in part], threads=1, seconds=SECONDS_TO_ANSWER, echo=True
            )
        except TooLarge:
            fail(
                seen=_("to_document returns a document of more than a million characters."),
                expected=_("the message's five fields and its key: Cosmos DB stores at most 2 MB in a document"),
                next=_("What does to_document add to the message? A key is a few characters long."),
            )
        for one, (document, after) in zip(part, answers, strict=True):
            if after != [one]:
                fail(
                    seen=_("to_document changed the message that it was given: it is {after} now.").format(after=after),
                    expected=_("the message stays as it is"),
                    next=_('Make a new dict: {**message, "key": ...}.'),
                )
            _must_hold(one, document)
            found.append(document)
    return found


def key_or_fail(document: Document, definition: Definition) -> tuple[Any, ...]:
    """The key of a document; a document without one fails the check."""
    try:
        return key_of(document, definition.paths)
    except KeyProblem as problem:
        fail(
            seen=str(problem),
            expected=_("every field of the key {paths} in every document").format(paths=", ".join(definition.paths)),
            next=_("CONTAINER names the fields, to_document fills them."),
        )


async def rushed(camp: Camp) -> tuple[Report, set[str], list[Message]]:
    """The rush under the learner's key; 5.1 and 5.2 share one."""
    module, definition = await module_of(camp)
    load = camp[Load]
    messages = load.rush_hour()
    camp.note(_("{count} messages in 8 seconds, 80 % in one channel, under {paths}").format(
        count=len(messages), paths=", ".join(definition.paths)))  # fmt: skip

    async def run() -> tuple[Report, set[str]]:
        documents = await documents_of(module, messages)
        for one in documents:
            key_or_fail(one, definition)
        try:
            return await load.rush(definition, messages, documents)
        except LoadFailed as problem:
            fail(
                seen=str(problem),
                expected=_("a container and documents that Cosmos DB accepts"),
                next=_("'camp load work/5-partition-keys' writes the same load, and shows it."),
            )

    report, stored = await load.once("rush", run)
    return report, stored, messages


def told(report: Report) -> str:
    """The hottest partitions in a sentence."""
    hottest = sorted(report.partitions, key=lambda one: -one.share)[:SHOWN]
    shares = ", ".join(f"{one.share:.0%}" for one in hottest)
    idle = sum(one.requests == 0 for one in report.partitions)
    key = report.keys[0].key if report.keys else None
    return _(
        "The hottest partitions used {shares} of all RU, {idle} of {count} were idle; the hottest key is {key}."
    ).format(shares=shares, idle=idle, count=len(report.partitions), key=key)


@dataclass
class Filled:
    """A container with what a town said in twelve hours, and more for the questions' sake."""

    module: Module
    definition: Definition
    cosmos: Cosmos
    container: Sdk
    messages: list[Message] = field(repr=False)
    loud: str
    quiet: str
    user: str
    hour: float
    quiet_hour: float
    hostile: tuple[str, ...]
    nobody: str = "C0000000000"

    async def add(self, one: Message) -> None:
        """Somebody says something more."""
        (document,) = await documents_of(self.module, [one])
        await self.cosmos.fill(QUESTION, [document])
        self.messages.append(one)

    async def edit(self, one: Message) -> None:
        """Somebody edits a message. The module's processes do not see it: only the database knows the new text."""
        text = f"edited: {one['text'][:40]}"
        if stored := self.cosmos.get(QUESTION, one["id"]):
            await self.cosmos.fill(QUESTION, [{**stored, "text": text}])
        self.messages[self.messages.index(one)] = {**one, "text": text}

    def right(self, name: str, value: str, start: float, end: float) -> list[Message]:
        """The messages whose field has this value, in the period, oldest first."""
        first, last = f"{start:.6f}", f"{end:.6f}"
        found = [one for one in self.messages if one[name] == value and first <= one["ts"] < last]
        return sorted(found, key=lambda one: one["ts"])


async def filled(camp: Camp) -> Filled:
    """The questions' container under the learner's key; 5.3 and 5.4 share one filling."""

    async def fill() -> Filled:
        module, definition = await module_of(camp)
        load, cosmos = camp[Load], camp[Cosmos]
        town = load.town
        said = town.messages(QUESTIONS.messages, START, QUESTIONS.seconds, part="history")
        hour = START + (2 + town.seed % 8) * HOUR
        user = Counter(one["user"] for one in said).most_common(1)[0][0]
        quiet, quiet_hour = _quiet(said, town.loud)
        for channel, start in ((town.loud, hour), (quiet, quiet_hour)):  # in, out, and out
            said += [message(channel, user, "at a bound", at) for at in (start, start + HOUR, start - 0.000001)]
        for at, one in enumerate(HOSTILE):  # in the hour, and after it
            said += [message(one, town.users[0], "hostile", hour + 7.5 + at + late) for late in (0, HOUR)]
        said += [message(quiet, user, "another day", START + day * 24 * HOUR + 3_600.5) for day in (-1, 1)]
        said = list({one["id"]: one for one in said}.values())
        documents = await documents_of(module, said)
        for document in documents:
            key_or_fail(document, definition)
        headers = {"x-ms-offer-throughput": str(QUESTIONS.throughput), PARTITIONS_HEADER: str(QUESTIONS.partitions)}
        try:
            await cosmos.make(QUESTION, definition.paths, indexing_policy=definition.indexing_policy, headers=headers)
            await cosmos.fill(QUESTION, documents)
        except CosmosError as error:
            fail(
                seen=_("Cosmos DB refuses the container or its documents: {why}").format(why=error.message),
                expected=_("a container and documents that Cosmos DB accepts"),
                next=_("Look at CONTAINER, and at what to_document returns."),
            )
        container = Sdk.container(cosmos.url, cosmos.key, cosmos.database, QUESTION)
        return Filled(module, definition, cosmos, container, said, town.loud, quiet, user, hour, quiet_hour, HOSTILE)

    town = await camp[Load].once("filled", fill)
    town.module = await camp[Modules].get("partitioning")
    return town


async def asked(camp: Camp, town: Filled, function: str, name: str, value: str, start: float, end: float) -> Cost:
    """Asks the learner's function for a period; a wrong answer fails the check. What the right one used."""
    before = await town.cosmos.consumption(QUESTION)
    answer = await town.module.call(
        function, town.container, value, f"{start:.6f}", f"{end:.6f}", seconds=SECONDS_TO_ANSWER
    )
    cost = spent(before, await town.cosmos.consumption(QUESTION))
    _must_be_right(town.module, function, answer, town.right(name, value, start, end))
    return cost


def _differ_in_ties_alone(seen: list[object], right: list[Message]) -> bool:
    """Whether the same messages are in the order of their times: two of one time may stand either way."""
    times = {one["id"]: one["ts"] for one in right}
    if sorted(map(str, seen)) != sorted(times):
        return False
    return [times[str(id)] for id in seen] == [one["ts"] for one in right]


def _must_be_right(module: Module, function: str, answer: object, right: list[Message]) -> None:
    seen = _ids(answer)
    wanted = [one["id"] for one in right]
    next = _("From start (in) to end (out), by text: ts is compared as text. Oldest first, each once, all five fields.")
    if seen is None:
        fail(seen=answer, expected=_("a list of dicts, each with the message's five fields"), next=next)
    if seen != wanted and not _differ_in_ties_alone(seen, right):
        missing, more = _less(wanted, seen), _less(seen, wanted)
        told = [
            *([_("{count} missing, for example {id}").format(count=len(missing), id=missing[0])] if missing else []),
            *([_("{count} too many, for example {id}").format(count=len(more), id=more[0])] if more else []),
        ] or [_("not in order")]
        fail(
            seen=_("{function} returned {messages}: {told}.").format(
                function=function, messages=ngettext("1 message", "{count} messages", len(seen)), told="; ".join(told)
            ),
            expected=ngettext("1 message", "{count} messages", len(wanted)),
            next=next,
        )
    by_id = {one["id"]: one for one in right}
    asks = _("A text may be edited after it was stored: ask the container each time, and remember nothing.")
    for one in answer if isinstance(answer, list) else []:
        message_ = by_id[one["id"]]
        if any(one.get(name) != message_[name] for name in FIELDS):
            fail(seen=one, expected=message_, next=asks if one.get("text") != message_["text"] else next)


def _ids(answer: object) -> list[object] | None:
    if not isinstance(answer, list) or not all(isinstance(one, dict) for one in answer):
        return None
    return [one.get("id") for one in answer]


def _less(some: Sequence[object], others: Sequence[object]) -> list[object]:
    """Those that are more often in the first."""
    left = Counter(map(repr, others))
    found = []
    for one in some:
        if left[repr(one)]:
            left[repr(one)] -= 1
        else:
            found.append(one)
    return found


def _quiet(said: Sequence[Message], loud: str) -> tuple[str, float]:
    """A channel that says little, and an hour in which it says something."""
    one = next(one for one in said[200:] if one["channel"] != loud)
    return one["channel"], float(one["ts"]) // HOUR * HOUR


def _must_hold(one: Message, document: object) -> None:
    if isinstance(document, Raised):
        fail(seen=str(document), expected=_("a document"), next=_("to_document takes any message of a town."))
    if not isinstance(document, dict):
        fail(seen=document, expected=_("to_document returns a dict"), next=_("Does every branch of it return one?"))
    if wrong := [name for name in FIELDS if document.get(name) != one[name]]:
        fail(
            seen=_("In the document of {id}, these fields are missing or changed: {names}.").format(
                id=one["id"], names=", ".join(wrong)
            ),
            expected=_("the message's five fields unchanged: {names}").format(names=", ".join(FIELDS)),
            next=_("Put the key into fields of its own, beside those of the message."),
        )
