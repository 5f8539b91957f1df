"""`camp course export`: a whole course's grades."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autograder.lab import labs
from localcloud.messages import _, ngettext

from . import CampError, lab_named
from .course import FOLDER, course_in, course_option

if TYPE_CHECKING:
    from autograder.grading.exporting import Exported


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
    chosen = [lab_named(one) for one in wanted] or [lab for lab in labs() if course.students(lab.name)]
    if not chosen:
        raise click.UsageError(_("Nobody has been graded yet: camp course grade FOLDER."))
    try:
        with gradebook.alone(course):
            done = write_all(course, chosen, rules(course), out or course.exports())
    except ListError as error:
        raise click.UsageError(str(error)) from error
    except (CourseError, gradebook.GradebookError) as error:
        raise CampError(str(error)) from error
    for path in done.files:
        click.echo(path)
    for line in missing_from(done):
        click.echo(line, err=True)


def missing_from(done: "Exported") -> Iterator[str]:
    """A line for each thing that is not in what was written."""
    if done.waits:
        yield ngettext(
            "1 reflection is still to be graded: camp course open.",
            "{count} reflections are still to be graded: camp course open.",
            done.waits,
        )
    if done.faults:
        yield ngettext(
            "1 has no grade, for a fault of ours: camp course grade tries it again.",
            "{count} have no grade, for a fault of ours: camp course grade tries them again.",
            done.faults,
        )
    for system, file in (("Moodle", "moodle.csv"), ("Canvas", "canvas.csv")):
        if not any(path.name == file for path in done.files):
            words = _(
                "No {file}: nobody's number in {system} is known. Its bulk download has it, or lms in roster.csv."
            )
            yield words.format(file=file, system=system)
