"""`response_url`: where an app may answer a slash command later, five times within half an hour."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from .ids import Ids
from .model import TEAM_ID, Channel, SlackApp, User

USES = 5
SECONDS = 30 * 60.0
MOST_KNOWN = 10_000


class ResponseError(Exception):
    """A `response_url` refuses; `status` and Slack's word for it."""

    def __init__(self, status: int, word: str) -> None:
        super().__init__(word)
        self.status = status
        self.word = word


@dataclass
class ResponseUrl:
    """One URL that was handed out with a command, whose trace id it keeps; `born` is in the clock's seconds."""

    app: SlackApp
    channel: Channel
    user: User
    born: float
    trace: str
    uses: int = 0

    def use(self, now: float) -> None:
        """Counts one use; ResponseError when there are no more."""
        if now - self.born > SECONDS:
            raise ResponseError(404, "expired_url")
        if self.uses >= USES:
            raise ResponseError(404, "used_url")
        self.uses += 1


class ResponseUrls:
    """The response URLs that were handed out; the oldest are forgotten in the end."""

    def __init__(self, ids: Ids, clock: Callable[[], float] = time.monotonic) -> None:
        self._ids = ids
        self._clock = clock
        self._known: dict[str, ResponseUrl] = {}

    def new(self, app: SlackApp, channel: Channel, user: User, trace: str) -> str:
        """A path such as `/commands/T.../a1b2c3`."""
        path = f"/commands/{TEAM_ID}/{self._ids.token()}"
        self._known[path] = ResponseUrl(app, channel, user, self._clock(), trace)
        if len(self._known) > MOST_KNOWN:
            del self._known[next(iter(self._known))]
        return path

    def use(self, path: str) -> ResponseUrl:
        """Counts one use of a path; ResponseError when it is unknown, used up or too old."""
        if path not in self._known:
            raise ResponseError(404, "no_service")
        self._known[path].use(self._clock())
        return self._known[path]
