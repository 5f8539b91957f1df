"""What a client sees of a function's return value."""

from http.cookies import SimpleCookie
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.functions.http.answer import AnswerError, HttpAnswer, answer_of, answer_of_other

TEXT = [("Content-Type", "text/plain; charset=utf-8")]
JSON = [("Content-Type", "application/json; charset=utf-8")]


def response(**parts: Any) -> HttpAnswer:
    return answer_of("http", {"status_code": "200", "headers": {}, "body": b"", "cookies": [], **parts})


def cookies(*texts: str) -> list[dict[str, str]]:
    """What the worker sends of `Set-Cookie` headers."""
    return [
        {"name": name, "value": morsel.value, **{key: value for key, value in morsel.items() if value}}
        for text in texts
        for name, morsel in SimpleCookie(text).items()
    ]


def set_cookies(answer: HttpAnswer) -> list[str]:
    return [value for name, value in answer.headers if name == "Set-Cookie"]


@pytest.mark.covers("HTTP: HttpResponse: status, headers, body")
def test_a_response_goes_out_as_it_is() -> None:
    answer = response(status_code="201", headers={"content-type": "image/png", "X-A": "1"}, body=b"\x89\xff")
    assert answer == HttpAnswer(201, [("content-type", "image/png"), ("X-A", "1")], b"\x89\xff")


def test_the_server_frames_the_body_itself() -> None:
    answer = response(headers={"Content-Length": "99", "Transfer-Encoding": "chunked", "x": "1"}, body=b"ab")
    assert answer.headers == [("x", "1")]


def test_a_204_has_no_body() -> None:
    assert response(status_code=204, body=b"gone").body == b""


@pytest.mark.parametrize("status", ["none", None, ""])
def test_a_status_that_is_no_number_is_200(status: str | None) -> None:
    assert response(status_code=status).status == 200


@pytest.mark.parametrize("status", ["0", "99", "101", "1000", "-1"])
def test_a_status_that_http_does_not_end_with_is_an_error(status: str) -> None:
    with pytest.raises(AnswerError, match=status):
        response(status_code=status)


@pytest.mark.parametrize(
    "headers", [{"x": "a\r\nSet-Cookie: evil=1"}, {"x": "café"}, {"bad name": "1"}, {"": "1"}, {"x:": "1"}]
)
def test_a_header_that_http_cannot_carry_is_an_error(headers: dict[str, str]) -> None:
    with pytest.raises(AnswerError, match="header"):
        response(headers=headers)


@pytest.mark.covers("HTTP: a returned str is read as JSON and written out, as the host does")
@pytest.mark.parametrize(
    ("returned", "seen"),
    [
        ("Hello", "Hello"),
        ("", ""),
        ("true", "True"),
        ("false", "False"),
        ("null", ""),
        ("1.50", "1.5"),
        ("7", "7"),
        ("-12", "-12"),
        ("010", "8"),
        ("1e5", "100000"),
        ("1e15", "1E+15"),
        ("1.25e20", "1.25E+20"),
        ("0.00001", "1E-05"),
        ("0.0001", "0.0001"),
        ('"q"', "q"),
        ('{"a":1,"b":[]}', '{\n  "a": 1,\n  "b": []\n}'),
        ("[1,2]", "[\n  1,\n  2\n]"),
        ('{"a":"é"}', '{\n  "a": "é"\n}'),
        ("{}", "{}"),
        ("{not json", "{not json"),
        ("1 apple", "1 apple"),
        ("[" * 100_000, "[" * 100_000),
    ],
)
def test_a_returned_str_is_read_as_json_and_written_out(returned: str, seen: str) -> None:
    assert answer_of("string", returned) == HttpAnswer(200, TEXT, seen.encode())


@pytest.mark.covers("HTTP: a JSON object with a body member is a response")
def test_a_returned_object_with_a_body_is_a_response() -> None:
    answer = answer_of("string", '{"status": 202, "body": "hi", "headers": {"X-A": 1}}')
    assert answer == HttpAnswer(202, [("X-A", "1"), *TEXT], b"hi")


