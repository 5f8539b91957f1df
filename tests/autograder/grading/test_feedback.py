"""What one student gets back: all of their own, nothing of anybody else's, nothing of the grader's."""

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from autograder import project
from autograder.grading import roster
from autograder.grading.course import Course
from autograder.grading.feedback import Late, Reflection, write_feedback
from autograder.grading.listed import ListError
from autograder.lab import find_lab
from autograder.verdict import FAILED
from localcloud import messages

from . import batches

LAB = find_lab("1")
NAMES = [row.student for row in batches.rows()]


def written(course: Course, number: int, given: Reflection, language: str | None = None) -> tuple[str, str]:
    """The page and the Markdown of a student, whose folder has a number for a name here."""
    page = write_feedback(course, LAB, str(number), batches.rows()[number].graded, given, language)
    return page.read_text("utf-8"), page.with_name("feedback.md").read_text("utf-8")


def test_each_check_says_what_was_sent_seen_and_expected_and_a_person_what_they_gave(tmp_path: Path) -> None:
    page, text = written(Course(tmp_path), 2, Reflection(1.5, 0.5, "Well <b>said</b>.\n# so"))
    for words in ("16 of 18 points", "1.3", "POST /api", "status 500 after", "another answer", "Look again.", "1.5"):
        assert (words in page and words.replace(".", "\\.").replace("-", "\\-") in text) or words in text
    assert "Well &lt;b&gt;said" in page and "    Well <b>said</b>.\n    # so" in text
    assert "Extra points: 0.5" in page


def test_what_several_checks_have_seen_alike_is_told_once(tmp_path: Path) -> None:
    graded = batches.rows()[2].graded
    alike = {
        "outcome": FAILED,
        "points": 0,
        "sent": None,
        "expected": "an app",
        "next": "Correct it.",
        "seen": "Not loaded.",
    }
    checks = tuple(replace(one, **alike) for one in graded.verdict.checks)
    page = write_feedback(
        Course(tmp_path), LAB, "1", replace(graded, verdict=replace(graded.verdict, checks=checks)), Reflection()
    )
    text = page.read_text("utf-8")
    assert text.count("Not loaded.") == 1 and text.count("the same as in check 1.1") == len(checks) - 1
    assert page.with_name("feedback.md").read_text("utf-8").count("Not loaded.") == 1


def test_what_was_logged_is_not_told(tmp_path: Path) -> None:
    graded = batches.rows()[2].graded
    checks = tuple(replace(one, log="Information: /srv/grader/secret") for one in graded.verdict.checks)
    shown = replace(graded, verdict=replace(graded.verdict, checks=checks), environment={"system": "Linux 6.1"})
    page = write_feedback(Course(tmp_path), LAB, "1", shown, Reflection())
    assert not any(word in page.read_text("utf-8") for word in ("secret", "Linux 6.1"))


def test_what_is_taken_off_for_being_late_is_said(tmp_path: Path) -> None:
    for late, words in (
        (Late(1, 2.5), "Up to one day late: \u22122.5 points."),
        (Late(3, 18), "Up to 3 days late: \u221218 points."),
    ):
        page = write_feedback(Course(tmp_path), LAB, "1", batches.rows()[1].graded, Reflection(), late=late)
        assert words in page.read_text("utf-8")
        assert words.replace(".", "\\.") in page.with_name("feedback.md").read_text("utf-8")


def test_the_total_has_all_that_is_given_and_taken_off(tmp_path: Path) -> None:
    rows = batches.rows()
    for number, given, late, words in (
        (1, Reflection(1.5, 0.5), Late(1, 4), "Total: 16 of 20 points."),
        (1, Reflection(0.0), Late(9, 18), "Total: 0 of 20 points."),
        (2, Reflection(), None, "So far 16 of 20 points; the reflection is still to be graded."),
        (2, Reflection(1.0, waits=True), Late(1, 2), "So far 15 of 20 points; the reflection is still to be graded."),
    ):
        page = write_feedback(Course(tmp_path), LAB, "1", rows[number].graded, given, late=late, most=20)
        assert words in page.read_text("utf-8")
        assert words.replace(".", "\\.") in page.with_name("feedback.md").read_text("utf-8")
    broken = write_feedback(Course(tmp_path), LAB, "1", rows[5].graded, Reflection(1.0), most=20)
    assert "Total" not in broken.read_text("utf-8") and "So far" not in broken.read_text("utf-8")


