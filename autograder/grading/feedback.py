"""What one student gets back, as a page and as Markdown: their own points and texts, and nothing of anybody else's.

A verdict may name what is the grader's: folders of its machine, the seed of the inputs. Neither is in the feedback, nor
is what went wrong when a fault was ours.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from autograder import project
from autograder.grading.course import Course, write
from autograder.grading.grade import Graded
from autograder.grading.markup import Html, joined, page, plain, tag
from autograder.grading.reportpage import STYLE
from autograder.lab import Lab
from autograder.report import SYMBOLS, findings, total
from autograder.verdict import ERRORED, FAILED, LINES, PASSED, SKIPPED, CheckResult
from localcloud import messages
from localcloud.messages import _, ngettext, speaking
from localcloud.typed import for_others

SUBMITTED_APP = re.compile(r"(?:/[^\s/'\"<>:]+)*/camp-(?:grade|grading)-[^\s'\"<>:]*?/app(?=[/\s'\":]|$)/?")
GRADERS = re.compile(r"(?:/[^\s/'\"<>:]+)*/camp-[^\s/'\"<>:]*")
SEED = re.compile(r"(?:--)?\bseed\b[\s=:]*\d+", re.IGNORECASE)
LONGEST_COMMENT = 4000
PAGE = "feedback.html"
OUTSIDE = str.maketrans({char: f"\\{char}" for char in "\\`*_{}[]()<>#+-.!|~&$"})


@dataclass(frozen=True)
class Reflection:
    """What a person gave the written answer: a score, extra points, a comment. Nothing given yet: None."""

    score: float | None = None
    extra: float | None = None
    comment: str | None = None
    waits: bool = False


@dataclass(frozen=True)
class Late:
    """How late a submission was, in days begun, and the points that are taken off for it."""

    days: int
    points: float


@dataclass(frozen=True)
class Total:
    """What it comes to, and the most that it could; `open`: whether a person has still to grade the reflection."""

    points: float
    of: float
    open: bool = False


@dataclass(frozen=True)
class Feedback:
    """All that is in one student's feedback."""

    student: str
    title: str
    graded: Graded
    reflection: Reflection
    late: Late | None = None
    most: float | None = None  # that the lab gives, the reflection included

    @property
    def total(self) -> Total | None:
        """None after a fault of ours: nobody has a total then."""
        if self.graded.broken or self.most is None:
            return None
        given = self.reflection
        earned = self.graded.verdict.points + (given.score or 0.0) + (given.extra or 0.0)
        late = self.late.points if self.late else 0.0
        return Total(max(0.0, earned - late), self.most, given.waits or given.score is None)


def write_feedback(
    course: Course,
    lab: Lab,
    student: str,
    graded: Graded,
    given: Reflection,
    language: str | None = None,
    late: Late | None = None,
    most: float | None = None,
) -> Path:
    """Writes `feedback.html` and `feedback.md` beside nbgrader's page, in the student's language."""
    folder = course.feedback(lab.name, student).parent
    with speaking(language), for_others():
        title = _("Lab {number}: {title}").format(number=lab.number, title=_(lab.title))
        feedback = Feedback(student, title, cleaned(graded, course), given, late, most)
        shown, written = html_of(feedback), markdown_of(feedback)
    write(folder / "feedback.md", written.encode("utf-8", "replace"))
    write(folder / PAGE, shown.encode("utf-8", "replace"))
    return folder / PAGE


def html_of(feedback: Feedback) -> str:
    graded = feedback.graded
    return page(
        feedback.title,
        STYLE,
        tag("h1", feedback.title),
        tag("p", feedback.student),
        *(tag("p", tag("b", text)) for text in _on_total(feedback.total)),
        tag("p", _summary(graded)),
        *(tag("p", text, class_="bad") for text in _on_late(feedback.late)),
        *(tag("p", text, class_="bad") for text in _short(graded.reason)),
        *(tag("p", text) for text in _short(*graded.notes)),
        tag("h2", _("Checks")),
        *(_article(result, facts) for result, facts in _told(graded)),
        tag("h2", _("Reflection")),
        *(tag("p", text) for text in _on_reflection(feedback.reflection)),
        tag("pre", plain(feedback.reflection.comment, LONGEST_COMMENT)) if feedback.reflection.comment else None,
        language=messages.language(),
    )


