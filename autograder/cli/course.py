"""`camp course`: the life of a class, from its folder to its grades. What it shares with `camp` is one command."""

from pathlib import Path
from typing import Any

import click

from autograder.lab import LabError, labs
from localcloud.messages import _, ngettext

from . import CampError, Commands, lab_named

FOLDER = click.Path(path_type=Path, file_okay=False)
course_option = click.option(
    "--course", "folder", type=FOLDER, help=_("The course's folder; default: this folder if it is one, else ./course.")
)


class Verbs(Commands):
    """What can be done with a course, in the order in which it is done."""

    modules = {  # noqa: RUF012
        "new": "autograder.cli.course",
        "roster": "autograder.cli.roster",
        "release": "autograder.cli.release",
        "workflow": "autograder.cli.workflow",
        "collect": "autograder.cli.collect",
        "grade": "autograder.cli.grade",
        "open": "autograder.cli.course",
        "feedback": "autograder.cli.feedback",
        "export": "autograder.cli.export",
    }
    attributes = {"open": "open_course"}  # noqa: RUF012


@click.command(
    cls=Verbs,
    short_help=_("Everything about a class: lay out, collect, grade, export."),
    help=_("A course is nbgrader's folder of one class: labs, roster, submissions, gradebook, feedback."),
)
def course() -> None:
    pass


@click.command(help=_("Lay out a course (default: ./course). What is there is kept; labs that are missing are added."))
@click.argument("folder", type=FOLDER, default="course")
def new(folder: Path) -> None:
    from autograder.grading.course import CourseError
    from autograder.grading.newcourse import new as lay_out

    try:
        added = lay_out(folder, labs())
    except LabError as error:
        raise CampError(str(error)) from error
    except CourseError as error:
        raise click.UsageError(str(error)) from error
    click.echo(f"{folder}: " + ngettext("1 file added.", "{count} files added.", len(added)))
    click.echo(
        _("Next: deadlines in course.toml and names in roster.csv, if you want them; then camp course release LAB.")
    )


@click.command(
    "open",
    short_help=_("Open formgrader, to grade what was written by hand."),
    help=_(
        "Open nbgrader's formgrader on the submissions of LAB (default: the lab that was graded last), to grade what "
        "was written by hand. Ctrl-C ends it."
    ),
)
@click.argument("lab", required=False)
@course_option
@click.option("--browser/--no-browser", default=True, help=_("Whether to open it in your browser."))
def open_course(lab: str | None, folder: Path | None, browser: bool) -> None:
    from autograder.grading import formgrader

    from .cloud import open_browser

    def opened(url: str) -> None:
        click.echo(_("Formgrader is ready: {url}").format(url=url))
        if browser:
            open_browser(url)

    course = course_in(folder)
    chosen = lab_named(lab).name if lab else course.graded_last()
    try:
        formgrader.run(course, chosen, opened)
    except formgrader.FormgraderFailed as error:
        raise CampError(str(error)) from error
    click.echo(_("Formgrader has ended."))


def course_in(folder: Path | None) -> Any:
    """The course to work in; a usage error when there is none."""
    from autograder.grading.course import CourseError, find

    try:
        return find(folder)
    except CourseError as error:
        raise click.UsageError(str(error)) from error
