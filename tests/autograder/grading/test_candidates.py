"""Which app of a submission is graded: the one that the learner worked on, and never another lab's."""

from pathlib import Path
from typing import Any

import pytest

from autograder.grading import batch
from autograder.grading.batch import Row
from autograder.grading.course import Course
from autograder.grading.feedback import Reflection, write_feedback
from autograder.grading.grade import Graded, grade
from autograder.grading.marks import Mark
from autograder.grading.reportpage import report_page
from autograder.grading.unpacking import Contents, unpack
from autograder.lab import find_lab

LAB, OTHER = "1-slack-bot", "2-keep-messages"
HERE = Path(__file__).parents[3]
Files = dict[str, bytes]


def at(folder: str, files: Files) -> Files:
    return {f"{folder}{name}": text for name, text in files.items()}


def app_in(folder: Path) -> Files:
    return {
        path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and path.suffix in (".py", ".json")
    }


STARTER, SOLUTION = app_in(HERE / "labs" / LAB), app_in(HERE / "solutions" / LAB)
OF_ANOTHER = app_in(HERE / "labs" / OTHER)
FINISHED = {**STARTER, "function_app.py": b"finished"}
OLD = {**STARTER, "function_app.py": b"an earlier try"}


def unpacked(handins: Any, *parts: Files) -> Contents:
    files: Files = {}
    for part in parts:
        files |= part
    found: Contents = unpack(handins.zip(files), handins.lab)
    return found


@pytest.mark.parametrize(
    ("parts", "place"),
    [
        ([at(f"work/{LAB}/", FINISHED), at(f"work/{OTHER}/", OF_ANOTHER)], f"work/{LAB}/"),
        ([at("", OLD), at(f"camp/work/{LAB}/", FINISHED)], f"camp/work/{LAB}/"),
        ([at("a/", OLD), at(f"z/{LAB.upper()}/", FINISHED)], f"z/{LAB.upper()}/"),
        ([at(f"{LAB}/", FINISHED), at(f"{LAB}/{LAB}/", OLD)], f"{LAB}/"),
        ([at("starter/", STARTER), at("finished/", FINISHED)], "finished/"),
        ([at(f"{LAB}/", STARTER), at("my bot/", FINISHED)], "my bot/"),
        ([at(f"{LAB}/", {"function_app.py": b"finished"}), at("old/", OLD)], f"{LAB}/"),
        (
            [at(f"labs/{LAB}/", STARTER), at(f"solutions/{LAB}/", SOLUTION), at(f"work/{LAB}/", FINISHED)],
            f"work/{LAB}/",
        ),
        ([at(f"labs/{LAB}/", FINISHED), at(f"solutions/{LAB}/", SOLUTION)], f"labs/{LAB}/"),
    ],
)
def test_the_app_that_was_worked_on_is_graded(handins: Any, parts: list[Files], place: str) -> None:
    contents = unpacked(handins, *parts)
    assert contents.app["function_app.py"] == b"finished"
    assert any(
        note.endswith((f"the one in {place} counts.", f"The app is in {place}, not in {LAB}/."))
        for note in contents.notes
    )


def test_more_than_one_app_is_told_with_the_one_that_counts(handins: Any) -> None:
    contents = unpacked(handins, at("starter/", STARTER), at("finished/", FINISHED))
    assert contents.notes == ["There are 2 apps, in finished/, starter/; the one in finished/ counts."]


def test_the_one_that_counts_is_named_in_feedback_and_report(handins: Any, tmp_path: Path) -> None:
    broken = {**STARTER, "function_app.py": b"def ("}  # does not load: graded at once
    told = "There are 2 apps, in finished/, starter/; the one in finished/ counts."
    graded: Graded = grade(handins.zip(at("starter/", STARTER) | at("finished/", broken)), handins.lab, 1)
    page = write_feedback(Course(tmp_path), handins.lab, "alice", graded, Reflection())
    assert told in page.read_text("utf-8")
    assert "the one in finished/ counts" in page.with_name("feedback.md").read_text("utf-8")
    assert told in report_page(handins.lab, [Mark(Row("alice", graded, batch.ANSWERED, 2.0))], 1, 20)


@pytest.mark.parametrize("number", ["1", "2"])
def test_each_lab_is_graded_out_of_one_zip_of_the_whole_work_folder(handins: Any, number: str) -> None:
    both = at(f"work/{LAB}/", SOLUTION) | at(f"work/{OTHER}/", app_in(HERE / "solutions" / OTHER))
    graded = grade(handins.zip(both), find_lab(number), 1)
    assert (graded.verdict.points, graded.reason) == (graded.verdict.of, None)


def test_who_did_nothing_is_not_graded_by_the_solution_beside_it(handins: Any) -> None:
    places = {f"labs/{LAB}/": STARTER, f"work/{LAB}/": STARTER, f"solutions/{LAB}/": SOLUTION}
    asgi = app_in(HERE / "solutions" / LAB / "alternatives" / "asgi")
    contents = unpacked(
        handins, *(at(place, files) for place, files in places.items()), at(f"solutions/{LAB}/alternatives/asgi/", asgi)
    )
    assert contents.app["function_app.py"] == STARTER["function_app.py"]


def test_a_solution_that_was_looked_up_is_the_learners_own(handins: Any) -> None:
    contents = unpacked(handins, at(f"{LAB}/", SOLUTION), at("old/", OLD))
    assert contents.app["function_app.py"] == SOLUTION["function_app.py"]


def test_git_on_windows_changes_no_starter(handins: Any) -> None:
    starter = {name: text.replace(b"\n", b"\r\n") for name, text in STARTER.items()}
    assert unpacked(handins, at(f"{LAB}/", starter), at("bot/", FINISHED)).app["function_app.py"] == b"finished"


@pytest.mark.parametrize("folder", [f"{OTHER}/", f"work/{OTHER}/", f"{OTHER}/app/"])
def test_another_labs_app_is_not_graded(handins: Any, folder: str) -> None:
    """It may well hold this lab's solution."""
    contents = unpacked(handins, at(folder, FINISHED), at(folder, {f"{OTHER}.ipynb": b"{}"}))
    assert (contents.app, contents.notebooks) == ({}, {})
    assert contents.notes == [f"{folder} is of another lab; it was not graded."]


def test_one_settings_file_is_no_second_app(handins: Any) -> None:
    contents = unpacked(handins, at(f"{LAB}/", FINISHED), {"requirements.txt": b"", "host.json": b"{}"})
    assert contents.notes == []


def test_an_app_whose_main_file_has_another_name_is_still_found(handins: Any) -> None:
    assert set(unpacked(handins, {f"{LAB}/host.json": b"{}", f"{LAB}/bot.py": b""}).app) == {"host.json", "bot.py"}


def test_an_archive_in_the_archive_is_told(handins: Any) -> None:
    assert unpacked(handins, {"mine.zip": b""}).notes == ["mine.zip is an archive in the archive; it was not opened."]
