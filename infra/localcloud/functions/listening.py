"""The listeners of a host: one for each function that something else than HTTP triggers."""

import asyncio
from typing import TYPE_CHECKING

from localcloud.messages import _

from .bindings import WITHOUT_LISTENER, Finishing, Killable, Listener, Sharing, listener_for
from .loading.index import FunctionInfo
from .workers.pool import SECONDS_TO_DRAIN

if TYPE_CHECKING:
    from .host import FunctionsHost


class Listening:
    """Starts and stops the listeners; a function without one is told of, and the others run."""

    def __init__(self, host: "FunctionsHost") -> None:
        self._host = host
        self._listeners: list[Listener] = []
        self._finishing: dict[asyncio.Task[None], Listener] = {}

    async def start(self) -> None:
        """Listens for every enabled function; nothing happens while it listens already."""
        if self._listeners:
            return
        for function in self._host.functions.values():
            if not function.disabled and str(function.trigger["type"]).lower() not in WITHOUT_LISTENER:
                await self._listen(function)

    async def _listen(self, function: FunctionInfo) -> None:
        kind = str(function.trigger["type"])
        factory = listener_for(kind)
        if factory is None:
            text = _("There is no listener for {type} here: '{name}' is indexed and will not fire.")
            self._host.log.say(text.format(type=kind, name=function.name), "WARNING")
            return
        try:
            listener = factory(self._host, function)
            await listener.start()
        except ValueError as error:
            text = f"The listener for function 'Functions.{function.name}' was unable to start. {error}"
            self._host.log.say(text, "ERROR")
        else:
            self._listeners.append(listener)

    @property
    def names(self) -> list[str]:
        """Under which names the listeners share leases with those of other hosts."""
        return [one.name for one in self._listeners if isinstance(one, Sharing)]

    async def hand_over(self) -> None:
        """Stops them all, for those of a new load to take over. What a queue's listener delivers now is finished
        beside, by the workers that have begun it, as at a restart of the real host."""
        listeners, self._listeners = self._listeners, []
        await asyncio.gather(*(self._left(listener) for listener in listeners))

    async def _left(self, listener: Listener) -> None:
        if not isinstance(listener, Finishing):
            return await listener.stop()
        await listener.close()
        finishing = asyncio.create_task(listener.finish(SECONDS_TO_DRAIN))
        self._finishing[finishing] = listener
        finishing.add_done_callback(self._finishing.pop)

    async def stop(self) -> None:
        """Stops them all; what they are delivering is finished or given back."""
        listeners, self._listeners = [*self._listeners, *self._finishing.values()], []
        await asyncio.gather(*(listener.stop() for listener in listeners))

    async def kill(self) -> None:
        """Ends them as those of a killed process end, where that differs from stopping."""
        listeners, self._listeners = [*self._listeners, *self._finishing.values()], []
        await asyncio.gather(*(one.kill() if isinstance(one, Killable) else one.stop() for one in listeners))
