"""A git repository whose workflow deploys an app: it is pushed to a GitHub of the check run's own, beside an app
with two slots. Judged is the last commit of its branch main.

A hand-in is a bundle of all branches and tags. One without is a single commit of its files.
"""

import random
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from autograder import bundle
from autograder.inputs import Inputs
from autograder.kinds import Kind
from localcloud.cloud import NotAsExpected, Started, View
from localcloud.messages import _
from localcloud.slack.view import Slack

if TYPE_CHECKING:
    from autograder.kinds.shipping.story import Story
    from autograder.private import PrivateCloud

FIRST_COMMIT = "Start with the bot"
SECONDS_TO_REPLY = 10.0


class Shipping(View):
    """What a check sees: the story that all checks share."""

    def __init__(self, staged: "StagedRepository") -> None:
        self._staged = staged

    @property
    def story(self) -> "Story":
        return self._staged.story


class Repository(Kind):
    name = "repository"
    services = ("azure", "github")
    extras = ("gitleaks",)
    wall_seconds = 1_200.0  # nine pushes: their runs may take two minutes each, ten seconds on an idle computer
    busy = True
    lasting = True

    def laid_out(self, folder: Path) -> None:
        if not bundle.is_repository(folder):
            bundle.make(folder, FIRST_COMMIT)

    def packed(self, folder: Path) -> dict[str, bytes] | None:
        return bundle.packed(folder, self.policy) if bundle.is_repository(folder) else None

    def when_late(self) -> str:
        return _("Look for the steps of your workflow that take long: each run shows their seconds.")

    def version(self, folder: Path) -> str | None:
        return bundle.heads(folder) if bundle.is_repository(folder) else None

    def notes(self, folder: Path) -> tuple[str, ...]:
        return bundle.notes(folder) if bundle.is_repository(folder) else ()

    async def stage(self, cloud: "PrivateCloud", folder: Path) -> "StagedRepository":
        staged = StagedRepository(cloud, folder)
        await staged.start()
        return staged


KIND = Repository()


class StagedRepository:
    """The hand-in in a world of its own, with the story that is played there."""

    def __init__(self, cloud: "PrivateCloud", folder: Path) -> None:
        self._cloud = cloud
        self._folder = folder
        self._stack = AsyncExitStack()
        self._story: Story | None = None
        self.started = Started(views={Shipping: lambda _notes: Shipping(self)})

    @property
    def story(self) -> "Story":
        assert self._story
        return self._story

    async def start(self) -> None:
        from autograder.kinds.shipping.story import Story
        from autograder.kinds.shipping.world import World

        self._cloud.stack.push_async_callback(self._stop)
        self._stack = AsyncExitStack()
        world = await World.start(self._cloud, self._folder, self._stack)
        self._story = Story(world, random.Random(self._cloud.rng.getrandbits(64)), self._mention)
        self._stack.push_async_callback(self._story.stop)
        self._cloud.app_at(world.production.url)

    async def refresh(self) -> None:
        """Another story, of the repository as it is now."""
        await self._stop()
        await self.start()

    async def _stop(self) -> None:
        await self._stack.aclose()

    async def _mention(self) -> str | None:
        """The word that greets somebody who mentions the bot for the first time; None when nobody is greeted."""
        slack = self._cloud.views[Slack](Inputs(random.Random(self._cloud.rng.getrandbits(64))))
        assert isinstance(slack, Slack)
        user = slack.user()
        message = await slack.say(user, slack.channel(), slack.mention("hi"))
        try:
            reply = await slack.reply(message, seconds=SECONDS_TO_REPLY)
        except NotAsExpected:
            return None
        word, comma, name = reply.text.partition(", ")
        return word if comma and name == user.name else None
