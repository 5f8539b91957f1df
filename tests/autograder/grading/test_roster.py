"""Class lists of other systems become one roster; nothing that stands in it is lost."""

from pathlib import Path

import pytest

from autograder.grading import roster
from autograder.grading.course import Course
from autograder.grading.listed import ListError
from autograder.grading.roster import Person
from autograder.grading.rosterimport import bring_in

MOODLE = 'First name,Last name,Email address,Groups\nAiko,Sato,aiko@example.org,\n"Zoë",Ångström,zoe@example.org,\n'
WORKSHEET = (
    "Identifier,Full name,Email address,Status,Grade\n"
    "Participant 4711,Aiko Sato,aiko@example.org,Submitted,\nParticipant 12,Björn Ek,bjorn@example.org,,\n"
)
CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Lab 1\n"
    '    Points Possible,,,,,18\n"Sato, Aiko",38272,s1,aiko,A,\n"Student, Test",9,,,A,\n'
)
CLASSROOM = '"identifier","github_username","github_id","name"\n"aiko","aiko-s","77",""\n"mei","","",""\n'


def course_with(folder: Path, text: str | None = roster.HEADER) -> Course:
    if text is not None:
        (folder / roster.FILE).write_text(text, "utf-8")
    return Course(folder)


def brought(course: Course, text: str) -> dict[str, Person]:
    path = course.root / "list.csv"
    path.write_text(text, "utf-8-sig")
    bring_in(course, path)
    return roster.people(course)


@pytest.mark.parametrize(
    ("text", "people"),
    [
        (
            MOODLE,
            [
                Person("aiko@example.org", None, "aiko@example.org", "Aiko", "Sato"),
                Person("zoe@example.org", None, "zoe@example.org", "Zoë", "Ångström"),
            ],
        ),
        (
            WORKSHEET,
            [
                Person("aiko@example.org", None, "aiko@example.org", None, "Aiko Sato", lms="moodle:4711"),
                Person("bjorn@example.org", None, "bjorn@example.org", None, "Björn Ek", lms="moodle:12"),
            ],
        ),
        (CANVAS, [Person("aiko", None, None, "Aiko", "Sato", lms="canvas:38272")]),
        (CLASSROOM, [Person("aiko", github="aiko-s"), Person("mei")]),
        ("student;name;language\nmei;Mei Lin;zh\n", [Person("mei", "zh", None, None, "Mei Lin")]),
    ],
    ids=["moodle", "worksheet", "canvas", "classroom", "plain"],
)
def test_the_headings_of_each_system_are_known(tmp_path: Path, text: str, people: list[Person]) -> None:
    assert list(brought(course_with(tmp_path), text).values()) == people


def test_an_import_completes_lines_and_loses_nothing(tmp_path: Path) -> None:
    course = course_with(tmp_path, 'student,email,extra_days,note\naiko,AIKO@example.org,3,"ill, in May"\nold,,,\n')
    (tmp_path / "list.csv").write_text(WORKSHEET, "utf-8")
    done = bring_in(course, tmp_path / "list.csv")
    assert (done.added, done.completed, done.missing) == (1, 1, ("old",))
    people = roster.people(course)
    assert people["aiko"] == Person("aiko", None, "AIKO@example.org", None, "Aiko Sato", 3, 0, "moodle:4711")
    assert list(people) == ["aiko", "old", "bjorn@example.org"]
    assert '"ill, in May"' in (tmp_path / roster.FILE).read_text("utf-8")
    before = (tmp_path / roster.FILE).read_bytes()
    assert bring_in(course, tmp_path / "list.csv").added == 0
    assert (tmp_path / roster.FILE).read_bytes() == before


def test_a_spreadsheet_may_have_written_semicolons(tmp_path: Path) -> None:
    assert roster.people(course_with(tmp_path, "\ufeffstudent;extra_days\r\nbob;2\r\n"))["bob"].extra_days == 2


def test_a_course_without_a_roster_gets_one(tmp_path: Path) -> None:
    assert list(brought(course_with(tmp_path, None), CLASSROOM)) == ["aiko", "mei"]


def test_submissions_of_a_system_are_the_rosters_students() -> None:
    people = [
        Person("s1", first_name="Aiko", last_name="Sato", lms="moodle:4711"),
        Person("s2", first_name="Zoë", last_name="Ek"),
        Person("s3", first_name="Mei", last_name="Lin"),
        Person("s4", first_name="Mei", last_name="Lin"),
    ]
    known = roster.Roster({person.student: person for person in people})
    for name, lms, student in (
        ("Anybody 4711", "moodle:4711", "s1"),
        ("Zoë Ek 12", "moodle:12", "s2"),
        ("ekzoë 99", "canvas:99", "s2"),
        ("Mei Lin 5", "moodle:5", "Mei Lin 5"),
        ("Zoë Ek", None, "Zoë Ek"),
        ("s3", None, "s3"),
    ):
        assert known.student_of(name, lms) == student
    assert known.lacks("nobody") and not known.lacks("s1") and not roster.Roster().lacks("nobody")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("student,extra_days\nbob,soon\n", "line 2: extra_days must be a number from 0 to 10000, and is soon"),
        ("student,extra_attempts\nbob,1.5\n", "line 2: extra_attempts must be"),
        ("student,extra_days\nbob,nan\n", "line 2: extra_days must be"),
        ("student,lms\nbob,moodle:1\neve,moodle:1\n", "line 3: moodle:1 is there twice"),
        ("student\n../bob\n", "line 2: ../bob cannot be the name of a folder; .*_bob-[0-9a-f]{6} can"),
        ("student\nbob\nbob\n", "line 3: bob is there twice"),
        ("student,email\n,x@example.org\n", "line 2: student is missing"),
    ],
)
def test_a_wrong_roster_says_where(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(ListError, match=why):
        roster.people(course_with(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "why"), [("colour,size\nred,3\n", "line 2: nobody is named"), ("student\n", "There is no student in")]
)
def test_a_list_of_something_else_is_refused(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(ListError, match=why):
        brought(course_with(tmp_path), text)
    assert (tmp_path / roster.FILE).read_text("utf-8") == roster.HEADER