@pytest.mark.parametrize(
    ("returned", "status", "body"),
    [
        ('{"StatusCode": "404", "Body": "no"}', 404, b"no"),
        ('{"statusCode": 201, "status": 500, "body": null}', 201, b""),
        ('{"status": "soon", "body": true}', 200, b"True"),
        ('{"status": true, "body": 1}', 200, b"1"),
        ('{"body": {"a": 1}}', 200, b'{"a":1}'),
        ('{"body": [1]}', 200, b"System.Collections.Generic.List`1[System.Object]"),
        ('{"status": 404}', 200, b'{\n  "status": 404\n}'),
    ],
)
def test_a_response_object_is_found_in_any_case(returned: str, status: int, body: bytes) -> None:
    answer = answer_of("string", returned)
    assert (answer.status, answer.body) == (status, body)


def test_a_response_object_sets_its_content_type() -> None:
    answer = answer_of("string", '{"body": "<p>", "headers": {"content-type": "text/html"}}')
    assert answer.headers == [("content-type", "text/html")]


@pytest.mark.covers("HTTP: an http output that was never set is 204")
def test_an_output_that_was_never_set_is_204() -> None:
    assert answer_of(None, None) == HttpAnswer(204, [], b"")


@pytest.mark.covers("HTTP: another binding's $return becomes the body")
@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("string", "true", HttpAnswer(200, TEXT, b"true")),
        ("bytes", b"\x00\x01", HttpAnswer(200, JSON, b'"AAE="')),
        ("json", '{"a": [1, "é"]}', HttpAnswer(200, JSON, '{"a":[1,"é"]}'.encode())),
        ("int", 5, HttpAnswer(200, JSON, b"5")),
        (None, None, HttpAnswer(204, [], b"")),
    ],
)
def test_another_bindings_return_value_becomes_the_body(kind: str | None, value: Any, expected: HttpAnswer) -> None:
    assert answer_of_other(kind, value) == expected


@pytest.mark.covers("HTTP: cookies are rewritten by the host")
@pytest.mark.parametrize(
    ("given_text", "sent"),
    [
        ("foo=bar", "foo=bar; domain=; path="),
        ("foo=bar; Path=/; Domain=example.com", "foo=bar; domain=example.com; path=/"),
        (
            "foo3=42; Domain=example.com; Expires=Thu, 12-Jan-2017 13:55:08 GMT; Path=/; Max-Age=10; Secure; HttpOnly",
            "foo3=42; expires=Thu, 12 Jan 2017 13:55:08 GMT; max-age=10; domain=example.com; path=/; secure; httponly",
        ),
        ("a=b; SameSite=Strict", "a=b; domain=; path=; samesite=strict"),
        ('a="b c"', "a=b%20c; domain=; path="),
        ("a=b; Expires=2027-01-12T13:55:08Z", "a=b; expires=Tue, 12 Jan 2027 13:55:08 GMT; domain=; path="),
    ],
)
def test_a_cookie_is_rewritten(given_text: str, sent: str) -> None:
    assert set_cookies(response(cookies=cookies(given_text))) == [sent]


def test_each_cookie_has_its_own_header() -> None:
    assert len(set_cookies(response(cookies=cookies("a=1", "b=2")))) == 2


@pytest.mark.parametrize("bad", [{"expires": "Dummy"}, {"max-age": "Dummy"}, {"max-age": "-1"}, {"path": "/é"}])
def test_a_cookie_that_cannot_be_sent_is_an_error(bad: dict[str, str]) -> None:
    with pytest.raises(AnswerError):
        response(cookies=[{"name": "a", "value": "b", **bad}])


@given(st.text(max_size=60) | st.floats().map(repr) | st.integers().map(str))
def test_any_text_has_an_answer(text: str) -> None:
    assert answer_of("string", text).status == 200
