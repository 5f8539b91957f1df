"""The listeners of a host: one for each function that something else than HTTP triggers."""

import asyncio
from typing import TYPE_CHECKING

from localcloud.messages import _

from .bindings import WITHOUT_LISTENER, Listener, listener_for
from .index import FunctionInfo

if TYPE_CHECKING:
    from .host import FunctionsHost


class Listening:
    """Starts and stops the listeners; a function without one is told of, and the others run."""

    def __init__(self, host: "FunctionsHost") -> None:
        self._host = host
        self._listeners: list[Listener] = []

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

    async def stop(self) -> None:
        """Stops them all; what they are delivering is finished or given back."""
        listeners, self._listeners = self._listeners, []
        await asyncio.gather(*(listener.stop() for listener in listeners))
