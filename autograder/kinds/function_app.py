"""A Function App, on a Functions host of its own."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from autograder import project
from autograder.appfolder import AppProblem, KilledWhileLoading
from autograder.checking import CampBroken, CellLost
from autograder.hardship import recycled
from autograder.kinds import Kind
from autograder.requirements import check_requirements
from localcloud.cloud import Started
from localcloud.functions.loading.app_errors import without_save_it
from localcloud.functions.loading.settings import SettingsError, read_local_settings
from localcloud.functions.service import App
from localcloud.functions.workers.launching import PLAIN
from localcloud.messages import _

if TYPE_CHECKING:
    from autograder.private import PrivateCloud
    from autograder.sandbox import Cell
    from localcloud.functions.host import FunctionsHost


# In Azure `batchSize: 1` holds for one host, while others take messages too. Here is only one host: it takes as many at
# once as it does by default, whatever host.json says. In small letters and last: no other spelling of the same setting
# stands over these.
AT_ONCE = {
    "azurefunctionsjobhost__extensions__queues__batchsize": "16",
    "azurefunctionsjobhost__extensions__queues__newbatchthreshold": "16",
}


class FunctionApp(Kind):
    name = "function-app"
    services = ("functions",)

    async def stage(self, cloud: "PrivateCloud", folder: Path) -> "StagedApp":
        python = project.apps_python()
        if not python.exists():
            raise CampBroken(_("The workers' Python is not there ({path}). Run ./camp once.").format(path=python))
        staged = StagedApp(cloud, folder, python)
        await staged.start()
        return staged


KIND = FunctionApp()


class StagedApp:
    """A Functions host with a copy of the app."""

    def __init__(self, cloud: "PrivateCloud", folder: Path, python: Path) -> None:
        from localcloud.functions.host import FunctionsHost  # `camp up`, which reads labs, does without its 13 MB

        self._cloud = cloud
        self._folder = folder
        self._settings = self._read_settings()
        self.host = FunctionsHost(
            folder,
            settings=lambda: dict(self._settings),
            python=python,
            workers=cloud.workers,
            journal=cloud.journal,
            fast=True,
            admin=False,
            launcher=cloud.cell or PLAIN,
        )
        host = self.host
        self.started = Started({}, {App: lambda _notes: App(host)}, quiet=host.quiet)

    async def start(self) -> None:
        cloud, host = self._cloud, self.host
        cloud.stack.push_async_callback(host.stop)
        await asyncio.gather(host.start(), cloud.wake(self._folder))
        if listener := await cloud.listen(urlsplit(host.url).port or 0):
            await host.answer_on(listener)
        if cloud.cell and not host.functions:
            await cloud.cell.settle()
        _must_have_loaded(host, cloud.cell)
        if cloud.recycling:
            await cloud.stack.enter_async_context(recycled(host))
        cloud.app_at(host.url)

    async def refresh(self) -> None:
        self._settings = self._read_settings()
        await asyncio.gather(self.host.restart(), self._cloud.wake(self._folder))
        _must_have_loaded(self.host)

    def _read_settings(self) -> dict[str, str]:
        check_requirements(self._folder)
        try:
            own = read_local_settings(self._folder / "local.settings.json").values
        except SettingsError as error:
            raise AppProblem(
                str(error), _("Correct local.settings.json; 'camp reset' brings the first one back.")
            ) from error
        return {**self._cloud.settings_over(own), **AT_ONCE}


def _must_have_loaded(host: "FunctionsHost", cell: "Cell | None" = None) -> None:
    if host.functions:
        return
    if cell and cell.told:
        raise AppProblem(cell.told, _("Look at what the app does when it is imported."))
    if cell and cell.lost:
        raise CellLost()
    why = "\n".join(map(without_save_it, host.errors)) or _("The host found no function in the app.")
    kind = KilledWhileLoading if cell and cell.killed else AppProblem
    raise kind(
        _("The app does not load, so no function answers.\n{why}").format(why=why),
        _("Correct what the first line names, then check again."),
    )
