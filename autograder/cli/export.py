"""`camp course export`: a whole course's grades."""

from pathlib import Path

import click

from autograder.lab import labs
from localcloud.messages import _

from . import CampError
from .course import FOLDER, course_in, course_option, lab_in


@click.command(
    short_help=_("Write the grades of the whole course."),
    help=_(
        "Write the grades of all labs into the course's exports/: course.csv (one line for each student), nbgrader.csv "
        "(nbgrader's own export), and for each lab a table, JSON, and files for Moodle and Canvas."
    ),
)
@course_option
@click.option("--lab", "wanted", metavar="LAB", multiple=True, help=_("Only this lab; may be given again."))
@click.option("--out", type=FOLDER, help=_("Another folder; default: exports/ in the course."))
def export(folder: Path | None, wanted: tuple[str, ...], out: Path | None) -> None:
    from autograder.grading import gradebook
    from autograder.grading.course import CourseError
    from autograder.grading.exporting import export as write_all
    from autograder.grading.listed import ListError
    from autograder.grading.rules import rules

    course = course_in(folder)
    chosen = [lab_in(one) for one in wanted] or [lab for lab in labs() if course.students(lab.name)]
    if not chosen:
        raise click.UsageError(_("Nobody has been graded yet: camp grade FOLDER."))
    try:
        with gradebook.alone(course):
            done = write_all(course, chosen, rules(course), out or course.exports())
    except ListError as error:
        raise click.UsageError(str(error)) from error
    except (CourseError, gradebook.GradebookError) as error:
        raise CampError(str(error)) from error
    for path in done.files:
        click.echo(path)
    if done.waits:
        click.echo(
            _("{count} reflections are still to be graded: camp course open.").format(count=done.waits), err=True
        )
    if done.faults:
        words = _("{count} have no grade, for a fault of ours: camp grade tries them again.")
        click.echo(words.format(count=done.faults), err=True)
