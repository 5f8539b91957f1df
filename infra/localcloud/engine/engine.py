"""The report engine: `POST /reports` with a topic, and what it is made to do wrong."""

import asyncio
import json
import random
import socket
import string
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import Any

from aiohttp import web

from localcloud.cloud import View
from localcloud.faults import Fault, Faults, Kind, kind_of
from localcloud.http_loopback import is_local
from localcloud.journal import Journal
from localcloud.messages import _
from localcloud.trace import span_id_of, trace_id_of

from .calls import LONGEST_CALL, Call, Calls
from .door import Door

SLOW, FAIL, DOWN, HTML, REFUSE = "slow", "fail", "down", "html", "refuse"
LOOK_EVERY = 0.02
LONGEST_TOPIC = 1_000
MOST_BYTES = 64 * 1024
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
PAGE = "<!doctype html><title>Bad gateway</title><h1>Bad gateway</h1><p>The upstream server is unwell.</p>"


def kinds() -> tuple[Kind, ...]:
    """The faults of the engine; a target is a topic."""
    return (
        Kind(SLOW, _("The report engine is slow"), ("target", "seconds", "by"), ("by",)),
        Kind(FAIL, _("The report engine fails (500)"), ("target", "seconds", "times")),
        Kind(DOWN, _("The report engine is down (503)"), ("seconds", "by")),
        Kind(HTML, _("The report engine answers HTML"), ("target", "seconds")),
        Kind(REFUSE, _("The report engine takes no connections"), ("seconds",)),
    )


