"""Function, host and master keys."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from localcloud.functions.http.keys import Keys, KeysError, given_key, load_keys


@pytest.fixture
def keys() -> Keys:
    return Keys("master", {"default": "host"}, {"a": {"default": "key-a"}, "b": {"default": "key-b", "more": "key-b2"}})


@pytest.mark.covers("Keys: ANONYMOUS, FUNCTION and ADMIN levels; function, host and master keys")
@pytest.mark.parametrize(
    ("level", "function", "given", "allowed"),
    [
        ("ANONYMOUS", "a", None, True),
        ("FUNCTION", "a", None, False),
        ("FUNCTION", "a", "", False),
        ("FUNCTION", "a", "wrong", False),
        ("FUNCTION", "a", "key-a", True),
        ("FUNCTION", "a", "key-b", False),
        ("FUNCTION", "b", "key-b2", True),
        ("FUNCTION", "new", "host", True),
        ("FUNCTION", "a", "host", True),
        ("function", "a", "master", True),
        ("ADMIN", "a", "key-a", False),
        ("ADMIN", "a", "host", False),
        ("ADMIN", "", "master", True),
        ("FUNCTION", "a", "clé\ud800", False),
    ],
)
def test_a_key_opens_what_its_level_allows(keys: Keys, level: str, function: str, given: str, allowed: bool) -> None:
    assert keys.allows(level, function, given) is allowed


@pytest.mark.covers("Keys: the header x-functions-key goes before ?code=")
@pytest.mark.parametrize(
    ("headers", "query", "key"),
    [
        ({"x-functions-key": "h"}, {"code": "q"}, "h"),
        ({"X-Functions-Key": "h"}, {}, "h"),
        ({}, {"code": "q"}, "q"),
        ({"x-functions-key": ""}, {"code": "q"}, "q"),
        ({}, {}, None),
    ],
)
def test_the_header_goes_before_the_query(headers: dict[str, str], query: dict[str, str], key: str | None) -> None:
    assert given_key(headers, query) == key


def test_every_key_is_another() -> None:
    keys = Keys.make(["a", "b"])
    assert len({keys.master, keys.host["default"], *(one["default"] for one in keys.functions.values())}) == 4


@pytest.mark.covers("Keys: kept over restarts")
def test_keys_are_kept_and_new_functions_get_theirs(tmp_path: Path) -> None:
    path = tmp_path / "state" / "keys.json"
    first = load_keys(path, ["a"])
    second = load_keys(path, ["a", "b"])
    assert second == load_keys(path, ["b"])
    assert (second.master, second.functions["a"]) == (first.master, first.functions["a"])
    assert second.functions["b"]["default"]


def test_only_the_owner_may_read_the_file_and_nothing_else_is_left(tmp_path: Path) -> None:
    load_keys(tmp_path / "keys.json", ["a"])
    assert [path.name for path in tmp_path.iterdir()] == ["keys.json"]
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600


def test_without_a_path_keys_are_fresh() -> None:
    assert load_keys(None, ["a"]) != load_keys(None, ["a"])


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"master": "", "host": {}, "functions": {}}', '{"master": 1}'])
def test_a_file_that_holds_no_keys_says_so(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(text)
    with pytest.raises(KeysError, match=r"keys\.json.*Delete it"):
        load_keys(path, [])


def test_keys_come_from_the_given_source() -> None:
    numbers = iter("abcdef")
    source: Callable[[], str] = lambda: next(numbers)  # noqa: E731
    system = {"eventgrid_extension": "d", "blobs_extension": "e"}
    assert Keys.make(["f"], source) == Keys("a", {"default": "b"}, {"f": {"default": "c"}}, system)


@pytest.mark.covers("Keys: system keys of webhooks")
def test_a_file_from_before_webhooks_gets_their_keys(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_text('{"master": "m", "host": {"default": "h"}, "functions": {}}', encoding="utf-8")
    keys = load_keys(path, [])
    assert keys == load_keys(path, []) and keys.master == "m"
    system = keys.system["eventgrid_extension"]
    assert keys.allows("SYSTEM", "eventgrid_extension", system) and keys.allows("SYSTEM", "eventgrid_extension", "m")
    assert not keys.allows("SYSTEM", "eventgrid_extension", "h") and not keys.allows("SYSTEM", "other", system)
    assert not keys.allows("FUNCTION", "f", system) and not keys.allows("SYSTEM", "eventgrid_extension", None)


def test_without_a_path_the_keys_of_before_stay() -> None:
    first = load_keys(None, ["a"])
    second = load_keys(None, ["a", "b"], first)
    assert (second.master, second.functions["a"]) == (first.master, first.functions["a"]) and second.functions["b"]
