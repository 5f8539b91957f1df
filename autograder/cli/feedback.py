"""`camp feedback`: what each learner gets back, made by nbgrader and by the camp."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from localcloud.messages import _

from . import BROKEN, CampError
from .course import course_in, course_option, lab_in

if TYPE_CHECKING:
    from autograder.grading.course import Course
    from autograder.grading.roster import Person
    from autograder.lab import Lab


@click.command(
    short_help=_("Make each learner's feedback."),
    help=_(
        "Make each learner's feedback in the course's folder feedback/STUDENT/LAB/: nbgrader's page, and as "
        "feedback.html and feedback.md the points, what each check saw and expected, and what you gave the reflection."
    ),
)
@click.argument("lab")
@course_option
@click.option("--lang", metavar="CODE", help=_("The language, such as ja; default: the roster's, else yours."))
def feedback(lab: str, folder: Path | None, lang: str | None) -> None:
    from autograder.grading import gradebook, roster
    from autograder.grading.course import CourseError
    from autograder.grading.listed import ListError

    course = course_in(folder)
    chosen = lab_in(lab)
    if lang and not roster.language_of(lang):
        raise click.UsageError(_("{code} is no code of a language.").format(code=lang))
    try:
        with gradebook.alone(course):
            people = roster.people(course)
            made = {
                one["student"]: _made(course, chosen, one, lang or _language(people.get(one["student"])))
                for one in gradebook.feedback(course, chosen)
            }
    except ListError as error:
        raise click.UsageError(str(error)) from error
    except (CourseError, gradebook.GradebookError) as error:
        raise CampError(str(error)) from error
    if not made:
        raise click.UsageError(_("Nobody has been graded yet: camp grade FOLDER."))
    for student, why in made.items():
        click.echo(why or course.feedback(chosen.name, student), err=why is not None)
    sys.exit(BROKEN if any(made.values()) else 0)


def _made(course: "Course", lab: "Lab", found: dict[str, Any], language: str | None) -> str | None:
    """Writes our pages beside nbgrader's: why that failed, or None."""
    from autograder.grading import record
    from autograder.grading.feedback import Reflection, write_feedback

    known = record.known(course, lab, found["student"])
    if known is not None:
        write_feedback(course, lab, known.student, known.graded, Reflection(**found["given"] or {}), language)
    return None if found["ok"] else str(found["why"])


def _language(person: "Person | None") -> str | None:
    return person.language if person else None
