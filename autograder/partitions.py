"""For the notebook about partition keys: loads in real time, what questions cost, and their pictures.

`from autograder.partitions import candidates, growth, rush`. Each picture has the same figures as a table below it.
"""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from autograder.notebook import Note
from autograder.ownkey import own_key
from localcloud.load.costs import Costs, costs_of, largest_key
from localcloud.load.designs import design
from localcloud.load.driver import REFUSED, STORED, Attempt
from localcloud.load.keys import key_of
from localcloud.load.report import Report, heat_map, summary
from localcloud.load.rush import RUSH, START, private_account
from localcloud.load.rush import rush as run_rush
from localcloud.load.town import Town
from localcloud.messages import _

__all__ = ["candidates", "growth", "rush"]

OWN = "mine"
SEED = 5
SHOW_EVERY = 0.3
COMPARED = ("/channel", "/id", "/user", "channel#hour", "channel#8", "channel#16", "shard8,channel")
YEARS, SAMPLE = 3, 2_000
LIMIT_GIGABYTES = 20
COLOURS = "viridis"  # also for those who do not tell red from green

Result = TypeVar("Result")


def rush(key: str = OWN, seed: int = SEED) -> None:
    """Writes eight seconds of a town under a key, in real time, and draws what each partition had to do: `"mine"` is
    the key in your partitioning.py, others are named, such as "/channel" or "channel#8"."""
    report = _waited(_rush(key, seed))
    _show_drawing(_heat_chart(report, key))
    _show(Note(_("{key}: what the partitions had to do").format(key=key), tuple(summary(report))))
    heading, *rows = heat_map(report)
    _show(Note(heading, ((_("heat"), "\n".join(rows)),)))


def candidates(*keys: str, seed: int = SEED) -> None:
    """Measures what both questions cost under these keys (by default those worth knowing), and draws it."""
    costs = _waited(_costs(keys or COMPARED, seed))
    _show_drawing(_cost_chart(costs))
    _show(Note(_("What a question costs: RU, and physical partitions with work"), tuple(_cost_rows(costs))))


def growth(*keys: str, seed: int = SEED) -> None:
    """Draws how the largest logical key grows in three years, at 100 million messages."""
    grown = {key: _gigabytes(key, seed) for key in keys or (*COMPARED, "channel#2")}
    _show_drawing(_growth_chart(grown))
    rows = tuple((key, f"{size:.1f} GB") for key, size in grown.items())
    _show(Note(_("The largest key after three years; at 20 GB it takes nothing more"), rows))


async def _rush(key: str, seed: int) -> Report:
    from autograder.cli.load import account

    said = Town.of(seed).messages(RUSH.messages, START, RUSH.seconds)
    paths, policy, documents = _documents(key, said)
    async with account() as opened:
        with _Progress(len(documents)) as progress:
            return await run_rush(opened, "rush", paths, said, documents, indexing_policy=policy, progress=progress)


async def _costs(keys: Sequence[str], seed: int) -> dict[str, Costs]:
    found: dict[str, Costs] = {}
    async with private_account() as account:
        for number, key in enumerate(keys):
            found[key] = await costs_of(account, f"candidate-{number}", design(key), Town.of(seed), START)
    return found


def _gigabytes(key: str, seed: int) -> float:
    said = Town.of(seed).messages(SAMPLE, START, YEARS * 365 * 86_400, part="years")
    paths, _policy, documents = _documents(key, said)
    return largest_key([(key_of(one, paths), one) for one in documents], messages=len(said))[1]


def _documents(key: str, said: list[dict[str, str]]) -> tuple[tuple[str, ...], Any, list[dict[str, Any]]]:
    if key == OWN:
        own = own_key(Path.cwd(), said)
        return own.paths, own.indexing_policy, own.documents
    chosen = design(key)
    return chosen.paths, None, [chosen.document(one) for one in said]


def _heat_chart(report: Report, key: str) -> dict[str, Any]:
    """Partitions down, seconds across, the share of the budget as colour."""
    seconds = range(int(RUSH.seconds) + 1)
    heat = {one.id: {second: (share, refused) for second, share, refused in one.seconds} for one in report.partitions}
    rows = [
        {"partition": int(id), "second": second, "used": round(100 * used), "refused": refused}
        for id, known in heat.items()
        for second in seconds
        for used, refused in [known.get(second, (0.0, 0))]
    ]
    return _chart(
        rows,
        _("Key {key}: the hottest of {count} partitions used {share:.0%} of all request units").format(
            key=key, count=len(report.partitions), share=report.hottest_share
        ),
        "rect",
        {
            "x": {"field": "second", "type": "ordinal", "title": _("second")},
            "y": {"field": "partition", "type": "ordinal", "title": _("physical partition")},
            "color": {
                "field": "used", "type": "quantitative", "title": _("% of its RU/s"),
                "scale": {"scheme": COLOURS, "domain": [0, 100], "clamp": True},
            },
            "tooltip": [{"field": name} for name in ("partition", "second", "used", "refused")],
        },
    )  # fmt: skip


