"""Partition keys: how fast a hot one shows, how fast the driver is, how long the checks take, and the trade-off between
keys over two hundred towns, which is printed."""

import asyncio
import statistics
import sys
import time
from collections.abc import Sequence

from benchmarks.cosmos_load import AMPLE, client, concurrent_upserts, container
from benchmarks.figure import Figure
from localcloud.cosmos.emulator import Emulator
from localcloud.load.budgets import Budgets
from localcloud.load.costs import costs_of
from localcloud.load.designs import DESIGNS, REFERENCES, design
from localcloud.load.rush import RUSH, START, Account, Scale, private_account, rush
from localcloud.load.simulation import simulate
from localcloud.load.town import Town

LAB = "5"
TOWNS = range(1, 201)
WRITES, WRITERS = 1_500, 16
SECONDS_OF_LOAD = 4.0


def run() -> list[Figure]:
    """What Lab 5 promises; the distributions go to standard error."""
    from autograder.lab import find_lab

    prepared = find_lab(LAB).prepared["load"]
    _print_distributions(prepared.budgets)
    margins, naive = asyncio.run(_vetted(prepared.seeds, prepared.budgets))
    return [
        Figure("a hot partition is visible after the naive load starts", asyncio.run(_until_visible()), "s", "<=", 20),
        Figure(
            "driver, of the emulator's own concurrent rate", 100 * asyncio.run(_driver()) / _own_rate(), "%", ">=", 60
        ),
        Figure("vetted seeds: budget that the reference designs leave unused, at least", margins, "%", ">=", 13.04),
        Figure("vetted seeds on which /channel passes the rush", naive, "seeds", "<=", 0),
        Figure("all checks on the solution", _checks(), "s", "<=", 60),
    ]


def _checks() -> float:
    from autograder.lab import find_lab
    from autograder.runner import run_checks

    lab = find_lab(LAB)
    started = time.perf_counter()
    verdict = run_checks(lab, lab.solution, seed=1)
    if not verdict.passed:
        raise RuntimeError(f"the solution does not pass: {verdict.outcomes()}")
    return time.perf_counter() - started


async def _until_visible() -> float:
    """Seconds from the start of the load to the first second in which a partition refuses, and the report."""
    chosen, said = design("/channel"), Town.of(1).messages(RUSH.messages, START, RUSH.seconds)
    async with private_account() as account:
        started = time.perf_counter()
        report = await rush(account, "naive", chosen.paths, said, said)
        taken = time.perf_counter() - started
    return taken if report.first_refusal is not None else float("inf")


async def _driver() -> float:
    """Writes a second of the driver, flat out."""
    chosen, said = design("channel#8"), Town.of(1).messages(WRITES, START, 60)
    emulator = Emulator(None)
    await emulator.start()
    try:
        documents = [chosen.document(one) for one in said]
        account = Account(emulator.url, emulator.key, emulator)
        started = time.perf_counter()
        await rush(
            account, "flat-out", chosen.paths, said, documents,
            scale=Scale(WRITES, 60.0, 20, AMPLE), flat_out=WRITERS,
        )  # fmt: skip
        return WRITES / (time.perf_counter() - started - 1.0)  # a load begins with a whole second
    finally:
        await emulator.stop()


def _driver_share() -> float:
    return 100 * asyncio.run(_driver()) / _own_rate()


def _own_rate() -> float:
    """Upserts a second that one process of clients gets from an emulator in this process."""
    return asyncio.run(_own())


async def _own() -> float:
    emulator = Emulator(None)
    await emulator.start()
    try:
        one = await asyncio.to_thread(client, emulator.url)
        await asyncio.to_thread(container, one, "own")
        seconds = await asyncio.to_thread(concurrent_upserts, emulator.url, "own", WRITERS, SECONDS_OF_LOAD)
        return len(seconds) / SECONDS_OF_LOAD
    finally:
        await emulator.stop()


async def _vetted(seeds: Sequence[int], budgets: Budgets) -> tuple[float, float]:
    """On the emulator: the least part of a budget that a reference leaves, in percent; and naive designs that pass."""
    least, passing = 100.0, 0
    async with private_account(turned=True) as account:
        for seed in seeds:
            town = Town.of(seed)
            said = town.messages(RUSH.messages, START, RUSH.seconds)
            for name in (*REFERENCES, "/channel"):
                chosen = design(name)
                documents = [chosen.document(one) for one in said]
                report = await rush(account, "vetted", chosen.paths, said, documents)
                used = [report.refused_share / budgets.refused_share, report.hottest_share / budgets.hottest_share]
                if name == "/channel":
                    passing += max(used) <= 1
                else:
                    least = min(least, 100 * (1 - max(used)))
    async with private_account() as account:
        for seed in seeds[:: max(1, len(seeds) // 8)]:
            for number, name in enumerate(REFERENCES):
                costs = await costs_of(account, f"costs-{seed}-{number}", design(name), Town.of(seed), START)
                used = [
                    costs.history.ru / budgets.history_ru,
                    costs.history.partitions / budgets.history_partitions,
                    costs.user.ru / budgets.user_ru,
                    costs.largest_gigabytes / budgets.largest_gigabytes,
                ]
                least = min(least, 100 * (1 - max(used)))
    return least, passing


def _print_distributions(budgets: Budgets) -> None:
    """Each design over two hundred towns, by the simulation: shares and refusals, and how many towns fail it."""
    print(f"{'key':16} hottest share: min median max   429: median max   of {len(TOWNS)} towns fail", file=sys.stderr)
    for name in DESIGNS:
        found = [
            simulate(
                design(name), Town.of(seed).messages(RUSH.messages, START, RUSH.seconds),
                partitions=RUSH.partitions, throughput=RUSH.throughput,
            )
            for seed in TOWNS
        ]  # fmt: skip
        shares = sorted(one.hottest_share for one in found)
        refused = sorted(one.refused_share for one in found)
        failing = sum(
            one.hottest_share > budgets.hottest_share or one.refused_share >= budgets.refused_share for one in found
        )
        print(
            f"{name:16} {shares[0]:19.0%} {statistics.median(shares):6.0%} {shares[-1]:4.0%} "
            f"{statistics.median(refused):14.1%} {refused[-1]:5.1%} {failing:17}",
            file=sys.stderr,
        )