def markdown_of(feedback: Feedback) -> str:
    """The same as Markdown: what a learner or a person wrote stands in blocks of code, where nothing is markup."""
    graded = feedback.graded
    lines = [f"# {_outside(feedback.title)}", _outside(feedback.student)]
    lines += [f"**{_outside(text)}**" for text in _on_total(feedback.total)]
    lines.append(_outside(_summary(graded)))
    lines += [_outside(text) for text in (*_on_late(feedback.late), *_short(graded.reason, *graded.notes))]
    for result, facts in _told(graded):
        lines.append(f"## {_outside(_headline(result))}")
        lines += [f"{_outside(label)}:\n\n{_block(text)}" for label, text in facts]
    lines += [f"## {_outside(_('Reflection'))}", *map(_outside, _on_reflection(feedback.reflection))]
    if feedback.reflection.comment:
        lines.append(_block(plain(feedback.reflection.comment, LONGEST_COMMENT)))
    return "\n\n".join(lines) + "\n"


def cleaned(graded: Graded, course: Course) -> Graded:
    """The same without what is the grader's own."""
    places = [str(place) for place in (course.root, project.root(), Path.home())]

    def clean(text: str | None) -> str | None:
        if text is None:
            return None
        text = SEED.sub("…", GRADERS.sub("…", SUBMITTED_APP.sub("", text)))
        for place in places:
            text = text.replace(place, "…") if len(place) > 1 else text
        return text

    def clean_check(one: CheckResult) -> CheckResult:
        if one.outcome == ERRORED:
            return replace(one, sent=None, seen=None, expected=None, next=_("This is no fault of yours."), log=None)
        texts: dict[str, Any] = {name: clean(getattr(one, name)) for name in LINES}
        return replace(one, **texts)

    verdict = replace(graded.verdict, seed=0, checks=tuple(clean_check(one) for one in graded.verdict.checks))
    reason = None if graded.broken else clean(graded.reason)
    notes = tuple(text for note in graded.notes if (text := clean(note)))
    return replace(graded, verdict=verdict, reason=reason, notes=notes, environment={})


def _summary(graded: Graded) -> str:
    if graded.broken:
        return _("Not all of it could be checked. That is no fault of yours; a person will look at it.")
    return total(graded.verdict)


def _short(*texts: str | None) -> list[str]:
    return [plain(text, 600) for text in texts if text]


def _headline(result: CheckResult) -> str:
    words = {PASSED: _("passed"), FAILED: _("failed"), ERRORED: _("not checked"), SKIPPED: _("skipped")}
    points = "" if result.outcome in (ERRORED, SKIPPED) else f", {result.points}/{result.of}"
    return f"{SYMBOLS[result.outcome]} {result.id} {_(result.title)}: {words[result.outcome]}{points}"


def _facts(result: CheckResult) -> list[tuple[str, str]]:
    return [(label, plain(text)) for label, text in findings(result)]


def _told(graded: Graded) -> Iterator[tuple[CheckResult, list[tuple[str, str]]]]:
    """Each check with its facts; what an earlier one has seen in the same way is not told again."""
    first: dict[tuple[str | None, ...], str] = {}
    for result in graded.verdict.checks:
        earlier = first.setdefault((result.sent, result.seen, result.expected), result.id)
        if result.seen and earlier != result.id:
            yield result, [(_("seen"), _("the same as in check {id}").format(id=earlier))]
        else:
            yield result, _facts(result)


def _article(result: CheckResult, facts: list[tuple[str, str]]) -> Html:
    kind = {PASSED: "good", FAILED: "bad"}.get(result.outcome)
    shown = [joined(tag("dt", label), tag("dd", tag("pre", text))) for label, text in facts]
    return tag("article", tag("h3", _headline(result), class_=kind), tag("dl", *shown) if shown else None)


def _on_total(total: Total | None) -> list[str]:
    if total is None:
        return []
    words = _("So far {points:g} of {of:g} points; the reflection is still to be graded.")
    if not total.open:
        words = _("Total: {points:g} of {of:g} points.")
    return [words.format(points=total.points, of=total.of)]


def _on_late(late: Late | None) -> list[str]:
    if late is None:
        return []
    how_late = ngettext("Up to one day late", "Up to {count} days late", late.days)
    taken = _("\u22121 point") if late.points == 1 else _("\u2212{points:g} points").format(points=late.points)
    return [f"{how_late}: {taken}."]


def _on_reflection(given: Reflection) -> list[str]:
    if given.waits or given.score is None:
        return [_("It is still to be graded.")]
    lines = [_("Points: {points:g}").format(points=given.score)]
    if given.extra:
        lines.append(_("Extra points: {points:g}").format(points=given.extra))
    return lines


def _outside(text: str) -> str:
    """A text within Markdown that shows as it is."""
    return plain(text).translate(OUTSIDE).replace("\n", " ")


def _block(text: str) -> str:
    """A text as an indented block, which nothing in it can end."""
    return "\n".join(f"    {line}" for line in text.splitlines() or [""])
