"""`report.html`: a batch at a glance, for whoever teaches. One file, which needs no network and no script."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median
from urllib.parse import quote

from autograder.grading import batch, tally
from autograder.grading.histogram import histogram
from autograder.grading.marks import FAULT, FULL, NONE, NOT_CHECKED, SOME, Mark, number, points_of
from autograder.grading.markup import Html, joined, page, plain, tag
from autograder.grading.roster import Person
from autograder.lab import Lab
from autograder.report import findings
from autograder.verdict import SKIPPED, CheckResult
from localcloud.messages import _, ngettext

STYLE = (Path(__file__).parent / "page.css").read_text("utf-8")
CLASSES = {FULL: "full", SOME: "some", NONE: "none", NOT_CHECKED: "not-checked", FAULT: "fault"}
SLOWEST = 5
LONGEST_REMARK = 600
MOST_NAMED = 5


def report_page(lab: Lab, marks: Sequence[Mark], seed: int, most: float, missing: Sequence[Person] = ()) -> str:
    """The page. Whatever a learner wrote is text in it. `missing`: who is on the roster and handed in nothing."""
    title = _("Lab {number}: {title}").format(number=lab.number, title=lab.title)
    return page(
        title,
        STYLE,
        tag("h1", title),
        tag("p", _introduction(lab, marks, seed), class_="soft"),
        _shares(marks),
        *_section(_("Points of the checks"), histogram(tally.spread(marks, lab.points))),
        *_section(_("Checks"), _checks(tally.checks(lab, marks))),
        *_section(_("Slowest checks"), _slowest(lab, marks)),
        *_section(_("Most frequent failures"), _failures(lab, tally.failures(marks))),
        *_section(_("Faults of ours"), _reasons(lab, (mark for mark in marks if mark.kind == FAULT))),
        *_section(_("Could not be checked"), _reasons(lab, (mark for mark in marks if mark.kind == NOT_CHECKED))),
        *_section(_("Not handed in"), _missing(missing)),
        *_section(_("Students"), tag("p", _where(lab), class_="soft"), _students(lab, marks, most)),
    )


def table(headings: Iterable[Html], lines: Iterable[Html]) -> Html:
    head = tag("thead", tag("tr", *headings))
    return tag("div", tag("table", head, tag("tbody", *lines)), class_="scroll")


def facts_of(result: CheckResult) -> Html:
    """What a check found, each text with its label."""
    stuck = _("stuck?")  # a line for learners
    parts = (
        joined(tag("dt", label), tag("dd", tag("pre", text))) for label, text in findings(result) if label != stuck
    )
    return tag("dl", *parts)


def heading(text: str, class_: str | None = None) -> Html:
    return tag("th", text, class_=class_, scope="col")


def _section(title: str, *content: Html | None) -> Iterable[Html]:
    """Nothing when there is nothing to show."""
    shown = [part for part in content if part]
    return (tag("h2", title), *shown) if shown else ()


def _introduction(lab: Lab, marks: Sequence[Mark], seed: int) -> str:
    points = [mark.row.graded.verdict.points for mark in marks if not mark.row.broken]
    text = ngettext("1 submission,", "{count} submissions,", len(marks))
    text += " " + _("seed {seed}.").format(seed=seed)
    if not points:
        return text
    mean = sum(points) / len(points)
    more = _("Mean {mean:.1f}, median {median:g} of {of} points by checks.")
    return f"{text} {more.format(mean=mean, median=median(points), of=lab.points)}"


def _shares(marks: Sequence[Mark]) -> Html:
    counts = tally.kinds(marks)
    words = {
        FULL: _("full points"),
        SOME: _("some points"),
        NONE: _("no points"),
        NOT_CHECKED: _("could not be checked"),
        FAULT: _("fault of ours"),
    }
    stripes = (tag("span", class_=CLASSES[kind], style=f"flex: {count}") for kind, count in counts.items() if count)
    entries = (
        tag("li", tag("i", class_=CLASSES[kind]), tag("b", count), f" {words[kind]}") for kind, count in counts.items()
    )
    return joined(tag("div", *stripes, class_="share", aria_hidden="true"), tag("ul", *entries, class_="legend"))


def _checks(checks: Sequence[tally.CheckTally]) -> Html:
    names = (heading(_("check")), heading(_("passed")))
    figures = (_("points"), _("failed"), _("mean"), _("worst"))
    return table((*names, *(heading(name, "number") for name in figures)), (_check(one) for one in checks))


def _check(one: tally.CheckTally) -> Html:
    if one.rate is None:
        rate = Html("–")
    else:
        bar = tag("span", tag("span", style=f"width: {one.rate:.1%}"), class_="rate", aria_hidden="true")
        rate = joined(bar, f"{one.rate:.0%} ({one.passed}/{one.made})")
    figures = (one.of, one.failed, f"{one.mean:.2f} s", f"{one.worst:.2f} s")
    cells = (tag("td", figure, class_="number") for figure in figures)
    return tag("tr", tag("td", f"{one.id} {one.title}"), tag("td", rate, class_="short"), *cells)


def _slowest(lab: Lab, marks: Sequence[Mark]) -> Html | None:
    runs = [(result.seconds, mark.student, result) for mark in marks for result in mark.row.graded.verdict.checks]
    slow = sorted((run for run in runs if run[0] > 0), key=lambda run: (-run[0], run[1], run[2].id))[:SLOWEST]
    lines = (
        tag(
            "tr",
            tag("td", f"{seconds:.2f} s", class_="number"),
            tag("td", f"{result.id} {result.title}"),
            tag("td", _linked(lab, student)),
            tag("td", result.outcome),
        )
        for seconds, student, result in slow
    )
    names = (heading(_("took"), "number"), heading(_("check")), heading(_("student")), heading(_("outcome")))
    return table(names, lines) if slow else None


def _failures(lab: Lab, found: Sequence[tally.Failure]) -> Html | None:
    return tag("div", *(_failure(lab, one) for one in found), class_="cards") if found else None


def _failure(lab: Lab, one: tally.Failure) -> Html:
    count = len(one.students)
    how_many = ngettext("1 student", "{count} students", count)
    title = f"{one.example.id} {one.example.title}" if len(one.ids) == 1 else one.cause
    checks = tag("p", _("Checks {ids}").format(ids=", ".join(one.ids)), class_="soft") if len(one.ids) > 1 else None
    who = [joined(", " if number else "", _linked(lab, name)) for number, name in enumerate(one.students[:MOST_NAMED])]
    more = ", …" if count > MOST_NAMED else ""
    return tag(
        "article",
        tag("h3", f"{title}: ", tag("span", how_many, class_="bad")),
        checks,
        tag("p", *who, more, class_="soft"),
        facts_of(one.example),
    )


def _linked(lab: Lab, student: str) -> Html:
    """The name, which leads to the student's feedback: the report lies in `reports/<lab>/`."""
    place = "/".join(quote(part, safe="") for part in ("feedback", student, lab.name, "feedback.html"))
    return tag("a", plain(student), href=f"../../{place}")


