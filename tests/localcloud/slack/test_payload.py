import pytest

from localcloud.slack.payload import Malformed, challenge_answers, parse


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", "[" * 100_000, "NaN", '{"a": Infinity}', "1" * 10_000 + "x"]
)
def test_malformed_json_is_one_error(content):
    with pytest.raises(Malformed):
        parse(content)


@pytest.mark.parametrize(
    "content", [b"abc", b"abc\n", b"challenge=abc", b"x=1&challenge=abc", b'{"challenge": "abc"}', b'"abc"']
)
def test_the_three_forms_of_a_challenge(content):
    assert "abc" in challenge_answers(content)


@pytest.mark.parametrize(
    "content", [b"", b"abcd", b"challenge=", b'{"challenge": null}', b"[" * 100_000, b"\xff", b"abc x"]
)
def test_other_answers_are_no_challenge(content):
    assert "abc" not in challenge_answers(content)
