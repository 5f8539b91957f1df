"""The report engine as a service of the camp: `REPORT_ENGINE_URL`, and how often an app may call it in trouble."""

import secrets
import sys
from dataclasses import dataclass, fields
from urllib.parse import urlsplit

from localcloud.cloud import LEAN, CloudService, Opened, PortalOptions, Run, Started, Table, unknown_keys, wrong
from localcloud.messages import _
from localcloud.supervisor import HttpProbe, ServiceProcess

from .calls import LONGEST_CALL
from .program import TOKEN, USUAL_DELAY, USUAL_PORT

SETTING = "REPORT_ENGINE_URL"
MAX_CALLS, COOLDOWN = "BREAKER_MAX_CALLS", "BREAKER_COOLDOWN_SECONDS"
SECRET = "engine_token"


@dataclass(frozen=True)
class Prepared:
    """`delay` is how many seconds a report takes under `camp up`; in checks none, unless a check says otherwise.
    The others are for checks: an app may call an engine in trouble so often in each cool-down of so many seconds."""

    delay: float = USUAL_DELAY
    max_calls: int = 3
    cooldown_seconds: float = 60.0


class EngineService(CloudService):
    name = "engine"
    title = _("Report engine")
    ports = {"engine": USUAL_PORT}  # noqa: RUF012
    owns = (SETTING, MAX_CALLS, COOLDOWN)
    secrets = {SECRET: lambda: secrets.token_hex(24)}  # noqa: RUF012

    def prepare(self, table: Table) -> Prepared:
        unknown_keys(table, [one.name for one in fields(Prepared)], self.name)
        delay = table.get("delay", USUAL_DELAY)
        if isinstance(delay, bool) or not isinstance(delay, int | float) or not 0 <= delay <= LONGEST_CALL:
            wrong(_("delay must be a number of seconds from 0 to {most:g}").format(most=LONGEST_CALL))
        calls, seconds = (
            table.get("max_calls", Prepared.max_calls),
            table.get("cooldown_seconds", Prepared.cooldown_seconds),
        )
        if isinstance(calls, bool) or not isinstance(calls, int) or calls < 1:
            wrong(_("max_calls must be a whole number, 1 or more"))
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds <= 0:
            wrong(_("cooldown_seconds must be a number above 0"))
        return Prepared(float(delay), calls, float(seconds))

    def settings(self, camp: Opened) -> dict[str, str]:
        return {SETTING: camp.url_of("engine"), MAX_CALLS: "3", COOLDOWN: "30"}

    def portal(self, camp: Opened) -> PortalOptions:
        """Who knows the token may switch the engine off: the portal, and not the learner's app."""
        return PortalOptions(environment={TOKEN: camp.secrets[SECRET]})

    def processes(self, camp: Opened) -> list[ServiceProcess]:
        port, delay = camp.port_of("engine"), camp.prepared[self.name].delay
        return [
            ServiceProcess(
                name=self.name,
                argv=[
                    *(sys.executable, "-m", "localcloud.engine", "--port", str(port), "--delay", str(delay)),
                    "--lifeline",
                ],
                env={**LEAN, TOKEN: camp.secrets[SECRET]},
                ready=HttpProbe(port, "/healthz"),
                url=camp.url_of("engine"),
            )
        ]

    def urls(self, camp: Opened) -> list[tuple[str, str]]:
        return [(self.title, camp.url_of("engine"))]

    async def start(self, run: Run, prepared: Prepared) -> Started:
        """An engine of its own that nobody can control but the check."""
        from .engine import Engine  # brings aiohttp, which a command that lists services does without

        engine = Engine(rng=run.rng, journal=run.journal)
        await engine.start()
        run.stack.push_async_callback(engine.stop)
        if listener := await run.listen(urlsplit(engine.url).port or 0):
            await engine.answer_on(listener)
        settings = {SETTING: engine.url, MAX_CALLS: str(prepared.max_calls), COOLDOWN: f"{prepared.cooldown_seconds:g}"}
        return Started(settings, {Engine: lambda _notes: engine})


SERVICE = EngineService()
