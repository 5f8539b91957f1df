"""The move in the notebook: everything arrives, and what is lost is counted."""

import re

import pytest

from autograder.lab import find_lab
from autograder.partitions import move, moving
from autograder.partitions.moving import NEW, OLD

LAB = "5"
ALL = OLD + NEW


def test_the_solution_moves_everything_once(capsys, monkeypatch):
    monkeypatch.chdir(find_lab(LAB).solution)
    move()
    shown = capsys.readouterr().out
    assert f"Moved {ALL} of {ALL} messages; 0 are there twice, 0 with an old text." in shown
    assert "camp func start --app migrate" in shown


def test_an_app_that_begins_now_leaves_the_old_messages(capsys, monkeypatch, tmp_path):
    solution = find_lab(LAB).solution
    (tmp_path / "migrate").mkdir()
    for name in ("partitioning.py", "migrate/function_app.py", "migrate/host.json", "migrate/local.settings.json"):
        (tmp_path / name).write_bytes((solution / name).read_bytes())
    app = tmp_path / "migrate" / "function_app.py"
    app.write_text(app.read_text("utf-8").replace("start_from_beginning=True", "start_from_beginning=False"), "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(moving, "SECONDS", 15.0)
    monkeypatch.setattr(moving, "SECONDS_BETWEEN_WRITES", 0.05)  # still writing when the host is up
    move()
    found = re.search(rf"Moved (\d+) of {ALL} messages", capsys.readouterr().out)
    assert found and 0 < int(found[1]) <= NEW + moving.EDITS


@pytest.mark.parametrize("name", ["partitioning.py", "function_app.py"])
def test_a_missing_file_is_named(name, capsys, monkeypatch, tmp_path):
    (tmp_path / "migrate").mkdir()
    if name == "partitioning.py":
        (tmp_path / "migrate" / "function_app.py").write_text("", "utf-8")
    monkeypatch.chdir(tmp_path)
    move()
    assert f"There is no {name} in " in capsys.readouterr().out
