"""What the functions page asks for, handed on to the Functions host."""

import aiohttp
from aiohttp import web

from localcloud.messages import _

PREFIX = "/api/functions"
SECONDS = 10.0


class FunctionsProxy:
    """Passes the page's requests to the host's `/admin/camp`; says so when the host is not there."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session: aiohttp.ClientSession | None = None

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(f"{PREFIX}/state", self.hand_on),
            web.get(f"{PREFIX}/journal", self.hand_on),
            web.get(f"{PREFIX}/live", self.live),
            web.post(PREFIX + "/faults/{fault:recycle|crash}", self.hand_on),
        ]

    async def hand_on(self, request: web.Request) -> web.Response:
        """The host's answer, or 502 with a text."""
        timeout = aiohttp.ClientTimeout(total=SECONDS)
        try:
            async with self._open().request(request.method, self._address(request), timeout=timeout) as answer:
                content = await answer.read()
                if answer.status == 404:
                    return self._other_host()
                return web.Response(status=answer.status, body=content, content_type=answer.content_type)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return self._gone(error)

    async def live(self, request: web.Request) -> web.StreamResponse:
        """The host's journal as server-sent events."""
        last = request.headers.get("Last-Event-ID")
        headers = {"Last-Event-ID": last} if last else {}
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=SECONDS)
        try:
            async with self._open().get(self._address(request), timeout=timeout, headers=headers) as answer:
                if answer.status != 200:
                    return self._other_host()
                response = web.StreamResponse(
                    headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
                )
                await response.prepare(request)
                async for chunk in answer.content.iter_any():
                    await response.write(chunk)
                return response
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return self._gone(error)

    def _address(self, request: web.Request) -> str:
        path = request.path.removeprefix(PREFIX)
        since = request.query.get("since", "")
        return f"{self._url}/admin/camp{path}" + (f"?since={since}" if since.isdigit() else "")

    def _gone(self, error: Exception) -> web.Response:
        why = _(
            "The Functions host does not answer at {url}. It starts again by itself; 'camp logs functions' says more."
        )
        return web.json_response({"error": why.format(url=self._url), "cause": str(error)}, status=502)

    @staticmethod
    def _other_host() -> web.Response:
        why = _("This Functions host is not the camp's own, so its invocations cannot be shown here. Look at its log.")
        return web.json_response({"error": why}, status=501)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        return self._session

    async def close(self, _site: web.Application) -> None:
        if self._session:
            await self._session.close()
