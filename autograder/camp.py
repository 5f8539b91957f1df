"""The `camp` fixture: one check's view of the cloud that its run was given."""

import asyncio
import random
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from json import dumps, loads
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

import aiohttp

from autograder.checking import CheckFailed, fail
from autograder.inputs import Inputs
from autograder.sent import Sent
from localcloud.cloud import NotAsExpected, View
from localcloud.functions.loading.app_errors import explain
from localcloud.functions.service import App
from localcloud.functions.workers.process import LoadFailed, WorkerGone
from localcloud.messages import _

if TYPE_CHECKING:
    from autograder.private import PrivateCloud
    from localcloud.functions.host import FunctionsHost
    from localcloud.journal import Journal

ANSWER_TIMEOUT = 10.0
SECONDS_TO_SETTLE, LONGEST_SETTLING = 0.02, 0.3
SECONDS_TO_FINISH = 2.0
SECRETS = ("_TOKEN", "_SECRET", "_KEY")  # how the names of settings end that hold one

SomeView = TypeVar("SomeView", bound=View)


@dataclass(frozen=True)
class Answer:
    """What the learner's app answered: status, headers (any case) and body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON; None when it is not JSON."""
        try:
            return loads(self.body)
        except (ValueError, RecursionError):
            return None


class Camp(Inputs):
    """What a check may use: `camp[Cosmos]` and the like are what it sees of the services, by class; beside them it may
    call the learner's app. The cloud may be shared with other checks."""

    def __init__(self, rng: random.Random, cloud: "PrivateCloud", http: aiohttp.ClientSession) -> None:
        super().__init__(rng)
        self.http = http
        self._cloud = cloud
        self._seen: dict[type[View], View] = {}

    def __getitem__(self, view: type[SomeView]) -> SomeView:
        """This check's own view of a service that the lab's lab.toml names, or of what was handed in."""
        if view not in self._seen:
            if view not in self._cloud.views:
                raise RuntimeError(f"no service or kind in this lab's lab.toml shows {view.__name__}")
            self._seen[view] = self._cloud.views[view](self)
        found = self._seen[view]
        assert isinstance(found, view)
        return found

    @property
    def host(self) -> "FunctionsHost":
        return self[App].host

    @property
    def has_app(self) -> bool:
        """Whether a Function App was handed in."""
        return App in self._cloud.views

    @property
    def journal(self) -> "Journal":
        """What has happened in this cloud."""
        return self._cloud.journal

    @property
    def url(self) -> str:
        """Where the learner's app answers, without a slash at the end."""
        return self.host.url

    async def post(
        self,
        path: str,
        *,
        body: bytes | None = None,
        form: Mapping[str, str] | None = None,
        json: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """POSTs to the learner's app and returns its answer; no answer in ten seconds fails the check."""
        return await self.request("POST", path, body=body, form=form, json=json, headers=headers)

    async def get(self, path: str, *, headers: Mapping[str, str] | None = None) -> Answer:
        """GETs from the learner's app."""
        return await self.request("GET", path, headers=headers)

    async def request(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        form: Mapping[str, str] | None = None,
        json: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One HTTP request to the learner's app; `path` begins with a slash."""
        content, kind = _encoded(body, form, json)
        headers = {**({"Content-Type": kind} if kind else {}), **(headers or {})}
        self.note_request(method, path, headers, content)
        timeout = aiohttp.ClientTimeout(total=ANSWER_TIMEOUT)
        try:
            async with self.http.request(
                method, self.url + path, data=content or None, headers=headers, timeout=timeout, allow_redirects=False
            ) as answer:
                return Answer(answer.status, answer.headers, await answer.read())
        except asyncio.TimeoutError:
            fail(
                seen=_("Time-out: no answer within {seconds:g} seconds.").format(seconds=ANSWER_TIMEOUT),
                expected=_("an answer from {path}").format(path=path),
                next=_("Look for a loop or a wait in your function that never ends."),
            )

    def note_request(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> None:
        """Remembers a request to the app as what was sent last; the secrets of this run are named, not shown."""
        request = self._request(method, path, headers, body)
        self.note(request.text(), request.naming(self._ids()))

    def last_request(self) -> Sent | None:
        """The request that was sent last, be it by a service."""
        if self.sent_request or self.sent is None:
            return self.sent_request
        told = next((found for view in self._seen.values() if (found := view.told(self.sent))), None)
        return self._request("POST", told.path, told.headers, told.body).naming(self._ids()) if told else None

    def _request(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Sent:
        settings = self._cloud.settings
        secrets = {name: value for name, value in settings.items() if name.endswith(SECRETS)}
        return Sent.of(method, path, headers, body, settings).without(secrets)

    def _ids(self) -> dict[str, str]:
        return {id: name for view in self._seen.values() for id, name in view.own_ids().items()}

    def names(self) -> dict[str, str]:
        """What ids are called in the services that this check has used."""
        return {id: name for view in self._seen.values() for id, name in view.names().items()}

    def last_error(self) -> str | None:
        """The exception that the last invocation ended in, with file and line; None when it ended well."""
        for entry in reversed(self.journal.entries):
            if entry.kind == "invocation.finished":
                return None if entry.facts["ok"] else str(entry.facts["where"] or entry.facts["message"])
        return None

    async def quiet(self, silence: float = 0.25, timeout: float = 10.0) -> None:
        """Returns once nothing has happened for `silence` seconds: no invocation, no delivery, no new message.
        An app that never comes to rest fails the check."""
        try:
            await asyncio.wait_for(self._quiet(silence, timeout), timeout)
        except asyncio.TimeoutError:
            fail(
                seen=_("Time-out: after {seconds:g} seconds the app is still busy.").format(seconds=timeout),
                expected=_("silence, once everything has been answered"),
                next=_("Does the bot answer its own messages? The log of this check shows what was delivered."),
            )

    async def settle(self) -> None:
        """Waits up to 0.3 seconds for deliveries and calls that were running when the check failed, so that their ends
        are in its log."""
        with suppress(CheckFailed, NotAsExpected, asyncio.TimeoutError):
            await self.quiet(SECONDS_TO_SETTLE, LONGEST_SETTLING)

    async def _quiet(self, silence: float, timeout: float) -> None:
        waiting = {asyncio.ensure_future(quiet(silence, timeout)) for quiet in self._cloud.quiets}
        try:
            while waiting:
                for view in self._seen.values():
                    view.while_waiting()
                done, waiting = await asyncio.wait(waiting, timeout=silence / 2)
                for task in done:
                    task.result()
        finally:
            for task in waiting:
                task.cancel()

    async def scale(self, workers: int) -> None:
        """From now on the app runs in so many workers."""
        await self._loaded_again(self.host.scale(workers))

    async def forget_files(self) -> None:
        """What the app has written into files is gone, as it is for a worker on another computer."""
        await self._cloud.forget_files()

    async def restart_workers(self) -> None:
        """New worker processes: what the app kept in memory or in files is gone. A call that is still running after
        two seconds keeps its worker until its end, and loses its files."""
        with suppress(asyncio.TimeoutError):
            await self.host.quiet(0.0, SECONDS_TO_FINISH)
        await self.forget_files()
        await self._loaded_again(self.host.recycle())

    async def crash_workers(self) -> None:
        """Kills the workers at once, in mid-invocation; whatever the app kept in memory or in files is gone."""
        crash = self.host.crash()
        await self.forget_files()
        await self._loaded_again(crash)

    async def _loaded_again(self, restart: Awaitable[None]) -> None:
        """An app that loaded once, and now does not, is the learner's to correct."""
        try:
            await restart
            return
        except LoadFailed as error:
            why = explain(error.report, str(self.host.workers_app_dir), self.host.app_dir)
        except WorkerGone as error:
            if isinstance(error.__cause__, OSError):
                raise
            why = str(error)
        fail(
            seen=_("The app loaded at first, and not again in a new worker.\n{why}").format(why=why),
            expected=_("an app that loads in every worker"),
            next=_("Look at what happens when function_app.py is imported: it must not depend on chance or on files."),
        )


def _encoded(body: bytes | None, form: Mapping[str, str] | None, json: object) -> tuple[bytes, str | None]:
    """The bytes of a request, and what they are; None for those that are given as they are."""
    if form is not None:
        return urlencode(form).encode(), "application/x-www-form-urlencoded"
    if json is not None:
        return dumps(json).encode(), "application/json"
    return body or b"", None
