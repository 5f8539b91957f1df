"""Writes docs/request-units.md, "What a request costs", from the model's constants: `python request_units_page.py`."""

from pathlib import Path

from localcloud.cosmos.physics import charges

PROJECT = Path(__file__).parents[4]
PAGE = PROJECT / "docs" / "request-units.md"
KILOBYTE = 1024

HEAD = """# What a request costs

Azure does not publish how it computes request units. The Cosmos DB emulator charges by a model that is fitted to the
figures that Microsoft does publish: an approximation, the same on every run. The page is written from the model by
`python tests/localcloud/cosmos/physics/request_units_page.py`, and a test fails when the two differ.

A physical partition serves its even share of the throughput in every second of the clock. A request is admitted while
something is left, and may overdraw it once; then 429 follows, with the time to wait, until the debt is paid.

| example | RU |
|---|---|
"""
QUESTIONS = """
## What a query loads

The filters that `AND` joins are intersected in the index, those that `OR` joins united, as on Azure: only items that
the indexed filters admit together are loaded and charged, whichever is the most selective. A filter that no index
serves (an excluded path, a function such as `UPPER`, a place in an array) is tried on the items that the others leave,
and all of these are charged. What remains is the price of each physical partition that a query asks.

Measured so: 800 messages of twelve hours in 20 physical partitions, 40 channels, the loudest with 80 % of them.
*History* is one hour of the loudest channel (about 50 messages), *user* twelve hours of the loudest user (about 45).
Where the key does not name the partitions of a question, it asks all of them.

| partition key | history, RU | partitions | user, RU | partitions |
|---|---|---|---|---|
| `/channel` | 7 | 1 | 68 | 20 |
| channel and one of 4 buckets | 17 | 3-4 | 68 | 20 |
| channel and one of 8 buckets (also with the hour, or above `/user`) | 30 | 5-8 | 68 | 20 |
| one of 8 shards, `/channel` below | 30 | 8 | 30 | 8 |
| channel and one of 10 buckets | 36 | 6-9 | 68 | 20 |
| channel and one of 16 buckets | 55 | 8-13 | 68 | 20 |
| `/user` | 68 | 20 | 7 | 1 |
| `/id` | 68 | 20 | 68 | 20 |
| any, reading everything | 126 | 20 | 126 | 20 |
| any, `/user` left out of the index | | | 107 | 20 |
| 8 buckets, asking channel by channel | | | 1,124 | 20 |
"""
TABLE = """
## The model

| constant | RU | comes from |
|---|---|---|
"""
EXAMPLES = (
    ("read of 1 KB by id and key", charges.read(KILOBYTE)),
    ("read of 100 KB by id and key", charges.read(100 * KILOBYTE)),
    ("create of 1 KB, nothing indexed", charges.create(KILOBYTE, 0)),
    ("create of 1 KB, 10 indexed values", charges.create(KILOBYTE, 10)),
    ("replace or patch of 1 KB, 10 indexed values", charges.replace(KILOBYTE, 10)),
    ("delete of 1 KB, 10 indexed values", charges.delete(KILOBYTE, 10)),
    (
        "query with one indexed filter that finds one item of 1 KB, one partition",
        charges.query(predicates=1, loaded=1, loaded_size=KILOBYTE, returned_size=KILOBYTE),
    ),
    (
        "the same over five physical partitions",
        charges.query(partitions=5, predicates=1, loaded=1, loaded_size=KILOBYTE, returned_size=KILOBYTE),
    ),
    (
        "query whose filter no index serves, 10,000 items of 1 KB, one of them found",
        charges.query(predicates=1, loaded=10_000, loaded_size=10_000 * KILOBYTE, returned_size=KILOBYTE),
    ),
    ("page of the change feed with nothing new", charges.feed(0, 0)),
    ("request that fails (404, 409, 412 ...), at least", charges.FAILED),
    ("request that is refused with 429", charges.REFUSED),
)


def page() -> str:
    """The whole page."""
    examples = "".join(f"| {what} | {charge:,.2f} |\n" for what, charge in EXAMPLES)
    constants = "".join(
        f"| `{name}` | {constant.value:.4g} | {constant.source} |\n" for name, constant in charges.CONSTANTS.items()
    )
    return HEAD + examples + QUESTIONS + TABLE + constants


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
