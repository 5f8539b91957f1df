"""`camp grade`: a folder of submissions, graded into the course's gradebook."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autograder.lab import lab_names
from localcloud import extras
from localcloud.messages import _

from . import BROKEN, OK, CampError, ensure_extras, ensure_parts, lab_named
from .course import course_in, course_option
from .gauge import gauge
from .outcome import Outcome

if TYPE_CHECKING:
    from autograder.grading.batch import Plan
    from autograder.grading.course import Course
    from autograder.grading.grade import Graded
    from autograder.lab import Lab


@click.command(
    short_help=_("Grade submissions into the gradebook."),
    help=_(
        "Grade SUBMISSIONS into the course's gradebook; without SUBMISSIONS, what 'camp course collect' has taken in. "
        "They may be a folder of zips that 'camp submit' packed (alice.zip, or "
        "alice_<lab>-20261124-101500.zip), of tarballs or of folders, nbgrader's submitted/, the zip of Moodle's "
        "or Canvas's bulk download, or a CSV file with the columns student and source (a git URL or a path)."
    ),
)
@click.argument(
    "submissions", metavar="[SUBMISSIONS]", required=False, type=click.Path(path_type=Path, exists=True), default=None
)
@click.option("--lab", "wanted", metavar="LAB", help=_("The lab; needed where the course has more than one."))
@course_option
@click.option("--seed", type=click.IntRange(min=0), help=_("The checks' inputs; default: those of the last time."))
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help=_("How many to grade at once; default: 5 for each core, or one where a lab's checks keep a core busy."),
)
@click.option(
    "--timeout",
    "seconds",
    type=click.FloatRange(min=1),
    metavar="SECONDS",
    help=_(
        "What takes longer is ended, and reported as a time-out; default: 300, or more where a lab's checks need it."
    ),
)
@click.option(
    "--dask",
    metavar="ADDRESS",
    help=_("Grade on the Dask cluster whose scheduler is there, such as tcp://10.0.0.5:8786; docs/cluster.md."),
)
@click.option("--resume", is_flag=True, help=_("Go on where grading was stopped. It does so anyhow."))
@click.option("--regrade", is_flag=True, help=_("Make known verdicts again."))
@click.option("--json", "as_json", is_flag=True, help=_("Print what came out as JSON, and nothing else."))
@click.option("--trusted", is_flag=True, help=_("Grade without the sandbox: the apps can do what you can do."))
@click.option("--cold", is_flag=True, help=_("Start a fresh interpreter for every worker: slower, same verdicts."))
def grade(
    submissions: Path | None,
    wanted: str | None,
    folder: Path | None,
    seed: int | None,
    workers: int | None,
    seconds: float | None,
    dask: str | None,
    resume: bool,
    regrade: bool,
    as_json: bool,
    trusted: bool,
    cold: bool,
) -> None:
    if trusted and cold:
        raise click.UsageError(_("--cold is about the sandbox, without which --trusted grades."))
    from autograder.grading import gradebook, pool, record
    from autograder.grading.batch import Plan

    course = course_in(folder)
    lab = lab_named(wanted or only_lab())
    with extras.never_installing(), problems_told(), gradebook.alone(course):
        ensure_parts()
        ensure_extras(lab)
        if not course.released_notebook(lab.name).is_file():
            gradebook.release(course, lab)
        seed = record.seed_for(course, lab, seed)
        _say_first(lab.name, seed, trusted)
        workers = workers or pool.usual_workers(lab.busy)
        seconds = seconds or max(pool.SECONDS, lab.wall_seconds + pool.SECONDS_TO_START)
        plan = Plan(seed, workers, seconds, regrade, trusted, dask, cold)
        outcome = outcome_of(course, lab, submissions, plan)
    if outcome is None:
        raise _nothing_in(submissions)
    if as_json:
        outcome.as_json()
    else:
        outcome.show()
    sys.exit(BROKEN if outcome.broken else OK)


def outcome_of(course: "Course", lab: "Lab", submissions: Path | None, plan: "Plan") -> Outcome | None:
    """Grades them, settles the course and writes the report; None when there is nothing to grade."""
    from autograder.grading import attempts, batch, enrolment, gradebook_state, reports
    from autograder.grading.marks import marked, missing
    from autograder.grading.rules import rules

    with gauge(attempts.expected(course, lab, submissions), _say) as say:
        rows = batch.grade_all(course, lab, submissions, plan, say)
    found = rules(course)
    if not rows:
        return None
    if not found.silent:
        enrolment.settle(course)
    marks, absent = marked(rows, found, gradebook_state.standings(course, lab)), missing(course, lab, found)
    return Outcome(lab, plan.seed, marks, absent, reports.write_reports(course, lab, marks, plan.seed, absent))


@contextmanager
def problems_told() -> Iterator[None]:
    """What stands in the way of grading, said as the command's own error."""
    from autograder.grading.cluster import ClusterProblem
    from autograder.grading.course import CourseError
    from autograder.grading.gradebook import GradebookError
    from autograder.grading.listed import ListError
    from autograder.grading.unpacking import Refused
    from autograder.sandbox import SandboxUnavailable

    try:
        yield
    except SandboxUnavailable as error:
        words = _("Nothing was graded. If you trust everybody who handed in, --trusted grades without a sandbox.")
        raise CampError(f"{error}\n{words}") from error
    except (CourseError, ClusterProblem, GradebookError) as error:
        raise CampError(str(error)) from error
    except (ListError, Refused) as error:
        raise click.UsageError(str(error)) from error


def _nothing_in(submissions: Path | None) -> click.UsageError:
    if submissions is None:
        words = _("Nothing was collected yet: camp course collect SOURCE, or camp course grade SUBMISSIONS.")
        return click.UsageError(words)
    return click.UsageError(_("There is no submission in {path}.").format(path=submissions))


def only_lab() -> str:
    known = lab_names()
    if len(known) == 1:
        return known[0]
    raise click.UsageError(_("Which lab? --lab names one of {known}.").format(known=", ".join(known) or "-"))


def _say_first(lab: str, seed: int, trusted: bool) -> None:
    click.echo(_("Grading {lab}, seed {seed}.").format(lab=lab, seed=seed), err=True)
    if trusted:
        words = _("Apps run without a sandbox: whoever handed them in could reach what you can reach on this machine.")
        click.echo(words, err=True)


def _say(student: str, graded: "Graded") -> None:
    points = _("fault") if graded.broken else f"{graded.verdict.points}/{graded.verdict.of}"
    click.echo(f"  {points:>5}  {student}  {graded.reason or ''}".rstrip(), err=True)
