"""`camp check`: what of a lab works, what does not, and what to try next."""

import json
import os
import shlex
import sys
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autograder import localcamp, project
from autograder.kinds import notes_of
from autograder.lab import Check, Lab, LabError, find_check, find_lab, labs
from autograder.progress import Progress, whats_next
from autograder.verdict import ERRORED, FAILED, Verdict
from autograder.workspace import WorkspaceError
from localcloud import trials
from localcloud.messages import _

from . import BROKEN, CHECKS_FAILED, OK, CampError, ensure_extras, ensure_parts, explained

if TYPE_CHECKING:
    from rich.console import Console

    from autograder.hardship import Hardship


@click.command(
    help=_(
        "Check a lab, or one check of it. LAB is a number, a slug or a folder's name; by default the lab that was "
        "opened last. For example: camp check 1, camp check 1.4"
    )
)
@click.argument("lab", required=False)
@click.argument("check", required=False, metavar="[CHECK]")
@click.option("--app", type=click.Path(path_type=Path), help=_("The app's folder; default: work/<lab>."))
@click.option("--seed", type=click.IntRange(min=0), help=_("Check with the inputs of an earlier run."))
@click.option("--json", "as_json", is_flag=True, help=_("Print the verdict as JSON, and nothing else."))
@click.option("--sandbox", "boxed", is_flag=True, help=_("Run the app in the sandbox that 'camp grade' uses."))
@click.option("--cold", is_flag=True, help=_("In the sandbox, start a fresh interpreter for every worker."))
@click.option("--workers", type=click.IntRange(1, 8), default=1, help=_("At least so many workers in every check."))
@click.option(
    "--recycle", is_flag=True, help=_("Stop each worker after its current request and start a new one, all the time.")
)
@click.option(
    "--github", is_flag=True, help=_("In a step of a GitHub workflow: write its summary, and the result for Classroom.")
)
def check(
    lab: str | None,
    check: str | None,
    app: Path | None,
    seed: int | None,
    as_json: bool,
    boxed: bool,
    cold: bool,
    workers: int,
    recycle: bool,
    github: bool,
) -> None:
    from autograder.hardship import Hardship

    if cold and not boxed:
        raise click.UsageError(_("--cold is about the sandbox: --sandbox --cold."))
    chosen, one = selection(lab, check)
    folder = folder_for(chosen, app)
    ids = [one.id] if one else None
    hardship = Hardship(workers, recycle)
    ensure_parts()
    ensure_extras(chosen)
    for note in notes_of(chosen, folder):
        click.echo(note, err=True)
    run = partial(checked, chosen, folder, ids, seed, hardship, boxed, cold)
    if github:
        github_files()
        verdict = run()
        tell_github(verdict, chosen)
    elif as_json:
        verdict = run()
        click.echo(json.dumps(verdict.to_json(), ensure_ascii=False, indent=2))
    else:
        from rich.console import Console

        with Console(stderr=True).status(_("Checking {lab} ...").format(lab=chosen.name)):
            verdict = run()
        show(verdict, Console(highlight=False), chosen, one, app, hardship)
    record(verdict, chosen, folder)
    if verdict.passed and not (as_json or github):
        tell_next(chosen, folder)
    sys.exit(exit_code(verdict))


def checked(
    lab: Lab, folder: Path, ids: list[str] | None, seed: int | None, hardship: "Hardship", boxed: bool, cold: bool
) -> Verdict:
    """Runs the checks, in the sandbox if so wanted, with fresh interpreters in it if it is to be cold."""
    from autograder.keeping import keeper
    from autograder.runner import run_checks
    from autograder.sandbox import Sandbox, SandboxUnavailable

    try:
        with Sandbox(warm=not cold) if boxed else nullcontext() as sandbox:
            return run_checks(lab, folder, ids, seed, sandbox=sandbox, hardship=hardship, keep=keeper(lab))
    except SandboxUnavailable as error:
        raise CampError(str(error)) from error


