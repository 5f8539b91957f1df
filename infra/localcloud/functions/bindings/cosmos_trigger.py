"""The Cosmos DB trigger's listener: takes its part of the leases, and has a reading at work for each."""

import asyncio
import contextlib
import random
import time
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from localcloud.ending import ended
from localcloud.messages import _

from ..retries import RandomisedBackoff
from .cosmos_clients import CosmosHub, cosmos_hub_of
from .cosmos_container import make_container
from .cosmos_error import CosmosBindingError, explained
from .cosmos_feed import ChangeFeed
from .cosmos_leases import LeaseLost, Leases
from .cosmos_names import connection_string
from .cosmos_options import TriggerOptions, trigger_options
from .cosmos_reading import Handler, Reading
from .cosmos_run import CosmosRun
from .cosmos_sharing import Lease, to_take, usable

if TYPE_CHECKING:
    from ..loading.index import FunctionInfo
    from .binding_host import BindingHost

LEASE_KEY = "/id"
SHORTEST_REST, SHORTEST_SHARING = 0.1, 0.5
SECONDS_TO_BEGIN = 5.0
SECONDS_TO_DRAIN, SECONDS_TO_GIVE_BACK = 2.0, 1.0
SHORTEST_RETRY, LONGEST_RETRY = 2.0, 120.0


def listener_of(host: "BindingHost", function: "FunctionInfo") -> "CosmosListener":
    """The listener of a function; ValueError when its binding is none, or a connection leads nowhere."""
    options = trigger_options(function.trigger, host.config.raw)
    for name in (options.watched.connection, options.leases.connection):
        connection_string(name, host.settings)
    run = CosmosRun(host, function, options.watched)
    return CosmosListener(
        function.name, options, cosmos_hub_of(host), run.handle, host.say, time_scale=host.time_scale, rng=host.rng
    )


class ContainerGone(ValueError):
    """The watched container is not there, or not the one that it was."""


