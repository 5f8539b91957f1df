import os
from pathlib import Path
from typing import Any

import pytest

from autograder.grading import gathering
from autograder.grading.gathering import HandedIn, gather
from autograder.grading.names import who
from autograder.grading.unpacking import Limits, unpack

STAMPED = "_1-slack-bot-20261124-101500.zip"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "handed in"
    folder.mkdir()
    return folder


def gathered(folder: Path, handins: Any, limits: Limits | None = None) -> dict[str, HandedIn]:
    return {one.student: one for one in gather(folder, handins.lab, limits or Limits())}


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("alice.zip", "alice"),
        (f"alice{STAMPED}", "alice"),
        (f"Zoë 学{STAMPED}", "Zoë 学"),
        ("a.b@example.org.zip", "a.b@example.org"),
    ],
)
def test_a_students_name_is_the_files(folder: Path, handins: Any, name: str, student: str) -> None:
    (folder / name).write_bytes(b"x")
    assert list(gathered(folder, handins)) == [student]


def test_names_that_nbgrader_cannot_have_are_changed_and_stay_apart(handins: Any) -> None:
    names = [
        "a*.zip",
        "a?.zip",
        "[a].zip",
        f"{STAMPED}",
        "-rf.zip",
        "{0}.zip",
        "x" * 200 + ".zip",
        "..zip",
        "a\x1b.zip",
    ]
    students = [who(name, handins.lab.name).student for name in names]
    assert len(set(students)) == len(names)
    assert all(not set(one) & set("*?[]{}/\x1b") and one[0] not in ".-" and len(one) < 100 for one in students)


def test_a_folder_of_zips_of_folders_and_of_a_tree(folder: Path, handins: Any) -> None:
    files = {"1-slack-bot/function_app.py": b"app"}
    (folder / f"zip{STAMPED}").write_bytes(handins.zip(files))
    for place in ("folder", "tree/1-slack-bot", "moodle"):
        (folder / place).mkdir(parents=True)
    (folder / "folder" / "function_app.py").write_bytes(b"app")
    (folder / "tree" / "1-slack-bot" / "function_app.py").write_bytes(b"app")
    (folder / "tree" / "1-slack-bot" / "timestamp.txt").write_text("2026-11-24 10:15:00 UTC\n")
    (folder / "moodle" / "mine.zip").write_bytes(handins.zip(files))
    found = gathered(folder, handins)
    assert list(found) == ["folder", "moodle", "tree", "zip"]
    assert all(unpack(one.data, handins.lab).app == {"function_app.py": b"app"} for one in found.values())
    assert (found["tree"].timestamp, found["tree"].tree) == (
        "2026-11-24 10:15:00 UTC",
        folder / "tree" / "1-slack-bot",
    )


def test_a_time_stamp_that_a_learner_put_in_is_none(folder: Path, handins: Any) -> None:
    for place in ("bob", "Aiko Sato_4711_assignsubmission_file/1-slack-bot"):
        (folder / place).mkdir(parents=True)
        (folder / place / "function_app.py").write_text("app")
        (folder / place / "timestamp.txt").write_text("2020-01-01 00:00:00 UTC")
    assert [one.timestamp for one in gathered(folder, handins).values()] == [None, None]


def test_a_time_stamp_that_nbgrader_could_not_read_is_none(folder: Path, handins: Any) -> None:
    (folder / "bob" / "1-slack-bot").mkdir(parents=True)
    (folder / "bob" / "1-slack-bot" / "timestamp.txt").write_text("yesterday")
    assert gathered(folder, handins)["bob"].timestamp is None


def test_who_handed_in_twice_is_graded_by_the_last(folder: Path, handins: Any) -> None:
    (folder / "bob_1-slack-bot-20261124-101500.zip").write_bytes(b"first")
    (folder / "bob_1-slack-bot-20261125-090000.zip").write_bytes(b"second")
    [bob] = gathered(folder, handins).values()
    assert bob.data == b"second"
    assert bob.notes == ("There are 2 submissions; bob_1-slack-bot-20261125-090000.zip counts.",)


def test_what_is_of_another_lab_is_not_of_this_one(folder: Path, handins: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "lab_names", lambda: ["1-slack-bot", "2-keep"])
    (folder / "tree" / "2-keep").mkdir(parents=True)
    (folder / "both" / "2-keep").mkdir(parents=True)
    (folder / "both" / "1-slack-bot").mkdir()
    (folder / "zip_2-keep-20261124-101500.zip").write_bytes(b"x")
    assert list(gathered(folder, handins)) == ["both"]


def test_what_was_not_handed_in_is_no_submission(folder: Path, handins: Any) -> None:
    for name in ("grades.csv", "README.md", ".DS_Store"):
        (folder / name).write_bytes(b"")
    assert gathered(folder, handins) == {}


