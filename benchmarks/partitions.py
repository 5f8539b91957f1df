"""Partition keys: how fast a hot one shows, how fast the driver is, how long the checks take, whether DynamoDB's
capacity units are those of others, and the trade-off between keys over two hundred towns, which is printed."""

import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence

from benchmarks.cosmos_load import AMPLE, client, concurrent_upserts, container
from benchmarks.figure import Figure
from localcloud.cosmos.emulator import Emulator
from localcloud.load.budgets import Budgets
from localcloud.load.costs import SAMPLE, THREE_YEARS, Costs, costs_of, largest_key
from localcloud.load.designs import DESIGNS, REFERENCES, Design, design
from localcloud.load.rush import RUSH, START, Account, Scale, private_account, rush
from localcloud.load.simulation import simulate
from localcloud.load.town import Town

LAB = "5"
TOWNS = range(1, 201)
TOWNS_ASKED = 3  # on the emulator, for the costs that are printed
# Each fails for a reason of its own; hash(), which gives another key in every process, is for check 5.6 to find.
BAD = ("/channel", "/channel,/user", "channel#hour", "channel#second", "shard2,channel", "/id", "one for all")
ORACLES = "tests/localcloud/dynamodb/test_oracles.py"
WRITES, WRITERS = 1_500, 16
SECONDS_OF_LOAD = 4.0


def run() -> list[Figure]:
    """What Lab 5 promises; the distributions go to standard error."""
    from autograder.lab import find_lab

    prepared = find_lab(LAB).prepared["load"]
    _print_distributions(prepared.budgets)
    asyncio.run(_print_costs())
    margins, naive = asyncio.run(_vetted(prepared.seeds, prepared.budgets))
    bad = asyncio.run(_bad_that_pass(prepared.seeds, prepared.budgets))
    tried = f"{len(prepared.seeds)} seeds x {len(BAD)} designs"
    return [
        Figure("a hot partition is visible after the naive load starts", asyncio.run(_until_visible()), "s", "<=", 20),
        Figure(
            "driver, of the emulator's own concurrent rate", 100 * asyncio.run(_driver()) / _own_rate(), "%", ">=", 60
        ),
        Figure("vetted seeds: budget that the reference designs leave unused, at least", margins, "%", ">=", 15),
        Figure("vetted seeds on which /channel passes the rush", naive, "seeds", "<=", 0),
        Figure(f"bad designs that keep to all budgets, of {tried}", bad, "designs", "<=", 0),
        Figure("capacity module: tests against its oracles that fail", _unlike_oracles(), "", "<=", 0),
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
        for seed in seeds:
            for number, name in enumerate(REFERENCES):
                costs = await costs_of(account, f"costs-{seed}-{number}", design(name), Town.of(seed), START)
                least = min(least, 100 * (1 - _used(costs, budgets)))
    return least, passing


def _used(costs: Costs, budgets: Budgets) -> float:
    """The largest part of a budget of the questions, or of the three years, that a design uses."""
    return max(
        costs.history.ru / budgets.history_ru,
        costs.history.partitions / budgets.history_partitions,
        costs.user.ru / budgets.user_ru,
        costs.largest_gigabytes / budgets.largest_gigabytes,
    )


async def _bad_that_pass(seeds: Sequence[int], budgets: Budgets) -> int:
    """How often a bad design keeps to all budgets of a vetted town. Questions are measured only
    for designs that pass the rush and the three years."""
    passing = 0
    async with private_account() as account:
        for seed in seeds:
            for number, name in enumerate(BAD):
                chosen, town = design(name), Town.of(seed)
                if _fails_the_rush(chosen, town, budgets) or _gigabytes(chosen, town) > budgets.largest_gigabytes:
                    continue
                costs = await costs_of(account, f"bad-{seed}-{number}", chosen, town, START)
                passing += _used(costs, budgets) <= 1
    return passing


def _fails_the_rush(chosen: Design, town: Town, budgets: Budgets) -> bool:
    said = town.messages(RUSH.messages, START, RUSH.seconds)
    found = simulate(chosen, said, partitions=RUSH.partitions, throughput=RUSH.throughput)
    return found.hottest_share > budgets.hottest_share or found.refused_share >= budgets.refused_share


def _gigabytes(chosen: Design, town: Town) -> float:
    said = town.messages(SAMPLE, START, THREE_YEARS, part="years")
    return largest_key(((chosen.key(one), chosen.document(one)) for one in said), messages=len(said))[1]


def _unlike_oracles() -> int:
    """How many tests against ministack and dynalite, of hundreds of random operations each, fail."""
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-n", "0", ORACLES], check=False, capture_output=True)
    if done.returncode not in (0, 1) or b"\nERROR " in done.stdout:
        raise RuntimeError(done.stdout.decode())
    return sum(line.startswith(b"FAILED") for line in done.stdout.splitlines())


async def _print_costs() -> None:
    """What both questions cost under each design, and its largest key: the worst of some towns."""
    print(f"{'key':16} history: RU partitions   user: RU partitions   GB in three years", file=sys.stderr)
    async with private_account() as account:
        for number, name in enumerate(DESIGNS):
            found = [
                await costs_of(account, f"asked-{seed}-{number}", design(name), Town.of(seed), START)
                for seed in TOWNS[:TOWNS_ASKED]
            ]
            history = f"{max(one.history.ru for one in found):11.0f} {max(one.history.partitions for one in found):10}"
            user = f"{max(one.user.ru for one in found):10.0f} {max(one.user.partitions for one in found):10}"
            largest = max(one.largest_gigabytes for one in found)
            print(f"{name:16} {history} {user} {largest:19.1f}", file=sys.stderr)


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
