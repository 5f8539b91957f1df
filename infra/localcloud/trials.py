"""Trials: what became of an app in a private cloud of its own, kept in files for later reading."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localcloud.supervisor.ledger import write_json

FOLDER = "trials"  # in `.camp/`
FIRST_ENTRIES, LAST_ENTRIES = 300, 300  # of a journal; what an app does in a loop is between them
LONGEST_TEXT = 4_000
GOOD, BAD, OPEN = "good", "bad", "open"  # outcomes; OPEN is neither of the others


@dataclass(frozen=True)
class Trial:
    """One trial; the next one of the same `id` takes its place."""

    id: str  # letters, digits, dots and hyphens
    title: str
    part_of: str  # what it belongs to, for a person
    at: float  # when it ended, in seconds since the epoch
    outcome: str
    facts: Sequence[tuple[str, str]] = ()  # labelled texts for a person
    request: Mapping[str, Any] | None = None  # what was sent last, in the words of whoever sent it
    entries: Sequence[Mapping[str, Any]] = ()  # what the journal tells of it
    names: Mapping[str, str] = field(default_factory=dict)  # what ids are called

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Trial":
        return cls(**{**data, "facts": [(str(label), str(text)) for label, text in data["facts"]]})

    def to_json(self) -> dict[str, Any]:
        entries = self.entries
        if len(entries) > FIRST_ENTRIES + LAST_ENTRIES:
            entries = [*entries[:FIRST_ENTRIES], *entries[-LAST_ENTRIES:]]
        kept = [shortened(entry) for entry in entries]
        return {**vars(self), "facts": list(self.facts), "entries": kept, "names": dict(self.names)}


def write(folder: Path, trial: Trial) -> None:
    """Keeps it; the last one of its id is gone."""
    write_json(folder / f"{trial.id}.json", trial.to_json())


def read(folder: Path, id: str) -> Trial | None:
    """The last trial of this id; None when there is none, or none that can be read."""
    return next((trial for trial in read_all(folder) if trial.id == id), None)


def read_all(folder: Path) -> list[Trial]:
    """All that are kept: the newest first, those of one moment by id. What is no trial is passed over, for the file may
    be of an older version."""
    found = []
    for path in folder.glob("[!.]*.json"):
        try:
            found.append(Trial.from_json(json.loads(path.read_text("utf-8"))))
        except (OSError, ValueError, TypeError, KeyError):
            continue
    return sorted(found, key=lambda trial: (-trial.at, _numbers(trial.id)))


def _numbers(id: str) -> list[int]:
    """So that 4.10 comes after 4.9."""
    return [int(part) for part in re.findall(r"\d+", id)]


def shortened(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value[:LONGEST_TEXT] if isinstance(value, str) else value for name, value in entry.items()}
