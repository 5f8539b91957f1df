"""A copy of the hand-in for one environment, with its own inputs and its own state."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from autograder.checking import CampBroken
from autograder.kinds.building.engine import Engine, Ran
from autograder.kinds.building.refusals import check_planned
from localcloud.azurerm import setup

OVERRIDE = "_override.tf"
STATE = f"camp{OVERRIDE}"
INPUTS, PLAN, STATE_FILE = "inputs.tfvars.json", "plan", "state.json"  # beside the copy, not in it
BACKEND = f"""terraform {{
  backend "local" {{
    path = "../{STATE_FILE}"
  }}
}}
"""
QUIET = ("-input=false", "-no-color")
SECONDS = 60.0  # that one command may take: an honest one takes five
SECONDS_TO_APPLY = 120.0
CHANGED = 2
NOTHING = (["no-op"], ["read"])


@dataclass(frozen=True)
class Change:
    """What a plan does to one resource; `actions` as Terraform calls them, such as ("delete", "create")."""

    address: str
    type: str
    actions: tuple[str, ...]


@dataclass(frozen=True)
class Planned:
    """What a plan says. `code` is 0 without changes, 2 with some, and 1 when there is no plan: then `text` says why."""

    code: int
    text: str  # what a person reads of it
    changes: tuple[Change, ...] = ()  # those of resources; what is only read is none
    output_changes: tuple[str, ...] = ()  # names of outputs
    json: Mapping[str, Any] | None = None  # as `show -json` tells it; None for a plan without changes


@dataclass(frozen=True)
class Output:
    """An output of the root module."""

    value: Any
    sensitive: bool


class Workspace:
    """Made by `Infrastructure.workspace`. One command runs at a time; those of several workspaces run side by side.
    NotAsExpected when a command takes too long or prints too much."""

    def __init__(self, engine: Engine, name: str, files: Mapping[str, bytes], inputs: Mapping[str, str]) -> None:
        self.inputs = dict(inputs)
        self._engine = engine
        self._folder = engine.room / name / "code"
        config = {setup.CONFIG: setup.configuration(engine.room)}
        config |= {f"mirror/{name}": text for name, text in setup.launchers().items()}
        self._pending: dict[str, bytes | None] = {
            **files,
            STATE: BACKEND.encode(),
            f"../{INPUTS}": json.dumps(self.inputs).encode(),
            **{f"{engine.room}/{name}": text.encode() for name, text in config.items()},
        }
        self._alone = asyncio.Lock()

    async def init(self) -> Ran:
        """Finds the providers and the modules."""
        return await self._run("init", *QUIET, attached=False)

    async def formatted(self) -> Ran:
        """Exit code 3 with the differences when something is not formatted. Overrides count too."""
        return await self._run("fmt", "-check", "-recursive", "-diff", "-no-color", attached=False)

    async def validated(self) -> Ran:
        return await self._run("validate", "-no-color")

    async def plan(self, *, destroy: bool = False) -> Planned:
        """What `apply` would do, or `destroy`; changes nothing. NotAsExpected when that would run a command."""
        more = ["-destroy"] if destroy else []
        self._pending[f"../{PLAN}"] = None
        ran = await self._run("plan", *QUIET, "-detailed-exitcode", f"-out=../{PLAN}", f"-var-file=../{INPUTS}", *more)
        if ran.code != CHANGED:
            return Planned(ran.code, ran.text)
        plan = await self._json("show", f"../{PLAN}")
        check_planned(plan)
        return Planned(ran.code, ran.text, _changes(plan), _output_changes(plan), plan)

    async def apply(self, *, planned: bool = False) -> Ran:
        """With `planned`, what the last plan says, which saves making another one."""
        what = [f"../{PLAN}"] if planned else [f"-var-file=../{INPUTS}"]
        return await self._run("apply", *QUIET, "-auto-approve", *what, seconds=SECONDS_TO_APPLY)

    async def destroy(self) -> Ran:
        return await self._run("destroy", *QUIET, "-auto-approve", f"-var-file=../{INPUTS}", seconds=SECONDS_TO_APPLY)

    async def outputs(self) -> dict[str, Output]:
        """Those that the state has."""
        found = await self._json("output")
        return {name: Output(one["value"], bool(one["sensitive"])) for name, one in found.items()}

    async def state(self) -> dict[str, Any]:
        """As `show -json` tells it."""
        return await self._json("show")

    def override(self, name: str, text: str | None) -> None:
        """Writes an override file of the check's own, or takes it away; its name is a path that ends in _override.tf,
        such as `lift_override.tf` or `modules/data/lift_override.tf`."""
        assert name.endswith(OVERRIDE) and name != STATE, name
        self._pending[name] = None if text is None else text.encode()

    async def _run(self, *arguments: str, seconds: float | None = None, attached: bool = True) -> Ran:
        async with self._alone:
            files, self._pending = self._pending, {}
            return await self._engine.run(arguments, self._folder, seconds or SECONDS, files=files, attached=attached)

    async def _json(self, command: str, *more: str) -> dict[str, Any]:
        """What a command says that can fail for no fault of the hand-in."""
        ran = await self._run(command, "-json", "-no-color", *more)
        if ran.code:
            raise CampBroken(ran.text)
        found: dict[str, Any] = json.loads(ran.out)
        return found


def _changes(plan: Mapping[str, Any]) -> tuple[Change, ...]:
    return tuple(
        Change(one["address"], one["type"], tuple(one["change"]["actions"]))
        for one in plan.get("resource_changes", ())
        if one["change"]["actions"] not in NOTHING
    )


def _output_changes(plan: Mapping[str, Any]) -> tuple[str, ...]:
    changes: Mapping[str, Any] = plan.get("output_changes", {})
    return tuple(name for name, one in changes.items() if one["actions"] not in NOTHING)