def test_links_and_pipes_are_never_opened(folder: Path, handins: Any) -> None:
    tree = folder / "bob" / "1-slack-bot"
    tree.mkdir(parents=True)
    (tree / "function_app.py").write_bytes(b"app")
    (tree / "passwd").symlink_to("/etc/passwd")
    (tree / "etc").symlink_to("/etc")
    os.mkfifo(tree / "1-slack-bot.ipynb")
    os.mkfifo(folder / "pipe.zip")
    (folder / "link.zip").symlink_to("/etc/passwd")
    found = gathered(folder, handins)
    assert unpack(found["bob"].data, handins.lab).app == {"function_app.py": b"app"}
    assert found["bob"].notes == tuple(
        f"{name} is a link or a special file; it was left out." for name in ("1-slack-bot.ipynb", "etc", "passwd")
    )
    assert found["pipe"].problem == "pipe.zip is a link or a special file."
    assert found["link"].problem == "link.zip is a link or a special file."


def test_no_name_tells_the_terminal_what_to_do(folder: Path, handins: Any) -> None:
    os.mkfifo(folder / "bob\x1b[2J.zip")
    [bob] = gathered(folder, handins).values()
    assert bob.student.isprintable()
    assert bob.problem == r"bob\x1b[2J.zip is a link or a special file."


def test_what_is_too_big_is_not_read(folder: Path, handins: Any) -> None:
    (folder / "zip.zip").write_bytes(b"x" * 2_000_001)
    found = gathered(folder, handins, Limits(zip_bytes=1_000_000, archive_bytes=1_000_000))
    assert found["zip"].problem == "zip.zip is too big: 2 MB, and 1 MB are enough."


def test_of_an_archive_that_is_too_big_to_be_kept_what_counts_is(folder: Path, handins: Any) -> None:
    files = {"1-slack-bot/function_app.py": b"app", "1-slack-bot/1-slack-bot.ipynb": b"{}", "1-slack-bot.ipynb": b"[]"}
    (folder / "bob.zip").write_bytes(handins.zip({**files, "1-slack-bot/.venv/lib.so": os.urandom(1_100_000)}))
    [bob] = gathered(folder, handins, Limits(zip_bytes=1_000_000)).values()
    assert bob.notes == ("bob.zip has 1 MB; only what counts of it was kept.",)
    contents = unpack(bob.data, handins.lab)
    assert contents.app == {"function_app.py": b"app"}
    assert contents.notebooks == {"1-slack-bot.ipynb": b"{}", "../1-slack-bot.ipynb": b"[]"}


def test_a_part_of_a_folder_over_its_bound_costs_that_part(folder: Path, handins: Any) -> None:
    for name in ("files", "printed", "packages"):
        (folder / name / "1-slack-bot").mkdir(parents=True)
        (folder / name / "1-slack-bot" / "function_app.py").write_bytes(b"app")
        (folder / name / "1-slack-bot" / "1-slack-bot.ipynb").write_bytes(b"{}")
    (folder / "packages" / "1-slack-bot" / "node_modules").mkdir()
    for number in range(4):
        (folder / "files" / "1-slack-bot" / f"{number}.py").write_bytes(b"x")
        (folder / "packages" / "1-slack-bot" / "node_modules" / f"{number}.js").write_bytes(b"x")
    (folder / "printed" / "1-slack-bot" / "1-slack-bot.ipynb").write_bytes(bytes(2_000_000))
    found = gathered(folder, handins, Limits(files=3, notebook=1_000_000))
    contents = {name: unpack(one.data, handins.lab) for name, one in found.items()}
    assert contents["files"].app == {} and contents["files"].notebooks == {"1-slack-bot.ipynb": b"{}"}
    assert "The app holds more than 3 files" in found["files"].notes[0]
    assert contents["printed"].app == {"function_app.py": b"app"} and contents["printed"].notebooks == {}
    assert "The notebook 1-slack-bot.ipynb holds more than 1 MB" in found["printed"].notes[0]
    assert (len(contents["packages"].app), found["packages"].notes) == (1, ())


def test_of_several_archives_in_a_folder_the_labs_own_counts(folder: Path, handins: Any) -> None:
    bob = folder / "bob"
    bob.mkdir()
    (bob / "1-slack-bot-20261124.zip").write_bytes(handins.zip({"1-slack-bot/function_app.py": b"app"}))
    (bob / "2-keep-messages-20261124.zip").write_bytes(handins.zip({"2-keep-messages/function_app.py": b"other"}))
    [found] = gathered(folder, handins).values()
    assert unpack(found.data, handins.lab).app == {"function_app.py": b"app"}
    assert found.notes == ("There are 2 archives in one folder; 1-slack-bot-20261124.zip counts.",)


def test_an_archive_among_an_apps_files_is_not_the_submission(folder: Path, handins: Any) -> None:
    (folder / "bob").mkdir()
    (folder / "bob" / "function_app.py").write_bytes(b"app")
    (folder / "bob" / "data.zip").write_bytes(b"data")
    [found] = gathered(folder, handins).values()
    assert unpack(found.data, handins.lab).app == {"function_app.py": b"app", "data.zip": b"data"}


def test_a_file_that_cannot_be_read_is_one_row(folder: Path, handins: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    (folder / "bob.zip").write_bytes(b"")
    monkeypatch.setattr(Path, "read_bytes", denied)
    assert gathered(folder, handins)["bob"].problem == "bob.zip cannot be read: Permission denied."
