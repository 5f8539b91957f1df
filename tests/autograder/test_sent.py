"""A request that a check sent: how it is shown, and how it is sent once more."""

import shlex
import subprocess
import time

import pytest

from autograder.sent import Sent
from localcloud.slack.parcel import SIGNATURE, STAMP, signature

FORM = b"token=0123456789abcdef&text=hi&timestamp=1796000000.000100"
EVENT = b'{"type": "url_verification", "challenge": "abc"}'
NOW = 2_000_000_000.0


def event(secret: str = "right", age: int = 0, body: bytes = EVENT) -> Sent:
    stamp = str(int(time.time()) - age)
    headers = {"Content-Type": "application/json", STAMP: stamp, SIGNATURE: signature(secret, stamp, body)}
    return Sent.of("POST", "/api/slack/events", headers, body, {"SLACK_SIGNING_SECRET": "right"})


def test_a_form_is_shown_as_a_form_without_what_changes_from_run_to_run() -> None:
    sent = Sent.of("POST", "/api/slack/outgoing", {"Content-Type": "application/x-www-form-urlencoded"}, FORM)
    shown = sent.without({"SLACK_OUTGOING_TOKEN": "0123456789abcdef"}).text()
    assert shown.splitlines() == [
        "POST /api/slack/outgoing",
        "Content-Type: application/x-www-form-urlencoded",
        "",
        "token=<SLACK_OUTGOING_TOKEN>&text=hi&timestamp=<time>",
    ]


def test_a_token_that_is_too_long_shows_what_is_too_much() -> None:
    sent = Sent.of("POST", "/", {}, b"token=0123456789abcdefx").without({"TOKEN": "0123456789abcdef"})
    assert sent.text().endswith("token=<TOKEN>x")


def test_a_token_that_is_too_short_is_named_as_well() -> None:
    sent = Sent.of("POST", "/", {}, b"token=0123456789abcde").without({"TOKEN": "0123456789abcdef"})
    assert sent.text().endswith("token=<TOKEN[:-1]>")
    assert sent.again({"TOKEN": "local-token"}, NOW).body == b"token=local-toke"


def test_a_key_of_the_functions_host_is_not_shown() -> None:
    sent = Sent.of("POST", "/api/deadletters/1/replay", {"x-functions-key": "very-secret"}, b"")
    assert "very-secret" not in sent.text()
    assert sent.with_key("mine").headers == {"x-functions-key": "mine"}


@pytest.mark.parametrize(("secret", "age", "valid"), [("right", 0, True), ("wrong", 0, False), ("right", 400, True)])
def test_the_new_signature_is_as_valid_and_as_old_as_the_first(secret: str, age: int, valid: bool) -> None:
    sent = event(secret, age)
    assert sent.signed and sent.signed.valid == valid and sent.signed.age - age in (0, 1)
    again = Sent.from_json(sent.to_json()).again({"SLACK_SIGNING_SECRET": "mine"}, NOW)
    stamp = again.headers[STAMP]
    assert int(stamp) == int(NOW) - sent.signed.age
    assert (again.headers[SIGNATURE] == signature("mine", stamp, again.body)) == valid


def test_the_other_camps_secrets_take_the_place_of_the_runs() -> None:
    sent = Sent.of("POST", "/", {}, FORM).without({"SLACK_OUTGOING_TOKEN": "0123456789abcdef"})
    assert sent.again({"SLACK_OUTGOING_TOKEN": "local"}, NOW).body.startswith(b"token=local&text=hi")


@pytest.mark.parametrize(
    "body", [FORM, EVENT, b"user_name=%ff%fe", b"\xff\x00'\"$(id)", b"@file", "学 'x' $HOME".encode()]
)
def test_the_line_for_curl_has_the_very_bytes(body: bytes) -> None:
    line = Sent.of("POST", "/api/x", {"Content-Type": "text/plain"}, body).curl("http://127.0.0.1:7071/")
    assert "curl -i -X POST http://127.0.0.1:7071/api/x -H 'Content-Type: text/plain' --data-binary" in line
    stub = 'curl() { while [ "$1" != --data-binary ]; do shift; done; [ "$2" = @- ] && cat || printf %s "$2"; }'
    done = subprocess.run(["sh", "-c", f"{stub}; {line}"], capture_output=True, check=True)
    assert done.stdout == body
    assert shlex.split(line)
