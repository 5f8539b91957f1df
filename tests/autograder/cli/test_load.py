"""`camp load`: a load from the terminal."""

import json

import pytest

OWN = """
CONTAINER = {"partition_key": ["/pk"]}
def to_document(message):
    return {**message, "pk": message["user"]}
"""
FEW = ("--messages", "30", "--seconds", "1", "--seed", "3")


def test_a_load_shows_heat_and_how_to_repeat_it(camp_command):
    done = camp_command("load", "/channel", *FEW)
    assert "hottest partition's share" in done.stdout
    assert "camp load /channel --seed 3" in done.stdout


def test_json_has_the_figures(camp_command):
    report = json.loads(camp_command("load", "channel#8", *FEW, "--json").stdout)
    assert (report["documents"], report["seed"]) == (30, 3)
    assert len(report["partitions"]) == 20


def test_ones_own_key_is_loaded(camp_command, tmp_path):
    (tmp_path / "partitioning.py").write_text(OWN)
    report = json.loads(camp_command("load", str(tmp_path), *FEW, "--json").stdout)
    assert all(one["key"][0].startswith("U") for one in report["keys"])


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("raise RuntimeError('not yet')", "not yet"),
        ("CONTAINER = {}\ndef to_document(message): return message", "partition_key"),
        (OWN.replace("{**message, \"pk\": message[\"user\"]}", "None"), "must return a dict"),
        (OWN.replace("pk\": message", "other\": message"), "has no /pk"),
        (OWN.replace("/pk", "pk"), "no path"),
    ],
)  # fmt: skip
def test_a_key_that_cannot_be_used_says_why(camp_command, tmp_path, source, seen):
    (tmp_path / "partitioning.py").write_text(source)
    done = camp_command("load", str(tmp_path), *FEW)
    assert done.returncode == 1
    assert seen in done.stderr


def test_hours_of_the_day_are_not_alike(camp_command):
    day = ("channel#hour", "--messages", "600", "--seconds", "86400", "--seed", "3", "--flat-out", "8", "--json")
    even = json.loads(camp_command("load", *day).stdout)
    daily = json.loads(camp_command("load", *day, "--daily").stdout)
    assert even["documents"] == daily["documents"] == 600
    assert daily["keys"][0]["requests"] > 1.4 * even["keys"][0]["requests"]


def test_an_unknown_key_is_a_usage_error(camp_command):
    done = camp_command("load", "colour")
    assert done.returncode == 2
    assert "channel#8" in done.stderr
