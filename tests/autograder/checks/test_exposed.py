import base64
import random
import string

import pytest

from autograder.checks.exposed import Exposed, encodings, exposed_in

SECRET = "abc8Q~dQ8rT2vXz9LmT4wYb8NcD5sFgH3jKpQe6u"


def test_a_secret_is_found_as_it_is() -> None:
    found = exposed_in([("log", b"x" + SECRET.encode() + b"y"), ("other", b"nothing")], {"clientSecret": SECRET})
    assert found == [Exposed("clientSecret", "log", encoded=False)]
    assert str(found[0]) == "log: clientSecret"


@pytest.mark.parametrize("before", range(4))
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode, base64.encodebytes])
def test_a_secret_is_found_in_base64_wherever_it_begins(before: int, encode: object) -> None:
    text = f'{"{" * before}"clientSecret": "{SECRET}", "more": "{"z" * 80}"}}'.encode()
    [found] = exposed_in([("log", encode(text))], {"clientSecret": SECRET})  # type: ignore[operator]
    assert found.encoded


@pytest.mark.parametrize("coding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_secret_is_found_in_files_of_wide_letters(coding: str) -> None:
    encoded = base64.b64encode(f"x{SECRET}".encode()).decode()
    places = [("plain", SECRET.encode(coding)), ("encoded", encoded.encode(coding))]
    assert [one.encoded for one in exposed_in(places, {"clientSecret": SECRET})] == [False, True]


def test_a_secret_is_named_once_where_it_is_in_a_file_of_many_runs() -> None:
    places = [("artifact app.log", SECRET.encode()), ("artifact app.log", b"..." + SECRET.encode())]
    assert len(exposed_in(places, {"clientSecret": SECRET})) == 1


def test_chance_is_no_secret() -> None:
    rng = random.Random(1)
    text = "".join(rng.choice(string.ascii_letters + string.digits + "+/") for _letter in range(200_000))
    assert exposed_in([("log", text.encode())], {"clientSecret": SECRET}) == []
    assert min(map(len, encodings(SECRET))) > 40
