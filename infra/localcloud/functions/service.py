"""The Functions host as a service of the camp: it runs the app that the learner edits. In a check run, the kind of
hand-in that has an app runs a host of its own; so a private one is not started here."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from localcloud.cloud import LEAN, CloudService, Opened, PortalOptions, View
from localcloud.messages import _
from localcloud.supervisor import HttpProbe, ServiceProcess

if TYPE_CHECKING:
    from localcloud.functions.host import FunctionsHost


class App(View):
    """The learner's app, as a check sees it."""

    def __init__(self, host: "FunctionsHost") -> None:
        self.host = host


class FunctionsService(CloudService):
    name = "functions"
    title = _("Functions host")
    ports = {"functions": 7071}  # noqa: RUF012
    needs = ("storage",)

    def portal(self, camp: Opened) -> PortalOptions:
        return PortalOptions(("--functions-url", camp.url_of("functions")))

    def urls(self, camp: Opened) -> list[tuple[str, str]]:
        return [(_("Functions host"), camp.url_of("functions"))]

    def processes(self, camp: Opened) -> list[ServiceProcess]:
        if camp.core_tools:
            return [_core_tools(camp, camp.core_tools)]
        state = camp.state / self.name
        return [
            ServiceProcess(
                name=self.name,
                argv=[
                    *(sys.executable, "-m", "localcloud.functions", "--app", str(camp.app)),
                    *("--port", str(camp.port_of("functions")), "--enforce-keys", "--watch", "--lifeline"),
                    *("--state-dir", str(state), "--python", str(camp.python)),
                    *(("--idle-timeout", str(camp.idle)) if camp.idle else ()),
                ],
                env={**LEAN, **camp.settings},
                ready=HttpProbe(camp.port_of("functions"), "/admin/host/ping"),  # `/` waits for the app
                url=camp.url_of("functions"),
                needs=camp.before_app,
                folders=(state,),
            )
        ]


SERVICE = FunctionsService()


def _core_tools(camp: Opened, func: Path) -> ServiceProcess:
    """Azure Functions Core Tools (`func`) in place of our host."""
    tether = (sys.executable, "-m", "localcloud.supervisor.tether")
    return ServiceProcess(
        name="functions",
        argv=[*tether, str(func), "start", "--port", str(camp.port_of("functions"))],
        env={**LEAN, **camp.settings},
        ready=HttpProbe(camp.port_of("functions")),
        url=camp.url_of("functions"),
        needs=camp.before_app,
        cwd=camp.app,
        start_seconds=120.0,
    )
