"""Where things are: the project folder, its content and its state."""

import os
from functools import cache
from pathlib import Path

PACKAGED = Path(__file__).parent / "content"


@cache
def root() -> Path:
    """The project folder: `CAMP_ROOT`, else the nearest folder upwards with `labs/` and `notebooks/`, else the clone
    this package is installed from, else the current folder (an installed package brings its own content)."""
    if named := os.environ.get("CAMP_ROOT"):
        return Path(named)
    here = Path.cwd()
    for folder in (here, *here.parents, Path(__file__).parents[1]):
        if (folder / "labs").is_dir() and (folder / "notebooks").is_dir():
            return folder
    return here


def content(kind: str) -> Path:
    """The folder of `labs`, `notebooks` or `solutions`."""
    own = root() / kind
    return own if own.is_dir() else PACKAGED / kind


def state() -> Path:
    """`.camp/`, made when it is not there: everything the camp remembers."""
    folder = root() / ".camp"
    folder.mkdir(exist_ok=True)
    return folder


def work() -> Path:
    """`work/`, where learners edit."""
    return root() / "work"


def apps_python() -> Path:
    """The interpreter of the workers' environment; `CAMP_APPS_PYTHON` names another one."""
    if named := os.environ.get("CAMP_APPS_PYTHON"):
        return Path(named)
    return parts() / ".venv-apps" / "bin" / "python"


def is_clone() -> bool:
    """Whether the project folder is a clone, with its launcher; else the camp comes from `pip install`."""
    return (root() / "camp").is_file()


def parts() -> Path:
    """Where the parts are that pip does not install: the workers' environment and the npm folder."""
    if is_clone() or (root() / ".venv-apps").exists():
        return root()
    return root() / ".camp" / "parts"


def allow_list() -> Path:
    """The lock file of the workers' environment: the project folder's, else that of the clone or package at work."""
    name = "requirements-apps.lock"
    places = (root() / name, Path(__file__).parents[1] / name, PACKAGED / "parts" / name)
    return next((path for path in places if path.is_file()), places[-1])
