"""What happened to slots: deployments, swaps, and every change in one list."""

import json
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any


class Status(IntEnum):
    """As Kudu numbers them."""

    PENDING = 0
    BUILDING = 1
    DEPLOYING = 2
    FAILED = 3
    SUCCESS = 4


@dataclass(frozen=True)
class Line:
    """One line of a deployment's log."""

    at: float
    text: str


@dataclass
class Deployment:
    """One package that was sent to a slot."""

    id: str
    slot: str  # that it was sent to; a swap may have moved it since
    by: str  # who sent it, in words
    deployer: str  # what the client calls itself
    message: str  # as it was sent: the clients of GitHub send JSON
    received_at: float
    status: Status = Status.PENDING
    status_text: str = ""
    ended_at: float | None = None
    files: list[str] = field(default_factory=list)
    folder: str | None = None  # where the files are, as long as they are kept
    errors: list[str] = field(default_factory=list)  # why the app, once deployed, does not load
    log: list[Line] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return self.status is Status.SUCCESS

    @property
    def ended(self) -> bool:
        return self.status in (Status.FAILED, Status.SUCCESS)

    @property
    def commit(self) -> str | None:
        """The commit that the message names; None when it names none."""
        try:
            sent = json.loads(self.message)
        except ValueError:
            return None
        if not isinstance(sent, dict):
            return None
        found = next((sent[key] for key in ("sha", "commitId", "commit", "id") if sent.get(key)), None)
        return found if isinstance(found, str) and len(found) <= 64 else None

    @property
    def last_line(self) -> str:
        return self.log[-1].text if self.log else ""

    @property
    def log_lines(self) -> list[str]:
        return [line.text for line in self.log]

    def say(self, at: float, text: str) -> None:
        self.log.append(Line(at, text))

    def to_json(self) -> dict[str, Any]:
        return {**vars(self), "status": int(self.status), "log": [[line.at, line.text] for line in self.log]}

    @classmethod
    def of(cls, kept: dict[str, Any]) -> "Deployment":
        log = [Line(at, text) for at, text in kept["log"]]
        return cls(**{**kept, "status": Status(kept["status"]), "log": log})


@dataclass
class Swap:
    """One swap: what answered at `source` answers at `target`, and the other way round."""

    number: int
    source: str
    target: str
    by: str
    asked_at: float
    exchanged_at: float | None = None  # requests that come later get the other app
    ended_at: float | None = None
    failure: str | None = None  # why it was given up; then nothing was exchanged
    moved: str | None = None  # the id of the deployment that came to `target`
    moved_back: str | None = None  # the id of the one that came to `source`

    @property
    def ok(self) -> bool:
        return self.ended_at is not None and self.failure is None

    def to_json(self) -> dict[str, Any]:
        return dict(vars(self))


@dataclass(frozen=True)
class Change:
    """Something that counts as deployed: files or settings of a slot were changed, or a swap was asked for."""

    at: float
    kind: str  # "files", "settings" or "swap"
    slot: str  # of a swap: its target
    by: str
    detail: str  # the deployment's id, the settings' names, the swap's number
