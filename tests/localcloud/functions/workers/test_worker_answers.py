"""What a worker sends is believed only in the shape that our half of it has."""

from typing import Any

import pytest

from localcloud.functions.worker.frames import FrameError, FrameReader, frame
from localcloud.functions.workers.answers import checked

FUNCTION = {"name": "f", "id": "1", "script": "function_app.py", "bindings": [{"name": "req", "type": "httpTrigger"}]}
RESPONSE = {"status_code": "200", "headers": {"a": "b"}, "cookies": []}
DONE: dict[str, Any] = {"t": "done", "id": "1", "outputs": {}, "returned": None}


@pytest.mark.parametrize(
    "header",
    [
        {"t": "ready", "pid": 1},
        {"t": "log", "id": None, "level": "INFO", "message": "x"},
        {"t": "loaded", "functions": [FUNCTION], "imported": ["json"]},
        {"t": "failed", "error": {"type": "ValueError", "message": "x", "line": 1, "file": None}},
        DONE,
        {**DONE, "returned": {"type": "http", "value": RESPONSE, "at": [0, 2]}},
        {"t": "done", "id": "1", "error": {"type": "A", "message": "b", "traceback": "c"}},
    ],
)
def test_what_a_worker_says_passes(header: dict[str, Any]) -> None:
    assert checked(header, 2) == header


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"t": "elsewhere"},
        {"t": ["done"]},
        {"t": "log", "id": {}, "level": "INFO", "message": "x"},
        {"t": "log", "id": None, "level": "INFO", "message": 7},
        {"t": "loaded", "functions": "all", "imported": []},
        {"t": "loaded", "functions": [{**FUNCTION, "bindings": [7]}], "imported": []},
        {"t": "loaded", "functions": [{**FUNCTION, "name": None}], "imported": []},
        {"t": "failed", "error": {"type": ["x"]}},
        {**DONE, "id": 7},
        {**DONE, "outputs": []},
        {**DONE, "returned": {"type": "http", "value": RESPONSE, "at": [0, 3]}},
        {**DONE, "returned": {"type": "http", "value": RESPONSE, "at": [-1, 1]}},
        {**DONE, "returned": {"type": "http", "value": {**RESPONSE, "headers": {"a": 1}}, "at": [0, 1]}},
        {**DONE, "returned": {"type": "http", "value": {**RESPONSE, "status_code": []}, "at": [0, 1]}},
        {"t": "done", "id": "1", "error": {"type": "A"}},
    ],
)
def test_anything_else_is_no_frame(header: dict[str, Any]) -> None:
    with pytest.raises(FrameError):
        checked(header, 2)


def test_an_unknown_level_is_information() -> None:
    assert checked({"t": "log", "id": None, "level": "LOUD", "message": "x"}, 0)["level"] == "INFO"


def test_frames_have_a_length_that_the_host_chooses() -> None:
    assert list(FrameReader(100, 5).feed(frame({"t": "x"}, b"12345"))) == [({"t": "x"}, b"12345")]
    for data in (frame({"t": "x"}, b"123456"), frame({"t": "x" * 100})):
        with pytest.raises(FrameError):
            list(FrameReader(100, 5).feed(data))
