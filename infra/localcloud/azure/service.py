"""The local Azure as a service of the camp: one Function App with two slots, to which workflows deploy.

A check run has one of its own, which the kind of hand-in starts; so a private one is not started here.
"""

import json
import secrets
import sys
from pathlib import Path

from localcloud.cloud import LEAN, CloudService, Opened, PortalOptions
from localcloud.messages import _
from localcloud.supervisor import HttpProbe, ServiceProcess

from .program import SETTINGS, TOKEN

SECRET = "azure_token"


class AzureService(CloudService):
    name = "azure"
    title = "Azure"
    ports = {"azure": 7080, "azure_production": 7081, "azure_staging": 7082, "azure_gate": 7083}  # noqa: RUF012
    keeps_folder = True
    secrets = {SECRET: lambda: secrets.token_hex(24)}  # noqa: RUF012

    def portal(self, camp: Opened) -> PortalOptions:
        """Where no Functions host runs beside it, Slack calls the app in the slot production."""
        alone = "functions" not in camp.services
        app = ("--functions-url", camp.url_of("azure_production")) if alone else ()
        return PortalOptions(("--azure-url", camp.url_of("azure"), *app), {TOKEN: camp.secrets[SECRET]})

    def urls(self, camp: Opened) -> list[tuple[str, str]]:
        return [
            (_("Your app, slot production"), camp.url_of("azure_production")),
            (_("Your app, slot staging"), camp.url_of("azure_staging")),
        ]

    def processes(self, camp: Opened) -> list[ServiceProcess]:
        state = camp.state / self.name
        ports = {"gate": "azure_gate", "front": "azure_production", "staging": "azure_staging", "admin": "azure"}
        return [
            ServiceProcess(
                name=self.name,
                argv=[
                    *(sys.executable, "-m", "localcloud.azure", "--folder", str(state), "--app", str(camp.app)),
                    *("--python", str(camp.python), "--lifeline"),
                    *(part for name, port in ports.items() for part in (f"--{name}-port", str(camp.port_of(port)))),
                    *(("--idle-timeout", str(camp.idle)) if camp.idle else ()),
                ],
                env={**LEAN, TOKEN: camp.secrets[SECRET], SETTINGS: json.dumps(dict(camp.settings))},
                ready=HttpProbe(camp.port_of("azure"), "/healthz"),
                url=camp.url_of("azure_production"),
                folders=(state,),
            )
        ]

    def data(self, state: Path) -> Path | None:
        return state / self.name


SERVICE = AzureService()
