import random
import re

from localcloud.slack.ids import Ids, new_trace


def test_timestamps_only_grow_even_when_the_clock_stands_or_goes_back():
    clock = iter([1700000000.0001, 1700000000.0001, 1699999999.0, 1700000001.5])
    ids = Ids(random.Random(1), lambda: next(clock))
    stamps = [ids.ts() for _stamp in range(4)]
    assert stamps == sorted(set(stamps))
    assert stamps[3] == "1700000001.500000"
    assert all(re.fullmatch(r"\d{10}\.\d{6}", stamp) for stamp in stamps)


def test_ids_look_like_slacks():
    ids = Ids(random.Random(1))
    assert re.fullmatch(r"U[0-9A-Z]{10}", ids.new("U"))
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", ids.client_msg_id())
    assert len(ids.token(7)) == 7


def test_traces_are_never_the_same():
    assert re.fullmatch(r"[0-9a-f]{32}", new_trace())
    assert new_trace() != new_trace()
