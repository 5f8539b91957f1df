"""The remote build of a deployment: requirements.txt is read, and every package must be one that workers have here.

Nothing is installed: the workers' Python has all packages that an app may use.
"""

import re
from pathlib import Path

from localcloud.messages import _

from .packages import PackageError

REQUIREMENTS = "requirements.txt"
MOST_BYTES = 100_000
NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")


def check_build(folder: Path, python: Path) -> list[str]:
    """What the build's log says; PackageError for a package that is not there."""
    path = folder / REQUIREMENTS
    if not path.is_file():
        return [_("Remote build: there is no requirements.txt at the root of the package, so nothing is installed.")]
    try:
        text = path.read_bytes()[:MOST_BYTES].decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PackageError(_("requirements.txt is not UTF-8 text. Save it as UTF-8.")) from error
    known = installed(python)
    wanted = 0
    for number, line in enumerate(text.splitlines(), 1):
        plain = line.partition("#")[0].strip()
        if not plain or plain.startswith("-"):
            continue
        match = NAME.match(plain)
        name = match[0] if match else plain
        if normal(name) not in known:
            words = _(
                "Remote build: requirements.txt, line {number}: the package {name} is not among those an app may use "
                "here. 'camp doctor' lists them."
            )
            raise PackageError(words.format(number=number, name=name))
        wanted += 1
    return [_("Remote build: {count} packages of requirements.txt are there.").format(count=wanted)]


def installed(python: Path) -> set[str]:
    """The normal names of the packages in the environment of this interpreter."""
    environment = python.absolute().parents[1]
    found = environment.glob("lib/python*/site-packages/*.dist-info")
    return {normal(path.name.removesuffix(".dist-info").rpartition("-")[0]) for path in found}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
