from localcloud.functions.traces import about, lately, merged
from localcloud.journal import Entry

OURS, THEIRS = "a" * 32, "b" * 32


def ran(id: str, trace: str, start: float, end: float | None = None, ok: bool = True) -> list[Entry]:
    facts = {"id": id, "trace": trace, "function": "events"}
    found = [Entry(0, "invocation.started", start, {**facts, "trigger": "httpTrigger"})]
    found.append(Entry(0, "invocation.log", start, {**facts, "message": "line"}))
    if end is not None:
        done = {"ok": ok, "duration_ms": (end - start) * 1000}
        found.append(Entry(0, "invocation.finished", end, {**facts, **done}))
    return found


def told(entries: list[Entry]) -> list[tuple[str, str]]:
    found = about(sorted(entries, key=lambda one: one.at), OURS)
    return [(one.kind.partition(".")[2], one.facts.get("id") or str(one.facts.get("pid"))) for one in found]


def test_what_ran_beside_a_trace_is_told_with_it() -> None:
    beside, before, after = ran("beside", THEIRS, 0.5, 1.5), ran("before", THEIRS, 0.0, 0.9), ran("after", THEIRS, 3, 4)
    assert told([*ran("own", OURS, 1.0, 2.0), *beside, *before, *after]) == [
        ("started", "beside"),
        ("started", "own"),
        ("finished", "beside"),
        ("finished", "own"),
    ]


def test_what_still_runs_is_beside_all_that_comes() -> None:
    assert ("started", "long") in told([*ran("own", OURS, 100.0), *ran("long", THEIRS, 0.0)])


def test_what_befell_workers_between_is_told() -> None:
    crashed = [Entry(0, "worker.crashed", at, {"pid": int(at)}) for at in (1.0, 3.0, 9.0)]
    assert [one for one in told([*ran("one", OURS, 2.0, 2.5), *ran("two", OURS, 4.0, 4.5), *crashed]) if one[1] == "3"]
    assert not [one for one in told([*ran("one", OURS, 2.0, 2.5), *crashed]) if one[0] == "crashed"]


def test_an_invocation_whose_beginning_is_forgotten_has_its_duration() -> None:
    finished = ran("old", THEIRS, 0.0, 5.0)[-1:]
    assert ("finished", "old") in told([*ran("own", OURS, 4.0, 4.5), *finished])


def test_an_unknown_trace_has_no_entries() -> None:
    assert told(ran("other", THEIRS, 0.0, 1.0)) == []


def test_spans_are_merged() -> None:
    assert merged([(3, 4), (0, 1), (0.5, 2)]) == [(0, 2), (3, 4)]


def test_the_last_traces_with_their_runs_and_failures() -> None:
    entries = [*ran("1", OURS, 0.0, 1.0), *ran("2", OURS, 1.0, 2.0, ok=False), *ran("3", THEIRS, 5.0)]
    facts = {"function": "events", "trigger": "httpTrigger"}
    assert lately(entries, 10) == [
        {"trace": OURS, "at": 0.0, "runs": 2, "failed": 1, **facts},
        {"trace": THEIRS, "at": 5.0, "runs": 1, "failed": 0, **facts},
    ]
    assert len(lately(entries, 1)) == 1
