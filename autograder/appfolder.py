"""A learner's app folder: which of its files count, and a copy of them to run."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from autograder.intake import ENVIRONMENT, USUAL, Bound, Over, Policy, is_notebook
from localcloud.messages import _


class AppProblem(Exception):
    """The app cannot be run at all; `seen` says why and `next` what to do. It is the learner's to correct."""

    def __init__(self, seen: str, next: str) -> None:
        super().__init__(f"{seen} {next}")
        self.seen = seen
        self.next = next


class KilledWhileLoading(AppProblem):
    """The app does not load, for its worker was killed: by itself, or by somebody outside."""


class TooMuch(AppProblem):
    """The app holds more than one may."""


def app_files(folder: Path, policy: Policy = USUAL) -> list[Path]:
    """The files of the app, relative to `folder` and sorted; AppProblem for links, special files and too much."""
    if not folder.is_dir():
        raise AppProblem(
            _("There is no folder {folder}.").format(folder=folder), _("'camp up' lays out work/; or name it by --app.")
        )
    files = []
    bound = Bound(policy)
    for path in _walk(folder, policy):
        file = path.relative_to(folder)
        try:
            bound.add(file.as_posix(), path.stat().st_size)
        except Over as over:
            words = _("Keep only the app in {folder}; packages are already there for your worker.")
            raise TooMuch(str(over), words.format(folder=folder)) from over
        files.append(file)
    return sorted(files)


def _walk(folder: Path, policy: Policy) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if policy.leaves_out(entry.name) or is_notebook(entry.name):
                continue
            path = Path(entry.path)
            if entry.is_symlink() or not (entry.is_file() or entry.is_dir()):
                raise AppProblem(
                    _("{path} is a link or a special file.").format(path=path.name),
                    _("Put the file itself in its place: an app is a folder of ordinary files."),
                )
            if not entry.is_dir():
                yield path
            elif not (path / ENVIRONMENT).is_file():
                yield from _walk(path, policy)


def copy_app(source: Path, target: Path) -> None:
    """Copies the app's files into `target`, which is made; AppProblem when it cannot be an app."""
    target.mkdir(parents=True, exist_ok=True)
    for file in app_files(source):
        place = target / file
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / file, place)


def write_files(files: dict[str, bytes], folder: Path) -> None:
    """Writes files into a folder; their names must have been normalised."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
