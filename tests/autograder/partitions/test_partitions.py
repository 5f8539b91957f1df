"""What a learner's cells show: the rush, keys side by side, two forces, three years, keys that cannot be used."""

import re
from pathlib import Path

import pytest

from autograder import partitions, project
from autograder.lab import Lab, find_lab
from autograder.ownkey import NoKey
from autograder.partitions import buckets, candidates, growth, rush
from autograder.partitions.measuring import gigabytes, measured
from autograder.progress import Progress

LAB = "5"


@pytest.fixture
def lab() -> Lab:
    return find_lab(LAB)


@pytest.fixture
def solved(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder has the solution in it."""
    monkeypatch.chdir(lab.solution)
    return lab.solution


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[dict]:
    """The pictures that are shown."""
    found: list[dict] = []
    monkeypatch.setattr(partitions, "show_drawing", found.append)
    return found


def test_a_rush_shows_its_heat_and_the_keys_that_used_most(solved, drawn, capsys):
    rush("/channel")
    shown = capsys.readouterr().out
    assert "hottest partition's share" in shown and "partition, seconds, share of RU, 429s" in shown
    hottest = re.search(r"429s\n +(\w+) +([\d,]+) RU", shown.partition("The keys that used most")[2])
    assert hottest and int(hottest[2].replace(",", "")) > 1_000
    assert len(drawn) == 1


@pytest.mark.parametrize(("letter", "verdict"), [("C", "Right."), ("A", "Not so.")])
def test_the_first_rush_is_compared_with_the_prediction(lab, letter, verdict, drawn, capsys, tmp_path, monkeypatch):
    (tmp_path / lab.name).mkdir()
    monkeypatch.chdir(tmp_path / lab.name)
    monkeypatch.setattr(project, "state", lambda: tmp_path)
    Progress(tmp_path, print).predict(lab.name, letter)
    rush("/channel")
    shown = capsys.readouterr().out
    assert f"You predicted {letter}: " in shown and verdict in shown
    assert re.search(r"measured +1 partition answered 429 \(\d+ of \d+ answers\)", shown)


def test_without_a_prediction_the_rush_says_so(lab, drawn, capsys, tmp_path, monkeypatch):
    (tmp_path / lab.name).mkdir()
    monkeypatch.chdir(tmp_path / lab.name)
    monkeypatch.setattr(project, "state", lambda: tmp_path)
    rush("/channel")
    assert "You made no prediction before this run." in capsys.readouterr().out


def test_keys_stand_side_by_side_with_ones_own(solved, drawn, capsys):
    candidates("/channel", "mine")
    shown = capsys.readouterr().out
    asked = r"/channel +channel [78]\.\d RU in 1 partition; user 6\d\.\d RU in 20 partitions"
    assert re.search(asked + "; rush: hottest .* 429", shown)
    assert re.search(r"mine +channel [23]\d\.\d RU in [4-8] partitions; user [23]\d\.\d RU", shown)
    assert [len(one["data"]["values"]) for one in drawn] == [4, 4]


def test_buckets_show_two_forces(drawn, capsys, monkeypatch):
    monkeypatch.setattr(partitions, "BUCKETS", (1, 16))
    buckets()
    one, many = drawn[0]["data"]["values"]
    assert one["RU"] < many["RU"] and one["hottest"] > many["hottest"]
    assert "\n  16  channel 5" in capsys.readouterr().out


def test_a_key_that_ends_with_its_hour_grows_no_further(solved, drawn, capsys):
    growth("/channel", "channel#hour#8", "mine")
    by_hour = gigabytes("channel#hour#8", 5, solved)
    assert by_hour[1] == pytest.approx(by_hour[3], abs=0.1)
    by_channel = gigabytes("/channel", 5, solved)
    assert by_channel[0] == 0 and by_channel[1] < 20 < by_channel[2] < by_channel[3]
    assert re.search(r"/channel +19\.\d, 3\d\.\d, 5\d\.\d GB", capsys.readouterr().out)
    assert len(drawn[0]["data"]["values"]) == 3 * 4


@pytest.mark.parametrize("show", [rush, candidates, growth])
@pytest.mark.parametrize(
    ("key", "source", "words"),
    [
        ("colour", "", "There is no key design colour"),
        ("mine", "CONTAINER = {", "partitioning.py cannot be used: SyntaxError"),
        ("mine", None, "There is no partitioning.py"),
    ],
    ids=["unknown", "broken", "missing"],
)
def test_a_key_that_cannot_be_used_is_a_note(show, key, source, words, drawn, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if source is not None:
        (tmp_path / "partitioning.py").write_text(source, "utf-8")
    show(key)
    assert words in capsys.readouterr().out
    assert drawn == []


def test_documents_that_the_database_refuses_are_a_note(lab, drawn, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    source = (lab.solution / "partitioning.py").read_text("utf-8")
    same = '\n_made = to_document\ndef to_document(one):\n    return {**_made(one), "id": "same", "channel": "x"}\n'
    (tmp_path / "partitioning.py").write_text(source + same, "utf-8")
    rush("mine")
    assert "Two documents have the id same" in capsys.readouterr().out


async def test_a_question_with_a_wrong_answer_costs_nothing_that_counts(lab, tmp_path):
    source = (lab.solution / "partitioning.py").read_text("utf-8")
    (tmp_path / "partitioning.py").write_text(source + "\ndef user_messages(*_asked):\n    return []\n", "utf-8")
    with pytest.raises(NoKey, match=r"user_messages returned 0 messages that are not the right ones; there are [1-9]"):
        await measured("mine", 5, tmp_path)


async def test_a_question_that_is_not_written_is_named(lab, tmp_path):
    (tmp_path / "partitioning.py").write_bytes((lab.starter / "partitioning.py").read_bytes())
    with pytest.raises(NoKey, match=r"NotImplementedError .*channel_history"):
        await measured("mine", 5, tmp_path)
