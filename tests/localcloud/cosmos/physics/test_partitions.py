from fractions import Fraction

import pytest
from azure.cosmos import PartitionKey
from azure.cosmos.partition_key import _to_hex_encoded_binary_string_v1
from hypothesis import given
from hypothesis import strategies as st

from localcloud.cosmos.physics.partitions import Layout, count_at_creation, count_for, epk_at, partitions_of

HASHES = st.binary(min_size=16, max_size=16).map(lambda raw: bytes([raw[0] & 0x3F]) + raw[1:])


@pytest.mark.parametrize(
    ("throughput", "manual", "count"),
    [
        *[(400, True, 1), (6_000, True, 1), (10_000, True, 2), (12_000, True, 2), (30_000, True, 5)],
        *[(4_000, False, 1), (10_000, False, 1), (20_000, False, 2), (20_100, False, 3)],
    ],
)
def test_throughput_decides_how_many_partitions_there_are_at_first(throughput, manual, count):
    assert count_at_creation(throughput, manual=manual) == count


@pytest.mark.parametrize(
    ("throughput", "now", "count"), [(20_000, 2, 2), (20_100, 2, 3), (30_000, 2, 3), (400, 5, 5), (100_000, 1, 10)]
)
def test_partitions_split_only_beyond_ten_thousand_each_and_never_merge(throughput, now, count):
    assert count_for(throughput, now) == count


def widths(layout):
    return [one.high - one.low for one in layout.slots]


@pytest.mark.covers("uneven splits: no more partitions than needed")
def test_two_partitions_split_to_three_as_documented():
    layout = Layout.even(2).split_to(3)
    assert widths(layout) == [Fraction(1, 4), Fraction(1, 4), Fraction(1, 2)]
    assert [one.id for one in layout.slots] == ["2", "3", "1"]
    assert [one.parents for one in layout.slots] == [("0",), ("0",), ()]


def test_children_name_all_their_ancestors():
    layout = Layout.even(1).split("0").split("1")
    assert [(one.id, one.parents) for one in layout.slots] == [("3", ("0", "1")), ("4", ("0", "1")), ("2", ("0",))]


def test_a_partition_that_is_not_there_cannot_split():
    with pytest.raises(KeyError):
        Layout.even(2).split("7")


@pytest.mark.covers("ranges cover all keys without gap or overlap, whatever was scaled")
@pytest.mark.parametrize("hash_version", [1, 2])
@given(start=st.integers(1, 9), counts=st.lists(st.integers(1, 40), max_size=5))
def test_ranges_cover_everything_without_gap_or_overlap(hash_version, start, counts):
    layout = Layout.even(start)
    for count in counts:
        layout = layout.split_to(count)
    ranges = partitions_of(layout.slots, hash_version)
    assert (ranges[0].low, ranges[-1].high) == (b"", b"\xff")
    assert [one.high for one in ranges[:-1]] == [one.low for one in ranges[1:]]
    assert all(one.low < one.high for one in ranges)
    assert len({one.id for one in ranges}) == len(ranges) >= max([start, *counts])


@given(start=st.integers(1, 5), more=st.integers(1, 30))
def test_children_lie_inside_their_parents(start, more):
    before = Layout.even(start)
    by_id = {one.id: one for one in before.slots}
    for child in before.split_to(start + more).slots:
        if child.parents:
            parent = by_id[child.parents[0]]
            assert parent.low <= child.low < child.high <= parent.high


@given(HASHES, st.integers(1, 12))
def test_every_key_lives_in_exactly_one_partition(epk, count):
    assert sum(one.holds(epk) for one in partitions_of(Layout.even(count).slots, 2)) == 1


def test_a_layout_survives_as_json():
    layout = Layout.even(3).split_to(5)
    assert Layout.from_json(layout.as_json()) == layout


def test_five_thousand_keys_spread_evenly_over_five_partitions():
    ranges = partitions_of(Layout.even(5).slots, 2)
    counts = [0] * 5
    for number in range(5_000):
        epk = PartitionKey._get_hashed_partition_key_string(pk_value=[f"key-{number}"], kind="Hash", version=2)
        counts[next(place for place, one in enumerate(ranges) if one.holds(bytes.fromhex(epk)))] += 1
    assert min(counts) > 900


@pytest.mark.parametrize("position", [Fraction(1, 4), Fraction(1, 3), Fraction(1, 2), Fraction(4, 5)])
def test_version_one_boundaries_are_written_as_the_sdk_writes_hashes(position):
    assert epk_at(position, 1).hex() == _to_hex_encoded_binary_string_v1([float(int(position * 2**32))])
