"""The heat map's figures, as a pure function of what the emulator tells."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from localcloud.portal.heat.heat import ROWS, heat, key_share, verdict
from localcloud.portal.heat.words import key_text, percent, sentence

NOW = 1_700_000_123
QUARTERS = ("", "10", "20", "30", "FF")


def partition(number: int, seconds: list[list[float]], budget: float = 100) -> dict[str, Any]:
    return {
        "id": str(number),
        "min": QUARTERS[number],
        "max": QUARTERS[number + 1],
        "parents": [],
        "budget": budget,
        "documents": 10,
        "bytes": 1_000,
        "seconds": seconds,
    }


def consumption(*partitions: dict[str, Any], keys: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    seconds = [second for one in partitions for second in one["seconds"]]
    totals = {
        "ru": sum(one[1] for one in seconds),
        "requests": sum(one[2] for one in seconds),
        "throttled": sum(one[3] for one in seconds),
    }
    return {"now": NOW + 0.5, "partitions": list(partitions), "keys": keys or [], "totals": totals}


def loud(number: int) -> list[list[float]]:
    return [[NOW - ago, 104, 30, 12] for ago in range(1, 30)]


def quiet(number: int) -> list[list[float]]:
    return [[NOW - ago, 4, 1, 0] for ago in range(1, 30, 2)]


def test_one_hot_partition_is_told_in_a_sentence() -> None:
    key = {"key": ["general"], "partition": "2", "ru": 2_900.0, "requests": 800, "throttled": 348}
    other = {"key": ["ops"], "partition": "2", "ru": 20.0, "requests": 5, "throttled": 0}
    seconds = (quiet(0), quiet(1), loud(2), quiet(3))
    found = heat(consumption(*(partition(at, one) for at, one in enumerate(seconds)), keys=[other, key]), 1)
    assert [one["share"] for one in found["columns"]] == [0.02, 0.02, 1.04, 0.02]
    assert found["columns"][2]["hottest"] == ["general"]
    judged = verdict(found["columns"])
    assert (judged["kind"], judged["partition"], judged["others"]) == ("hot", "2", 0.02)
    assert sentence(judged) == "Partition 2 is hot and refuses requests. The others use 2 %. Loudest key: general."


def test_a_key_that_used_little_has_a_short_bar_even_if_nothing_else_was_used() -> None:
    """The bar is the key's part of what its partition might have used in the time that is shown."""
    key = {"key": ["general"], "partition": "0", "ru": 1.0, "requests": 1, "throttled": 0}
    one = partition(0, [[NOW - 40, 1, 1, 0]], budget=400)
    found = heat(consumption(one, partition(1, []), keys=[key]), 1)
    assert sentence(verdict(found["columns"])).startswith("Quiet")
    assert (found["keys"][0]["share"], found["keys"][0]["of_budget"]) == (1.0, 0.0)
    busy = {**key, "ru": ROWS * 5 * 100.0}
    assert heat(consumption(one, keys=[busy]), 5)["keys"][0]["of_budget"] == 0.25
    gone = {**key, "partition": "7"}
    assert heat(consumption(one, keys=[gone]), 1)["keys"][0]["of_budget"] == 0.0


def test_rows_are_seconds_newest_first() -> None:
    found = heat(consumption(partition(0, [[NOW, 10, 1, 0], [NOW - 2, 250, 9, 3]])), 1)
    assert [row["at"] for row in found["rows"]] == list(range(NOW, NOW - ROWS, -1))
    assert [row["cells"][0]["share"] for row in found["rows"][:4]] == [0.1, 0, 2.5, 0]
    assert found["rows"][2]["cells"][0] == {"ru": 250, "requests": 9, "throttled": 3, "budget": 100, "share": 2.5}


def test_a_row_of_five_seconds_is_measured_by_five_seconds_of_budget() -> None:
    start = NOW - NOW % 5
    found = heat(consumption(partition(0, [[start, 100, 1, 0], [start + 1, 150, 2, 1], [start - 1, 50, 1, 0]])), 5)
    assert [row["at"] for row in found["rows"][:2]] == [start, start - 5]
    first, second = (row["cells"][0] for row in found["rows"][:2])
    assert (first["share"], first["throttled"], second["share"]) == (0.5, 1, 0.1)


def test_a_second_is_measured_by_the_budget_that_it_had() -> None:
    found = heat(consumption(partition(0, [[NOW - 1, 5_000, 9, 0, 10_000], [NOW - 2, 5_000, 9, 0, 0]])), 1)
    then, untold = (row["cells"][0] for row in found["rows"][1:3])
    assert (then["share"], then["budget"]) == (0.5, 10_000)
    assert untold["share"] == 50


def test_the_verdict_on_every_kind_of_load() -> None:
    def judged(*seconds: list[list[float]]) -> dict[str, Any]:
        return verdict(heat(consumption(*(partition(at, one) for at, one in enumerate(seconds))), 1)["columns"])

    assert judged([], []) == {"kind": "quiet"}
    assert judged([[NOW - 50, 100, 9, 4]], [])["kind"] == "was"
    assert judged(loud(0))["kind"] == "one"
    assert judged(loud(0), loud(1))["kind"] == "full"
    assert judged(quiet(0), quiet(1), quiet(2))["kind"] == "even"
    assert verdict([]) == {"kind": "quiet"}
    for one in (judged([], []), judged([[NOW - 50, 9, 9, 4]], []), judged(loud(0)), judged(loud(0), loud(1))):
        assert "{" not in sentence(one)


def test_key_ranges_as_shares_of_the_key_space() -> None:
    assert [key_share(low, high) for low, high in (("", "FF"), ("", "20"), ("20", "30"), ("30", "FF"))] == [
        1,
        0.5,
        0.25,
        0.25,
    ]
    assert key_share("1FFF" + "F" * 28, "20" + "0" * 30) == 0


def test_keys_and_shares_as_people_write_them() -> None:
    assert key_text(["acme", "eu"]) == "acme / eu"
    assert key_text([1, True, None, {}]) == "1 / true / null / (none)"
    assert [percent(share) for share in (0, 0.001, 0.5, 1.2)] == ["0 %", "less than 1 %", "50 %", "120 %"]


SECONDS = st.lists(st.tuples(st.integers(NOW - 400, NOW), st.floats(0, 1e6), st.integers(0, 1e6), st.integers(0, 9)))


@given(st.lists(SECONDS, max_size=4), st.sampled_from([1, 5]))
def test_every_figure_can_be_drawn(seconds: list[list[tuple[int, float, int, int]]], step: int) -> None:
    told = consumption(*(partition(at, [list(one) for one in many]) for at, many in enumerate(seconds)))
    found = heat(told, step)
    assert len(found["rows"]) == ROWS
    assert all(len(row["cells"]) == len(seconds) for row in found["rows"])
    assert all(cell["share"] >= 0 for row in found["rows"] for cell in row["cells"])
    assert sentence(verdict(found["columns"]))
