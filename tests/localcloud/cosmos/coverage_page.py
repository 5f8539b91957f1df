"""Writes docs/cosmos-emulator.md, "What the emulator covers", from the `covers` marks: `python coverage_page.py`.

Many marks are made for each case of a table, so that the tests are collected, not read. `--check` only compares.
"""

import contextlib
import io
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from capability_page import Capability, cell, written  # noqa: E402

PROJECT = HERE.parents[2]
PAGE = PROJECT / "docs" / "cosmos-emulator.md"
PHYSICS = "Partitions, request units, throughput"
SECTIONS = (
    "Account", "HTTP", "Sessions", "Links", "Databases", "Containers", "Items", "Partition keys", "Patch", "Batch",
    "TTL", "Unique keys", "Change feed", "Query", "Indexing", "Indexing policy", "SQL clause", "SQL function",
    "SQL limits", "SQL errors", "SQL plan", "SQL through the SDK", PHYSICS, "Users and permissions", "Scripts",
    "Conflicts", "Samples", "Durability", "Service",
)  # fmt: skip

HEAD = """# What the emulator covers

The Cosmos DB emulator is an account (NoSQL, gateway mode, one region) that the unmodified azure-cosmos SDK works
against. Each line is a capability and the test that proves it; the page is written from the tests by
`python tests/localcloud/cosmos/coverage_page.py`, and a test fails when the two differ. What a request costs is in
[request units](request-units.md).
"""

NOT_COVERED = """
## Not covered

| what | instead |
|---|---|
| Running stored procedures, triggers and user-defined functions | they are kept; running one is 400 and says so |
| Resource tokens, and identities of Microsoft Entra ID | permissions are kept; only the master key opens the account |
| Spatial, vector, full-text and hybrid search | 400; their functions say that they are not covered |
| Several regions, conflicts, consistency other than session | one region; the conflicts feed is empty |
| Analytical store, materialised views | the settings are kept |
| Direct mode (TCP) of the .NET and Java SDKs | gateway mode |
| Batches of the .NET SDK, which are binary (HybridRow) | 400; batches are JSON, as of the other SDKs |
| Equal values of ORDER BY by resource id, for clients that resume across partitions | by effective key |
| Chunked request bodies | 411; no SDK sends them |
"""

OTHER_SDKS = """
## Clients of other languages

The SDKs of Python (azure-cosmos) and JavaScript (@azure/cosmos) run in the tests. Those of .NET and Java do not: how
they differ on the wire is read from their sources, and such requests are tested one by one
([`test_other_sdks.py`](../tests/localcloud/cosmos/test_other_sdks.py)).

| what differs | whose SDK | here |
|---|---|---|
| Direct mode (TCP to the replicas) is the default | .NET, Java | choose gateway mode |
| `x-ms-cosmos-supported-serialization-formats`: binary answers are taken, too | .NET | answers are JSON |
| Items are sent in CosmosBinary, if a client has turned it on | .NET | 400 |
| Batch and bulk in HybridRow, request and answer | .NET | 400 |
| Batch and bulk in JSON; `x-ms-cosmos-batch-ordered` | Java | always done in order |
| `subStatusCode` in a batch's results, where others read `substatusCode` | .NET, Java | both are there |
| `minimalReturnPreference` of an operation in a batch | Java | honoured |
| A query's plan is asked for first, with the features that the client has | .NET, Java | answered |
| The query is sent as it is, and the plan asked for after 400/1004 | Python | answered |
| The same after a 400 with `additionalErrorInfo` | JavaScript | answered, with the plan in it |
| `x-ms-version: 2018-12-31`, `x-ms-cosmos-query-version` | Java | taken; they change nothing |

@azure/cosmos is tested at 4.9.3, the last version that runs on Node 20, the oldest that the camp takes; 4.10 needs
Node 22.
"""


class Collector:
    """A pytest plugin that keeps what was collected."""

    def __init__(self) -> None:
        self.items: list[Any] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.items = list(session.items)


def collected() -> list[Any]:
    """All tests beside this file."""
    collector = Collector()
    with contextlib.redirect_stdout(io.StringIO()) as told:
        status = pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider", str(HERE)], plugins=[collector])
    if status != 0:
        raise SystemExit(told.getvalue())
    return collector.items


def page(items: Iterable[Any]) -> str:
    """The page's text: every `covers` mark of these tests, once, in the order of sections and names of files."""
    found: dict[tuple[str, str], Capability] = {}
    for item in sorted(items, key=lambda one: one.path):
        for one in _marked(item):
            found.setdefault((one.section, one.text), one)
    known = list(found.values())
    others = sorted({one.section for one in known} - set(SECTIONS))
    return written(HEAD, (*SECTIONS, *others), known, NOT_COVERED + OTHER_SDKS)


def _marked(item: Any) -> Iterator[Capability]:
    file = item.path.relative_to(PROJECT).as_posix()
    for mark in item.iter_markers("covers"):
        (text,) = mark.args
        section, colon, rest = text.partition(": ")
        if item.path.parent.name == "physics":
            section, rest = PHYSICS, text
        elif not colon:
            raise ValueError(f"{file}: {text!r}: begin with a section, such as {', '.join(SECTIONS)}, and a colon")
        yield Capability(section, cell(rest), item.originalname, file)


def is_whole(items: Iterable[Any]) -> bool:
    """Whether these are the tests of every file."""
    return {item.path for item in items} >= set(HERE.rglob("test_*.py"))


if __name__ == "__main__":
    text = page(collected())
    if "--check" not in sys.argv:
        PAGE.write_text(text, encoding="utf-8")
    elif PAGE.read_text("utf-8") != text:
        raise SystemExit("run: python tests/localcloud/cosmos/coverage_page.py")
