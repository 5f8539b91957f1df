"""`camp feedback`: what each learner gets back, made by nbgrader and by the camp."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from localcloud.messages import _, ngettext

from . import BROKEN, CampError, lab_named
from .course import course_in, course_option

if TYPE_CHECKING:
    from autograder.grading.course import Course
    from autograder.grading.rules import Rules
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
    from autograder.grading import enrolment, gradebook, gradebook_state, roster
    from autograder.grading.course import CourseError
    from autograder.grading.feedback import PAGE
    from autograder.grading.listed import ListError
    from autograder.grading.rules import rules

    course = course_in(folder)
    chosen = lab_named(lab)
    if lang and not roster.language_of(lang):
        raise click.UsageError(_("{code} is no code of a language.").format(code=lang))
    try:
        with gradebook.alone(course):
            found = rules(course)
            if not found.silent:
                enrolment.settle(course)
            taken = {student: one.penalty for student, one in gradebook_state.standings(course, chosen).items()}
            made: dict[str, str | None] = {}
            waits = 0
            for one in gradebook.feedback(course, chosen):
                made[one["student"]] = _made(course, chosen, one, lang, found, taken.get(one["student"], 0.0))
                waits += bool((one["given"] or {}).get("waits"))
    except ListError as error:
        raise click.UsageError(str(error)) from error
    except (CourseError, gradebook.GradebookError) as error:
        raise CampError(str(error)) from error
    if not made:
        raise click.UsageError(_("Nobody has been graded yet: camp course grade FOLDER."))
    for student, why in made.items():
        page = course.feedback(chosen.name, student).with_name(PAGE)
        click.echo(f"{student}: {why}" if why else page, err=why is not None)
    if waits:
        click.echo(still_to_be_graded(waits), err=True)
    sys.exit(BROKEN if any(made.values()) else 0)


def still_to_be_graded(reflections: int) -> str:
    """The warning to whoever gives feedback before every reflection is graded."""
    return ngettext(
        "1 reflection is still to be graded, and its feedback says so: camp course open.",
        "{count} reflections are still to be graded, and their feedback says so: camp course open.",
        reflections,
    )


def _made(
    course: "Course", lab: "Lab", found: dict[str, Any], lang: str | None, rules: "Rules", penalty: float
) -> str | None:
    """Writes our pages beside nbgrader's: why that failed, or None."""
    from autograder.grading import record
    from autograder.grading.feedback import Late, Reflection, write_feedback
    from autograder.grading.marks import maximum
    from autograder.grading.times import in_tree

    student = found["student"]
    known = record.known(course, lab, student)
    if known is not None:
        graded = replace(known.graded, notes=(*known.told, *known.graded.notes))
        late = (
            Late(rules.days_late(lab.name, student, in_tree(course, lab.name, student)), penalty) if penalty else None
        )
        language = lang or rules.roster.person(student).language
        given = Reflection(**found["given"] or {})
        write_feedback(course, lab, student, graded, given, language, late, maximum(lab))
    return None if found["ok"] else str(found["why"])
