"""A learner's app folder: which of its files count, and a copy of them to run."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from localcloud.messages import _

MOST_FILES = 2_000
MOST_BYTES = 20_000_000
LEFT_OUT = frozenset(
    {
        "__pycache__",
        ".git",
        ".venv",
        "venv",
        "node_modules",
        ".ipynb_checkpoints",
        ".pytest_cache",
        ".mypy_cache",
        ".ruff_cache",
        ".camp",
        ".vscode",
        ".idea",
        ".DS_Store",
        ".python_packages",
    }
)
LEFT_OUT_ENDINGS = (".pyc", ".pyo", ".ipynb", ".swp", "~")


class AppProblem(Exception):
    """The app cannot be run at all; `seen` says why and `next` what to do. It is the learner's to mend."""

    def __init__(self, seen: str, next: str) -> None:
        super().__init__(f"{seen} {next}")
        self.seen = seen
        self.next = next


def app_files(folder: Path) -> list[Path]:
    """The files of the app, relative to `folder` and sorted; AppProblem for links, special files and too much."""
    if not folder.is_dir():
        raise AppProblem(
            _("There is no folder {folder}.").format(folder=folder), _("'camp up' lays out work/; or name it by --app.")
        )
    files = []
    size = 0
    for path in _walk(folder):
        size += path.stat().st_size
        files.append(path.relative_to(folder))
        if len(files) > MOST_FILES or size > MOST_BYTES:
            raise AppProblem(
                _("{folder} holds more than {files} files or {size} MB.").format(
                    folder=folder, files=MOST_FILES, size=MOST_BYTES // 1_000_000
                ),
                _("Keep only the app in this folder; packages are already there for your worker."),
            )
    return sorted(files)


def _walk(folder: Path) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name in LEFT_OUT or entry.name.endswith(LEFT_OUT_ENDINGS):
                continue
            path = Path(entry.path)
            if entry.is_symlink() or not (entry.is_file() or entry.is_dir()):
                raise AppProblem(
                    _("{path} is a link or a special file.").format(path=path.name),
                    _("Put the file itself in its place: an app is a folder of ordinary files."),
                )
            if entry.is_dir():
                yield from _walk(path)
            else:
                yield path


def copy_app(source: Path, target: Path) -> None:
    """Copies the app's files into `target`, which is made; AppProblem when it cannot be an app."""
    target.mkdir(parents=True, exist_ok=True)
    for file in app_files(source):
        place = target / file
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / file, place)