def selection(lab: str | None, check: str | None) -> tuple[Lab, Check | None]:
    """The lab and the check that the arguments name; a lone `1.4` names both."""
    try:
        labs()
        wanted = lab or localcamp.remembered_lab(project.state())
    except (LabError, WorkspaceError) as error:
        raise CampError(str(error)) from error
    try:
        if check is None and "." in wanted:
            return find_check(wanted)
        found = find_lab(wanted)
        return found, found.check(check) if check else None
    except LabError as error:
        raise click.UsageError(str(error)) from error


def folder_for(lab: Lab, app: Path | None) -> Path:
    """The folder of the app to check, which must be there."""
    folder = app or lab.work
    if folder.is_dir():
        return folder
    if app:
        raise click.UsageError(_("There is no folder {folder}.").format(folder=app))
    raise click.UsageError(
        _("There is no folder {folder}. 'camp up --lab {number}' lays it out; --app names another one.").format(
            folder=folder, number=lab.number
        )
    )


def show(
    verdict: Verdict, console: "Console", lab: Lab, one: Check | None, app: Path | None, hardship: "Hardship"
) -> None:
    """Prints a verdict for a person."""
    from autograder import report

    title = _("Lab {number}: {title}").format(number=lab.number, title=lab.title)
    report.show(verdict, console, title, replay_of(verdict, one.id if one else str(lab.number), app, hardship))
    if FAILED in verdict.outcomes():
        show_traces(console, one)


def show_traces(console: "Console", one: Check | None) -> None:
    """Prints what happened in the cloud of `one` failed check as a timeline, and where all of it is to be seen."""
    from rich.text import Text

    from autograder import keeping
    from autograder.drawing import drawing_of_trial

    trial = trials.read(keeping.folder(), one.id) if one else None
    if trial and (drawing := drawing_of_trial(trial)):
        console.print(Text(_("Timeline of this check:"), "dim"))
        console.print(Text(drawing.text), soft_wrap=True)
    portal = localcamp.ledger().entries().get("portal")
    if portal and portal.alive:
        console.print(Text(_("Log, deliveries and timeline of each failure:"), "dim"))
        console.print(Text(f"  {portal.url}checks", "dim"), soft_wrap=True)


def github_files() -> None:
    from autograder import classroom

    try:
        classroom.files(os.environ)
    except classroom.NotGitHub as error:
        raise click.UsageError(str(error)) from error


def tell_github(verdict: Verdict, lab: Lab) -> None:
    """Writes the files of a workflow's step. The log gets nothing that an app said: a line of it could be a command."""
    from autograder import classroom, report

    title = _("Lab {number}: {title}").format(number=lab.number, title=lab.title)
    classroom.tell(verdict, title, os.environ)
    click.echo(report.total(verdict))


def replay_of(verdict: Verdict, what: str, app: Path | None, hardship: "Hardship | None" = None) -> str:
    """The command that runs a lab or a check again, with the same inputs and as hard."""
    options = [*(["--app", str(app)] if app else []), "--seed", str(verdict.seed)]
    options += ["--workers", str(hardship.workers)] if hardship and hardship.workers > 1 else []
    options += ["--recycle"] if hardship and hardship.recycling else []
    return shlex.join(["camp", "check", what, *options])


def record(verdict: Verdict, lab: Lab, folder: Path) -> None:
    """Remembers what came out, when it was the learner's own app that was checked."""
    if not is_own(lab, folder):
        return
    try:
        progress().record(verdict)
    except OSError as error:
        click.echo(_("Your progress could not be kept: {why}").format(why=explained(error)), err=True)


def tell_next(lab: Lab, folder: Path) -> None:
    """Says what comes after a lab that the learner has finished in `folder`."""
    if is_own(lab, folder) and (words := whats_next(lab, progress().lab(lab.name))):
        click.echo("\n" + words)


def is_own(lab: Lab, folder: Path) -> bool:
    """Whether this is the learner's own app of the lab, whose progress is kept."""
    return folder.resolve() == lab.work.resolve()


def progress() -> Progress:
    return Progress(project.state(), lambda text: click.echo(text, err=True))


def exit_code(verdict: Verdict) -> int:
    if ERRORED in verdict.outcomes():
        return BROKEN
    return OK if verdict.passed else CHECKS_FAILED
