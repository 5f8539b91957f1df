"""The Functions host: one app folder, its workers, its triggers and its HTTP front, on one loopback port."""

import asyncio
import random
import socket
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localcloud.journal import Journal
from localcloud.messages import _
from localcloud.serving import Server

from .activity import Idle, Quiet
from .bindings.queue_options import HostConfigError
from .host_id import host_id
from .host_log import HostLog
from .http.keys import Keys, load_keys
from .http.routes import RouteTable
from .invocation import Invocation, Result
from .listening import Listening
from .loading.app import App
from .loading.app_errors import explain
from .loading.hostjson import HostJson, read_host_json
from .loading.index import FunctionInfo, index_of
from .loading.settings import SettingsError
from .loading.switches import Switches
from .loading.unsupported import check_runtime, old_functions
from .worker.values import Value
from .workers.launching import PLAIN, Launcher
from .workers.pool import WorkerPool
from .workers.pools import Workers
from .workers.process import SECONDS_TO_START, LoadFailed, WorkerGone, WorkerSpec
from .workers.settings import worker_count, worker_environment
from .workers.warm_up import warm_up

if TYPE_CHECKING:
    from .bindings.queue_hub import QueueHub

FAST = 0.01
TIMER = "timerTrigger"
SECONDS_TO_LOAD_IN_CHECKS = 10.0

Settings = Mapping[str, str]


