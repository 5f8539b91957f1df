"""docs/request-units.md says what questions cost under each key: the emulator's own figures, within a tenth."""

import re
from pathlib import Path

import pytest

from localcloud.load.costs import costs_of
from localcloud.load.designs import design
from localcloud.load.rush import START, private_account
from localcloud.load.town import Town

PAGE = Path(__file__).parents[3] / "docs" / "request-units.md"
TOWNS = (1, 2)
ROWS = {
    "`/channel`": ("/channel",),
    "channel and one of 4 buckets": ("channel#4",),
    "channel and one of 8 buckets (also with the hour, or above `/user`)": (
        "channel#8", "channel#hour#8", "channel#8,user",
    ),
    "one of 8 shards, `/channel` below": ("shard8,channel",),
    "channel and one of 10 buckets": ("channel#10",),
    "channel and one of 16 buckets": ("channel#16",),
    "`/user`": ("/user",),
    "`/id`": ("/id",),
}  # fmt: skip


def figures(row: str) -> list[tuple[float, float]]:
    """The least and the most of each column: history in RU and partitions, and the same of a user."""
    (line,) = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith(f"| {row} |")]
    found = [re.findall(r"[\d.]+", cell) for cell in line.strip("|").split("|")[1:]]
    return [(float(cell[0]), float(cell[-1])) for cell in found]


@pytest.mark.parametrize("row", ROWS)
async def test_the_page_says_what_questions_cost(row: str) -> None:
    history_ru, history_partitions, user_ru, user_partitions = figures(row)
    async with private_account() as account:
        for number, (name, town) in enumerate((name, town) for name in ROWS[row] for town in TOWNS):
            costs = await costs_of(account, f"page-{number}", design(name), Town.of(town), START)
            assert costs.history.ru == pytest.approx(history_ru[0], rel=0.1, abs=1)
            assert history_partitions[0] <= costs.history.partitions <= history_partitions[1]
            assert costs.user.ru == pytest.approx(user_ru[0], rel=0.1, abs=1)
            assert user_partitions[0] <= costs.user.partitions <= user_partitions[1]
