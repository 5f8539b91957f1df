"""`camp feedback`: what each learner gets back, made by nbgrader."""

import sys
from pathlib import Path

import click

from localcloud.messages import _

from . import BROKEN, CampError
from .course import course_in, course_option, lab_in


@click.command(
    short_help=_("Make each learner's feedback page."),
    help=_("Make each learner's feedback page in the course's feedback/ folder, with nbgrader."),
)
@click.argument("lab")
@course_option
def feedback(lab: str, folder: Path | None) -> None:
    from autograder.grading import gradebook
    from autograder.grading.course import CourseError

    course = course_in(folder)
    chosen = lab_in(lab)
    try:
        with gradebook.alone(course):
            made = gradebook.feedback(course, chosen)
    except (CourseError, gradebook.GradebookError) as error:
        raise CampError(str(error)) from error
    if not made:
        raise click.UsageError(_("Nobody has been graded yet: camp grade FOLDER."))
    for student, why in made.items():
        click.echo(why or course.feedback(chosen.name, student), err=why is not None)
    sys.exit(BROKEN if any(made.values()) else 0)
