"""Samples of a town whose loudest channel is not where one might look for it. Pure.

The loudest user, the channel where he talks, the longest texts, the most users, the first and the last message: each of
them leads to another channel than the one with the most request units.
"""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from localcloud.cosmos.physics import charges

from .simulation import SYSTEM_BYTES
from .town import HOUR, Message, message

SAMPLE, FURTHER = 300, 800
START = 1_789_963_200.0
# The shares of all messages: of the loudest channel, of the loudest user's, of that with long texts, of that with many
# users; the rest is of small ones.
LOUD, FAVOURITE, LONG, MANY = 0.34, 0.24, 0.14, 0.16
SMALL = 6


@dataclass(frozen=True)
class Sample:
    """What learners are shown of a town, and what comes of it."""

    said: Sequence[Message]  # what is shown, oldest first
    further: Sequence[Message]  # what is said afterwards
    loudest: str  # the channel that uses the most when that is stored under /channel


def sample(rng: random.Random) -> Sample:
    """A sample of another town each time."""
    names = [f"C{rng.getrandbits(48):012X}" for _channel in range(4 + SMALL)]
    loud, favourite, long, _many, *small = names
    weights = [LOUD, FAVOURITE, LONG, MANY, *[(1 - LOUD - FAVOURITE - LONG - MANY) / SMALL] * SMALL]
    talker = f"U{rng.getrandbits(40):010X}"
    few = [f"U{rng.getrandbits(40):010X}" for _user in range(5)]
    crowd = [f"U{rng.getrandbits(40):010X}" for _user in range(80)]

    def one(number: int, channel: str) -> Message:
        user = rng.choice(few if channel == loud else crowd)
        if channel == favourite and rng.random() < 0.9:
            user = talker
        size = rng.randrange(1_800, 2_400) if channel == long else rng.randrange(60, 900)
        at = START + (number + rng.random()) * 12 * HOUR / (SAMPLE + FURTHER)
        return message(channel, user, "x" * size, at)

    shown, later = _shuffled(rng, names, weights, SAMPLE), _shuffled(rng, names, weights, FURTHER)
    for place, other in ((0, small[0]), (SAMPLE - 1, small[1])):
        where = shown.index(other, 1, SAMPLE - 1)
        shown[place], shown[where] = shown[where], shown[place]
    channels = [*shown, *later]
    said = [one(number, channel) for number, channel in enumerate(channels)]
    further = said[SAMPLE:]
    return Sample(said[:SAMPLE], further, used_most(further))


def _shuffled(rng: random.Random, names: Sequence[str], weights: Sequence[float], count: int) -> list[str]:
    """So many channels, of each just its share: which one is loudest is not left to chance."""
    numbers = [round(weight * count) for weight in weights]
    numbers[-1] += count - sum(numbers)
    found = [name for name, number in zip(names, numbers, strict=True) for _one in range(number)]
    rng.shuffle(found)
    return found


def used_most(said: Sequence[Message]) -> str:
    """The channel whose key uses the most when these messages are stored under `/channel`."""
    used: Counter[str] = Counter()
    for one in said:
        used[one["channel"]] += round(100 * charges.create(len(orjson.dumps(one)) + SYSTEM_BYTES, len(one)))
    return used.most_common(1)[0][0]
