import pytest

from localcloud.portal.chat.explain import explanation, next_try

DELAYS = (0.0, 60.0, 300.0)
URL = "http://127.0.0.1:7071/api/slack/events"


@pytest.mark.parametrize(
    ("status", "failure", "words"),
    [
        (404, "http_error", "No function answers at /api/slack/events: 404"),
        (401, "http_error", "signature"),
        (500, "http_error", "failed: 500"),
        (503, "http_error", "not ready"),
        (418, "http_error", "418"),
        (None, "http_timeout", "3 seconds"),
        (None, "connection_failed", "Nothing listens at 127.0.0.1:7071"),
        (None, "something_new", "could not be sent"),
    ],
)
def test_a_failure_is_explained(status: int | None, failure: str, words: str) -> None:
    assert words in explanation(status, failure, URL)


def test_an_acknowledged_delivery_needs_no_words() -> None:
    assert explanation(200, None, URL) == ""


@pytest.mark.parametrize(
    ("attempt", "kind", "words"),
    [
        (0, "event", "at once"),
        (1, "event", "in 1 min"),
        (2, "outgoing", "in 5 min"),
        (3, "event", "gives up"),
        (0, "slash", "not repeated"),
    ],
)
def test_the_next_try_is_told(attempt: int, kind: str, words: str) -> None:
    assert words in next_try(attempt, kind, DELAYS)
