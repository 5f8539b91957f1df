"""The GitHub and the Azure of one check run: a repository, its runs, an app with two slots."""

import asyncio
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp

from autograder import project
from autograder.appfolder import AppProblem
from autograder.bundle import BRANCH, FILE
from autograder.checking import CampBroken
from autograder.kinds.shipping.reading import files_in
from autograder.kinds.shipping.visitors import Bot, Seen
from localcloud.azure.azure import Azure
from localcloud.azure.deployment import Change, Swap
from localcloud.azure.federation import signed
from localcloud.azure.packages import pack
from localcloud.cloud import NotAsExpected
from localcloud.extras import ExtraMissing
from localcloud.github.events import push_event
from localcloud.github.forge import Forge
from localcloud.github.git import ZEROS
from localcloud.github.intake import BadHandIn
from localcloud.github.refs import BRANCHES
from localcloud.github.refs import Change as RefChange
from localcloud.github.repository import NotThere
from localcloud.github.runner.runner import Runner, RunnerIncomplete
from localcloud.github.runs import Outside, Run, Runs
from localcloud.github.runs.happened import happened
from localcloud.github.runs.lint import LintFailed, lint
from localcloud.github.runs.sources import SourcesError, read_sources
from localcloud.github.runs.triggers import starts
from localcloud.github.runs.workflow import read_workflow
from localcloud.github.writing import BadChange
from localcloud.messages import _

if TYPE_CHECKING:
    from autograder.private import PrivateCloud

NAME = "bot"
TOKEN = "SLACK_OUTGOING_TOKEN"
BY_HAND = "hand"
SECONDS = 150.0  # that the runs of one push may take: each is ended after 120
SECONDS_TO_CANCEL = 10.0


@dataclass(frozen=True)
class Asked:
    """What was there when a swap was asked for."""

    commit: str  # the head of the push that was played then
    version: str | None  # what staging named


@dataclass(frozen=True)
class Push:
    """One push, or a pull request that was opened: from before it until its runs had ended."""

    commit: str
    branch: str
    before: Seen  # what production answered
    after: Seen
    runs: tuple[Run, ...]
    changes: tuple[Change, ...]  # of the slots: their files, their settings, swaps that were asked for
    swaps: tuple[Swap, ...]
    checks: Mapping[str, str]  # what is said of the commit afterwards: states by the names of the checks

    @property
    def deployed(self) -> tuple[str, ...]:
        """What was deployed, in words."""
        return tuple(map(_in_words, self.changes))

    @property
    def direct(self) -> tuple[str, ...]:
        """What of it changed the files of production without a swap."""
        return tuple(_in_words(one) for one in self.changes if (one.kind, one.slot) == ("files", "production"))


