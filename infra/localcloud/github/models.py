"""What belongs to a repository besides its commits: pull requests, statuses, environments."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

State = Literal["pending", "success", "failure", "error"]
STATES: tuple[State, ...] = ("pending", "success", "failure", "error")


@dataclass(frozen=True)
class Status:
    """What a workflow (`context`) says of a commit."""

    context: str
    state: State
    description: str = ""
    target_url: str = ""
    creator: str = "camp"
    created_at: float = 0.0


@dataclass
class Environment:
    """A deployment environment. They exist as soon as they are named."""

    name: str
    secrets: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    approval: bool = False  # whether a person must approve each job that uses it


@dataclass
class Pull:
    """A pull request, from the branch `head` into the branch `base`."""

    number: int
    title: str
    head: str
    base: str
    author: str
    head_sha: str
    base_sha: str
    state: Literal["open", "closed"] = "open"
    merge_sha: str | None = None  # the commit of refs/pull/N/merge, or the one that merged it; None in a conflict
    conflicts: tuple[str, ...] = ()  # the paths that both sides changed
    merged: bool = False
    body: str = ""
    created_at: float = 0.0
    updated_at: float = 0.0
    closed_at: float | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> "Pull":
        return cls(**{**found, "conflicts": tuple(found.get("conflicts", ()))})