class FunctionsHost:
    """Runs the app in `app_dir` with `python` and these app settings (or what `settings()` gives at every load).

    `enforce_keys` checks function keys as Azure does. `idle_timeout` (seconds) scales to zero. `watch` reloads on save.
    `state_dir` keeps keys, switches, timers. `fast` is for checks: a hundredth of the host's own waits, spare workers.
    `launcher` starts the workers. Without `admin` nothing answers under `/admin`.
    """

    def __init__(
        self,
        app_dir: Path,
        *,
        settings: Settings | Callable[[], Settings],
        python: Path,
        port: int = 0,
        enforce_keys: bool = True,
        workers: int | None = None,
        idle_timeout: float | None = None,
        watch: bool = False,
        journal: Journal | None = None,
        state_dir: Path | None = None,
        fast: bool = False,
        cors: tuple[str, ...] = (),
        cors_credentials: bool = False,
        rng: random.Random | None = None,
        launcher: Launcher = PLAIN,
        admin: bool = True,
    ) -> None:
        from .http.front import application

        self.app_dir = app_dir.absolute()
        self.workers_app_dir = launcher.place_of(self.app_dir)
        self.admin = admin
        self.journal = journal or Journal()
        self.log = HostLog(self.journal)
        self.app = App()
        self.state = "Default"
        self.gave_up = False
        self.started_at = time.time()
        self.enforce_keys = enforce_keys
        self.cors = cors
        self.cors_credentials = cors_credentials
        self.state_dir = state_dir
        self.switches = Switches(state_dir)
        self.time_scale = FAST if fast else 1.0
        self.rng = rng or random.Random()
        self.loaded = asyncio.Event()
        # Is called with each attempt before its worker begins, so that a crash can be aimed at it.
        self.on_taken: Callable[[Invocation], None] | None = None
        self._fast = fast
        self._given_settings = settings
        self._python, self._processes, self._launcher = python, workers, launcher
        self._idle = Idle(idle_timeout, self._rest)
        self.listening = Listening(self)
        self._loading = asyncio.Lock()
        self._quiet = Quiet(lambda: bool(self.log.running))
        self._tasks: set[asyncio.Task[Any]] = set()
        self._watch = watch
        self._at_stop: list[Callable[[], Awaitable[None]]] = []
        self._workers = Workers(self._made_pool, self.later)
        self._server = Server(application(self), port)

    @property
    def url(self) -> str:
        """`http://127.0.0.1:<port>`, once started."""
        return self._server.url

    @property
    def id(self) -> str:
        """The host id, the same at every start of the same app."""
        return host_id(self.app_dir, self.settings)

    @property
    def base_url(self) -> str:
        """Where HTTP functions answer: the address with the route prefix."""
        return "/".join(part for part in (self.url, self.config.route_prefix) if part)

    @property
    def functions(self) -> dict[str, FunctionInfo]:
        """The functions that run, by name."""
        return self.app.index.functions

    @property
    def errors(self) -> list[str]:
        """Why the app, or some of its functions, do not run: file, line and mend."""
        return self.app.errors

    @property
    def settings(self) -> Settings:
        return self.app.settings

    @property
    def config(self) -> HostJson:
        return self.app.config

    @property
    def in_flight(self) -> int:
        """Invocations that run now."""
        return len(self.log.running)

    @property
    def pool(self) -> WorkerPool:
        """The workers; WorkerGone when no app is loaded."""
        return self._workers.pool

    @property
    def queues(self) -> "QueueHub":
        """What its queue triggers and outputs share: which messages came, copies of them, and faults."""
        from .bindings.queue_hub import hub_of

        return hub_of(self)

    @property
    def worker_pids(self) -> list[int]:
        return self._workers.pids

    async def start(self) -> None:
        """Serves, loads the app and starts what triggers it. An app that does not load leaves the host running."""
        await self._server.start()
        if self._watch:
            from .loading.watch import watch

            self.later(watch(self))
            await asyncio.sleep(0)  # it watches before the app is read, so that no save is missed
        await self.restart()

    async def answer_on(self, listener: socket.socket) -> None:
        """Answers on a second socket too."""
        await self._server.answer_on(listener)

    async def stop(self) -> None:
        """Stops listeners, workers and the server."""
        await self._end(self.listening.stop)

    async def kill(self) -> None:
        """Ends as a process that is killed: nothing is finished or given back. What it holds runs out by itself."""
        await self._end(self.listening.kill)

    async def _end(self, end_listening: Callable[[], Awaitable[None]]) -> None:
        self._become("Stopping")
        self._idle.stop()
        await end_listening()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._workers.stop()
        await self._server.stop()
        await asyncio.gather(*(close() for close in self._at_stop))
        self._become("Stopped")

    async def restart(self) -> None:
        """Reads settings, host.json and the app again; requests wait meanwhile. Never raises for what the app is."""
        async with self._loading:
            self.loaded.clear()
            self.gave_up = False
            self._become("Starting")
            await self.listening.hand_over()
            app = App(keys=self.app.keys)
            try:
                await self._load(app)
            except (HostConfigError, SettingsError) as error:
                app.failure = str(error)
            except LoadFailed as error:
                app.failure = explain(error.report, str(self.workers_app_dir), self.app_dir)
                self.log.say(str(error.report.get("traceback") or ""), "ERROR")
            except WorkerGone as error:
                app.failure = _("The worker ended while it loaded the app: {how}.").format(how=error)
            self.app = app
            await self.listening.start()
            for line, level in app.said():
                self.log.say(line, level)
            self._become("Error" if app.failure else "Running")
            self.later(warm_up(self))
            self.loaded.set()
            self._idle.touch()

    async def scale(self, workers: int) -> None:
        """So many worker processes from now on, between invocations; if that is more, all are new."""
        await self.pool.scale(workers)
        self._processes = workers

    async def recycle(self) -> None:
        """New worker processes, between invocations: whatever the app kept in memory is gone."""
        await self.pool.recycle()

    def crash(self, pid: int | None = None) -> Coroutine[Any, Any, None]:
        """SIGKILL to the workers, or to one, in the middle of what they do: before this returns. Awaited, it starts new
        ones, which take over."""
        return self.pool.crash(pid)

    async def quiet(self, silence: float = 0.25, timeout: float = 10.0) -> None:
        """Returns once no invocation has been running for `silence` seconds, those of timers left out, and none runs
        now; TimeoutError after `timeout`."""
        await self._quiet.wait(silence, timeout)

    async def invoke(
        self,
        function: FunctionInfo,
        inputs: Mapping[str, Value],
        metadata: Mapping[str, Value],
        *,
        reason: str,
        details: str = "",
        trace: str | None = None,
        data: Mapping[str, Any] | None = None,
        source: Mapping[str, Any] | None = None,
    ) -> Result:
        """Runs a function. `data` is for its bindings' `{expressions}`, `source` for the journal: what triggered it."""
        invocation = Invocation(self, function, inputs, metadata, reason, details, trace, data or {}, source or {})
        self.log.running[invocation.id] = invocation
        # A timer fires for ever, in checks perhaps ten times a second: between two firings all may be quiet.
        touch = self._quiet.touch if function.trigger["type"] != TIMER else lambda: None
        touch()
        try:
            return await invocation.run()
        finally:
            del self.log.running[invocation.id]
            touch()
            self._idle.touch()

    async def wait_until_loaded(self, seconds: float) -> bool:
        """Whether the app is loaded (or has failed to) within so many seconds."""
        try:
            await asyncio.wait_for(self.loaded.wait(), seconds)
        except asyncio.TimeoutError:
            return False
        return True

    def routes_to(self, method: str, path: str) -> tuple[FunctionInfo, dict[str, str]] | None:
        """The function that answers a request, and its route parameters; None for a 404."""
        found = self.app.routes.find(method, path)
        return (self.functions[found[0].name], found[1]) if found else None

    def keep_keys(self, keys: Keys) -> None:
        """These are the app's keys from now on."""
        self.app.keys = keys
        if self._keys_file:
            keys.save(self._keys_file)

    @property
    def _keys_file(self) -> Path | None:
        return self.state_dir and self.state_dir / "keys.json"

    def say(self, message: str, level: str = "INFO") -> None:
        """One line of the host's own."""
        self.log.say(message, level)

    def at_stop(self, close: Callable[[], Awaitable[None]]) -> None:
        """Closes something when the host stops."""
        self._at_stop.append(close)

    def later(self, work: Coroutine[Any, Any, Any]) -> None:
        """Runs a coroutine beside everything else, until the host stops."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _load(self, app: App) -> None:
        given = self._given_settings
        app.settings = self.switches.over(given() if callable(given) else given)
        check_runtime(app.settings)
        app.config = read_host_json(self.app_dir / "host.json", app.settings)
        app.old_functions = tuple(old_functions(self.app_dir))
        self.log.levels = app.config.log_levels
        reported = await self._pool_for(app).load()
        app.index = index_of(reported, app.settings, app.config)
        enabled = [one for one in app.index.functions.values() if not one.disabled]
        app.routes = RouteTable([one.http() for one in enabled if one.is_http], app.config.route_prefix)
        app.keys = load_keys(self._keys_file, list(app.index.functions), self.app.keys)

    def _pool_for(self, app: App) -> WorkerPool:
        seconds = SECONDS_TO_LOAD_IN_CHECKS if self._fast else SECONDS_TO_START
        place = self.workers_app_dir
        environ = worker_environment(app.settings, place, self.url)
        spec = WorkerSpec(self._python, place, environ, seconds, self._launcher)
        return self._workers.pool_for(spec, self._processes or worker_count(app.settings))

    def _made_pool(self, spec: WorkerSpec, processes: int) -> WorkerPool:
        spares = processes if self._fast and self._launcher.spares else 0
        return WorkerPool(spec, processes, spares, self.log.hear, self._happened, self._given_up)

    def _happened(self, kind: str, **facts: Any) -> None:
        """Something happened to a worker; a cold start is a new instance."""
        self.journal.add(kind, **facts)
        if kind == "worker.cold_start":
            self.later(warm_up(self))

    def _given_up(self, why: str) -> None:
        """The host's giving-up limit: the app answers 503 until it is saved again."""
        self.gave_up = True
        self.app.failure = why + " " + _("The host has stopped it. Correct what ends it, and save: it starts again.")
        self.log.say(self.app.failure, "ERROR")
        self._become("Error")

    def _become(self, state: str) -> None:
        self.state = state
        self.journal.add("host.state", state=state, errors=self.errors, functions=list(self.functions))

    def _rest(self) -> None:
        if self.worker_pids and not self.in_flight:
            self.log.say(_("Nothing was asked for a while: scaled to zero. The next call is a cold start."))
            self.later(self.pool.rest())
