"""The allow-list: which packages an app may ask for, and which of its requirements.txt it asks for and cannot have."""

import re
from functools import cache
from pathlib import Path

from autograder import project
from autograder.appfolder import AppProblem
from localcloud.messages import _

_NAME = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)")


def requirements(text: str) -> list[tuple[int, str]]:
    """Line numbers and normalised names of a requirements.txt; options, comments and blank lines are passed over."""
    found = ((number, _NAME.match(line)) for number, line in enumerate(text.splitlines(), 1))
    return [(number, normalised(match[1])) for number, match in found if match]


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@cache
def allowed() -> frozenset[str]:
    """The names of the packages in the workers' environment; empty when their list is not there."""
    path = project.allow_list()
    return frozenset(name for _number, name in requirements(path.read_text("utf-8"))) if path.is_file() else frozenset()


def check_requirements(app: Path) -> None:
    """AppProblem when the app's requirements.txt asks for a package that its worker does not have."""
    path = app / "requirements.txt"
    if not path.is_file() or not allowed():
        return
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise AppProblem(
            _("requirements.txt is not UTF-8 text."), _("Save it as UTF-8; in PowerShell, > writes UTF-16.")
        ) from error
    for number, name in requirements(text):
        if name not in allowed():
            raise AppProblem(
                _("requirements.txt, line {number}: the package {name} is not among those an app may use here.").format(
                    number=number, name=name
                ),
                _("Do without it, and take the line out. 'camp doctor' lists the packages that are there."),
            )
