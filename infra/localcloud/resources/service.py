"""A subscription as a service of the camp: what infrastructure as code applies to.

A check run has one of its own, which the kind of hand-in starts; so a private one is not started here.
"""

import fcntl
import json
import secrets
import sys
from pathlib import Path

from localcloud.cloud import LEAN, CloudService, Finding, Opened, PortalOptions
from localcloud.messages import _
from localcloud.supervisor import HttpProbe, ServiceProcess

from .program import FOLDER, INPUTS, TOKEN

SECRET = "resources_token"


class ResourcesService(CloudService):
    name = "resources"
    title = _("Resources")
    ports = {"resources": 7090, "resources_app": 7091, "resources_gate": 7092}  # noqa: RUF012
    keeps_folder = True
    secrets = {SECRET: lambda: secrets.token_hex(24)}  # noqa: RUF012

    def portal(self, camp: Opened) -> PortalOptions:
        """Where no Functions host runs beside it, Slack calls the function app that was deployed to last."""
        alone = "functions" not in camp.services and "azure" not in camp.services
        app = ("--functions-url", camp.url_of("resources_app")) if alone else ()
        arguments = ("--resources-url", camp.url_of("resources"), "--opened", camp.app.name, *app)
        return PortalOptions(arguments, {TOKEN: camp.secrets[SECRET]})

    def urls(self, camp: Opened) -> list[tuple[str, str]]:
        return [(_("The function app that was deployed to last"), camp.url_of("resources_app"))]

    def processes(self, camp: Opened) -> list[ServiceProcess]:
        state = camp.state / FOLDER
        ports = {"provider": "resources", "gate": "resources_gate", "app": "resources_app"}
        return [
            ServiceProcess(
                name=self.name,
                argv=[
                    *(sys.executable, "-m", "localcloud.resources", "--folder", str(state), "--lifeline"),
                    *("--python", str(camp.python)),
                    *(part for name, port in ports.items() for part in (f"--{name}-port", str(camp.port_of(port)))),
                    *(("--idle-timeout", str(camp.idle)) if camp.idle else ()),
                ],
                env={**LEAN, TOKEN: camp.secrets[SECRET], INPUTS: json.dumps(dict(camp.settings))},
                ready=HttpProbe(camp.port_of("resources_app"), "/", below=500),  # the last that it serves
                url=camp.url_of("resources_app"),
                folders=(state,),
                start_seconds=120.0,  # all apps are loaded before it answers
                stop_seconds=10.0,  # Azurite writes what it holds
            )
        ]

    def findings(self) -> list[Finding]:
        """The provider needs a newer Python than the camp; an engine is fetched where none is on PATH."""
        from localcloud.azurerm.setup import OLDEST_PYTHON  # with more than a list of services needs

        version = ".".join(map(str, sys.version_info[:3]))
        words = _("Python {version}") if sys.version_info >= OLDEST_PYTHON else _("Python {version} is too old for it")
        return [
            Finding(
                _("Terraform"), sys.version_info >= OLDEST_PYTHON, words.format(version=version),
                _("install Python 3.11 or newer, delete .venv, then: ./camp"), needed=False,
            )
        ]  # fmt: skip

    def data(self, state: Path) -> Path | None:
        return state / FOLDER

    def in_use(self, data: Path) -> str | None:
        if _is_free(data / "model" / "resources.lock"):
            return None
        return _("A 'camp tofu' is at work on the resources. Wait until it has ended, then reset again.")


SERVICE = ResourcesService()


def _is_free(lock: Path) -> bool:
    """Whether no process holds the lock file."""
    try:
        with lock.open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except FileNotFoundError:
        return True
    return True
