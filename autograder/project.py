"""Where things are: the project folder, its content and its state."""

import os
from functools import cache
from pathlib import Path

PACKAGED = Path(__file__).parent / "content"
APPS_LOCK = "requirements-apps.lock"
LOCK_FILES = ("*.lock", "package-lock.json", "extras/*/*.lock", "extras/*/package-lock.json")


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
    """The folder of `labs`, `notebooks`, `solutions` or `slides`."""
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
    places = [folder / APPS_LOCK for folder in _lock_folders()]
    return next((path for path in places if path.is_file()), places[-1])


def locks() -> list[tuple[str, Path]]:
    """Every lock file, with its name in the project folder: the camp's own, the workers', npm's and the extras'."""
    folder = allow_list().parent
    found = [path for place in LOCK_FILES for path in folder.glob(place)]
    return sorted((path.relative_to(folder).as_posix(), path) for path in found)


def _lock_folders() -> tuple[Path, ...]:
    return root(), Path(__file__).parents[1], PACKAGED / "parts"
