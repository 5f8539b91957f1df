"""The front: requests to a slot go to whatever it holds at that moment."""

from aiohttp import web

from localcloud.functions.http.front import HOME
from localcloud.messages import _

from .slot import Slot


class Front:
    """A swap changes what the next request finds; one that has begun is finished where it began."""

    async def answer(self, slot: Slot, request: web.Request) -> web.StreamResponse:
        content = slot.content
        if content.down:
            text = _("503: {slot} is being restarted after a deployment.").format(slot=slot.name)
            return web.Response(status=503, text=text)
        if content.running is None:
            if request.path == "/":
                return web.Response(text=HOME, content_type="text/html")
            return web.Response(status=404, text=_("Nothing has been deployed to {slot}.").format(slot=slot.name))
        front = content.running.front
        return await (front.home(request) if request.path == "/" else front.call(request))
