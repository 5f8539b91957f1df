"""A slot of a Function App: its names, and what can be done with what it holds."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from .content import Content
from .deployment import Deployment

if TYPE_CHECKING:
    from .site import Site

PRODUCTION, STAGING = "production", "staging"


class Busy(Exception):
    """A deployment or a swap is under way, so this cannot be done now (409); the text says which."""


class NoSuchSlot(LookupError):
    """The app has no slot of that name."""


class Slot:
    """An app of its own with a name that stays; what it holds goes to another slot at a swap."""

    def __init__(self, site: "Site", name: str, content: Content) -> None:
        self.name = name
        self.site = site
        self.content = content
        self.url = ""  # of the front, for whoever is not behind the gate
        self.build_settings: dict[str, str] = {}  # what clients set at Kudu for the next deployment
        self.deploying: Deployment | None = None

    @property
    def full_name(self) -> str:
        """As it is in host names: `app` or `app-staging`."""
        return self.site.name if self.name == PRODUCTION else f"{self.site.name}-{self.name}"

    @property
    def host_name(self) -> str:
        return f"{self.full_name}.azurewebsites.net"

    @property
    def scm_host_name(self) -> str:
        return f"{self.full_name}.scm.azurewebsites.net"

    @property
    def settings(self) -> dict[str, str]:
        """The app settings as they are now."""
        return self.site.settings_of(self.content)

    @property
    def deployments(self) -> list[Deployment]:
        """The history of what it holds, oldest first."""
        return self.content.deployments

    @property
    def errors(self) -> list[str]:
        """Why the app that it holds, or some functions of it, do not run."""
        return self.content.running.errors if self.content.running else []

    async def deploy(
        self, package: bytes | Path, by: str, *, deployer: str = "", message: str = "", remote_build: bool | None = None
    ) -> Deployment:
        """Puts a zip file in the place of what the slot holds, and restarts it: requests meanwhile get 503. Returns how
        that went; Busy when it cannot begin."""
        begun = self.begin(by, deployer=deployer, message=message)
        await self.finish(begun, package, remote_build=remote_build)
        return begun

    def begin(self, by: str, *, deployer: str = "", message: str = "") -> Deployment:
        """A deployment, of which `finish` must be called; Busy."""
        return self.site.begin(self, by, deployer, message)

    async def finish(self, deployment: Deployment, package: bytes | Path, *, remote_build: bool | None = None) -> None:
        await self.site.finish(self, deployment, package, remote_build)

    async def set_settings(self, changes: Mapping[str, str | None], by: str) -> None:
        """Changes app settings (None takes one away) and restarts the app with them; Busy."""
        await self.site.set_settings(self, changes, by)

    async def restart(self) -> None:
        if self.content.running:
            await self.content.running.host.restart()
