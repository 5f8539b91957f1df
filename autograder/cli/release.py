"""`camp release`: the student's version of a lab, made by nbgrader."""

from pathlib import Path

import click

from localcloud.messages import _

from . import CampError, lab_named
from .course import course_in, course_option


@click.command(
    short_help=_("Make the student's version of a lab."),
    help=_("Make the student's version of a lab in the course's release/ folder, with nbgrader."),
)
@click.argument("lab")
@course_option
def release(lab: str, folder: Path | None) -> None:
    from autograder.grading import gradebook
    from autograder.grading.course import CourseError

    course = course_in(folder)
    chosen = lab_named(lab)
    try:
        with gradebook.alone(course):
            made = gradebook.release(course, chosen)
    except (CourseError, gradebook.GradebookError) as error:
        raise CampError(str(error)) from error
    click.echo(_("Give this folder to your students: {folder}").format(folder=made))
