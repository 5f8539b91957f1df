"""The parts that pip does not install (the workers' environment, Node, Azurite), for `camp` from `pip install`.

A clone's launcher sets them up. Elsewhere a copy of that launcher does so in `.camp/parts/`.
"""

import os
import shutil
import subprocess
import sys

from autograder import project
from localcloud.extras import NEVER
from localcloud.messages import _
from localcloud.storage import StorageError, node_modules

PACKAGED = project.PACKAGED / "parts"
FILES = ("camp", "package.json", "package-lock.json", "requirements-apps.lock")


class PartsMissing(RuntimeError):
    """The parts are not there and cannot be set up; the text says what to do."""


def are_there() -> bool:
    """Whether the workers' environment and Azurite are installed."""
    try:
        node_modules()
    except StorageError:
        return False
    return project.apps_python().exists()


def ensure() -> None:
    """Sets up what is missing; PartsMissing when that does not work or must not be (`extras.never_installing`). In a
    clone the launcher has done it already."""
    if are_there():
        return
    if project.is_clone() or not PACKAGED.is_dir():
        raise PartsMissing(_("Parts of the camp are missing in {root}. Run ./camp once.").format(root=project.root()))
    if os.environ.get(NEVER):
        words = _("Parts of the camp are missing in {root}. With a network, type: camp setup")
        raise PartsMissing(words.format(root=project.root()))
    place = project.root() / ".camp" / "parts"
    place.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copy(PACKAGED / name, place / name)
    environment = {**os.environ, "CAMP_PARTS_FOR": sys.prefix}
    environment.pop("CAMP_ROOT", None)
    if subprocess.run(["sh", str(place / "camp")], env=environment, check=False).returncode:
        raise PartsMissing(_("Setting up failed; see above. 'camp doctor' shows what is missing."))
