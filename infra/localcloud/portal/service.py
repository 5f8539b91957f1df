"""The portal as a service of the camp: the pages of all others, in one process."""

import sys

from localcloud.cloud import LEAN, CloudService, Opened
from localcloud.messages import _
from localcloud.supervisor import HttpProbe, ServiceProcess


class PortalService(CloudService):
    name = "portal"
    title = _("Portal")
    ports = {"portal": 7070}  # noqa: RUF012

    def urls(self, camp: Opened) -> list[tuple[str, str]]:
        return [(_("Pages of the local cloud"), camp.url_of("portal") + "/")]

    def processes(self, camp: Opened) -> list[ServiceProcess]:
        journal = camp.state / "journal"
        arguments = [part for options in camp.portal for part in options.arguments]
        environment = {name: value for options in camp.portal for name, value in options.environment.items()}
        return [
            ServiceProcess(
                name=self.name,
                argv=[
                    *(sys.executable, "-m", "localcloud.portal", "--port", str(camp.port_of("portal"))),
                    *("--journal-dir", str(journal), "--state-dir", str(camp.state), *arguments),
                    *("--state", str(camp.state), "--opened", camp.app.name),
                    *(part for name in camp.services for part in ("--service", name)),
                    *(part for name, lab in camp.elsewhere.items() for part in ("--elsewhere", f"{name}={lab}")),
                ],
                env={**LEAN, **camp.settings, **environment},
                ready=HttpProbe(camp.port_of("portal"), "/healthz"),
                url=camp.url_of("portal") + "/",
                folders=(journal,),
            )
        ]


SERVICE = PortalService()
