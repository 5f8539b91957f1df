"""Writes docs/functions-host.md, "What the host covers", from the tests' `covers` marks: `python coverage_page.py`.

The marks are read from the source, so that a page needs no test run; a test compares the page with them.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from capability_page import Capability, cell, written  # noqa: E402

PROJECT = HERE.parents[2]
PAGE = PROJECT / "docs" / "functions-host.md"

SECTIONS = (
    "Indexing", "HTTP", "Keys", "Queue trigger", "Queue output", "Blob trigger", "Blob", "Table", "Cosmos DB trigger",
    "Cosmos DB", "Timer", "Event Grid", "Warm-up trigger", "Generic bindings", "Retries", "Workers",
    "Settings and expressions", "host.json", "Logging", "Admin", "Core Tools", "Faults", "Worker",
)  # fmt: skip

HEAD = """# What the host covers

The Functions host runs an ordinary Python v2 Function App as Azure does. Each line is a capability and the test that
proves it; the page is written from the tests by `python tests/localcloud/functions/coverage_page.py`, and a test fails
when the two differ. The lines under *Worker* compare ours with `azure-functions-runtime`, the worker that
Microsoft runs.
"""

NOT_COVERED = """
## Not covered

| what | instead |
|---|---|
| Cosmos DB over an identity-based connection (Microsoft Entra) | refused with the reason: use a connection string |
| Cosmos DB: preferred locations, the trigger's all-versions mode, its v3 checkpoint frequency | one region; the \
latest version; a checkpoint after each call |
| Durable Functions: orchestrations, activities, entities | indexed, logged as without a listener |
| Service Bus, Event Hubs, Kafka, RabbitMQ, SQL, MySQL, Redis, SignalR, Dapr, MCP: no local broker | triggers are \
indexed and logged as without a listener; inputs and outputs fail the invocation and say so |
| Event Grid output: no local topic | fails the invocation and says so |
| The gRPC worker protocol | workers speak frames of our own over a socket pair |
| Deployment and slots | the app folder is run as it is; the local Azure has both (`infra/localcloud/azure`) |
| The v1 programming model (`function.json`), custom handlers, workers of other languages | named as not supported |
| SDK-type bindings of `azurefunctions-extensions-*`, and HTTP streams | named as not supported, with what to write \
instead |
| Members of `host.json`, app settings and options of `func start` that have no effect here | named in one line at \
the start |
| Restarts for `app_offline.htm`, and for folders that come or go | restarts for what *Workers* lists |
| A timer's status in a blob, one timer over several hosts | it is kept in the host's state folder |
| Azure's front end: 230 seconds at most, TLS, client certificates | plain HTTP on loopback |
| Blob receipts under a lease, for more than one host at a time | one host is the only instance; receipts are kept |
| Blob poison messages in the account of the trigger | they go to `AzureWebJobsStorage` |
"""


def capabilities() -> list[Capability]:
    """Every `covers` mark of the tests beside this file, in the order of sections, files and lines."""
    found = [one for path in sorted(HERE.rglob("test_*.py")) for one in _marked(path)]
    return sorted(found, key=lambda one: SECTIONS.index(one.section))


def page() -> str:
    """The page's text."""
    return written(HEAD, SECTIONS, capabilities(), NOT_COVERED)


def _marked(path: Path) -> Iterator[Capability]:
    file = path.relative_to(PROJECT).as_posix()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.covers":
                    yield _capability(ast.literal_eval(mark.args[0]), node.name, file)


def _capability(text: str, test: str, file: str) -> Capability:
    section = max((one for one in SECTIONS if text.startswith(one)), key=len, default=None)
    if section is None or ":" not in text:
        raise ValueError(f"{file}: {test} covers {text!r}: begin with one of {', '.join(SECTIONS)} and a colon")
    named, _colon, rest = text.partition(":")
    shown = rest if named == section else f"{named.removeprefix(section)}:{rest}"
    return Capability(section, cell(shown), test, file)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
