"""A Function App in the folder `migrate/`, which may import what lies beside that folder. The check that asks for it
starts as many hosts as it wants.

For a run, its files are laid beside the others: a worker finds all of them in one folder.
"""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from autograder import project
from autograder.checking import CheckFailed
from autograder.kinds import Kind
from localcloud.cloud import Started, View
from localcloud.functions.loading.app_errors import without_save_it
from localcloud.functions.workers.launching import PLAIN
from localcloud.messages import _

if TYPE_CHECKING:
    from autograder.private import PrivateCloud
    from localcloud.functions.host import FunctionsHost

FOLDER = "migrate"


class Hosts(View):
    """Functions hosts of the app, as a check starts them."""

    def __init__(self, staged: "StagedMigration") -> None:
        self._staged = staged

    def new(self) -> "FunctionsHost":
        """One more host, which ends with the run; `start` it."""
        return self._staged.new_host()

    async def start(self, host: "FunctionsHost") -> None:
        """Loads the app and reads the feed; CheckFailed when the app does not load, or has no function."""
        await self._staged.start_host(host)


class Migration(Kind):
    name = "migration"

    def lay_out(self, folder: Path) -> None:
        """The app's own files win over those beside its folder."""
        app = folder / FOLDER
        if app.is_dir():
            shutil.copytree(app, folder, dirs_exist_ok=True)
            shutil.rmtree(app)

    async def stage(self, cloud: "PrivateCloud", folder: Path) -> "StagedMigration":
        return StagedMigration(cloud, folder)


KIND = Migration()


class StagedMigration:
    """The app, ready to be run."""

    def __init__(self, cloud: "PrivateCloud", folder: Path) -> None:
        self._cloud = cloud
        self._folder = folder
        self.started = Started(views={Hosts: lambda _notes: Hosts(self)})

    def new_host(self) -> "FunctionsHost":
        from localcloud.functions.host import FunctionsHost

        cloud = self._cloud
        settings = dict(cloud.settings)
        host = FunctionsHost(
            self._folder, settings=lambda: settings, python=project.apps_python(), workers=1, journal=cloud.journal,
            fast=True, admin=False, launcher=cloud.cell or PLAIN,
        )  # fmt: skip
        cloud.stack.push_async_callback(host.stop)
        return host

    async def start_host(self, host: "FunctionsHost") -> None:
        await host.start()
        if host.functions:
            return
        raise CheckFailed(
            seen="\n".join(map(without_save_it, host.errors))
            or _("The host found no function in migrate/function_app.py."),
            expected=_("an app that loads"),
            next=_("Correct what the first line names. 'func start' in migrate/ shows it as well."),
        )

    async def refresh(self) -> None:
        """The next check that asks for a host starts it with the new files."""
