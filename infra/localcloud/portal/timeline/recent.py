"""The traces of late, newest first: what was said or ran, how often it was delivered, and whether all went well."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from localcloud.messages import _

from ..chat.slacktext import typed
from .deliveries import by_app, who
from .facts import shortened

Entry = Mapping[str, Any]

MOST = 50
LONGEST_TITLE = 80


@dataclass
class Recent:
    """One trace in the list; `by` is a person, or the trigger of a trace that did not begin in Slack."""

    trace: str
    at: float
    title: str
    by: str
    ts: str | None = None
    deliveries: int = 0
    runs: int = 0
    failed: bool = False

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def recent(
    slack: Iterable[Entry],
    host: Sequence[Mapping[str, Any]],
    names: Mapping[str, str],
    most: int = MOST,
    find: str = "",
) -> list[Recent]:
    """The last traces; with `find`, those of a message with this timestamp or text. `slack` comes newest first; `host`
    is what the host says of its own; posts of apps are part of other traces, as is their delivery to apps."""
    found: dict[str, Recent] = {}
    foreign: set[str] = set()
    deliveries: dict[str, list[bool]] = defaultdict(list)
    delivered: dict[tuple[str, str], set[str]] = defaultdict(set)
    for entry in slack:
        if entry["kind"] == "message.posted" and by_app(entry):
            foreign |= {entry["trace"], *delivered[entry["channel"], entry["message"]["ts"]]}
        elif entry["kind"] == "delivery.attempted":
            deliveries[entry["trace"]].append(entry["failure"] is not None)
            delivered[entry.get("channel") or "", entry.get("message_ts") or ""].add(entry["trace"])
        elif (new := _of(entry, names)) and _is(new, entry, names, find):
            found[new.trace] = new
        if len(found) == most:
            break
    oldest = min((one.at for one in found.values()), default=0.0) if len(found) == most else 0.0
    for one in host:
        if not find and one["trace"] not in found and one["trace"] not in foreign and one["at"] >= oldest:
            found[one["trace"]] = Recent(one["trace"], one["at"], one["function"], one["trigger"])
        if one["trace"] in found:
            found[one["trace"]].runs = one["runs"]
            found[one["trace"]].failed |= one["failed"] > 0
    for known in found.values():
        known.deliveries = len(deliveries[known.trace])
        known.failed |= any(deliveries[known.trace])
    return sorted(found.values(), key=lambda one: one.at, reverse=True)[:most]


def _is(new: Recent, entry: Entry, names: Mapping[str, str], find: str) -> bool:
    """Whether it is the message that is looked for."""
    said = typed(entry["message"].get("text") or "", names) if "message" in entry else new.title
    return not find or find == new.ts or find.casefold() in said.casefold()


def _of(entry: Entry, names: Mapping[str, str]) -> Recent | None:
    if entry["kind"] == "message.posted" and entry.get("trace"):
        message = entry["message"]
        text = shortened(typed(message.get("text") or "", names), LONGEST_TITLE)
        return Recent(entry["trace"], entry["at"], text or _("(no text)"), who(message, names), message["ts"])
    if entry["kind"] == "command.answered" and entry["typed"].get("delivery"):
        command, delivery = entry["typed"], entry["typed"]["delivery"]
        text = shortened(f"{command['command']} {command['text']}", LONGEST_TITLE)
        return Recent(delivery["trace"], float(command["ts"]), text, names.get(command["user"], "?"), command["ts"])
    return None
