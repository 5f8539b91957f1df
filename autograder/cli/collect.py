"""`camp course collect`: what a class handed in, taken into the course, attempt by attempt."""

import sys
from collections.abc import Callable, Iterator
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

import click

from localcloud.messages import _

from . import BROKEN, OK, CampError, lab_named
from .course import course_in, course_option
from .grade import only_lab

if TYPE_CHECKING:
    from autograder.grading.collected import Taken, When
    from autograder.grading.course import Course
    from autograder.grading.rules import Rules
    from autograder.lab import Lab


@click.command(
    short_help=_("Take in what students handed in, with its time."),
    help=_(
        "Take what students handed in into the course: SOURCE is a folder, nbgrader's submitted/, the zip of Moodle's "
        "or Canvas's bulk download, a CSV file with the columns student and source (a git URL or a path), or with "
        "--url a roster. What is kept already is not taken in again; what is new is a further attempt."
    ),
)
@click.argument("source", type=click.Path(path_type=Path, exists=True))
@click.option("--lab", "wanted", metavar="LAB", help=_("The lab; needed where the course has more than one."))
@course_option
@click.option(
    "--url", "pattern", metavar="URL", help=_("With a roster: where each repository is, such as .../lab-{github}.git.")
)
@click.option(
    "--until",
    metavar="TIME",
    help=_("From repositories: the last commit up to this time, which is what the committer's clock said."),
)
@click.option("--at", metavar="TIME", help=_("When all of it was handed in; default: see docs/grading.md."))
@click.option(
    "--times",
    "table",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help=_("When each was handed in: a CSV file with student and time, or Moodle's grading worksheet."),
)
def collect(
    source: Path,
    wanted: str | None,
    folder: Path | None,
    pattern: str | None,
    until: str | None,
    at: str | None,
    table: Path | None,
) -> None:
    from autograder.grading import gradebook
    from autograder.grading.course import CourseError
    from autograder.grading.gathering import Git
    from autograder.grading.listed import ListError
    from autograder.grading.rules import rules
    from autograder.grading.unpacking import Refused

    course, lab = course_in(folder), lab_named(wanted or only_lab())
    if pattern is not None and not ("{github}" in pattern or "{student}" in pattern):
        raise click.UsageError(_("--url needs {github} or {student} in it, for each one's name."))
    if (pattern or until) and source.suffix.lower() != ".csv":
        raise click.UsageError(_("--url and --until go with a CSV file: a roster, or a list of repositories."))
    try:
        with gradebook.alone(course):
            found = rules(course)
            zone = found.policy.zone
            limit = _time(until, zone, "--until")
            git = Git(pattern, limit.isoformat() if limit else None)
            when = _when(zone, _time(at, zone, "--at"), table)
            exit_code = _tell(_taken(course, lab, source, found, git, when))
    except (CourseError, ListError, Refused) as error:
        raise click.UsageError(str(error)) from error
    except gradebook.GradebookError as error:
        raise CampError(str(error)) from error
    sys.exit(exit_code)


def _taken(course: "Course", lab: "Lab", source: Path, rules: "Rules", git: object, when: "When") -> "Iterator[Taken]":
    from autograder.grading import collected, gathering

    assert isinstance(git, gathering.Git)
    for one in gathering.waiting(source, lab, names=rules.roster.student_of, git=git):
        yield from collected.take_in(course, lab, one, when)


def _when(zone: tzinfo, at: datetime | None, table: Path | None) -> "When":
    from autograder.grading import collected, times

    return collected.When(collected.now(), zone, at, dict(times.listed(table, zone)) if table else None)


def _time(text: str | None, zone: tzinfo, option: str) -> datetime | None:
    from autograder.grading import times

    found = times.of_option(text, zone) if text else None
    if text and found is None:
        raise click.UsageError(
            _("{option}: {text} is no time; one is 2026-12-01 23:59.").format(option=option, text=text)
        )
    return found


def _tell(everything: "Iterator[Taken]", say: Callable[[str], None] = click.echo) -> int:
    new, known, failed, people = 0, 0, 0, set()
    for one in everything:
        people.add(one.student)
        if one.why:
            failed += 1
            click.echo(_("Not collected: {student}: {why}").format(student=one.student, why=one.why), err=True)
        elif one.number is None:
            known += 1
        else:
            new += 1
            say(_("{student}: attempt {number}, {name}").format(student=one.student, number=one.number, name=one.name))
    words = _("Students: {people}. New attempts: {new}; known already: {known}; could not be had: {failed}.")
    say(words.format(people=len(people), new=new, known=known, failed=failed))
    return BROKEN if failed else OK
