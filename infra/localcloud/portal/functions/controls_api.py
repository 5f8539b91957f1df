"""What a person does with functions: keys, settings, switches and runs, under `api/functions/`."""

import asyncio
import json
import time
from typing import Any

import aiohttp
from aiohttp import web
from yarl import URL

from localcloud.messages import _
from localcloud.trace import new_traceparent, trace_id_of

from ..body import read_body, text_of
from ..guard import Refused, refusal
from .host import ASK_SECONDS, FAULT_SECONDS, UNREACHABLE, Host

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
SECONDS_TO_ANSWER = 60.0
SHOWN_BYTES = 64 * 1024
FUNCTION = r"{name:[A-Za-z][A-Za-z0-9_-]{0,127}}"


class ControlsApi:
    """Hands what a person wants to the Functions host, and calls HTTP functions as a client would."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/functions/keys", self.keys),
            web.post("/api/functions/keys", self.key),
            web.get("/api/functions/settings", self.settings),
            web.post("/api/functions/settings", self.setting),
            web.post(f"/api/functions/{FUNCTION}/run", self.run),
            web.post(f"/api/functions/{FUNCTION}/switch", self.switch),
            web.post(f"/api/functions/{FUNCTION}/call", self.call),
        ]

    async def close(self) -> None:
        """The connection to the host is closed by whoever made it."""

    async def keys(self, _request: web.Request) -> web.Response:
        return await self._handed("GET", "keys")

    async def key(self, request: web.Request) -> web.Response:
        """`function` (null for a host key) and `name`: the key's `value`."""
        return await self._handed("POST", "keys", await read_body(request))

    async def settings(self, _request: web.Request) -> web.Response:
        return await self._handed("GET", "settings")

    async def setting(self, request: web.Request) -> web.Response:
        """`name`: the setting's `value`."""
        return await self._handed("POST", "settings", await read_body(request))

    async def run(self, request: web.Request) -> web.Response:
        """Runs a function beside, with the text `input` as what triggered it."""
        given = text_of(await read_body(request), "input")
        return await self._handed("POST", f"functions/{request.match_info['name']}/run", {"input": given})

    async def switch(self, request: web.Request) -> web.Response:
        """`disabled`: true or false."""
        disabled = (await read_body(request)).get("disabled")
        return await self._handed("POST", f"functions/{request.match_info['name']}/switch", {"disabled": disabled})

    async def _handed(self, method: str, path: str, body: Any = None) -> web.Response:
        status, content = await self._host.ask(method, path, FAULT_SECONDS, body)
        if status in (200, 202):
            return web.Response(body=content or b"{}", status=status, content_type="application/json")
        try:
            sentence = str(json.loads(content)["error"])
        except (ValueError, KeyError, TypeError):
            sentence = content.decode("utf-8", "replace") or _("The host answered {status}.").format(status=status)
        return refusal(status if status in (400, 404) else 502, sentence)

    async def call(self, request: web.Request) -> web.Response:
        """Calls an HTTP function with `method`, `path` and `body`, and its key: what it answered."""
        body = await read_body(request)
        method, path, sent = text_of(body, "method").upper(), text_of(body, "path"), text_of(body, "body", default="")
        if method not in METHODS:
            raise Refused(400, _("The methods are {names}.").format(names=", ".join(METHODS)))
        url = self._address(path)
        headers = {"traceparent": new_traceparent()}
        if key := await self._key_of(request.match_info["name"]):
            headers["x-functions-key"] = key
        if sent:
            headers["Content-Type"] = "application/json" if _is_json(sent) else "text/plain; charset=utf-8"
        return web.json_response(await self._answer(method, url, headers, sent.encode()))

    def _address(self, path: str) -> URL:
        try:
            url = URL(self._host.url + path)
        except ValueError:
            url = URL()
        if not path.startswith("/") or url.origin() != URL(self._host.url).origin():
            raise Refused(400, _("The path begins with a slash, such as /api/name."))
        if url.path.lower().startswith(("/admin", "/runtime")):
            raise Refused(400, _("No function answers at {path}.").format(path=url.path))
        return url

    async def _key_of(self, function: str) -> str | None:
        wanted = {"function": function, "name": "default"}
        status, content = await self._host.ask("POST", "keys", ASK_SECONDS, wanted)
        if status != 200:
            raise Refused(404, _("There is no function {name}.").format(name=function))
        return str(json.loads(content)["value"])

    async def _answer(self, method: str, url: URL, headers: dict[str, str], sent: bytes) -> dict[str, Any]:
        started = time.perf_counter()
        timeout = aiohttp.ClientTimeout(total=SECONDS_TO_ANSWER)
        try:
            asking = self._host.session.request(
                method, url, headers=headers, data=sent or None, timeout=timeout, allow_redirects=False
            )
            async with asking as answer:
                content = await _first(answer.content)
                return {
                    "status": answer.status,
                    "reason": answer.reason,
                    "type": answer.headers.get("Content-Type", ""),
                    "location": answer.headers.get("Location"),
                    "body": content.decode("utf-8", "replace"),
                    "cut": not answer.content.at_eof(),
                    "milliseconds": round((time.perf_counter() - started) * 1000),
                    "trace": trace_id_of(headers["traceparent"]),
                }
        except asyncio.TimeoutError:
            sentence = _("The function did not answer within {seconds} seconds.")
            raise Refused(504, sentence.format(seconds=round(SECONDS_TO_ANSWER))) from None
        except UNREACHABLE:
            raise Refused(502, self._host.down()) from None


async def _first(stream: aiohttp.StreamReader) -> bytes:
    content = bytearray()
    while len(content) < SHOWN_BYTES and (part := await stream.read(SHOWN_BYTES - len(content))):
        content += part
    return bytes(content)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
