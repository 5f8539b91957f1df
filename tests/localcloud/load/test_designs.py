"""Candidate keys."""

import pytest

from localcloud.load.designs import DESIGNS, REFERENCES, design
from localcloud.load.town import Town

START = 1_789_963_200 + 6 * 3600


@pytest.mark.parametrize("name", DESIGNS)
def test_every_document_has_its_key_and_the_message_stays(name):
    chosen = design(name)
    for message in Town.of(1).messages(20, START, 8):
        document = chosen.document(message)
        assert {field: document[field] for field in message} == message
        assert chosen.key(message) == [document[path[1:]] for path in chosen.paths]


@pytest.mark.parametrize("name", DESIGNS)
def test_a_history_lies_in_the_keys_that_are_named(name):
    chosen = design(name)
    if chosen.history is None:
        return
    for message in Town.of(1).messages(50, START, 12 * 3600):
        start = float(message["ts"]) // 3600 * 3600
        key = chosen.key(message)
        assert any(key[: len(one)] == one for one in chosen.history(message["channel"], start, start + 3600))


def test_the_references_are_designs():
    assert set(REFERENCES) <= set(DESIGNS)


def test_an_unknown_design_is_named():
    with pytest.raises(ValueError, match="no key design colour"):
        design("colour")
