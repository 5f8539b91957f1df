"""`camp load`: a town's load on a partition key, in real time, and what it heats."""

import asyncio
import dataclasses
import json
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from autograder import localcamp
from autograder.inputs import new_seed
from localcloud.messages import _

from . import CHECKS_FAILED, ensure_parts

if TYPE_CHECKING:
    from localcloud.load.driver import Attempt
    from localcloud.load.report import Report
    from localcloud.load.rush import Scale

OWN = "partitioning.py"


@click.command(
    short_help=_("Write a load under a partition key, and see which partitions glow."),
    help=_(
        "Write a town's messages into Cosmos DB under a partition key, and show what each physical partition had to "
        "do. KEY is a key by name (/channel, /id, channel#8, channel#hour#8, shard8,channel ...), or a folder with a "
        "partitioning.py. While 'camp up' runs, the load goes to its account, and the heat page shows it."
    ),
)
@click.argument("key", default="/channel")
@click.option("--seed", type=int, help=_("Whose town: the same seed gives the same load."))
@click.option("--messages", type=click.IntRange(1, 100_000), default=368, show_default=True, help=_("How many."))
@click.option("--seconds", type=click.FloatRange(0.1, 86_400), default=8.0, show_default=True, help=_("In how long."))
@click.option("--partitions", type=click.IntRange(1, 100), default=20, show_default=True, help=_("Physical ones."))
@click.option("--throughput", type=click.IntRange(400), default=4_000, show_default=True, help=_("RU/s together."))
@click.option("--flat-out", type=click.IntRange(1, 256), metavar="WRITERS", help=_("As fast as so many writers can."))
@click.option("--daily", is_flag=True, help=_("By the hours of the day: nights are quiet. For loads of many hours."))
@click.option("--json", "as_json", is_flag=True, help=_("Print JSON."))
def load(
    key: str, seed: int | None, messages: int, seconds: float, partitions: int, throughput: int,
    flat_out: int | None, daily: bool, as_json: bool,
) -> None:  # fmt: skip
    from autograder.ownkey import NoKey
    from localcloud.load.driver import LoadFailed
    from localcloud.load.rush import Scale

    seed = new_seed() if seed is None else seed
    scale = Scale(messages, seconds, partitions, throughput)
    ensure_parts()
    try:
        report = asyncio.run(_run(key, seed, scale, flat_out, daily=daily, quiet=as_json))
    except (LoadFailed, NoKey) as error:
        raise click.ClickException(str(error)) from error
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    if as_json:
        click.echo(json.dumps({"seed": seed, "key": key, **dataclasses.asdict(report)}, indent=2))
    else:
        from localcloud.load.report import text_of

        click.echo(text_of(report))
        click.echo("\n" + _("The same load again: camp load {key} --seed {seed}").format(key=key, seed=seed))
    raise SystemExit(CHECKS_FAILED if report.lost else 0)


async def _run(key: str, seed: int, scale: "Scale", flat_out: int | None, *, daily: bool, quiet: bool) -> "Report":
    from localcloud.load.rush import SERVICE, START, account_at, rush
    from localcloud.load.town import Town

    said = Town.of(seed).messages(scale.messages, START, scale.seconds, daily=daily)
    paths, policy, documents = _documents(key, said)
    async with account_at(localcamp.url_of(SERVICE)) as opened:
        with nullcontext(None) if quiet else _Shown(len(documents)) as shown:
            return await rush(
                opened, "rush", paths, said, documents,
                scale=scale, indexing_policy=policy, progress=shown, flat_out=flat_out,
            )  # fmt: skip


def _documents(key: str, said: list[dict[str, str]]) -> tuple[tuple[str, ...], Any, list[dict[str, Any]]]:
    from autograder.ownkey import own_key
    from localcloud.load.designs import design

    if Path(key).is_dir() or key.endswith(OWN):
        own = own_key(Path(key.removesuffix(OWN) or "."), said)
        return own.paths, own.indexing_policy, own.documents
    chosen = design(key)
    return chosen.paths, None, [chosen.document(one) for one in said]


class _Shown:
    """Progress in the terminal, and on standard error only."""

    def __init__(self, documents: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._progress.add_task(_("written"), total=documents)
        self._counts: Counter[int] = Counter()

    def __enter__(self) -> "_Shown":
        self._progress.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._progress.stop()

    def __call__(self, attempt: "Attempt") -> None:
        self._counts[attempt.status] += 1
        words = _("written; {refused} answers with 429").format(refused=self._counts[429])
        self._progress.update(self._task, completed=self._counts[201], description=words)
