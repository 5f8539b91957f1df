"""What a batch leaves for whoever teaches: the page, and grades for other programs. Names and texts are hostile."""

import csv
import io
import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.async_api import async_playwright

from autograder.grading import exports, tally
from autograder.grading.batch import Row
from autograder.grading.course import Course
from autograder.grading.grade import not_checked
from autograder.grading.histogram import histogram
from autograder.grading.marks import Mark, maximum
from autograder.grading.markup import plain, tag
from autograder.grading.record import Record
from autograder.grading.reportpage import report_page
from autograder.grading.reports import write_reports
from autograder.lab import find_lab

from . import batches
from .test_formgrader import CHROMIUM, FLAGS

GOLDEN = Path(__file__).parent / "golden"
LAB = find_lab("1")
MARKS = batches.marks()
PAGE = report_page(LAB, MARKS, batches.SEED, 20, batches.MISSING)


class Outline(HTMLParser):
    """The page's text as a person reads it: a line for each heading, paragraph, row and entry."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.lines = [""]
        self.tags: set[str] = set()
        self._hidden = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._hidden = tag in ("style", "title")
        if tag in ("h1", "h2", "h3", "p", "li", "tr", "dt", "svg", "text"):
            self.lines.append("")
        elif tag in ("td", "th", "dd"):
            self.lines[-1] += " | "

    def handle_endtag(self, tag: str) -> None:
        self._hidden = False

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.lines[-1] += data

    def text(self) -> str:
        return "".join(f"{line.strip()}\n" for line in self.lines if line.strip())


def golden(name: str, text: str) -> None:
    """Compares with the file; `UPDATE_GOLDEN=1` writes it."""
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode("utf-8"))
    assert text == path.read_bytes().decode("utf-8")


def rows_of(text: str | None) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((text or "").removeprefix(exports.BOM))))


def test_the_page_reads_as_it_should() -> None:
    golden("report.txt", Outline(PAGE).text())


def test_the_page_needs_nothing_and_runs_nothing() -> None:
    assert not Outline(PAGE).tags & {"script", "img", "link", "iframe", "object", "form", "base"}
    assert not re.search(r"https?://|url\(|@import|<[^>]*\son\w+=", PAGE)
    assert "default-src &#x27;none&#x27;" in PAGE


def test_a_name_or_a_failure_with_markup_is_text() -> None:
    assert PAGE.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 3
    assert "<b>x</b>" not in tag("td", "<b>x</b>", title='"><b>x</b>')
    assert plain("a\u202eb\x1bc\u200dd") == "a\\u202eb\\x1bc\u200dd"
    assert len(plain("x" * 10_000, 100)) == 101


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("grades.csv", exports.grades_csv(LAB, MARKS, 20, batches.MISSING)),
        ("moodle.csv", exports.moodle_csv(MARKS, 20)),
        ("canvas.csv", exports.canvas_csv(LAB, MARKS, 20)),
    ],
    ids=["grades", "moodle", "canvas"],
)
def test_an_export_is_as_its_reader_wants_it(name: str, text: str) -> None:
    golden(name, text)


def test_a_fault_of_ours_has_no_grade() -> None:
    [line] = [one for one in rows_of(exports.grades_csv(LAB, MARKS, 20)) if one["student"] == "broken 5"]
    assert (line["total"], line["checks"], line["1.1"], line["outcome"]) == ("", "", "", "fault of ours")
    [line] = [one for one in rows_of(exports.moodle_csv(MARKS, 20)) if one["Identifier"] == "Participant 5"]
    assert (line["Grade"], line["Feedback comments"]) == ("", "")
    facts = json.loads(exports.grades_json(LAB, MARKS, 20))["students"][5]
    assert facts["total"] is None and facts["verdict"]["checks"][0]["outcome"] == "errored"


def test_who_handed_in_nothing_has_no_grade_and_who_was_late_has_less() -> None:
    lines = {one["student"]: one for one in rows_of(exports.grades_csv(LAB, MARKS, 20, batches.MISSING))}
    assert (lines["mei"]["total"], lines["mei"]["outcome"], lines["mei"]["name"]) == ("", "not handed in", "Mei =Lin()")
    late = lines["Zoë Ångström 12"]
    assert (late["checks"], late["late_penalty"], late["total"]) == ("16", "2.5", "13.5")
    assert (lines["bob"]["extra_credit"], lines["bob"]["total"], lines["bob"]["remarks"]) == (
        "1",
        "1",
        "Not on the roster. | nothing (8 checks)",
    )
    facts = json.loads(exports.grades_json(LAB, MARKS, 20, batches.MISSING))
    assert facts["not_handed_in"] == ["mei"] and facts["students"][2]["late_penalty"] == 2.5
    assert Mark(batches.rows()[4], penalty=3).total == 0


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u00a0=1", "＝1"])
def test_no_cell_is_a_formula(text: str) -> None:
    marks = [Mark(Row(text, not_checked(LAB, 1, text), lms="moodle:1"))]
    for name, export in (
        ("student", exports.grades_csv(LAB, marks, 20)),
        ("Full name", exports.moodle_csv(marks, 20)),
    ):
        [line] = rows_of(export)
        assert line[name].startswith("'")
        assert not any(cell.strip().startswith(("=", "+", "-", "@")) for cell in line.values())


def test_names_keep_their_script() -> None:
    names = ["Zoë Ångström", "山田 太郎", "علی\u200cرضا", "Владимир", "नमस्ते"]
    marks = [Mark(Row(name, not_checked(LAB, 1, "x"))) for name in names]
    assert [one["student"] for one in rows_of(exports.grades_csv(LAB, marks, 20))] == names


def test_failures_that_differ_in_numbers_and_quotes_are_one() -> None:
    [first] = [one for one in tally.failures(MARKS) if len(one.students) > 1]
    assert (first.ids, first.students) == (("1.3",), ("Zoë Ångström 12", "山田 太郎 13"))
    assert first.cause == "status # after '…'"


NOT_LOADED = """The app does not load, so no function answers.
Worker failed to index functions. SyntaxError: invalid syntax
function_app.py, line {line}:
    def (:"""


def not_loaded(student: str, line: int) -> Mark:
    return Mark(Row(student, batches.graded(LAB, {check.id: NOT_LOADED.format(line=line) for check in LAB.checks})))


def test_what_cost_all_checks_is_one_failure_and_the_table_names_it() -> None:
    marks = [not_loaded("ana", 3), not_loaded("bo", 41), *MARKS]
    [first, *rest] = tally.failures(marks)
    cause = "The app does not load, so no function answers: SyntaxError"
    assert (first.cause, first.students) == (cause, ("ana", "bo"))
    assert first.ids == tuple(check.id for check in LAB.checks)
    assert not any("SyntaxError" in one.cause for one in rest)
    lines = Outline(report_page(LAB, marks, batches.SEED, 20)).text().splitlines()
    assert f"{cause}: 2 students" in lines and "Checks 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8" in lines
    [row] = [line for line in lines if line.startswith("| ana | 0")]
    assert row.endswith(f"{cause} (8 checks)")
    [row] = [one for one in rows_of(exports.grades_csv(LAB, marks, 20)) if one["student"] == "bo"]
    assert row["remarks"] == f"{cause} (8 checks)"


def test_who_has_no_points_has_a_remark_and_who_lost_one_check_has_none() -> None:
    names = ("first", "second", *"abcdef")
    causes = {check.id: f"the {name}" for check, name in zip(LAB.checks, names, strict=True)}
    assert Mark(Row("ana", batches.graded(LAB, causes))).remarks == ("the first",)
    assert (
        Mark(Row("ana", batches.graded(LAB, {"1.2": "status 500\nfunction_app.py, line 3: KeyError: 'x'"}))).remarks
        == ()
    )


def test_each_row_leads_to_the_students_feedback() -> None:
    links = re.findall(r'<a href="([^"]*)">', PAGE)
    assert set(links) == {f"../../feedback/{quote(mark.student, safe='')}/{LAB.name}/feedback.html" for mark in MARKS}
    here = Course(Path("/course"))
    for mark in MARKS[1:]:
        place = here.reports(LAB.name) / f"../../feedback/{mark.student}/{LAB.name}/feedback.html"
        assert Path(os.path.normpath(place)) == here.feedback(LAB.name, mark.student).with_name("feedback.html")


def test_points_of_a_long_lab_share_columns() -> None:
    bars = tally.spread(MARKS, 18)
    assert len(bars) == 19 and sum(bar.count for bar in bars) == len(MARKS) - 1
    wide = tally.spread(MARKS, 100)
    assert len(wide) == 21 and (wide[3].low, wide[3].high, wide[3].count) == (15, 19, 4)


def test_no_points_have_the_colour_that_the_legend_gives_them() -> None:
    shown = str(histogram([tally.Bar(0, 0, 2), tally.Bar(1, 1, 3), tally.Bar(2, 2, 1)]))
    assert re.findall(r'class="(bar[^"]*)"', shown) == ["bar none", "bar", "bar full"]


def test_the_reports_stand_in_the_course_and_an_export_for_nobody_goes(tmp_path: Path) -> None:
    course = Course(tmp_path)
    page = write_reports(course, LAB, MARKS, batches.SEED)
    names = {"report.html", "grades.csv", "grades.json", "moodle.csv", "canvas.csv"}
    assert page.parent == course.reports(LAB.name) and {one.name for one in page.parent.iterdir()} == names
    assert maximum(LAB) == 20
    write_reports(course, LAB, MARKS[:1], batches.SEED)
    assert {one.name for one in page.parent.iterdir()} == names - {"moodle.csv", "canvas.csv"}


def test_a_record_of_an_earlier_camp_has_no_learning_management_system() -> None:
    record = Record("alice", "a", "b", "c", batches.graded(LAB, {}), "moodle:1")
    facts = record.to_json()
    assert Record.from_json(json.loads(json.dumps(facts))) == record
    del facts["lms"]
    assert Record.from_json(json.loads(json.dumps(facts))).lms is None


async def test_the_page_in_a_browser(tmp_path: Path) -> None:
    """It fits a phone and a sheet of paper, and asks for nothing."""
    (tmp_path / "report.html").write_text(PAGE, "utf-8")
    address = (tmp_path / "report.html").as_uri()
    asked: list[str] = []
    errors: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        page = await browser.new_page(viewport={"width": 400, "height": 800})
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: errors.append(message.text))
        await page.goto(address)
        assert await page.evaluate("document.documentElement.scrollWidth") <= 400
        assert await page.get_by_text("<script>alert(1)</script>").count() >= 3
        assert await page.locator("svg rect").count() == 3
        assert len(await page.pdf()) > 1000
        await browser.close()
    assert asked == [address] and errors == []