class CosmosListener:
    """One function's listener; each has a name of its own among those that share the leases.

    What is not there at the start (the account, a container) is told of and waited for, as Azure's host does.
    `time_scale` shortens the waits that are the host's own, never the time after which a lease runs out.
    """

    def __init__(
        self,
        function: str,
        options: TriggerOptions,
        hub: CosmosHub,
        handle: Handler,
        say: Callable[[str], None],
        *,
        time_scale: float = 1.0,
        rng: random.Random | None = None,
    ) -> None:
        self.function = function
        self.name = str(uuid.uuid4())
        self._options = options
        self._hub = hub
        self._handle = handle
        self._say = say
        self._scale = time_scale
        self._backoff = RandomisedBackoff(SHORTEST_RETRY, LONGEST_RETRY, rng or random.Random())
        self._readings: dict[str, Reading] = {}
        self._lost: list[Reading] = []
        self._told = ""
        self._shares = False
        self._begun = asyncio.Event()
        self._stopping = asyncio.Event()
        self._listening: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Returns when it reads the feed, or after some seconds when that is not to be had yet."""
        self._listening = asyncio.create_task(self._listen(), name=f"cosmos {self._options.watched.path}")
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._begun.wait(), SECONDS_TO_BEGIN)

    async def stop(self) -> None:
        """Waits a little for the calls that run now, then gives the leases back; those that an account does not take
        back run out by themselves."""
        self._stopping.set()
        if self._listening:
            await ended([self._listening], SECONDS_TO_DRAIN)
        readings, self._readings = list(self._readings.values()), {}
        for reading in readings:
            reading.stop()
        await ended([one.task for one in [*readings, *self._lost]], SECONDS_TO_DRAIN)
        await ended([asyncio.create_task(one.give_back()) for one in readings], SECONDS_TO_GIVE_BACK)

    async def kill(self) -> None:
        """Ends as a process that is killed: its leases stay its own until they run out."""
        readings, self._readings = [*self._readings.values(), *self._lost], {}
        self._stopping.set()
        for one in readings:
            one.stop()
        await ended([*(one.task for one in readings), *([self._listening] if self._listening else [])])

    async def _listen(self) -> None:
        from azure.core.exceptions import AzureError

        while not self._stopping.is_set():
            try:
                leases, feed = await self._open()
                await self._share(leases, feed)
                return
            except AzureError as error:
                self._failed(self._explained(error))
            except (ValueError, OSError, asyncio.TimeoutError) as error:
                self._failed(str(error))
            self._begun.set()
            await self._until_over(self._backoff.next() * self._scale)

    def _failed(self, why: str) -> None:
        """Tells once why it does not listen, or cannot share the leases, until that is mended."""
        if why != self._told:
            what = "was interrupted" if self._shares else "was unable to start"
            self._say(f"The listener for function 'Functions.{self.function}' {what}. {why} " + _("It tries again."))
        self._told = why

    def _explained(self, error: Any) -> str:
        watched, leases = self._options.watched, self._options.leases
        if getattr(error, "status_code", None) != 404:
            return str(explained(error, watched.path))
        return (
            f"Either the source container '{watched.container}' (in database '{watched.database}') or the lease "
            f"container '{leases.container}' (in database '{leases.database}') does not exist. Both containers must "
            "exist before the listener starts. To automatically create the lease container, set "
            "'CreateLeaseContainerIfNotExists' to 'true'."
        )

    async def _open(self) -> tuple[Leases, ChangeFeed]:
        """The leases and the feed; both containers are there then, and the leases were made once."""
        options = self._options
        watched = await self._hub.container(options.watched)
        properties = await watched.read()
        if options.make_leases:
            client = await self._hub.client(options.leases.connection)
            await make_container(client, options.leases, LEASE_KEY, options.leases_throughput)
        container = await self._hub.container(options.leases)
        paths = ((await container.read()).get("partitionKey") or {}).get("paths")
        if paths != [LEASE_KEY]:
            raise CosmosBindingError(
                "The lease container, if partitioned, must have partition key equal to id. "
                + _("The key of '{path}' is {paths}.").format(path=options.leases.path, paths=", ".join(paths or ()))
            )
        feed = ChangeFeed(watched, properties["_rid"], options.start, options.most)
        prefix = f"{options.prefix}{options.watched.database}_{properties['_rid']}"
        leases = Leases(container, prefix, self.name, time.time)
        if not await leases.begun():
            await leases.begin(await feed.spans())
        return leases, feed

    async def _share(self, leases: Leases, feed: ChangeFeed) -> None:
        """Takes leases and renews them for as long as the lease container answers."""
        renew = self._options.renew_every
        acquire = _shortened(self._options.acquire_every, self._scale, SHORTEST_SHARING)
        renewed = time.monotonic()
        self._shares = True
        while not self._stopping.is_set():
            await self._take(leases, feed)
            if not self._begun.is_set():
                await asyncio.gather(*(one.polled.wait() for one in self._readings.values()))
                self._begun.set()
            self._backoff.reset()
            self._told = ""
            await self._until_over(min(acquire, renew))
            if time.monotonic() - renewed >= renew:
                await asyncio.gather(*(one.renew() for one in self._readings.values() if not one.over))
                renewed = time.monotonic()

    async def _until_over(self, seconds: float) -> None:
        """Waits so long, or until a reading ends by itself, or all must."""
        stopping = asyncio.create_task(self._stopping.wait())
        tasks = [stopping, *(one.task for one in self._readings.values() if not one.over)]
        try:
            await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()

    async def _take(self, leases: Leases, feed: ChangeFeed) -> None:
        for id, reading in list(self._readings.items()):
            if reading.over:
                del self._readings[id]
                if reading.gone:
                    raise ContainerGone(reading.gone)
                for child in reading.split:
                    self._begin(child, leases, feed)
        known = usable(await leases.all())
        for lease in known:
            if lease.id in self._readings and lease.owner != self.name:
                self._lost.append(self._readings.pop(lease.id))  # another host has it now
                self._lost[-1].stop()
            self._begin(lease, leases, feed)  # one that is ours, though its reading has ended
        self._lost = [one for one in self._lost if not one.over]
        for lease in to_take(known, self.name, time.time(), self._options.expire_after):
            with contextlib.suppress(LeaseLost):
                self._begin(await leases.take(lease), leases, feed)

    def _begin(self, lease: Lease, leases: Leases, feed: ChangeFeed) -> None:
        if lease.id not in self._readings and lease.owner == self.name:
            rest = _shortened(self._options.poll_delay, self._scale, SHORTEST_REST)
            self._readings[lease.id] = Reading(lease, leases, feed, self._handle, self._say, rest)


def _shortened(seconds: float, scale: float, least: float) -> float:
    """A wait by the time scale, which makes it no shorter than `least`."""
    return max(seconds * scale, min(seconds, least))
