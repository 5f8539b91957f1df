"""The same, with an answer object."""

import json
from urllib.parse import parse_qs, urlsplit

import azure.functions as func

app = func.FunctionApp()


@app.function_name("Ping")
@app.route(route="ping", auth_level=func.AuthLevel.ANONYMOUS)
async def answer(req: func.HttpRequest) -> func.HttpResponse:
    names = parse_qs(urlsplit(req.url).query).get("name", [""])
    body = {"text": "pong, " + names[0], "lucky": 7}
    return func.HttpResponse(json.dumps(body), mimetype="application/json")
