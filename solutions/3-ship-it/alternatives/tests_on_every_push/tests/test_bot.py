"""What must be true of the bot before anybody may talk to it."""

import json
from pathlib import Path
from urllib.parse import urlencode

import azure.functions as func
import function_app

GREETING = (Path(__file__).parents[1] / "greeting.txt").read_text("utf-8").strip()
outgoing = function_app.outgoing.build().get_user_function()


def form(**fields: str) -> func.HttpRequest:
    """What Slack's outgoing webhook sends."""
    return func.HttpRequest("POST", "/api/slack/outgoing", body=urlencode(fields).encode())


def test_it_greets_whoever_speaks() -> None:
    answer = outgoing(form(token="made-up", user_name="ada", text="hi"))
    assert json.loads(answer.get_body())["text"] == f"{GREETING}, ada"


def test_it_greets_nobody_without_the_token() -> None:
    assert outgoing(form(token="another", user_name="ada", text="hi")).status_code == 401
