"""A batch as a grading leaves one, hostile names and texts in it, without a grading."""

from dataclasses import replace

from autograder.grading import batch
from autograder.grading.batch import Row
from autograder.grading.grade import Graded, fault, not_checked
from autograder.grading.marks import Mark
from autograder.grading.roster import Person
from autograder.lab import Lab, find_lab
from autograder.verdict import FAILED, PASSED, CheckResult, Verdict

SEED = 11
MARKUP = "the answer <script>alert(1)</script>\n![x](javascript:alert(1))"
COMMAND = "=cmd|'/C calc'!A0"


def graded(lab: Lab, failed: dict[str, str], number: int = 1) -> Graded:
    """A verdict in which these checks failed, each with what was seen."""
    results = [
        CheckResult(
            check.id,
            lab.title_of(check.id),
            FAILED if check.id in failed else PASSED,
            0 if check.id in failed else check.points,
            check.points,
            0.1 * number,
            *(("POST /api", failed[check.id], "another answer", "Look again.") if check.id in failed else ()),
        )
        for check in lab.checks
    ]
    return Graded(Verdict.of_results(lab.name, SEED, results))


MISSING = [Person("mei", first_name="Mei", last_name="=Lin()", email="mei@example.org")]


def marks() -> list[Mark]:
    """The rows; one of them was late and has a name, one is not on the roster."""
    found = [Mark(row) for row in rows()]
    found[2] = replace(found[2], penalty=2.5, name="Zoë Ångström", told=("Taken off for being late: 2.5.",))
    found[4] = replace(found[4], extra=1.0, told=("Not on the roster.",))
    return found


def rows() -> list[Row]:
    lab = find_lab("1")
    everything = {check.id: "nothing" for check in lab.checks}
    return [
        Row("<script>alert(1)</script>", graded(lab, {"1.2": MARKUP}), batch.TO_GRADE),
        Row(COMMAND, graded(lab, {}), batch.ANSWERED, 1.5, lms="moodle:4711"),
        Row(
            "Zoë Ångström 12", graded(lab, {"1.3": "status 500 after 'abc'"}, 2), batch.NO_ANSWER, 0.0, lms="canvas:12"
        ),
        Row("山田 太郎 13", graded(lab, {"1.3": "status 404 after 'xyz'"}, 7), batch.ANSWERED, 2.0, lms="canvas:13"),
        Row("bob", graded(lab, everything), batch.NO_ANSWER, 0.0),
        Row("broken 5", fault(lab, SEED, OSError("the disk")), lms="moodle:5"),
        Row("none 6", not_checked(lab, SEED, "There is no app in the submission."), batch.TO_REVIEW, 1, lms="moodle:6"),
    ]
