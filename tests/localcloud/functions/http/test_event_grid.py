import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.functions.http.event_grid import EventError, blob_of, events_of, validation_code


@given(st.binary(max_size=200))
def test_any_body_holds_events_or_is_refused(body: bytes) -> None:
    try:
        assert events_of(body)
    except EventError as error:
        assert str(error)


NAMES = st.text(max_size=5).filter(lambda name: name != "time")  # which must be one; see below


@given(st.lists(st.dictionaries(NAMES, st.none() | st.integers() | st.text(max_size=5), min_size=1), min_size=1))
def test_what_is_read_is_what_was_sent(events: list[dict[str, Any]]) -> None:
    assert events_of(json.dumps(events).encode()) == events


@pytest.mark.parametrize(
    "time", ["2026-01-31T09:30:00Z", "2026-01-31T09:30:00.1234567+09:00", "2026-01-31T09:30:00", None]
)
def test_a_time_may_be_any_iso_time(time: str | None) -> None:
    assert events_of(json.dumps({"id": "1", "eventTime": time}).encode())


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"subject": "/blobServices/default/containers/c/blobs/a"},
        {"subject": "/blobServices/default/containers/c/blobs/", "data": {"eTag": "1"}},
        {"subject": "/blobServices/default/containers/c/d/blobs/a", "data": {"eTag": "1"}},
        {"subject": 7, "data": [1]},
    ],
)
def test_an_event_of_no_blob_is_refused(event: dict[str, Any]) -> None:
    with pytest.raises(EventError):
        blob_of(event)


def test_an_event_names_its_blob() -> None:
    subject = "/blobServices/default/containers/photos/blobs/a/blobs/b%20c.png"
    assert blob_of({"subject": subject, "data": {"eTag": '"0x1"'}}) == ("photos", "a/blobs/b c.png", "0x1")


@pytest.mark.parametrize("events", [[], [{"data": 7}], [{"data": {"validationCode": 7}}]])
def test_a_handshake_without_a_code_is_refused(events: list[dict[str, Any]]) -> None:
    with pytest.raises(EventError):
        validation_code(events)
