"""A town that talks: its channels, its users, and their messages. Pure: the same seed gives the same load.

One channel has 80 % of the messages, the others share the rest by Zipf's law; the loudest user has about 7 %; texts
have a median of 545 bytes. Times are epoch seconds; a message's `ts` is Slack's text with six decimals.
"""

import bisect
import itertools
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

CHANNELS, USERS = 40, 60
LOUD_SHARE = 0.80
SHORTEST, LONGEST = 20, 2400  # bytes of a text
MEDIAN_LOG, SPREAD_LOG = 6.3, 0.5  # of the log-normal length of a text
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
HOUR, DAY = 3600, 86_400
# How much is said in each hour of the day (UTC), for loads that last for days: nights are quiet, mornings are not.
BY_HOUR = (1, 1, 1, 1, 2, 4, 8, 14, 20, 22, 20, 16, 14, 18, 21, 19, 16, 12, 9, 7, 5, 3, 2, 1)
SENTENCES = (
    "Does anybody know why the build is red again? ",
    "I have moved the meeting to three, the room is the same. ",
    "Thank you, that was it. ",
    "The dashboard shows twice as many requests as yesterday, and nobody has deployed. ",
    "Lunch? ",
    "I will look into it after the review. ",
    "Please write down what you changed, so that the next person finds it. ",
)

Message = dict[str, str]


@dataclass(frozen=True)
class Town:
    """Who is there and how much each one says; `loud` is the channel that nearly everybody talks in."""

    seed: int
    channels: tuple[str, ...]
    channel_weights: tuple[float, ...]
    users: tuple[str, ...]
    user_weights: tuple[float, ...]
    loud: str

    @classmethod
    def of(cls, seed: int) -> "Town":
        """The town of a seed."""
        rng = random.Random(f"town {seed}")
        channels = tuple(_name("C", rng) for _number in range(CHANNELS))
        users = tuple(_name("U", rng) for _number in range(USERS))
        loud = rng.randrange(CHANNELS)
        quiet = [1 / (rank + 1) for rank in range(CHANNELS - 1)]
        rng.shuffle(quiet)
        total = sum(quiet)
        weights = [(1 - LOUD_SHARE) * weight / total for weight in quiet]
        weights.insert(loud, LOUD_SHARE)
        user_weights = [1 / (rank + 6) for rank in range(USERS)]
        rng.shuffle(user_weights)
        return cls(seed, channels, tuple(weights), users, tuple(user_weights), channels[loud])

    def messages(
        self, count: int, start: float, seconds: float, *, part: str = "rush", daily: bool = False
    ) -> list[Message]:
        """About `count` messages from `start` on for `seconds`, oldest first: evenly paced, or by the hours of the day
        if `daily`. Loads of different `part`s differ."""
        rng = random.Random(f"{part} {self.seed}")
        moment = _daily(start, seconds) if daily else None
        found: list[Message] = []
        seen: set[str] = set()
        for number in range(count):
            place = number + rng.random()
            at = moment(place / count) if moment else start + place * seconds / count
            ts, channel = f"{at:.6f}", rng.choices(self.channels, self.channel_weights)[0]
            id = f"{channel}:{ts}"
            if id in seen:
                continue
            seen.add(id)
            size = max(SHORTEST, min(LONGEST, int(rng.lognormvariate(MEDIAN_LOG, SPREAD_LOG))))
            user = rng.choices(self.users, self.user_weights)[0]
            found.append({"id": id, "channel": channel, "user": user, "text": _text(number, size), "ts": ts})
        return found


def message(channel: str, user: str, text: str, ts: float) -> Message:
    """One message, at `ts` epoch seconds."""
    at = f"{ts:.6f}"
    return {"id": f"{channel}:{at}", "channel": channel, "user": user, "text": text, "ts": at}


def _name(head: str, rng: random.Random) -> str:
    return head + "".join(rng.choice(LETTERS) for _letter in range(10))


def _text(number: int, size: int) -> str:
    """Something to read, of exactly `size` bytes."""
    first = number % len(SENTENCES)
    order: Sequence[str] = SENTENCES[first:] + SENTENCES[:first]
    whole = "".join(order)
    return (whole * (size // len(whole) + 1))[:size]


def _daily(start: float, seconds: float) -> Callable[[float], float]:
    """The moment by which a share of all messages has been said, when each hour has its own part of the day's."""
    edges = [start]
    while edges[-1] < start + seconds:
        edges.append(min(start + seconds, (edges[-1] // HOUR + 1) * HOUR))
    pairs = list(itertools.pairwise(edges))
    said = list(itertools.accumulate(BY_HOUR[int(low % DAY) // HOUR] * (high - low) for low, high in pairs))

    def moment(share: float) -> float:
        wanted = share * said[-1]
        hour = min(bisect.bisect_right(said, wanted), len(pairs) - 1)
        before = said[hour - 1] if hour else 0.0
        low, high = pairs[hour]
        return low + (high - low) * (wanted - before) / (said[hour] - before)

    return moment
