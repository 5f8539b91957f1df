"""The `camp` fixture: one check's view of the cloud that its run was given."""

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp

from autograder.checking import fail
from autograder.inputs import Inputs
from localcloud.functions.app_errors import explain
from localcloud.functions.worker_process import LoadFailed, WorkerGone
from localcloud.messages import _

if TYPE_CHECKING:
    from autograder.documents import Documents
    from localcloud.functions.host import FunctionsHost
    from localcloud.slack.workspace import Channel, Delivery, Message, SlackApp, SlackWorkspace, User

ANSWER_TIMEOUT = 10.0
REPLY_TIMEOUT = 5.0
LOOK_EVERY = 0.01
FLOOD = 12
LAST_RETRY = 3


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
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


class Camp(Inputs):
    """What a check may use. Users and channels are new in every check; the cloud may be shared with other checks."""

    def __init__(
        self,
        slack: "SlackWorkspace",
        app: "SlackApp",
        host: "FunctionsHost",
        http: aiohttp.ClientSession,
        rng: random.Random,
        storage: str | None = None,
        documents: "Documents | None" = None,
    ) -> None:
        super().__init__(rng)
        self.slack = slack
        self.app = app
        self.host = host
        self.http = http
        self.storage = storage
        self._documents = documents
        self.channels: list[Channel] = []

    @property
    def url(self) -> str:
        """Where the learner's app answers, without a slash at the end."""
        return self.host.url

    @property
    def cosmos(self) -> "Documents":
        """The documents in Cosmos DB, for labs whose services have it."""
        if self._documents is None:
            raise RuntimeError("this lab's lab.toml does not name the service cosmos")
        return self._documents

    def user(self, name: str | None = None) -> "User":
        """A new user, by default with a random name."""
        return self.slack.add_user(name or self.name())

    def channel(self, name: str | None = None) -> "Channel":
        """A new channel with the bot in it, by default with a random name."""
        self.channels.append(self.slack.add_channel(name or f"{self.word()}-{self.rng.randrange(1000)}"))
        return self.channels[-1]

    def mention(self, text: str = "") -> str:
        """A text that mentions the bot."""
        return f"<@{self.app.bot_user_id}> {text}".strip()

    async def say(self, user: "User", channel: "Channel", text: str, *, thread_ts: str | None = None) -> "Message":
        """A user says something in Slack; the app hears of it as from Slack."""
        self.note(_("In #{channel}, {user} says: {text}").format(channel=channel.name, user=user.name, text=text))
        return await self.slack.say(user, channel, text, thread_ts=thread_ts)

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
        shown = form if form is not None else json if json is not None else (body or b"").decode("utf-8", "replace")
        self.note(f"{method} {path}\n{shown}" if shown else f"{method} {path}")
        data: Any = form if form is not None else body
        given = {"json": json} if json is not None else {"data": data} if data is not None else {}
        timeout = aiohttp.ClientTimeout(total=ANSWER_TIMEOUT)
        try:
            async with self.http.request(
                method, self.url + path, headers=headers, timeout=timeout, allow_redirects=False, **given
            ) as answer:
                return Answer(answer.status, answer.headers, await answer.read())
        except asyncio.TimeoutError:
            fail(
                seen=_("Time-out: no answer within {seconds:g} seconds.").format(seconds=ANSWER_TIMEOUT),
                expected=_("an answer from {path}").format(path=path),
                next=_("Look for a loop or a wait in your function that never ends."),
            )

    def posts(self, channel: "Channel") -> "list[Message]":
        """What the learner's app has posted in a channel, oldest first."""
        return [message for message in self.slack.messages(channel) if message.app_id == self.app.id]

    async def reply(self, message: "Message", *, seconds: float = REPLY_TIMEOUT) -> "Message":
        """What the app posts in the channel of `message`, after it; no post within `seconds` fails the check."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self._given_up(message):
            for post in self.posts(self.slack.store.channels[message.channel]):
                if float(post.ts) > float(message.ts):
                    return post
            await asyncio.sleep(LOOK_EVERY)
        last = self._last_delivery(message)
        fail(
            seen=_("Time-out: no reply within {seconds:g} seconds.").format(seconds=seconds) + self._told_of(last),
            expected=_("a reply in the channel"),
            next=(usual_cause(last) if last else None)
            or _("Does the function post by slack-sdk? The functions page shows what happened."),
        )

    def _given_up(self, message: "Message") -> bool:
        """Whether Slack has tried every event of this message for the last time, in vain."""
        about = [delivery for delivery in self.slack.deliveries if delivery.message_ts == message.ts]
        lost = {delivery.event_type for delivery in about if delivery.attempt == LAST_RETRY and not delivery.ok}
        return bool(about) and lost == {delivery.event_type for delivery in about}

    def _last_delivery(self, message: "Message") -> "Delivery | None":
        return next((one for one in reversed(self.slack.deliveries) if one.message_ts == message.ts), None)

    def _told_of(self, delivery: "Delivery | None") -> str:
        """How the app answered Slack, and the error behind it."""
        if delivery is None:
            return ""
        shown = _("status {status}").format(status=delivery.status) if delivery.status else delivery.failure
        lines = ["", _("Your function's answer to Slack: {shown}.").format(shown=shown), self.error_of(delivery)]
        return "\n".join(line for line in lines if line is not None)

    def error_of(self, delivery: "Delivery") -> str | None:
        """The exception that a delivery ended in, with file and line; None when there was none."""
        for entry in reversed(self.host.journal.entries):
            facts = entry.facts
            if entry.kind == "invocation.finished" and facts["trace"] == delivery.trace:
                return str(facts["where"] or facts["message"]) if not facts["ok"] else None
        return None

    def told_of(self, message: "Message") -> str:
        """How the app answered Slack about a message, and the error behind it; empty when Slack told nothing yet."""
        return self._told_of(self._last_delivery(message))

    def last_error(self) -> str | None:
        """The exception that the last invocation ended in, with file and line; None when it ended well."""
        for entry in reversed(self.host.journal.entries):
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
                next=_("Does the bot answer its own messages? Look at the chat page: the channel may be flooded."),
            )

    async def _quiet(self, silence: float, timeout: float) -> None:
        waiting = {
            asyncio.create_task(self.slack.quiet(silence, timeout)),
            asyncio.create_task(self.host.quiet(silence, timeout)),
        }
        try:
            while waiting:
                self._must_not_flood()
                done, waiting = await asyncio.wait(waiting, timeout=silence / 2)
                for task in done:
                    task.result()
        finally:
            for task in waiting:
                task.cancel()

    def _must_not_flood(self) -> None:
        for channel in self.channels:
            if len(posts := self.posts(channel)) >= FLOOD:
                fail(
                    seen=_("{count} posts of the bot in #{channel}, and no end.").format(
                        count=len(posts), channel=channel.name
                    ),
                    expected=_("silence, once everything has been answered"),
                    next=_("Does the bot answer its own messages? Leave every event with bot_id alone."),
                )

    async def scale(self, workers: int) -> None:
        """From now on the app runs in so many workers."""
        await self._loaded_again(self.host.scale(workers))

    async def restart_workers(self) -> None:
        """New worker processes, gracefully, between two invocations: whatever the app kept in memory is gone."""
        await self._loaded_again(self.host.recycle())

    async def crash_workers(self) -> None:
        """Kills the workers at once, in mid-invocation."""
        await self._loaded_again(self.host.crash())

    async def _loaded_again(self, restart: Awaitable[None]) -> None:
        """An app that loaded once, and now does not, is the learner's to mend."""
        try:
            await restart
            return
        except LoadFailed as error:
            why = explain(error.report, str(self.host.app_dir))
        except WorkerGone as error:
            if isinstance(error.__cause__, OSError):
                raise
            why = str(error)
        fail(
            seen=_("The app loaded at first, and not again in a new worker.\n{why}").format(why=why),
            expected=_("an app that loads in every worker"),
            next=_("Look at what happens when function_app.py is imported: it must not depend on chance or on files."),
        )


def usual_cause(delivery: "Delivery") -> str | None:
    """What to try next after a 404, or a host's own 401 (which has no text); None when it is something else."""
    if delivery.status == 404:
        return _("No function answers at {url}. Look at its route and its methods.").format(url=delivery.url)
    if delivery.status == 401 and not delivery.body:
        return _("Does the function ask for a key? Slack sends none: its auth_level must be ANONYMOUS.")
    return None