class Engine(View):
    """One report engine on loopback. Use `start` and `stop`.

    `rng` decides the reports: each call has a text of its own. `delay` is how long a call takes when nothing is wrong.
    A caller that hangs up leaves a call that completes all the same, as with many a real service. With `admin_token`
    another process can inject faults, under `/admin`, and "refuse" resets connections: the admin must still get in.
    """

    def __init__(
        self,
        *,
        rng: random.Random | None = None,
        journal: Journal | None = None,
        port: int = 0,
        delay: float = 0.0,
        admin_token: str | None = None,
    ) -> None:
        self.journal = journal or Journal()
        self.calls = Calls()
        self.faults = Faults(self._happened)
        self.delay = delay
        self._seed = (rng or random.Random()).getrandbits(64)
        self._requests: dict[int, web.Request] = {}
        self._answering = asyncio.Event()
        self._answering.set()
        self._stays_open = admin_token is not None
        app = web.Application(client_max_size=MOST_BYTES, middlewares=[_only_local])
        app.router.add_post("/reports", self._report)
        app.router.add_get("/healthz", self._healthy)
        if admin_token is not None:
            from .admin import admin_routes

            app.add_routes(admin_routes(self, admin_token))
        self._door = Door(app, port)
        self._moving: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        return self._door.url

    @property
    def up(self) -> bool:
        """Whether it would make a report now."""
        return not any(fault.name in (DOWN, REFUSE) for fault in self.faults.active())

    async def start(self) -> None:
        await self._door.start()

    async def answer_on(self, listener: socket.socket) -> None:
        """Serves on another listening socket as well, be it one of another network namespace."""
        await self._door.answer_on(listener)

    async def stop(self) -> None:
        self.release()
        self.faults.end_all()
        await self._moved()
        await self._door.stop()

    def slow(self, by: float, topic: str = "", *, seconds: float | None = None) -> None:
        """Calls, or those about `topic`, take `by` seconds (at most ten)."""
        self.faults.begin(SLOW, topic, by=min(by, LONGEST_CALL), seconds=seconds)

    def fail(self, topic: str = "", *, times: int | None = None, seconds: float | None = None) -> None:
        """Calls, or those about `topic`, are answered 500: always, or the next so many `times`."""
        self.faults.begin(FAIL, topic, times=times, seconds=seconds)

    def down(self, after: float = 0.0, *, seconds: float | None = None) -> None:
        """The engine is down: every call is answered 503, at once or `after` so many seconds."""
        self.faults.begin(DOWN, by=min(after, LONGEST_CALL), seconds=seconds)

    def html(self, topic: str = "", *, seconds: float | None = None) -> None:
        """Calls, or those about `topic`, are answered 200 with a page of HTML, as by a proxy in between."""
        self.faults.begin(HTML, topic, seconds=seconds)

    async def refuse(self, *, seconds: float | None = None) -> None:
        """The engine is gone: connections are refused, calls under way end without an answer."""
        self.faults.begin(REFUSE, seconds=seconds)
        await self._moved()

    async def inject(self, name: str, fields: Mapping[str, Any]) -> None:
        """Any of these by its name, with `target` (a topic), `seconds`, `times` and `by`; ValueError for another."""
        given = kind_of(kinds(), name).fields(fields)
        if "by" in given:
            given["by"] = min(given["by"], LONGEST_CALL)
        self.faults.begin(name, given.pop("target", ""), **given)
        await self._moved()

    def hold(self) -> None:
        """No call is answered until `release`: after a while whoever may call is inside a call."""
        self._answering.clear()

    def release(self) -> None:
        """Calls are answered again, those that were held too."""
        self._answering.set()

    async def all_inside(self, silence: float = 0.5) -> None:
        """After `hold`: returns once somebody waits for an answer and no call has begun for so long. Whatever runs then
        waits for the engine, and what has not begun yet has done nothing: a crash now is one inside the call."""
        while True:
            left = self.calls.last_began + silence - self.calls.now()
            if left <= 0 and self.inside():
                return
            await asyncio.sleep(max(left, LOOK_EVERY))

    async def works(self) -> None:
        """Nothing is wrong any more."""
        self.faults.end_all()
        await self._moved()

    async def called(self, topic: str | None = None) -> Call:
        """A call (about `topic`) that is under way: one that is, or the next one once it has begun."""
        under_way = self.calls.under_way(topic)
        return under_way[-1] if under_way else await self.calls.next(topic)

    def inside(self) -> list[Call]:
        """The calls under way whose callers still wait: who crashes its callers now crashes them inside a call."""
        return [call for call in self.calls.under_way() if _is_there(self._requests[call.number])]

    def to_json(self) -> dict[str, Any]:
        """Its state, for the portal."""
        return {
            "up": self.up,
            "kinds": [asdict(kind) for kind in kinds()],
            "active": self.faults.to_json(),
            "inside": [call.topic for call in self.inside()],
        }

    async def _healthy(self, _request: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    async def _report(self, request: web.Request) -> web.StreamResponse:
        topic = await _topic(request)
        if self.faults.on(REFUSE):
            return _reset(request)
        call = self.calls.begin(topic)
        self._requests[call.number] = request
        facts = _facts(call, request.headers)
        self.journal.add("call.began", **facts)
        wrong = self._wrong_with(topic)
        slow = self.faults.on(SLOW, topic)
        at_once = wrong is not None and wrong.name == DOWN
        await asyncio.sleep(wrong.by if wrong and at_once else slow.by if slow else self.delay)
        await self._answering.wait()
        if self.faults.on(REFUSE):
            self._ended(call, None, None, False, facts)
            return _reset(request)
        return self._answered(request, call, wrong, facts)

    def _wrong_with(self, topic: str) -> Fault | None:
        """What is wrong with a call that begins now; a failure that is counted is counted here."""
        return self.faults.on(DOWN) or self.faults.on(HTML, topic) or self.faults.use(FAIL, topic)

    def _answered(
        self, request: web.Request, call: Call, wrong: Fault | None, facts: Mapping[str, Any]
    ) -> web.StreamResponse:
        said: str | None = self._report_of(call) if wrong is None else self._error_of(call, wrong)
        if wrong is None:
            answer = web.json_response({"topic": call.topic, "report": said})
        elif wrong.name == HTML:
            said, answer = None, web.Response(text=PAGE, content_type="text/html")
        else:
            answer = web.json_response({"error": said}, status=503 if wrong.name == DOWN else 500)
        self._ended(call, answer.status, said, _is_there(request), facts)
        return answer

    def _ended(self, call: Call, status: int | None, said: str | None, heard: bool, facts: Mapping[str, Any]) -> None:
        del self._requests[call.number]
        self.calls.end(call, status, said, heard)
        self.journal.add("call.ended", status=status, heard=heard, milliseconds=_milliseconds(call), **facts)

    def _report_of(self, call: Call) -> str:
        """A text like no other, in plain words, which a message may carry as they are."""
        chance = self._chance(call)
        read, agree, surprises = (chance.randrange(10, most) for most in (5_000, 100, 60))
        return f"Report {_code(chance)}: {read} sources read, {agree} % agree, {surprises} surprises."

    def _error_of(self, call: Call, wrong: Fault) -> str:
        what = "the report engine is down" if wrong.name == DOWN else "the report engine could not finish"
        return f"{what} (incident {_code(self._chance(call))})"

    def _chance(self, call: Call) -> random.Random:
        """The same for the same call about the same topic in a run of the same seed, whatever else goes on."""
        return random.Random(f"{self._seed}/{call.topic}/{call.nth}")

    def _happened(self, kind: str, **facts: Any) -> None:
        self.journal.add(kind, **facts)
        if facts.get("fault") == REFUSE and kind == "fault.ended" and not self._stays_open:
            self._moving = asyncio.get_running_loop().create_task(self._move())

    async def _moved(self) -> None:
        """Opens or shuts the door, as it must be now."""
        if self._moving:
            await self._moving
        await self._move()

    async def _move(self) -> None:
        await (self._door.shut() if self.faults.on(REFUSE) and not self._stays_open else self._door.open())


def _is_there(request: web.Request) -> bool:
    return request.transport is not None and not request.transport.is_closing()


def _reset(request: web.Request) -> web.Response:
    """Closes the connection instead of answering; what is returned reaches nobody."""
    if request.transport:
        request.transport.abort()
    return web.Response(status=503)


async def _topic(request: web.Request) -> str:
    """The topic that is asked for; HTTPBadRequest says what is wrong with the request."""
    try:
        body = json.loads(await request.read())
    except (ValueError, RecursionError):
        raise _bad(_("The body is not JSON. Send {example}.").format(example='{"topic": "cats"}')) from None
    topic = body.get("topic") if isinstance(body, dict) else None
    if not isinstance(topic, str) or not topic.strip() or len(topic) > LONGEST_TOPIC:
        text = _("The body needs a topic: a text that is not blank, of at most {most} characters.")
        raise _bad(text.format(most=LONGEST_TOPIC))
    return topic


def _bad(sentence: str) -> web.HTTPBadRequest:
    return web.HTTPBadRequest(text=json.dumps({"error": sentence}), content_type="application/json")


@web.middleware
async def _only_local(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuses foreign Host names (DNS rebinding)."""
    if not is_local(request.host):
        return web.json_response({"error": _("Only this computer may ask.")}, status=403)
    return await handler(request)


def _facts(call: Call, headers: Mapping[str, str]) -> dict[str, Any]:
    traceparent = headers.get("traceparent")
    return {
        "call": call.number,
        "topic": call.topic,
        "trace": trace_id_of(traceparent),
        "span": span_id_of(traceparent),
    }


def _milliseconds(call: Call) -> float:
    return round(((call.ended or call.began) - call.began) * 1000, 1)


def _code(chance: random.Random) -> str:
    return "".join(chance.choice(string.ascii_uppercase + string.digits) for _letter in range(8))
