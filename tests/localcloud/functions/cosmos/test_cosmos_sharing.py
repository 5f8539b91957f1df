from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from localcloud.functions.bindings.cosmos_sharing import Lease, Span, to_take, usable

NOW, EXPIRES = 1_000.0, 60.0


def lease(number: int, owner: str | None, age: float = 0) -> Lease:
    return Lease(str(number), Span(f"{number:02X}", f"{number + 1:02X}"), None, owner, NOW - age, "")


def take(leases: list[Lease], me: str = "me") -> list[str]:
    return [one.id for one in to_take(leases, me, NOW, EXPIRES)]


def test_a_host_alone_takes_every_lease() -> None:
    assert take([lease(0, None), lease(1, None)]) == ["0", "1"]


def test_a_lease_that_is_renewed_stays_with_its_owner() -> None:
    assert take([lease(0, "other", age=59)]) == []


def test_a_lease_that_ran_out_is_anybodys() -> None:
    assert take([lease(0, "other", age=61)]) == ["0"]


def test_a_second_host_takes_one_at_a_time_from_the_one_that_has_most() -> None:
    assert take([lease(0, "other"), lease(1, "other")]) == ["0"]
    assert take([lease(0, "me"), lease(1, "other")]) == []


def test_a_half_split_range_waits_for_the_end_of_the_split() -> None:
    parent, child = Lease("p", Span("", "FF"), None, "me", NOW, ""), Lease("c", Span("", "80"), None, "me", NOW, "")
    assert usable([parent, child]) == [parent]
    assert usable([child]) == [child]


@given(st.integers(1, 12), st.integers(1, 5))
def test_hosts_that_share_come_to_even_parts_and_to_rest(count: int, hosts: int) -> None:
    owners: dict[int, str | None] = dict.fromkeys(range(count))
    for _round in range(3 * count):
        for host in map(str, range(hosts)):
            for id in take([lease(number, owner) for number, owner in owners.items()], host):
                owners[int(id)] = host
    settled = dict(owners)
    parts = Counter(owners.values())
    assert None not in parts and max(parts.values()) <= -(-count // min(count, hosts))
    for host in map(str, range(hosts)):
        for id in take([lease(number, owner) for number, owner in owners.items()], host):
            owners[int(id)] = host
    assert settled == owners or hosts > count
