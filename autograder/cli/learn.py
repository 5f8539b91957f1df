"""`camp hint`, `camp reveal` and `camp progress`: a step further, the way it can be done, and how far one has come."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from autograder import project, starters, workspace
from autograder.lab import Lab, LabError, find_check, labs
from autograder.progress import LabProgress
from autograder.report import STYLES, SYMBOLS, hint_text
from localcloud.messages import _, ngettext

from . import CampError, lab_named
from .check import progress as progress_file

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text


@click.command(
    short_help=_("Show a hint for a check; each time one that says more."),
    help=_("Show a hint for a check (camp hint 1.4); each time one that says more."),
)
@click.argument("check")
def hint(check: str) -> None:
    try:
        lab, found = find_check(check)
    except LabError as error:
        raise click.UsageError(str(error)) from error
    click.echo(f"{found.id} {lab.title_of(found.id)}")
    number = progress_file().next_hint(lab.name, found.id, len(found.hints))
    click.echo(hint_text(found.hints, number))


@click.command(help=_("Put a lab's solution into work/<lab>. What was there is kept as a zip."))
@click.argument("lab")
@click.option("--yes", is_flag=True, help=_("Do not ask."))
def reveal(lab: str, yes: bool) -> None:
    found = lab_named(lab)
    if not found.solution.is_dir():
        raise CampError(_("The solution of {lab} is not there.").format(lab=found.name))
    if not yes:
        click.confirm(_("Replace your app in work/{lab} by the solution?").format(lab=found.name), abort=True)
    kept = workspace.back_up(found.name)
    put_solution(found)
    progress_file().reveal(found.name)
    click.echo(
        _("The solution is in work/{lab}. 'camp check {number}' checks it.").format(lab=found.name, number=found.number)
    )
    if kept:
        click.echo(_("What was there is in {path}").format(path=kept.relative_to(project.root())))


def put_solution(lab: Lab) -> None:
    """Copies the solution's own app files over those in `work/<lab>/`."""
    for file in starters.solution_files(lab.solution):
        place = lab.work / file
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(revealed_file(lab.solution / file))


def revealed_file(path: Path) -> bytes:
    cut = path.suffix in starters.CUT
    return starters.revealed(path.read_text("utf-8"), str(path)).encode() if cut else path.read_bytes()


@click.command(
    short_help=_("Show how far you have come."),
    help=_(
        "Show how far you have come: points, attempts and hints of every check. --export keeps it in a file, and "
        "--import adds it to another camp's, as after a restart of Binder."
    ),
)
@click.option("--export", "target", type=click.Path(path_type=Path), metavar="FILE", help=_("Write it to FILE."))
@click.option(
    "--import",
    "source",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help=_("Add what --export wrote to FILE; the better outcome of each check counts."),
)
def progress(target: Path | None, source: Path | None) -> None:
    if source:
        import_progress(source)
    if target:
        target.write_text(progress_file().exported(), "utf-8")
        click.echo(_("Your progress is in {path}. Keep it, then: camp progress --import FILE").format(path=target))
    if not source and not target:
        show_progress()


def import_progress(source: Path) -> None:
    try:
        progress_file().import_text(source.read_text("utf-8"))
    except ValueError as error:
        raise click.UsageError(f"{source}: {error}") from error
    click.echo(_("The progress in {path} is added to yours.").format(path=source))


def show_progress() -> None:
    from rich.console import Console
    from rich.text import Text

    try:
        known = labs()
    except LabError as error:
        raise CampError(str(error)) from error
    file = progress_file()
    console = Console(highlight=False)
    for lab in known:
        console.print(table_of(lab, file.lab(lab.name)))
    points = sum(file.lab(lab.name).points for lab in known)
    console.print(
        Text(_("{points} of {of} points.").format(points=points, of=sum(lab.points for lab in known)), "bold")
    )
    if shown := sum(file.lab(lab.name).revealed_points for lab in known):
        revealed = ngettext("1 point", "{count} points", shown)
        console.print(_("Counted apart: {points}, earned with a revealed solution.").format(points=revealed))


def table_of(lab: Lab, known: LabProgress) -> "Table":
    """One lab's progress as a table, a row for each check."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    title = _("Lab {number}: {title}").format(number=lab.number, title=lab.title)
    table = Table(title=Text(title + (_(" (revealed)") if known.revealed else ""), "bold"), box=box.SIMPLE)
    for name in (_("check"), "", _("points"), _("attempts"), _("hints")):
        table.add_column(name, justify="left" if name in ("", _("check")) else "right")
    for check in lab.checks:
        done = known.check(check.id)
        table.add_row(
            mark_of(check.id, done.outcome),
            Text(lab.title_of(check.id)),
            f"({done.points})/{check.points}" if done.revealed else f"{done.points}/{check.points}",
            str(done.attempts),
            f"{done.hints}/{len(check.hints)}",
        )
    if known.predictions:
        table.caption = Text(_("You predicted {letters}.").format(letters=", ".join(known.predictions)))
    return table


def mark_of(id: str, outcome: str | None) -> "Text":
    from rich.text import Text

    return Text(f"{SYMBOLS[outcome] if outcome else ' '} {id}", STYLES[outcome] if outcome else "")
