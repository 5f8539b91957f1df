"""What a key comes to: the costs of both questions, the rush on a turned clock, and three years. For keys by name, and
for the learner's own."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.ownkey import OwnKey, own_costs, own_key
from localcloud.load.costs import SAMPLE, THREE_YEARS, Costs, costs_of, largest_key
from localcloud.load.designs import design
from localcloud.load.keys import key_of
from localcloud.load.rush import RUSH, START, private_account, rush
from localcloud.load.town import Message, Town

OWN = "mine"
YEARS = 3


@dataclass(frozen=True)
class Measured:
    """One key: what both questions cost, and what the rush did."""

    costs: Costs
    hottest_share: float  # of all RU that one physical partition used
    refused_share: float  # of all answers that were 429


async def measured(key: str, seed: int, folder: Path) -> Measured:
    """A key by its name, or `OWN`: that of partitioning.py in `folder`. NoKey, NoDesign, LoadFailed."""
    town = Town.of(seed)
    said = town.messages(RUSH.messages, START, RUSH.seconds)
    chosen = await asyncio.to_thread(documents_of, key, said, folder)
    async with private_account(turned=True) as account:
        report = await rush(
            account, "rush", chosen.paths, said, chosen.documents, indexing_policy=chosen.indexing_policy
        )
    async with private_account() as account:
        if key == OWN:
            costs = await own_costs(account, folder, town)
        else:
            costs = await costs_of(account, "candidate", design(key), town, START)
    return Measured(costs, report.hottest_share, report.refused_share)


def documents_of(key: str, said: Sequence[Message], folder: Path) -> OwnKey:
    """The paths of a key, and the messages as they are stored under it."""
    if key == OWN:
        return own_key(folder, said)
    chosen = design(key)
    return OwnKey(chosen.paths, None, [chosen.document(one) for one in said])


def gigabytes(key: str, seed: int, folder: Path) -> list[float]:
    """The largest logical key at the beginning, and after each of three years."""
    said = Town.of(seed).messages(SAMPLE, START, THREE_YEARS, part="years")
    chosen = documents_of(key, said, folder)
    keyed = [(key_of(one, chosen.paths), one) for one in chosen.documents]
    ends = [START + year * THREE_YEARS / YEARS for year in range(YEARS + 1)]
    until = [sum(float(one["ts"]) < end for one in said) for end in ends]
    return [largest_key(keyed[:count], messages=len(said))[1] for count in until]
