"""Makes docs/partition-keys.svg: `.venv/bin/python docs/partition_keys.py`; with `-` prints it. No camp need run.

The rush of Lab 5, eight seconds of one town, on twenty physical partitions: under `/channel`, and under the channel and
one of eight buckets. The emulator's clock is turned by the driver, so the picture is the same on any machine.
"""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

from localcloud.load.designs import design
from localcloud.load.report import PartitionHeat, Report
from localcloud.load.rush import RUSH, START, private_account, rush
from localcloud.load.town import Town

TARGET = Path(__file__).parent / "partition-keys.svg"
KEYS = ("/channel", "channel#8")
SEED = 5  # the town of the notebook
CELL_WIDTH, CELL_HEIGHT = 44, 17
LEFT, TOP, GAP = 60, 44, 100  # of the first map's cells; between two maps
SECONDS = int(RUSH.seconds)
# The colours "viridis", which also those see who do not tell red from green; from nothing to the whole budget.
COLOURS = ((68, 1, 84), (72, 40, 120), (62, 74, 137), (38, 130, 142), (53, 183, 121), (180, 222, 44), (253, 231, 37))


async def reports() -> dict[str, Report]:
    """What the same load came to under each key."""
    said = Town.of(SEED).messages(RUSH.messages, START, RUSH.seconds)
    found = {}
    for key in KEYS:
        chosen = design(key)
        async with private_account(turned=True) as account:
            found[key] = await rush(account, "rush", chosen.paths, said, [chosen.document(one) for one in said])
    return found


def svg(found: dict[str, Report]) -> str:
    """Both heat maps side by side: partitions down, seconds across, the used part of the budget as colour."""
    rows = max(len(report.partitions) for report in found.values())
    map_width = SECONDS * CELL_WIDTH
    width = LEFT + len(found) * (map_width + GAP) + 40
    height = TOP + rows * CELL_HEIGHT + 46
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        'font-size="12" role="img">',
        f"<title>{escape(title(found))}</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for number, (key, report) in enumerate(found.items()):
        parts += heat_map(key, report, LEFT + number * (map_width + GAP))
    parts += scale(LEFT + len(found) * (map_width + GAP) - GAP / 2)
    return "\n".join([*parts, "</svg>", ""])


def title(found: dict[str, Report]) -> str:
    return "; ".join(f"{key}: {sentence(report)}" for key, report in found.items())


def sentence(report: Report) -> str:
    refused, hottest = report.refused_share, report.hottest_share
    return f"{refused:.0%} of the answers are 429, the hottest partition has {hottest:.0%} of all RU"


def heat_map(key: str, report: Report, left: float) -> Iterator[str]:
    middle = left + SECONDS * CELL_WIDTH / 2
    yield text(middle, 17, f"key {key}", "middle", "bold")
    yield text(middle, TOP - 10, sentence(report), "middle")
    for row, partition in enumerate(sorted(report.partitions, key=lambda one: int(one.id))):
        top = TOP + row * CELL_HEIGHT
        yield text(left - 6, top + CELL_HEIGHT - 4, partition.id, "end")
        yield from cells(partition, left, top)
    bottom = TOP + len(report.partitions) * CELL_HEIGHT
    for second in range(SECONDS):
        yield text(left + (second + 0.5) * CELL_WIDTH, bottom + 16, str(second), "middle")
    yield text(middle, bottom + 36, "second", "middle")
    at = TOP + len(report.partitions) * CELL_HEIGHT / 2
    yield text(left - 30, at, "physical partition", "middle", turned=True)


def cells(partition: PartitionHeat, left: float, top: float) -> Iterator[str]:
    used = {second: share for second, share, _refused in partition.seconds}
    for second in range(SECONDS):
        yield (
            f'<rect x="{left + second * CELL_WIDTH}" y="{top}" width="{CELL_WIDTH - 1}" height="{CELL_HEIGHT - 1}" '
            f'fill="{colour(used.get(second, 0.0))}"/>'
        )


def scale(left: float) -> Iterator[str]:
    """What the colours stand for."""
    steps = 20
    yield text(left, TOP - 10, "% of its RU/s")
    for step in range(steps):
        yield (
            f'<rect x="{left}" y="{TOP + step * CELL_HEIGHT}" width="16" height="{CELL_HEIGHT + 0.5}" '
            f'fill="{colour(1 - step / (steps - 1))}"/>'
        )
    for percent in (100, 75, 50, 25, 0):
        yield text(left + 22, TOP + (1 - percent / 100) * (steps - 1) * CELL_HEIGHT + 13, str(percent))


def text(x: float, y: float, words: str, anchor: str = "start", weight: str = "normal", turned: bool = False) -> str:
    turn = f' transform="rotate(-90 {x:g} {y:g})"' if turned else ""
    style = f'text-anchor="{anchor}" font-weight="{weight}" fill="#1f2328"'
    return f'<text x="{x:g}" y="{y:g}" {style}{turn}>{escape(words)}</text>'


def colour(share: float) -> str:
    """Of a part of the budget; more than all of it is no brighter."""
    place = min(1.0, max(0.0, share)) * (len(COLOURS) - 1)
    low = min(int(place), len(COLOURS) - 2)
    mixed = (round(a + (b - a) * (place - low)) for a, b in zip(COLOURS[low], COLOURS[low + 1], strict=True))
    return "#" + "".join(f"{part:02x}" for part in mixed)


if __name__ == "__main__":
    drawn = svg(asyncio.run(reports()))
    if sys.argv[1:] == ["-"]:  # for the test that compares
        sys.stdout.write(drawn)
    else:
        TARGET.write_text(drawn, "utf-8")
        print(TARGET)
