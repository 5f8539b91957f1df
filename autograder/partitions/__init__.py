"""For the notebook about partition keys: functions that measure loads, questions and designs, and draw them.

`from autograder.partitions import buckets, candidates, dynamodb, fleets, growth, move, rush`. Each picture has the same
figures as a table below it. `measuring` and `moving` run and count, `predicted` compares with the prediction, `charts`
makes the pictures, `showing` displays them, `table` opens DynamoDB.
"""

from pathlib import Path

from autograder.localcamp import url_of
from localcloud.dynamodb.private import private_account
from localcloud.load.costs import cost_text
from localcloud.load.driver import LoadFailed, TurnedClock
from localcloud.load.fleets import FleetCosts, designs
from localcloud.load.fleets import measured as measured_fleet
from localcloud.load.report import Report, heat_map, key_rows, summary
from localcloud.load.rush import RUSH, SERVICE, START, account_at
from localcloud.load.rush import rush as run_rush
from localcloud.load.town import Town
from localcloud.messages import _, ngettext

from . import charts
from .measuring import OWN, YEARS, Measured, documents_of, gigabytes, measured
from .moving import Moved, moved
from .predicted import compared
from .showing import Live, Writing, problems_shown, show, show_drawing, waited
from .table import dynamodb

__all__ = ["buckets", "candidates", "dynamodb", "fleets", "growth", "move", "rush"]

SEED = 5
COMPARED = ("/channel", "/id", "/user", "channel#hour", "channel#8", "channel#16", "shard8,channel")
BUCKETS = (1, 2, 4, 8, 16, 32)
PREDICTED = "/channel"  # the key that the prediction is about


def rush(key: str = OWN, seed: int = SEED) -> None:
    """Writes eight seconds of a town under a key, in real time, and draws what each partition had to do: `"mine"` is
    the key in your partitioning.py, others are named, such as "/channel" or "channel#8"."""
    with problems_shown():
        report = waited(_rush(key, seed))
        if key == PREDICTED and (note := compared(report)):
            show(note)
        show_drawing(charts.heat(report, key))
        show(_("{key}: what the partitions had to do").format(key=key), summary(report))
        heading, *rows = heat_map(report)
        show(heading, [(_("heat"), "\n".join(rows))])
        show(_("The keys that used most: RU, requests, 429s"), key_rows(report))


def candidates(*keys: str, seed: int = SEED) -> None:
    """Measures what both questions cost under these keys (by default those worth knowing), and what each partition
    had to do in the rush, and draws it. `"mine"` is your partitioning.py, with its own questions."""
    with problems_shown():
        found = waited(_measured(keys or COMPARED, seed))
        show_drawing(charts.costs(found))
        show_drawing(charts.rushes(found))
        show(_("What a question costs, and what the rush does"), [(key, _sentence(one)) for key, one in found.items()])


def buckets(seed: int = SEED) -> None:
    """Draws the two forces over the number of buckets: many spread the writes, few keep the questions cheap."""
    with problems_shown():
        found = waited(_measured([f"channel#{number}" for number in BUCKETS], seed))
        by_number = dict(zip(BUCKETS, found.values(), strict=True))
        show_drawing(charts.forces(by_number))
        rows = [(str(number), _sentence(one)) for number, one in by_number.items()]
        show(_("Buckets of the channel: what a question costs, and what the rush does"), rows)


def growth(*keys: str, seed: int = SEED) -> None:
    """Draws how the largest logical key grows in three years, at 100 million messages."""
    with problems_shown():
        grown = {key: gigabytes(key, seed, Path.cwd()) for key in keys or (*COMPARED, "channel#2")}
        show_drawing(charts.growth(grown))
        rows = [(key, ", ".join(f"{size:.1f}" for size in sizes[1:]) + " GB") for key, sizes in grown.items()]
        heading = _("The largest key after each of {years} years; at {limit} GB it takes nothing more")
        show(heading.format(years=YEARS, limit=charts.LIMIT_GIGABYTES), rows)


