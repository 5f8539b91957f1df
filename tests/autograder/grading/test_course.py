from pathlib import Path
from typing import Any

import pytest

from autograder.grading import course, newcourse
from autograder.grading.course import CourseError


def test_a_course_has_the_labs_and_nbgraders_settings(tmp_path: Path, handins: Any) -> None:
    root = tmp_path / "kürs a"
    added = newcourse.new(root, [handins.lab])
    assert {path.relative_to(root).as_posix() for path in added} == {
        "nbgrader_config.py",
        "README.md",
        "course.toml",
        "roster.csv",
        *(
            f"source/1-slack-bot/{name}"
            for name in ("1-slack-bot.ipynb", "function_app.py", "host.json", "local.settings.json", "requirements.txt")
        ),
    }


def test_what_is_there_is_never_touched(tmp_path: Path, handins: Any) -> None:
    root = tmp_path / "course"
    newcourse.new(root, [handins.lab])
    (root / "source" / "1-slack-bot" / "host.json").write_text("mine")
    (root / "README.md").unlink()
    assert newcourse.new(root, [handins.lab]) == [root / "README.md"]
    assert (root / "source" / "1-slack-bot" / "host.json").read_text() == "mine"


def test_another_folder_is_left_alone(tmp_path: Path, handins: Any) -> None:
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(CourseError, match="is not empty and holds no course"):
        newcourse.new(tmp_path, [handins.lab])
    with pytest.raises(CourseError, match="is not empty"):
        newcourse.new(tmp_path / "thesis.tex", [handins.lab])


def test_a_folder_that_nbgrader_cannot_work_in_is_refused(tmp_path: Path, handins: Any) -> None:
    with pytest.raises(CourseError, match=r"its name has % \["):
        newcourse.new(tmp_path / "50%[x", [handins.lab])


def test_a_course_is_found_from_within_and_from_beside(
    tmp_path: Path, handins: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "course"
    newcourse.new(root, [handins.lab])
    monkeypatch.chdir(tmp_path)
    assert course.find(None).root == root == course.find(Path("course")).root
    monkeypatch.chdir(root)
    assert course.find(None).root == root
    with pytest.raises(CourseError, match="'camp course new' makes one"):
        course.find(tmp_path / "elsewhere")


def test_nothing_that_is_set_aside_replaces_another(tmp_path: Path) -> None:
    for number in range(3):
        tree = tmp_path / "tree"
        tree.mkdir()
        (tree / "file").write_text(str(number))
        course.set_aside(tree, tmp_path / "kept" / "it")
    assert sorted(path.read_text() for path in tmp_path.glob("kept/*/file")) == ["0", "1", "2"]
