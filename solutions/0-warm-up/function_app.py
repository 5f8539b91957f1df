"""A function that answers whoever calls it."""

import json

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="ping", methods=["GET"])
def ping(req: func.HttpRequest) -> str:
    ### BEGIN SOLUTION
    # STARTER: # Answer {"text": "pong, <name>"}: the caller's name is in req.params.
    # STARTER: return json.dumps({"text": "ping"})
    name = req.params.get("name", "nobody")
    return json.dumps({"text": f"pong, {name}"}, ensure_ascii=False)
    ### END SOLUTION
