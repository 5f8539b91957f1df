"""The legacy outgoing webhook: a form-encoded request for each message it listens for; its JSON answer is posted."""

from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from .courier import Courier
from .ids import Ids, new_trace
from .model import TEAM_DOMAIN, TEAM_ID, Channel, Delivery, Message, SlackApp, User
from .parcel import FORM, Parcel
from .payload import Malformed, parse
from .ratelimit import OUTGOING, RateLimits


class OutgoingWebhooks:
    """Calls apps' outgoing webhooks, and hands each answer to `post`."""

    def __init__(
        self, ids: Ids, courier: Courier, limits: RateLimits | None, post: Callable[[Message], object]
    ) -> None:
        self._ids = ids
        self._courier = courier
        self._limits = limits
        self._post = post

    def said(self, app: SlackApp, user: User, channel: Channel, message: Message) -> None:
        """A person has said something: calls the webhook beside everything else, if it listens for that. A status
        other than 200 is retried; what comes too fast is not sent."""
        word = trigger_word(app, channel, message.text)
        if word is None or (self._limits and self._limits.take(("outgoing", app.id), OUTGOING)):
            return
        body = encoded(fields(app, channel, user, message, word))
        self._courier.also(self._retried(self._parcel(app, body, message), app, message))

    async def _retried(self, parcel: Parcel, app: SlackApp, message: Message) -> None:
        delivery = await self._courier.deliver(parcel, lambda one: one.status == 200)
        self._put_up(app, message, delivery)

    async def once(self, app: SlackApp, message: Message, body: bytes) -> Delivery:
        """One request with this body, about `message`, without retries; posts what it answers."""
        delivery = await self._courier.attempt(self._parcel(app, body, message))
        self._put_up(app, message, delivery)
        return delivery

    def _parcel(self, app: SlackApp, body: bytes, message: Message) -> Parcel:
        return Parcel(
            app=app,
            kind="outgoing",
            url=app.outgoing_url or "",
            body=body,
            content_type=FORM,
            trace=message.trace or new_trace(),
            signed=False,
            channel=message.channel,
            message_ts=message.ts,
        )

    def _put_up(self, app: SlackApp, message: Message, delivery: Delivery) -> None:
        if delivery.status != 200 or (answer := answered(delivery.body)) is None:
            return
        text, name = answer
        self._post(
            Message(
                message.channel,
                self._ids.ts(),
                text,
                thread_ts=message.thread_ts,
                bot_id=app.bot_id,
                app_id=app.id,
                username=name or app.name,
                trace=message.trace,
            )
        )


def trigger_word(app: SlackApp, channel: Channel, text: str) -> str | None:
    """The word that triggers the app's webhook, `""` in its own channel; None when it is not triggered.

    Public channels only; the word begins the message, and is required when no channel is set.
    """
    if channel.private or not app.outgoing_url:
        return None
    if app.outgoing_channel is not None and app.outgoing_channel != channel.id:
        return None
    if not app.outgoing_trigger_words:
        return "" if app.outgoing_channel else None
    return next((word for word in app.outgoing_trigger_words if begins_with(text, word)), None)


def begins_with(text: str, word: str) -> bool:
    """Whether the word, in any case, begins the text and ends there: `hello, bot` begins with `hello`, not `hell`."""
    begun = text.lstrip().casefold()
    if not word or not begun.startswith(word.casefold()):
        return False
    rest = begun[len(word.casefold()) :]
    return not (rest[:1].isalnum() and word[-1].isalnum())


def fields(app: SlackApp, channel: Channel, user: User, message: Message, word: str) -> dict[str, str]:
    """The form's fields."""
    found = {
        "token": app.outgoing_token,
        "team_id": TEAM_ID,
        "team_domain": TEAM_DOMAIN,
        "channel_id": channel.id,
        "channel_name": channel.name,
        "timestamp": message.ts,
        "user_id": user.id,
        "user_name": user.name,
        "text": message.text,
        "trigger_word": word,
    }
    return {**found, "thread_ts": message.thread_ts} if message.thread_ts else found


def encoded(form: Mapping[str, str | None]) -> bytes:
    """The form's bytes, without the fields that are None."""
    present = {name: text for name, text in form.items() if text is not None}
    return urlencode(present, errors="replace").encode()


def answered(body: bytes) -> tuple[str, str | None] | None:
    """Text and user name of the answer to post; None for an empty one."""
    try:
        answer = parse(body)
    except Malformed:
        return None
    if not isinstance(answer, dict) or not isinstance(answer.get("text"), str) or not answer["text"].strip():
        return None
    name = answer.get("username")
    return answer["text"], name if isinstance(name, str) else None
