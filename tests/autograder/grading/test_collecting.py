import asyncio
import json
from pathlib import Path
from typing import Any

from autograder.grading import batch, record
from autograder.grading.collecting import in_tree, original
from autograder.grading.course import Course
from autograder.grading.gathering import HandedIn, gather
from autograder.grading.grade import Graded, grade
from autograder.lab import Lab
from autograder.workspace import make_student_notebook


def released_by_hand(root: Path, handins: Any) -> Course:
    """A course with nothing but what is released: no nbgrader, so that it is quick."""
    course = Course(root / "course")
    course.release(handins.lab.name).mkdir(parents=True)
    course.released_notebook(handins.lab.name).write_text(json.dumps(handins.released()), "utf-8")
    return course


class Here:
    """Grades in this process: none of these submissions has an app that could run."""

    async def grade(self, submission: bytes, lab: Lab, seed: int) -> Graded:
        return await asyncio.to_thread(grade, submission, lab, seed)


def grade_one(course: Course, lab: Lab, handed_in: HandedIn, seed: int) -> Graded:
    known = record.known(course, lab, handed_in.student)
    return asyncio.run(batch.grade_one(course, lab, handed_in, batch.Plan(seed), Here(), known))


def test_what_nbgrader_gets_is_the_courses_notebook_with_the_answer(tmp_path: Path, handins: Any) -> None:
    course = released_by_hand(tmp_path, handins)
    notebook = handins.answered()
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    data = handins.zip({**handins.notebook(notebook), "../evil.py": b"", "1-slack-bot/x.txt": b"x"})
    graded = grade_one(course, handins.lab, HandedIn("bob", data), 1)
    tree = course.submitted(handins.lab.name, "bob")
    assert [path.name for path in tree.iterdir()] == ["1-slack-bot.ipynb"]
    assert json.loads((tree / "1-slack-bot.ipynb").read_text("utf-8")) == handins.answered()
    [kept] = course.originals(handins.lab.name, "bob").iterdir()
    assert kept.read_bytes() == data
    known = record.known(course, handins.lab, "bob")
    assert known and known.graded == graded
    assert known.holds_for(record.digest(in_tree(course, handins.lab, "bob").data), handins.lab, 1)
    assert not known.holds_for(known.tree, handins.lab, 2)


def test_a_regrade_of_what_was_made_ready_is_of_what_was_handed_in(tmp_path: Path, handins: Any) -> None:
    course = released_by_hand(tmp_path, handins)
    data = handins.zip(handins.notebook(b""))
    first = grade_one(course, handins.lab, HandedIn("bob", data), 1)
    [again] = gather(course.root / "submitted", handins.lab)
    assert original(course, handins.lab, again).data == data
    assert grade_one(course, handins.lab, again, 1) == first
    assert len(list(course.originals(handins.lab.name, "bob").iterdir())) == 1


def test_a_time_that_is_known_later_is_brought_to_nbgrader(tmp_path: Path, handins: Any) -> None:
    course = released_by_hand(tmp_path, handins)
    data = handins.zip(handins.notebook(b""))
    grade_one(course, handins.lab, HandedIn("bob", data), 1)
    later = HandedIn("bob", data, timestamp="2026-11-24 10:15:00 UTC", told=("It is the second.",))
    graded = grade_one(course, handins.lab, later, 1)
    known = record.known(course, handins.lab, "bob")
    assert known and (known.graded, known.told) == (graded, later.told)
    stamp = course.submitted(handins.lab.name, "bob") / "timestamp.txt"
    assert stamp.read_text() == "2026-11-24 10:15:00 UTC\n"
    assert known.holds_for(record.digest(in_tree(course, handins.lab, "bob").data), handins.lab, 1)


def test_what_students_put_into_nbgraders_tree_is_kept_aside_whole(tmp_path: Path, handins: Any) -> None:
    course = released_by_hand(tmp_path, handins)
    tree = course.submitted(handins.lab.name, "bob")
    tree.mkdir(parents=True)
    (tree / "mine.ipynb").write_text(json.dumps(handins.answered()))
    (tree / "link").symlink_to("/etc/passwd")
    (tree / "timestamp.txt").write_text("2026-11-24 10:15:00 UTC")
    [handed_in] = gather(course.root / "submitted", handins.lab)
    graded = grade_one(course, handins.lab, handed_in, 1)
    assert graded.notes[0] == "link is a link or a special file; it was left out."
    assert graded.reflection == handins.answer
    assert sorted(path.name for path in tree.iterdir()) == ["1-slack-bot.ipynb", "timestamp.txt"]
    [folder] = [path for path in course.originals(handins.lab.name, "bob").iterdir() if path.is_dir()]
    assert sorted(path.name for path in folder.iterdir()) == ["link", "mine.ipynb", "timestamp.txt"]


def test_a_submission_with_a_problem_is_laid_out_too(tmp_path: Path, handins: Any) -> None:
    course = released_by_hand(tmp_path, handins)
    graded = grade_one(course, handins.lab, HandedIn("bob", problem="bob.zip is a link."), 1)
    assert (graded.verdict.points, graded.reason) == (0, "bob.zip is a link.")
    tree = course.submitted(handins.lab.name, "bob")
    assert json.loads((tree / "1-slack-bot.ipynb").read_text("utf-8")) == handins.released()


def test_the_seed_of_a_lab_stays(tmp_path: Path, handins: Any) -> None:
    course = Course(tmp_path)
    seed = record.seed_for(course, handins.lab)
    assert record.seed_for(course, handins.lab) == seed
    assert record.seed_for(course, handins.lab, 7) == 7 == record.seed_for(course, handins.lab)


def test_a_damaged_record_is_no_record(tmp_path: Path, handins: Any) -> None:
    course = Course(tmp_path)
    path = course.verdict(handins.lab.name, "bob")
    path.parent.mkdir(parents=True)
    for text in ("", "[]", "{}", '{"student": 1', '{"student": "bob", "graded": {}}'):
        path.write_text(text)
        assert record.known(course, handins.lab, "bob") is None


def test_the_checks_of_a_lab_are_the_cells_of_its_notebook(handins: Any) -> None:
    roles = [cell["metadata"].get("nbgrader", {}) for cell in handins.released()["cells"]]
    points = {role["grade_id"]: role["points"] for role in roles if role.get("grade") and not role["solution"]}
    assert points == {f"check-{check.id.replace('.', '-')}": check.points for check in handins.lab.checks}


def test_what_is_released_is_what_camp_up_lays_out(course: Course, tmp_path: Path, handins: Any) -> None:
    source = course.source(handins.lab.name)
    make_student_notebook(source / "1-slack-bot.ipynb", tmp_path / "up.ipynb")
    released = {path.name: path.read_bytes() for path in course.release(handins.lab.name).iterdir()}
    notebooks = [json.loads(released.pop("1-slack-bot.ipynb")), json.loads((tmp_path / "up.ipynb").read_bytes())]
    for one in notebooks:
        del one["metadata"]["language_info"]  # `camp up` names this computer's Python, so that opening changes nothing
    assert notebooks[0] == notebooks[1]
    assert released == {path.name: path.read_bytes() for path in source.iterdir() if path.suffix != ".ipynb"}
