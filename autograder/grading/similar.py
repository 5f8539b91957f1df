"""`reports/<lab>/similar.html` and `similar.csv`: whose submissions of a lab are alike, and in which functions."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.grading import exports, similarity
from autograder.grading.course import Course, write
from autograder.grading.fingerprint import Fingerprint, Unreadable, fingerprint
from autograder.grading.markup import Html, joined, page, plain, tag
from autograder.grading.reportpage import STYLE, heading, table
from autograder.grading.shaping import Shaper, python_in, shaper
from autograder.grading.similarity import Match, Pair
from autograder.lab import Lab
from localcloud.messages import _, ngettext

MOST_PAIRS = 10_000
MOST_SHOWN = 40
MOST_MATCHES = 8


@dataclass(frozen=True)
class Similar:
    """What was found. `unreadable`: the reason by student; `untouched`: who has nothing but the starter's."""

    threshold: float
    prints: dict[str, Fingerprint]
    pairs: list[Pair]
    groups: list[list[str]]
    unreadable: dict[str, str]
    untouched: list[str]


def find(course: Course, lab: Lab, threshold: float = similarity.THRESHOLD) -> Similar:
    """Compares everybody whose submission is in the course. Nothing of them is run."""
    given = _starter(course, lab)
    prints: dict[str, Fingerprint] = {}
    unreadable: dict[str, str] = {}
    with shaper() as process:
        for student in course.students(lab.name):
            try:
                prints[student] = _shape(process, course.submitted(lab.name, student)).without(given)
            except Unreadable as why:
                unreadable[student] = str(why)
    found = similarity.pairs(prints, threshold)
    untouched = [student for student, one in prints.items() if not one.units]
    return Similar(threshold, prints, found, similarity.groups(found), unreadable, untouched)


def write_similar(course: Course, lab: Lab, found: Similar) -> Path:
    """Writes both files and returns the page's path."""
    folder = course.reports(lab.name)
    write(folder / "similar.csv", csv_of(found).encode("utf-8", "replace"))
    write(folder / "similar.html", page_of(lab, found).encode("utf-8", "replace"))
    return folder / "similar.html"


def caution() -> str:
    return _(
        "This is a place to look, not a verdict: short tasks have few answers, examples get around, and people may "
        "have been allowed to work together. Read both texts and talk to both people before you conclude anything."
    )


def csv_of(found: Similar) -> str:
    """The pairs, and whoever could not be compared; with a byte order mark, for Excel."""
    group = {student: number for number, students in enumerate(found.groups, 1) for student in students}
    lines: list[Sequence[object]] = [("student", "other", "score", "contained", "group", "remark")]
    lines += [
        (pair.one, pair.other, round(pair.score, 3), round(pair.contained, 3), group[pair.one], "")
        for pair in found.pairs[:MOST_PAIRS]
    ]
    lines += [(student, "", "", "", "", why) for student, why in found.unreadable.items()]
    return exports.BOM + exports.table(lines)


def page_of(lab: Lab, found: Similar) -> str:
    title = _("Alike in lab {number}: {title}").format(number=lab.number, title=lab.title)
    shown = found.pairs[:MOST_SHOWN]
    return page(
        title,
        STYLE,
        tag("h1", title),
        tag("p", _introduction(found), class_="soft"),
        tag("p", tag("b", caution())),
        joined(tag("h2", _("Groups")), *(_group(group) for group in found.groups)) if found.groups else None,
        joined(tag("h2", _("Pairs")), _pairs(shown)) if shown else None,
        _more(len(found.pairs) - len(shown)),
        *(_side_by_side(pair, found.prints) for pair in shown),
        _unreadable(found.unreadable),
    )


def _shape(process: Shaper, folder: Path) -> Fingerprint:
    files = python_in(folder)
    if not files:
        raise Unreadable(_("there is no Python in it"))
    return process.shape(files)


def _starter(course: Course, lab: Lab) -> frozenset[int]:
    """What everybody was given: by the project, and by the course."""
    folders = (lab.starter, course.source(lab.name), course.release(lab.name))
    return frozenset(one for folder in folders for one in fingerprint(python_in(folder)).hashes)


def _introduction(found: Similar) -> str:
    compared = ngettext("1 submission compared,", "{count} submissions compared,", len(found.prints))
    pairs = ngettext("1 pair", "{count} pairs", len(found.pairs))
    alike = _("with a score of at least {threshold:g}.").format(threshold=found.threshold)
    words = [compared, pairs, alike]
    if found.untouched:
        words.append(
            ngettext(
                "1 has nothing but the starter's parts.",
                "{count} have nothing but the starter's parts.",
                len(found.untouched),
            )
        )
    words.append(_("Names, texts, numbers, comments, layout and the starter's own parts do not count."))
    return " ".join(words)


def _group(students: list[str]) -> Html:
    names = ", ".join(plain(student, 100) for student in students)
    return tag("article", tag("b", ngettext("1 student", "{count} students", len(students))), tag("p", names))


def _pairs(pairs: Sequence[Pair]) -> Html:
    names = (heading(_("student")), heading(_("student")))
    figures = (heading(_("score"), "number"), heading(_("of the smaller one"), "number"))
    lines = (
        tag(
            "tr",
            tag("td", pair.one),
            tag("td", pair.other),
            tag("td", f"{pair.score:.2f}", class_="number"),
            tag("td", f"{pair.contained:.2f}", class_="number"),
        )
        for pair in pairs
    )
    return table((*names, *figures), lines)


def _more(count: int) -> Html | None:
    words = ngettext("1 more pair is in similar.csv.", "{count} more pairs are in similar.csv.", count)
    return tag("p", words, class_="soft") if count else None


def _side_by_side(pair: Pair, prints: dict[str, Fingerprint]) -> Html:
    matches = similarity.matches(prints[pair.one], prints[pair.other])[:MOST_MATCHES]
    title = _("{one} and {other}: {score:.2f}")
    return joined(
        tag("h2", title.format(one=plain(pair.one, 100), other=plain(pair.other, 100), score=pair.score)),
        *(_match(match) for match in matches),
    )


def _match(match: Match) -> Html:
    columns = (
        tag("div", tag("p", f"{unit.name}, {unit.file}:{unit.line}", class_="soft"), tag("pre", unit.text))
        for unit in (match.one, match.other)
    )
    return tag("article", tag("h3", f"{match.score:.2f}"), tag("div", *columns, class_="columns"))


def _unreadable(reasons: dict[str, str]) -> Html | None:
    if not reasons:
        return None
    lines = (tag("tr", tag("td", student), tag("td", why)) for student, why in reasons.items())
    return joined(tag("h2", _("Not compared")), table((heading(_("student")), heading(_("reason"))), lines))
