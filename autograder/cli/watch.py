"""`camp watch`: checks at every save."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autograder import project
from autograder.kinds import notes_of, version_of
from autograder.lab import Check, Lab
from autograder.verdict import FAILED, Verdict
from localcloud.messages import _

from . import ensure_extras, ensure_parts
from .check import folder_for, record, replay_of, selection, tell_next

if TYPE_CHECKING:
    from autograder.watching import Teller


@click.command(
    short_help=_("Check again at every save."),
    help=_(
        "Check at every save, in a repository at every commit: the first check that does not pass, then the next one, "
        "or only CHECK. Ctrl-C ends it. LAB is a number, a slug or a folder's name; by default the lab that was opened "
        "last."
    ),
)
@click.argument("lab", required=False)
@click.argument("check", required=False, metavar="[CHECK]")
@click.option("--app", type=click.Path(path_type=Path), help=_("The app's folder; default: work/<lab>."))
def watch(lab: str | None, check: str | None, app: Path | None) -> None:
    from autograder import keeping, watching

    chosen, one = selection(lab, check)
    folder = folder_for(chosen, app)
    ensure_parts()
    ensure_extras(chosen)
    words = _("Watching {folder}: every save is checked. Ctrl-C ends it.")
    if commits := version_of(chosen, folder) is not None:
        words = _("Watching {folder}: every commit is checked. Ctrl-C ends it.")
    click.echo(words.format(folder=shown(folder)))
    for note in notes_of(chosen, folder):
        click.echo(note)
    ids = [one.id] if one else [check.id for check in chosen.checks]
    watching.watch(chosen, folder, ids, teller(chosen, one, folder, app, commits), keeping.keeper(chosen))
    click.echo("\n" + _("Watching has ended."))


def shown(folder: Path) -> Path:
    return folder.relative_to(project.root()) if folder.is_relative_to(project.root()) else folder


def teller(lab: Lab, one: Check | None, folder: Path, app: Path | None, commits: bool) -> "Teller":
    """Tells the person at the terminal, and the progress file. With `commits` it waits for those."""
    from rich.console import Console

    from autograder import report
    from autograder.watching import Teller

    console = Console(highlight=False)

    def verdict(found: Verdict) -> None:
        for result in found.checks:
            report.show_check(result, console)
            if result.outcome == FAILED:
                report.show_replay(replay_of(found, result.id, app), found.seed, console)
        record(found, lab, folder)

    def complete(together: Verdict | None) -> None:
        if one:
            console.print(_("{id} passes.").format(id=one.id), style="bold")
            return
        console.print(_("All checks of Lab {number} pass.").format(number=lab.number), style="bold")
        if together:
            console.print(report.total(together))
            record(together, lab, folder)
        tell_next(lab, folder)

    def next(id: str) -> None:
        console.print(_("Next: {id} {title}").format(id=id, title=lab.title_of(id)), style="bold")

    def waiting(id: str) -> None:
        for note in notes_of(lab, folder):
            console.print(note, markup=False, soft_wrap=True)
        now = time.strftime("%H:%M:%S")
        words = _("{time}  Waiting for the next save ({id}) ...")
        if commits:
            words = _("{time}  Waiting for the next commit ({id}) ...")
        console.print(words.format(time=now, id=id), style="dim")

    return Teller(verdict, next, complete, waiting)
