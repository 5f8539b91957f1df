"""The faults of the Functions host: those of its workers, and those of the queues that trigger functions."""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from urllib.parse import quote

from localcloud.faults import Kind, UnknownFault, kind_of
from localcloud.messages import _

from ..engine.client import EngineClient
from ..faults.sources import Source
from ..guard import Refused
from ..page import Connections
from .host import ASK_SECONDS, FAULT_SECONDS, Host

WORKERS = ("crash", "recycle")
CRASH_IN_CALL = "crash-in-call"
SECONDS_TO_WAIT = 30.0
LOOK_EVERY = 0.1


def sources(connections: Connections) -> list[Source]:
    host = connections.shared(Host)
    engine = connections.shared(EngineClient) if connections.has("engine") else None
    return [WorkerFaults(host, engine), QueueFaults(host)]


class HostFaults:
    """What both have in common: they are injected by asking the host."""

    def __init__(self, host: Host) -> None:
        self._host = host

    async def inject(self, name: str, fields: Mapping[str, Any]) -> None:
        await self._asked("POST", f"faults/{quote(name, safe='')}", dict(fields))

    async def end(self, name: str, target: str) -> None:
        await self._asked("DELETE", f"faults/{quote(name, safe='')}?target={quote(target, safe='')}")

    async def _all(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = json.loads(await self._asked("GET", "faults", seconds=ASK_SECONDS))
        return found

    async def _asked(self, method: str, path: str, body: Any = None, seconds: float = FAULT_SECONDS) -> bytes:
        status, content = await self._host.ask(method, path, seconds, body)
        if status != 200:
            raise Refused(status if status in (400, 409) else 502, content.decode("utf-8", "replace"))
        return content


class QueueFaults(HostFaults):
    name = "queues"

    def title(self) -> str:
        return _("Queues")

    async def state(self) -> Mapping[str, Any]:
        found = await self._all()
        return {**found, "kinds": [kind for kind in found["kinds"] if kind["name"] not in WORKERS]}


class WorkerFaults(HostFaults):
    """With an engine, a crash can be aimed at the time in which a worker waits for it."""

    name = "workers"

    def __init__(self, host: Host, engine: EngineClient | None) -> None:
        super().__init__(host)
        self._engine = engine if engine and engine.url else None

    def title(self) -> str:
        return _("Workers")

    def _aimed(self) -> Kind:
        says = _("The workers are killed while one of them waits for the report engine")
        return Kind(CRASH_IN_CALL, says, ("target", "seconds"))

    async def state(self) -> Mapping[str, Any]:
        kinds = [kind for kind in (await self._all())["kinds"] if kind["name"] in WORKERS]
        return {"kinds": [*kinds, *([asdict(self._aimed())] if self._engine else [])], "active": []}

    async def inject(self, name: str, fields: Mapping[str, Any]) -> None:
        if name == CRASH_IN_CALL and self._engine:
            await self._crash_in_call(self._engine, fields)
        else:
            await super().inject(name, fields)

    async def _crash_in_call(self, engine: EngineClient, given: Mapping[str, Any]) -> None:
        """Waits for a call (about the topic `target`), at most `seconds`, and then crashes the workers."""
        try:
            fields = kind_of([self._aimed()], CRASH_IN_CALL).fields(given)
        except (UnknownFault, ValueError) as error:
            raise Refused(400, str(error)) from None
        deadline = time.monotonic() + float(fields.get("seconds", SECONDS_TO_WAIT))
        while not _aims_at((await engine.state())["inside"], fields.get("target")):
            if time.monotonic() > deadline:
                raise Refused(409, _("No worker has called the report engine in that time."))
            await asyncio.sleep(LOOK_EVERY)
        await super().inject("crash", {})


def _aims_at(topics: list[str], wanted: Any) -> bool:
    return wanted in topics if wanted else bool(topics)