def test_a_remark_is_not_marked_as_an_error_and_a_reason_is(tmp_path: Path) -> None:
    graded = replace(batches.rows()[1].graded, reason="It does not load.", notes=("In time, as the file's name says.",))
    page = write_feedback(Course(tmp_path), LAB, "1", graded, Reflection()).read_text("utf-8")
    assert '<p class="bad">It does not load.</p>' in page
    assert "<p>In time, as the file" in page
    assert [int(level) for level in re.findall(r"<h(\d)", page)][:3] == [1, 2, 3]


def test_what_waits_for_a_person_has_no_score(tmp_path: Path) -> None:
    for given in (Reflection(), Reflection(0.0, waits=True)):
        assert "It is still to be graded." in written(Course(tmp_path), 1, given)[0]


def test_nothing_of_another_student_is_in_it(tmp_path: Path) -> None:
    for number in range(len(NAMES)):
        for shown in written(Course(tmp_path), number, Reflection(1.0, comment="Good.")):
            others = [name for name in NAMES if name != NAMES[number] and len(name) > 4]
            assert not any(name in shown for name in others)
    assert "status 404" not in written(Course(tmp_path), 2, Reflection())[0]


def test_nothing_of_a_learner_is_markup(tmp_path: Path) -> None:
    page, text = written(Course(tmp_path), 0, Reflection())
    assert "<script>" not in page and "&lt;script&gt;alert(1)" in page
    outside = [line for line in text.splitlines() if not line.startswith("    ")]
    assert not any("<script>" in line or "](javascript" in line for line in outside)
    assert "    the answer <script>alert(1)</script>" in text


def test_nothing_of_the_grader_is_in_it(tmp_path: Path) -> None:
    course = Course(tmp_path)
    seen = (
        f'File "/tmp/camp-grading-ab12/0/camp-grade-x_y/app/function_app.py", line 3\n{course.root}/gradebook.db\n'
        f"{project.root()}/autograder/checks\n/tmp/camp-grading-ab12/0/other\n--seed 918273645, seed: 918273645"
    )
    graded = batches.graded(LAB, {"1.2": seen})
    graded = replace(graded, verdict=replace(graded.verdict, seed=918273645), notes=(f"{course.root}/x is a link",))
    page = write_feedback(course, LAB, "alice", graded, Reflection())
    for shown in (page.read_text("utf-8"), page.with_name("feedback.md").read_text("utf-8")):
        for hidden in (str(course.root), str(project.root()), "camp-gr", "918273645"):
            assert hidden not in shown
    assert "File &quot;function_app.py&quot;, line 3" in page.read_text("utf-8")


def test_a_fault_of_ours_is_no_fault_of_theirs(tmp_path: Path) -> None:
    page, _text = written(Course(tmp_path), 5, Reflection())
    assert "no fault of yours" in page and "the disk" not in page and "0/2" not in page


def test_it_is_in_the_students_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue = Catalog(locale="ja")
    catalogue.add("seen", "見えたもの")
    target = io.BytesIO()
    write_mo(target, catalogue)
    (tmp_path / "ja" / "LC_MESSAGES").mkdir(parents=True)
    (tmp_path / "ja" / "LC_MESSAGES" / "camp.mo").write_bytes(target.getvalue())
    monkeypatch.setattr(messages, "LOCALE_DIR", tmp_path)
    messages.catalogue.cache_clear()
    try:
        page, text = written(Course(tmp_path), 2, Reflection(), "ja")
        assert "見えたもの" in page and "見えたもの" in text and 'lang="ja"' in page
        assert messages._("seen") == "seen"
    finally:
        messages.catalogue.cache_clear()


def test_the_roster_names_languages(tmp_path: Path) -> None:
    course = Course(tmp_path)
    assert roster.people(course) == {}
    path = tmp_path / "roster.csv"
    path.write_text("\ufeffstudent,language,email\n山田,ja,y@example.org\nbob,../../x,\nzoe,pt-BR,\n,,\n", "utf-8")
    people = roster.people(course)
    assert people["山田"] == roster.Person("山田", "ja", "y@example.org")
    assert (people["bob"].language, people["zoe"].language, len(people)) == (None, "pt_BR", 3)
    path.write_text("name\nbob\n", "utf-8")
    with pytest.raises(ListError, match="column student"):
        roster.people(course)
