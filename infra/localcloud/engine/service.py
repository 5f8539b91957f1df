"""The report engine as a service of the camp: `REPORT_ENGINE_URL`."""

import secrets
import sys
from dataclasses import dataclass
from urllib.parse import urlsplit

from localcloud.cloud import LEAN, CloudService, Opened, PortalOptions, Run, Started, Table, unknown_keys, wrong
from localcloud.messages import _
from localcloud.supervisor import HttpProbe, Service

from .engine import LONGEST_CALL, Engine
from .program import TOKEN, USUAL_DELAY, USUAL_PORT

SETTING = "REPORT_ENGINE_URL"
SECRET = "engine_token"


@dataclass(frozen=True)
class Prepared:
    """How many seconds a report takes under `camp up`. In checks it takes none, unless a check says otherwise."""

    delay: float = USUAL_DELAY


class EngineService(CloudService):
    name = "engine"
    title = _("Report engine")
    ports = {"engine": USUAL_PORT}  # noqa: RUF012
    owns = (SETTING,)
    secrets = {SECRET: lambda: secrets.token_hex(24)}  # noqa: RUF012

    def prepare(self, table: Table) -> Prepared:
        unknown_keys(table, ["delay"], self.name)
        delay = table.get("delay", USUAL_DELAY)
        if isinstance(delay, bool) or not isinstance(delay, int | float) or not 0 <= delay <= LONGEST_CALL:
            wrong(_("delay must be a number of seconds from 0 to {most:g}").format(most=LONGEST_CALL))
        return Prepared(float(delay))

    def settings(self, camp: Opened) -> dict[str, str]:
        return {SETTING: camp.url_of("engine")}

    def portal(self, camp: Opened) -> PortalOptions:
        """Who knows the token may switch the engine off: the portal, and not the learner's app."""
        return PortalOptions(environment={TOKEN: camp.secrets[SECRET]})

    def processes(self, camp: Opened) -> list[Service]:
        port, delay = camp.port_of("engine"), camp.prepared[self.name].delay
        return [
            Service(
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
        engine = Engine(rng=run.rng, journal=run.journal)
        await engine.start()
        run.stack.push_async_callback(engine.stop)
        if listener := await run.listen(urlsplit(engine.url).port or 0):
            await engine.answer_on(listener)
        return Started({SETTING: engine.url}, {Engine: lambda _notes: engine})


SERVICE = EngineService()
