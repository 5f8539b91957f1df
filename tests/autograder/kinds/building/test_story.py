import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from autograder.kinds.building.story import Story
from localcloud.resources.local import LocalEffects
from localcloud.resources.model import Model

INPUTS = {
    "slack_bot_token": "bot",
    "slack_signing_secret": "signing",
    "slack_outgoing_token": "outgoing",
    "slack_api_url": "http://127.0.0.1/",
}
PLAN: dict[str, Any] = {"configuration": {"root_module": {}}}


@dataclass
class Planned:
    code: int = 0
    text: str = ""
    changes: tuple[str, ...] = ()
    json: Mapping[str, Any] | None = None


@dataclass
class Ran:
    code: int = 0
    text: str = "it said so"


class Recorder:
    """A workspace that writes down what is asked of it, and does nothing."""

    def __init__(
        self, inputs: Mapping[str, str], asked: list[str], failing: str, plan: dict[str, Any] | None = PLAN
    ) -> None:
        self.inputs = inputs
        self._plan = plan
        self.name = f"{len(inputs['prefix'])} {inputs['environment']}"
        self._asked = asked
        self._failing = failing
        self.files: dict[str, str | None] = {}

    def _did(self, what: str) -> Ran:
        self._asked.append(f"{self.name} {what}")
        return Ran(1 if what == self._failing else 0)

    async def init(self) -> Ran:
        return self._did("init")

    async def formatted(self) -> Ran:
        return self._did("fmt")

    async def validated(self) -> Ran:
        return self._did("validate")

    async def plan(self) -> Planned:
        return Planned(self._did("plan").code, "it said so", (), self._plan)

    async def apply(self, *, planned: bool = False) -> Ran:
        return self._did("apply")

    async def destroy(self) -> Ran:
        return self._did("destroy")

    async def outputs(self) -> dict[str, Any]:
        return {}

    async def state(self) -> dict[str, Any]:
        return {}

    def override(self, name: str, text: str | None) -> None:
        self.files[name] = text


class Playing:
    """A story of such workspaces, on an empty model."""

    def __init__(self, failing: str = "", plan: dict[str, Any] | None = PLAN) -> None:
        self.asked: list[str] = []
        self.workspaces: list[Recorder] = []
        self.model = Model(None, LocalEffects(None), random.Random(1))
        self._failing = failing
        self._plan = plan
        subscription = cast(Any, self)
        self.story = Story(subscription, self._workspace, random.Random(1), INPUTS, lambda _url: None)

    async def _workspace(self, inputs: Mapping[str, str]) -> Any:
        self.workspaces.append(Recorder(inputs, self.asked, self._failing, self._plan))
        return self.workspaces[-1]


FIRST = ["8 staging init", "8 staging plan", "8 staging apply"]


def test_a_step_plays_what_it_needs_and_each_of_that_once() -> None:
    playing = Playing()

    async def play() -> None:
        await playing.story.formed()
        await playing.story.drifted()
        await playing.story.drifted()

    asyncio.run(play())
    assert playing.asked == [
        *(FIRST[0], "8 staging fmt", "8 staging validate"),
        *(*FIRST[1:], "8 staging plan"),
    ]


def test_what_only_reads_the_first_environment_plays_no_second_plan() -> None:
    playing = Playing()
    assert asyncio.run(playing.story.built()).failed is None
    assert playing.asked == FIRST


def test_the_other_environments_have_the_same_prefix_and_a_short_one_and_secrets_of_their_own() -> None:
    playing = Playing()
    asyncio.run(playing.story.beside())
    first, second, third = (one.inputs for one in playing.workspaces)
    assert [one["environment"] for one in (first, second, third)] == ["staging", "dev", "dev"]
    assert first["prefix"] == second["prefix"] and third["prefix"] == first["prefix"][:3]
    assert first["slack_bot_token"] == "bot" and len({one["slack_bot_token"] for one in (first, second, third)}) == 3
    assert third["slack_api_url"] == INPUTS["slack_api_url"]
    assert playing.asked[-1] == "8 staging plan"


def test_what_cannot_be_applied_says_why() -> None:
    for failing in ("init", "plan", "apply"):
        assert asyncio.run(Playing(failing).story.built()).failed == "it said so"


def test_where_a_plan_has_nothing_to_do_there_is_nothing_to_protect() -> None:
    assert asyncio.run(Playing(plan=None).story.protected()) is None


def test_destroying_is_tried_a_second_time() -> None:
    playing = Playing("destroy")
    gone = asyncio.run(playing.story.gone())
    assert [one.code for one in gone.destroyed] == [1, 1]


def test_after_the_end_another_environment_begins() -> None:
    playing = Playing()

    async def play() -> None:
        await playing.story.gone()
        await playing.story.built()

    asyncio.run(play())
    first, second = (one.inputs["prefix"] for one in playing.workspaces)
    assert first != second
    assert playing.asked == [*FIRST, "8 staging destroy", *FIRST]


def test_a_step_goes_on_when_the_check_that_asked_for_it_is_out_of_time() -> None:
    playing = Playing()

    async def play() -> None:
        waiting = asyncio.create_task(playing.story.built())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait({waiting})
        await playing.story.built()

    asyncio.run(play())
    assert playing.asked == FIRST
