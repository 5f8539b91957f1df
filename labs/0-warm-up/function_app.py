"""A function that answers whoever calls it."""

import json

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="ping", methods=["GET"])
def ping(req: func.HttpRequest) -> str:
    # Answer {"text": "pong, <name>"}: the caller's name is in req.params.
    return json.dumps({"text": "ping"})
