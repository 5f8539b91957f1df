"""`camp bench`: the figures that the project promises, measured on this machine."""

import importlib
import json
import os
import platform
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from autograder import project
from localcloud.messages import _

from . import CHECKS_FAILED, CampError

COSMOS_PARTS = {f"cosmos_{part}" for part in ("durability", "fill", "load", "servers", "wire")}
GRADE_PARTS = {"grade_dask", "grade_mixed", "grade_notebooks", "grade_resume", "grading_class"}
NOT_BENCHMARKS = {"__init__", "figure", "measuring", "sandbox_camp", "verdicts"} | COSMOS_PARTS | GRADE_PARTS


def names(folder: Path) -> list[str]:
    """The benchmarks in `folder`: every module that is not shared by them."""
    return sorted(path.stem for path in folder.glob("*.py") if path.stem not in NOT_BENCHMARKS)


def measure(name: str) -> list[Any]:
    """Runs one benchmark; returns its figures."""
    click.echo(_("Measuring {name} ...").format(name=name), err=True)
    figures: list[Any] = importlib.import_module(f"benchmarks.{name}").run()
    return figures


def machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


def table_of(figures: list[Any]) -> Table:
    table = Table(title=machine())
    for heading in (_("what"), _("measured"), _("reach"), ""):
        table.add_column(heading)
    for figure in figures:
        table.add_row(
            figure.name,
            f"{figure.value:,.2f} {figure.unit}",
            f"{figure.comparison} {figure.reach:,g} {figure.unit}",
            "[green]ok[/]" if figure.ok else "[red]" + _("missed") + "[/]",
        )
    return table


@click.command(
    short_help=_("Measure what the project promises."),
    help=_("Measure what the project promises: all benchmarks, or the one named."),
)
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help=_("Print JSON."))
def bench(name: str | None, as_json: bool) -> None:
    folder = project.root() / "benchmarks"
    known = names(folder)
    if not known:
        raise CampError(_("There are no benchmarks in {folder}. Run this in a clone.").format(folder=folder))
    if name and name not in known:
        raise click.UsageError(
            _("No benchmark is called {name}. There are: {known}.").format(name=name, known=", ".join(known))
        )
    sys.path.insert(0, str(project.root()))
    figures = [figure for one in ([name] if name else known) for figure in measure(one)]
    if as_json:
        rows = [{**vars(figure), "ok": figure.ok} for figure in figures]
        click.echo(json.dumps({"machine": machine(), "figures": rows}, indent=2))
    else:
        Console().print(table_of(figures))
    sys.exit(0 if all(figure.ok for figure in figures) else CHECKS_FAILED)
