"""One digest of all code and all locked packages that a verdict can depend on, whatever they are used for."""

import hashlib
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import autograder
import localcloud
from autograder import project
from autograder.starters import solution_files

PACKAGES = (autograder, localcloud)
NOT_CODE = ("__pycache__", ".")  # how names begin of what Python and editors leave


@cache
def code_digest() -> str:
    """SHA-256 of the names and contents of every file of `autograder` and `localcloud`, of the solutions, since a check
    may run another lab's, and of the lock files. They are read once in a process, which goes on with the code that it
    has imported anyway."""
    found = hashlib.sha256()
    for name, file in _files():
        content = file.read_bytes()
        found.update(f"{name}\0{len(content)}\0".encode("utf-8", "surrogateescape"))
        found.update(content)
    return found.hexdigest()


def _files() -> Iterator[tuple[str, Path]]:
    """Each file, with a name that is the same wherever the camp is installed."""
    for package in PACKAGES:
        folder = Path(package.__path__[0])
        for name in sorted(_names(folder)):
            yield f"{package.__name__}/{name}", folder / name
    for solution in sorted(project.content("solutions").glob("*/")):
        for file in solution_files(solution):
            yield f"solutions/{solution.name}/{file.as_posix()}", solution / file
    for name, file in project.locks():
        yield name, file


def _names(folder: Path) -> Iterator[str]:
    for place, folders, names in os.walk(folder):
        folders[:] = [one for one in folders if not one.startswith(NOT_CODE)]
        inside = Path(place).relative_to(folder)
        yield from ((inside / name).as_posix() for name in names if not name.startswith(NOT_CODE))