def fleets(limit: float | None = None, seed: int = SEED) -> None:
    """Measures three ways to keep the fleet in DynamoDB: what a reading costs, and how long a building takes. With a
    `limit`, no partition key gets more than so many capacity units in a second."""
    with problems_shown():
        if limit is not None and limit <= 0:
            raise LoadFailed(_("The limit must be more than 0."))
        found = waited(_fleets(limit, seed))
        show_drawing(charts.fleets(found, throttled=limit is not None))
        rows = [(name, fleet_words(one, throttled=limit is not None)) for name, one in found.items()]
        show(_("What a reading and a building cost"), rows)


def move(seed: int = SEED) -> None:
    """Runs your migrate/function_app.py on an account of its own, as `camp func start --app .../migrate` would, and
    counts what arrives under the new key while more is said and edited."""
    with problems_shown():
        with Live() as live:
            found = waited(moved(Path.cwd(), seed, lambda now: live.say(_moved_words(now))))
        rows = [(_("log"), found.log)] if found.log else []
        show(_moved_words(found), [(_("app"), "camp func start --app migrate"), *rows])


def _moved_words(found: Moved) -> str:
    words = _("Moved {moved} of {of} messages; {twice} are there twice, {old} with an old text.")
    return words.format(moved=found.moved, of=found.of, twice=found.twice, old=found.old_texts)


async def _rush(key: str, seed: int) -> Report:
    said = Town.of(seed).messages(RUSH.messages, START, RUSH.seconds)
    own = documents_of(key, said, Path.cwd())
    async with account_at(url_of(SERVICE)) as opened:
        with Writing(len(said)) as progress:
            return await run_rush(
                opened, "rush", own.paths, said, own.documents, indexing_policy=own.indexing_policy, progress=progress
            )


async def _fleets(limit: float | None, seed: int) -> dict[str, FleetCosts]:
    clock, found = TurnedClock(START), {}
    with Live() as live:
        live.say(_("An account of its own is starting."))
        async with private_account(clock=clock, say=live.say) as meter:
            for one in designs():
                live.say(_("Measuring: {design}").format(design=one.name))
                found[one.name] = await measured_fleet(meter, clock, one, seed, limit)
                clock.now += 60
        live.say(ngettext("1 design measured", "{count} designs measured", len(found)))
    return found


def fleet_words(one: FleetCosts, *, throttled: bool) -> str:
    """The figures of a design in a sentence."""
    words = _("{write:.2f} WCU a reading; a building: one {operation}, {read:g} RCU, {ms:.0f} ms").format(
        write=one.write_units, operation=one.operation, read=one.read_units, ms=one.milliseconds
    )
    if not throttled:
        return words
    keys = ", ".join(f"{key} {count}" for key, count in one.refused_keys.items()) or "-"
    refused = _("{refused} of {changes} changes refused, by partition key: {keys}")
    return f"{words}; {refused.format(refused=one.refused, changes=one.changes, keys=keys)}"


async def _measured(keys: list[str] | tuple[str, ...], seed: int) -> dict[str, Measured]:
    found: dict[str, Measured] = {}
    with Live() as live:
        for key in keys:
            live.say(_("{done} of {count} keys measured; now {key}").format(done=len(found), count=len(keys), key=key))
            found[key] = await measured(key, seed, Path.cwd())
        live.say(_("{done} of {count} keys measured").format(done=len(found), count=len(keys)))
    return found


def _sentence(one: Measured) -> str:
    return _(
        "channel {history}; user {user}; rush: hottest partition {hottest:.0%} of all RU, "
        "{refused:.0%} of the answers 429"
    ).format(
        history=cost_text(one.costs.history),
        user=cost_text(one.costs.user),
        hottest=one.hottest_share,
        refused=one.refused_share,
    )
