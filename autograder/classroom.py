"""A verdict for GitHub: the summary of a workflow's run, and the result that GitHub Classroom's reporter reads.

What a learner's app said may be in the summary, as text that can be no markup; it is in nothing else, so that it can be
no workflow command either (https://docs.github.com/actions/reference/workflow-commands-for-github-actions).
"""

import base64
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograder.report import SYMBOLS, total
from autograder.verdict import ERRORED, FAILED, PASSED, SKIPPED, CheckResult, Verdict
from localcloud.messages import _

TEMPLATE = Path(__file__).parent / "workflows" / "classroom.yml"
PLACE = Path(".github") / "workflows" / "classroom.yml"
SUMMARY, OUTPUT = "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"
LONGEST = 400  # characters of one cell
STATUS = {PASSED: "pass", FAILED: "fail", ERRORED: "error", SKIPPED: "pass"}


class NotGitHub(RuntimeError):
    """The files that a workflow's step has are not there; the text names the variable."""


def workflow(lab: str, repository: str, ref: str) -> str:
    """The workflow for students' repositories of a lab. `ref` is the commit, tag or branch of the camp's repository."""
    text = TEMPLATE.read_text("utf-8")
    for name, value in (("REPOSITORY", repository), ("REF", ref), ("LAB", lab)):
        text = text.replace(f'"@{name}@"', json.dumps(value, ensure_ascii=False))
    return text


def public_address(url: str | None) -> str | None:
    """A repository's address as anybody may fetch it: by https, without a name or a password in it."""
    if url and (found := re.match(r"^(?:ssh://)?[\w.-]+@([\w.-]+)(?::\d+/|[:/])(.+)$", url)):
        return f"https://{found[1]}/{found[2].lstrip('/')}"
    return re.sub(r"^(https?://)[^/@]*@", r"\1", url) if url else None


def files(environment: Mapping[str, str]) -> tuple[str, str]:
    """A step's files for its summary and for its outputs; NotGitHub when this is no step."""
    for name in (SUMMARY, OUTPUT):
        if not environment.get(name):
            raise NotGitHub(_("{name} is not set: --github is for a step of a GitHub workflow.").format(name=name))
    return environment[SUMMARY], environment[OUTPUT]


def tell(verdict: Verdict, title: str, environment: Mapping[str, str]) -> None:
    """Appends the summary to the step's GITHUB_STEP_SUMMARY, and result and points to its GITHUB_OUTPUT. NotGitHub."""
    result = base64.b64encode(json.dumps(result_of(verdict)).encode()).decode("ascii")
    output = f"result={result}\npoints={verdict.points}\nmaximum={verdict.of}\n"
    for path, text in zip(files(environment), (summary(verdict, title), output), strict=True):
        with open(path, "a", encoding="utf-8", errors="replace") as file:
            file.write(text)


def summary(verdict: Verdict, title: str) -> str:
    """A table in GitHub's Markdown, with a line for each check."""
    heading = ["", _("check"), _("points"), _("seen"), _("expected"), _("try next")]
    lines = [heading, ["---", "---", "--:", "---", "---", "---"], *(_line(result) for result in verdict.checks)]
    rows = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    again = _("The same inputs again:")
    command = f"camp check {verdict.lab} --seed {verdict.seed}"
    return f"### {inert(title)}\n\n**{inert(total(verdict))}**\n\n{rows}\n\n{inert(again)} `{command}`\n"


def result_of(verdict: Verdict) -> dict[str, Any]:
    """What autograding-grading-reporter wants of a runner: a status, the most points, and a score for each test.
    Nothing that a learner's app said is in it: the reporter prints it to the log."""
    outcomes = verdict.outcomes()
    status = "error" if ERRORED in outcomes else "pass" if verdict.passed else "fail"
    return {"version": 1, "status": status, "max_score": verdict.of, "tests": [_test(one) for one in verdict.checks]}


def inert(text: str | None, most: int = LONGEST) -> str:
    """A text that Markdown and HTML show as it is, in a cell of a table: only letters, digits, blanks are not coded."""
    whole = text or ""
    cut = whole if len(whole) <= most else f"{whole[:most]}…"
    return "<br>".join("".join(map(_coded, line)) for line in cut.split("\n"))


def _coded(char: str) -> str:
    return char if char.isalnum() or char == " " or ord(char) > 0xFFFF else f"&#{ord(char)};"


def _line(result: CheckResult) -> list[str]:
    found = (result.seen, result.expected) if result.outcome in (FAILED, ERRORED) else (None, None)
    texts = [f"<code>{inert(text)}</code>" if text else "" for text in found]
    points = "–" if result.outcome in (ERRORED, SKIPPED) else f"{result.points}/{result.of}"
    return [SYMBOLS[result.outcome], inert(f"{result.id} {result.title}"), points, *texts, inert(result.next)]


def _test(result: CheckResult) -> dict[str, Any]:
    message = None if result.outcome in (PASSED, SKIPPED) else _("What was seen and expected is in the run's summary.")
    return {
        "name": f"{result.id} {result.title}",
        "status": STATUS[result.outcome],
        "score": result.points,
        "message": message,
        "test_code": f"camp check {result.id}",
        "filename": "",
        "line_no": 0,
        "execution_time": f"{result.seconds:.1f}s",
    }