def _cost_chart(costs: dict[str, Costs]) -> dict[str, Any]:
    questions = {_("an hour of a channel"): "history", _("twelve hours of a user"): "user"}
    rows = [
        {"key": key, "question": name, "RU": getattr(one, field).ru, "partitions": getattr(one, field).partitions}
        for key, one in costs.items()
        for name, field in questions.items()
    ]
    return _chart(
        rows,
        _("What each question costs under each key"),
        "bar",
        {
            "x": {"field": "RU", "type": "quantitative", "title": _("request units of one question")},
            "y": {"field": "key", "type": "nominal", "sort": None, "title": _("partition key")},
            "yOffset": {"field": "question"},
            "color": {"field": "question", "type": "nominal", "scale": {"scheme": "tableau10"}, "title": None},
            "tooltip": [{"field": name} for name in ("key", "question", "RU", "partitions")],
        },
    )


def _growth_chart(grown: dict[str, float]) -> dict[str, Any]:
    rows = [
        {"key": key, "year": year, "GB": round(size * year / YEARS, 2)}
        for key, size in grown.items()
        for year in range(YEARS + 1)
    ]
    return _chart(
        rows,
        _("How the largest key grows; a key takes at most {limit} GB").format(limit=LIMIT_GIGABYTES),
        "line",
        {
            "x": {"field": "year", "type": "quantitative", "title": _("years"), "axis": {"tickCount": YEARS}},
            "y": {"field": "GB", "type": "quantitative", "title": _("GB in the largest logical key")},
            "color": {"field": "key", "type": "nominal", "title": _("partition key")},
            "tooltip": [{"field": name} for name in ("key", "year", "GB")],
        },
    )


def _chart(rows: list[dict[str, Any]], title: str, mark: str, encoding: dict[str, Any]) -> dict[str, Any]:
    return {
        "data": {"values": rows},
        "title": title,
        "description": title,
        "mark": {"type": mark, "tooltip": True, "description": title},
        "encoding": encoding,
        "width": 420,
        "usermeta": {"embedOptions": {"renderer": "svg", "actions": False}},
    }


def _show_drawing(spec: dict[str, Any]) -> None:
    """As vega-lite 5, which JupyterLab draws by itself; nothing where there is no notebook."""
    import altair

    with suppress(ImportError):
        from IPython.display import display

        chart = altair.Chart.from_dict(spec)
        with altair.renderers.enable("mimetype"):
            display(chart)  # type: ignore[no-untyped-call]


def _cost_rows(costs: dict[str, Costs]) -> list[tuple[str, str]]:
    return [
        (
            key,
            _("channel {history:.0f} RU, {few} partitions; user {user:.0f} RU, {many} partitions").format(
                history=one.history.ru, few=one.history.partitions, user=one.user.ru, many=one.user.partitions
            ),
        )
        for key, one in costs.items()
    ]


def _waited(work: Coroutine[Any, Any, Result]) -> Result:
    """Runs it on a loop of its own: a notebook's thread has one already."""
    found: list[Result] = []
    problems: list[BaseException] = []

    def run() -> None:
        try:
            found.append(asyncio.run(work))
        except BaseException as error:
            problems.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if problems:
        raise problems[0]
    return found[0]


class _Progress:
    """Shows how far a load has come, while it runs."""

    def __init__(self, documents: int) -> None:
        self._documents = documents
        self._counts: Counter[int] = Counter()
        self._shown = 0.0
        self._handle: Any = None

    def __enter__(self) -> "_Progress":
        with suppress(ImportError):
            from IPython.display import display

            self._handle = display(self._note(), display_id=True)  # type: ignore[no-untyped-call]
        return self

    def __exit__(self, *_error: object) -> None:
        self._update()

    def __call__(self, attempt: Attempt) -> None:
        self._counts[attempt.status] += 1
        if time.monotonic() - self._shown > SHOW_EVERY:
            self._update()

    def _update(self) -> None:
        self._shown = time.monotonic()
        if self._handle is not None:
            self._handle.update(self._note())

    def _note(self) -> Note:
        text = _("{done} of {count} messages written; {refused} answers were 429").format(
            done=self._counts[STORED], count=self._documents, refused=self._counts[REFUSED]
        )
        return Note(text)


def _show(note: Note) -> None:
    try:
        from IPython.display import display
    except ImportError:
        print(note)
        return
    display(note)  # type: ignore[no-untyped-call]
