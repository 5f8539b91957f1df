from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest

from localcloud.functions.bindings.expressions import (
    ExpressionError,
    Surroundings,
    as_parameters,
    expand,
    expand_binding,
    http_data,
)

GUID = "0123456789abcdef0123456789abcdef"
AROUND = Surroundings(datetime(2026, 1, 31, 9, 5, 7, 120000, tzinfo=timezone.utc), lambda: GUID, "Reports")


@pytest.mark.covers(
    "Settings and expressions: {name}, dotted members, {rand-guid}, {DateTime:format}, {sys.utcnow}, {sys.methodname}"
)
@pytest.mark.parametrize(
    ("template", "result"),
    [
        ("plain", "plain"),
        ("{id}.txt", "7.txt"),
        ("{ID}", "7"),
        ("{job.owner.name}/{job.urgent}", "Mio/True"),
        ("{headers.x-camp}-{query.page}", "yes-2"),
        ("{{literal}}", "{literal}"),
        ("{rand-guid}", "01234567-89ab-cdef-0123-456789abcdef"),
        ("{rand-guid:N}", GUID),
        ("{DateTime}", "2026-01-31T09-05-07Z"),
        ("{datetime:yyyy/MM/dd HH'h'}", "2026/01/31 09h"),
        ("{sys.utcnow}", "2026-01-31T09:05:07.1200000Z"),
        ("{sys.methodname}", "Reports"),
    ],
)
def test_an_expression_becomes_its_value(template: str, result: str) -> None:
    data = {
        "id": 7,
        "job": {"owner": {"name": "Mio"}, "urgent": True},
        "headers": {"X-Camp": "yes"},
        "query": {"page": "2"},
    }
    assert expand(template, data, AROUND) == result


@pytest.mark.covers("Settings and expressions: an expression without a value fails the invocation")
@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{missing}", "No value for named parameter 'missing'. This trigger knows: id"),
        ("{job.owner}", "Error while accessing 'owner': property doesn't exist"),
        ("{nothing}", "It is null"),
        ("{rand-guid:Q}", "not a GUID format"),
        ("{open", "Invalid template '{open'"),
        ("shut}", "Invalid template"),
        ("{}", "Invalid template"),
    ],
)
def test_an_expression_without_a_value_is_an_error(template: str, reason: str) -> None:
    with pytest.raises(ExpressionError, match=reason):
        expand(template, {"id": "1", "job": {}, "nothing": None}, AROUND)


def test_the_exact_spelling_wins_over_another_case() -> None:
    assert expand("{id} {Id}", {"id": "job", "Id": "message"}, AROUND) == "job message"


@pytest.mark.covers("Settings and expressions: route, {query.x}, {headers.x} and body members of a request")
def test_an_http_request_gives_its_route_query_headers_and_body() -> None:
    data = http_data({"room": "r"}, {"page": "2"}, {"x-a": "b"}, b'{"room": "body", "text": "hi"}')
    assert expand("{room} {page} {text} {headers.x-a}", data, AROUND) == "r 2 hi b"


@pytest.mark.parametrize("body", [b"", b"[1]", b"{broken", b"\xff"])
def test_a_body_that_is_no_json_object_gives_nothing(body: bytes) -> None:
    assert http_data({}, {}, {}, body) == {"query": {}, "headers": {}}


def test_a_bindings_name_and_connection_are_no_expressions() -> None:
    binding: dict[str, Any] = {"name": "{n}", "connection": "{c}", "queueName": "{q}", "count": 1}
    assert expand_binding(binding, {"q": "jobs"}, AROUND) == {**binding, "queueName": "jobs"}


def test_each_rand_guid_is_a_new_one() -> None:
    digits = iter(["0" * 32, "1" * 32])
    guid: Callable[[], str] = lambda: next(digits)  # noqa: E731
    first, second = expand("{rand-guid:N} {rand-guid:N}", {}, Surroundings(AROUND.now, guid, "f")).split()
    assert first != second


def test_a_query_takes_its_expressions_as_parameters() -> None:
    text, parameters = as_parameters(
        "SELECT * FROM c WHERE c.channel = {channel} AND c.n > {query.least-n} OR c.x = {channel}",
        {"channel": "x' OR true", "query": {"least-n": "3"}},
    )
    assert text == "SELECT * FROM c WHERE c.channel = @channel AND c.n > @query_least_n OR c.x = @channel"
    assert parameters == [{"name": "@channel", "value": "x' OR true"}, {"name": "@query_least_n", "value": "3"}]
    with pytest.raises(ExpressionError, match="No value for named parameter 'user'"):
        as_parameters("SELECT * FROM c WHERE c.user = {user}", {})