def _reasons(lab: Lab, marks: Iterable[Mark]) -> Html | None:
    lines = [
        tag("tr", tag("td", _linked(lab, mark.student)), tag("td", _remarks(mark), class_="remarks")) for mark in marks
    ]
    return table((heading(_("student")), heading(_("reason"))), lines) if lines else None


def _missing(people: Sequence[Person]) -> Html | None:
    lines = [tag("tr", tag("td", one.student), tag("td", one.name), tag("td", one.email or "")) for one in people]
    names = (heading(_("student")), heading(_("name")), heading(_("e-mail")))
    return table(names, lines) if lines else None


def _where(lab: Lab) -> str:
    words = _("A name leads to the student's feedback, once 'camp course feedback {lab}' has made it.")
    return words.format(lab=lab.number)


def _students(lab: Lab, marks: Sequence[Mark], most: float) -> Html:
    late = (_("late"),) if any(mark.penalty for mark in marks) else ()
    names = (*(check.id for check in lab.checks), _("reflection"), *late, _("total of {most:g}").format(most=most))
    headings = (heading(_("student")), *(heading(name, "number") for name in names), heading(_("remarks")))
    return table(headings, (_student(lab, mark, bool(late)) for mark in marks))


def _student(lab: Lab, mark: Mark, late: bool) -> Html:
    results = {result.id: result for result in mark.row.graded.verdict.checks}
    cells = (_points(results.get(check.id)) for check in lab.checks)
    total = "–" if mark.total is None else number(mark.total)
    return tag(
        "tr",
        tag("td", _linked(lab, mark.student)),
        *cells,
        tag("td", _reflection(mark.row), class_="number"),
        tag("td", f"\u2212{number(mark.penalty)}" if mark.penalty else "", class_="number") if late else None,
        tag("td", tag("b", total), class_="number"),
        tag("td", _remarks(mark), class_="soft remarks"),
    )


def _points(result: CheckResult | None) -> Html:
    points = points_of(result) if result and result.outcome != SKIPPED else None
    if result is None or points is None:
        return tag("td", "–", class_="number")
    kind = "number all" if points == result.of else "number zero" if points == 0 else "number"
    return tag("td", points, class_=kind)


def _reflection(row: batch.Row) -> str:
    words = {batch.TO_GRADE: _("to grade"), batch.TO_REVIEW: _("to review"), batch.NO_ANSWER: _("none")}
    word = words.get(row.reflection, "" if row.score is not None else "–")
    return f"{number(row.score)} {word}".strip()


def _remarks(mark: Mark) -> str:
    return plain("\n".join(mark.remarks), LONGEST_REMARK)
