"""For the notebook about partition keys: loads in real time, what questions cost, and their pictures.

`from autograder.partitions import buckets, candidates, growth, rush`. Each picture has the same figures as a table
below it. `charts` has the pictures, `measuring` the figures, `showing` what brings both into a notebook.
"""

from pathlib import Path

from localcloud.load.report import Report, heat_map, key_rows, summary
from localcloud.load.rush import RUSH, START
from localcloud.load.rush import rush as run_rush
from localcloud.load.town import Town
from localcloud.messages import _

from . import charts
from .measuring import OWN, YEARS, Measured, documents_of, gigabytes, measured
from .predicted import compared
from .showing import Live, Writing, problems_shown, show, show_drawing, waited

__all__ = ["buckets", "candidates", "growth", "rush"]

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
        heading = _("The largest key after each of {years} years; at 20 GB it takes nothing more")
        show(heading.format(years=YEARS), rows)


async def _rush(key: str, seed: int) -> Report:
    from autograder.cli.load import account

    said = Town.of(seed).messages(RUSH.messages, START, RUSH.seconds)
    own = documents_of(key, said, Path.cwd())
    async with account() as opened:
        with Writing(len(said)) as progress:
            return await run_rush(
                opened, "rush", own.paths, said, own.documents, indexing_policy=own.indexing_policy, progress=progress
            )


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
        "channel {history:.0f} RU, {few} partitions; user {user:.0f} RU, {many} partitions; "
        "rush: hottest partition {hottest:.0%} of all RU, {refused:.0%} of the answers 429"
    ).format(
        history=one.costs.history.ru, few=one.costs.history.partitions,
        user=one.costs.user.ru, many=one.costs.user.partitions,
        hottest=one.hottest_share, refused=one.refused_share,
    )  # fmt: skip
