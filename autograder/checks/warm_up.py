"""Lab 0: warm up."""

import json
from urllib.parse import quote

from autograder.checks import Camp, check, fail
from localcloud.messages import _


@check("0.1")
async def test_it_answers_whoever_calls(camp: Camp) -> None:
    """It answers whoever calls it"""
    for name in (camp.word(), camp.name()):
        answer = await camp.get(f"/api/ping?name={quote(name)}")
        camp.note(f"GET /api/ping?name={name}", camp.sent_request)
        body = answer.json()
        expected = f"pong, {name}"
        if answer.status != 200 or not isinstance(body, dict) or body.get("text") != expected:
            fail(
                seen=f"status {answer.status}\n{answer.text[:300]}",
                expected=json.dumps({"text": expected}, ensure_ascii=False),
                next=_("The name is in req.params. Answer with json.dumps of a dictionary."),
            )