class World:
    """Use `start`; all of it ends with the stack that is given."""

    def __init__(self, cloud: "PrivateCloud", forge: Forge, azure: Azure, runs: Runs, http: aiohttp.ClientSession):
        self.folder = Path()
        self.pushes: list[Push] = []
        self.asked: list[Asked] = []
        self.notes: list[str] = []  # what GitHub has said to who pushed the head that was handed in
        self.repository = forge.create(NAME)
        self.production = Bot(http, azure.site.slots["production"].url, cloud.settings[TOKEN])
        self._staging = Bot(http, azure.site.slots["staging"].url, cloud.settings[TOKEN])
        self._forge = forge
        self._azure = azure
        self._runs = runs
        self._playing = ""  # the head of the push that is played
        azure.site.on_swap_asked.append(self._swap_asked)

    @classmethod
    async def start(cls, cloud: "PrivateCloud", hand_in: Path, stack: AsyncExitStack) -> "World":
        """A world with what was handed in, which has not been pushed yet, and with the starter's bot in both slots.
        AppProblem when no repository can be made of it."""
        folder = hand_in.parent
        runner = Runner(project.state())
        try:
            await asyncio.to_thread(runner.ensure)
        except (RunnerIncomplete, ExtraMissing) as error:
            raise CampBroken(str(error)) from error
        forge = Forge(folder / "github", cloud.journal, cloud.rng)
        stack.push_async_callback(forge.stop)
        await forge.start()
        azure = Azure(
            folder / "azure", cloud.journal, cloud.rng, project.apps_python(),
            settings=lambda: cloud.settings, launcher_for=cloud.launcher_for, fast=True,
        )  # fmt: skip
        stack.push_async_callback(azure.stop)
        await azure.start()
        outside = azure.outside()
        runs = Runs(
            forge, runner, Outside(outside.environment, outside.ports, outside.files), cloud.journal,
            confined=True if cloud.cell else None, make_token=lambda claims: signed(claims, azure.oidc_key),
        )  # fmt: skip
        stack.push_async_callback(runs.stop)
        http = await stack.enter_async_context(aiohttp.ClientSession())
        world = cls(cloud, forge, azure, runs, http)
        world.folder = folder
        await world._take(hand_in)
        await world._deploy_by_hand(cloud.starter)
        world._give()
        return world

    async def push_head(self) -> Push:
        """The head of main is pushed as it was handed in."""

        async def announce() -> str:
            head = await self.repository.commit_of(BRANCH)
            change = RefChange(BRANCHES + BRANCH, ZEROS, head)
            event = await push_event(self.repository, change, [], self.repository.owner)
            await self._forge.announce(event)
            self.notes += event.notes
            return head

        self._playing = await self.repository.commit_of(BRANCH)
        return await self._played(BRANCH, announce())

    async def push(self, branch: str, changes: Mapping[str, bytes | None], message: str) -> Push:
        """One more commit on a branch."""
        return await self._played(branch, self._commit(branch, changes, message))

    async def propose(self, branch: str, changes: Mapping[str, bytes | None], title: str) -> Push:
        """A new branch with one commit, and a pull request of it."""

        async def propose() -> str:
            commit = await self._commit(branch, changes, title)
            await self.repository.open_pull(branch, BRANCH, title)
            return commit

        return await self._played(branch, propose())

    async def merge(self, branch: str) -> Push:
        """The pull request of a branch is merged, with a merge commit."""
        [number] = [pull.number for pull in self.repository.pulls.values() if pull.head == branch]
        return await self._played(BRANCH, self.repository.merge(number))

    async def content(self, path: str) -> bytes | None:
        """What stands in a file of main; None where there is none."""
        try:
            return await self.repository.read(await self.repository.commit_of(BRANCH), path)
        except NotThere:
            return None

    async def lint(self, commit: str) -> list[str]:
        """What actionlint says of the workflows of a commit, with what to do about it; CampBroken."""
        try:
            found = await lint(await read_sources(self.repository, commit), self.folder)
        except SourcesError as error:
            return [str(error)]
        except LintFailed as error:
            raise CampBroken(str(error)) from error
        words = _("{file}, line {line}: {text}")
        return [
            f"{words.format(file=one.path, line=one.line, text=one.text)} {one.hint}".strip()
            for some in found.values()
            for one in some
        ]

    async def left_out(self, push: Push, path: str) -> list[str]:
        """The workflows that had a run when this push asked for a swap, unless a push of that file alone to the same
        branch would start one of them."""

        async def changed() -> list[str]:
            return [path]

        def asked(run: Run) -> bool:
            return any(run.started_at <= swap.asked_at <= run.ended_at for swap in push.swaps)

        deploying = {run.workflow: run.event for run in push.runs if run.event.name == "push" and asked(run)}
        sources = await read_sources(self.repository, push.commit)
        workflows = [read_workflow(name, sources.files[name]) for name in deploying]
        started = [await starts(one, happened(deploying[one.path]), changed) for one in workflows]
        return [] if any(started) else list(deploying)

    def secrets(self) -> dict[str, str]:
        """What nobody may read."""
        known = self._azure.known
        return {"clientSecret": known.client_secret, "userPWD": known.publish_passwords["staging"]}

    def places(self) -> Iterator[tuple[str, bytes]]:
        """All that others could read of what runs have printed, kept and deployed, each with what it is called."""
        for run in list(self._runs.runs):
            words = _("what the steps of run {number} print").format(number=run.number)
            yield words, run.unmasked_output().encode()
            if run.folder:
                for name, data in files_in(run.folder):
                    yield _("artifact {file}").format(file=name), data
        for slot in self._azure.site.slots.values():
            for deployment in list(slot.deployments):
                if deployment.by != BY_HAND and deployment.folder:
                    for name, data in files_in(Path(deployment.folder)):
                        yield _("deployed file {file}").format(file=name), data

    async def _commit(self, branch: str, changes: Mapping[str, bytes | None], message: str) -> str:
        try:
            return await self.repository.commit(branch, changes, message)
        except BadChange as error:
            raise NotAsExpected(
                seen=str(error),
                expected=_("a repository to which {files} can be committed").format(files=", ".join(changes)),
                next=_("Compare the names of your files and folders with the starter's."),
            ) from error

    async def _played(self, branch: str, push: Coroutine[object, object, str]) -> Push:
        """Pushes, waits until all runs have ended, and keeps what came of it."""
        site = self._azure.site
        runs, changes, swaps = len(self._runs.runs), len(site.changes), len(site.swaps)
        before = await self.production.look()
        commit = self._playing = await push
        await self._at_rest()
        after = await self.production.look()
        played = Push(
            commit, branch, before, after,
            tuple(self._runs.runs[runs:]), tuple(site.changes[changes:]), tuple(site.swaps[swaps:]),
            {one.context: one.state for one in self.repository.statuses.get(commit, ())},
        )  # fmt: skip
        self.pushes.append(played)
        return played

    async def _at_rest(self) -> None:
        """Waits for the end of all runs, and of what they have begun at Azure. A run that does not end is cancelled."""
        try:
            await self._runs.idle(SECONDS)
        except TimeoutError:
            await asyncio.gather(*map(self._runs.cancel, self._runs.runs))
            with suppress(TimeoutError):
                await self._runs.idle(SECONDS_TO_CANCEL)
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._azure.site.at_rest(), SECONDS)

    async def _swap_asked(self, _swap: Swap) -> None:
        self.asked.append(Asked(self._playing, await self._staging.version()))

    async def _take(self, hand_in: Path) -> None:
        """Takes the repository that was handed in."""
        bundle = hand_in / FILE
        try:
            if await asyncio.to_thread(bundle.is_file):
                await self.repository.import_bundle(bundle)
            else:
                await self.repository.import_folder(hand_in)
            await self.repository.commit_of(BRANCH)
        except (BadHandIn, NotThere) as error:
            raise AppProblem(
                str(error), _("Hand in what 'camp submit' packs for this lab: a repository with the branch main.")
            ) from error

    async def _deploy_by_hand(self, starter: Path | None) -> None:
        if starter is None:
            return
        package = await asyncio.to_thread(pack, starter)
        slots = self._azure.site.slots.values()
        done = await asyncio.gather(*(slot.deploy(package, BY_HAND) for slot in slots))
        if failed := [one for one in done if one.errors or not one.ok]:
            raise CampBroken("\n".join(failed[0].errors or failed[0].log_lines))

    def _give(self) -> None:
        """Gives the repository what its workflows may use."""
        self.repository.variables.update(self._azure.variables())
        self.repository.secrets.update(self._azure.secrets())


def _in_words(change: Change) -> str:
    words = {
        "files": _("files were deployed to {slot}"),
        "settings": _("settings of {slot} were changed"),
        "swap": _("a swap into {slot} was asked for"),
    }
    return words[change.kind].format(slot=change.slot)
