"""`work/<lab>/`: what a learner edits, made of the lab's starter and its student notebook."""

import fcntl
import importlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from autograder import contract, project
from localcloud.messages import _

tomllib: Any = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")

OURS = {"lab.toml"}
LEFT_OUT = ("__pycache__", ".ipynb_checkpoints", ".pytest_cache", ".DS_Store")


class WorkspaceError(RuntimeError):
    """The work folder cannot be made; the text says why."""


def labs() -> list[str]:
    """The names of all labs, in order: `1-slack-bot`, ..."""
    folder = project.content("labs")
    found = [path.parent.name for path in folder.glob("*/lab.toml")]
    return sorted(found, key=lambda name: (int(number) if (number := name.split("-")[0]).isdigit() else 99, name))


def lab_name(wanted: str) -> str:
    """The lab's folder name for its number (`1`) or its name; WorkspaceError when there is none."""
    known = labs()
    for name in known:
        if wanted in (name, name.split("-")[0]):
            return name
    raise WorkspaceError(
        _("There is no lab {wanted}. The labs are: {known}.").format(wanted=wanted, known=", ".join(known) or "-")
    )


def services_of(lab: str) -> tuple[str, ...]:
    """The services that the lab's lab.toml names; none when it names none or cannot be read."""
    try:
        table = tomllib.loads((project.content("labs") / lab / "lab.toml").read_text("utf-8"))
    except (OSError, ValueError):
        return ()  # `camp check` says what is wrong with the file
    found = table.get("services")
    return tuple(str(name) for name in found) if isinstance(found, list) else ()


def folder_of(lab: str) -> Path:
    """Where the learner edits this lab."""
    return project.work() / lab


def lay_out(lab: str) -> list[Path]:
    """Makes `work/<lab>/` complete and returns the files that it added; a file that is there is never touched."""
    target = folder_of(lab)
    target.mkdir(parents=True, exist_ok=True)
    added = [path for source in starter_files(lab) if (path := _add(source, target, lab))]
    notebook = target / f"{lab}.ipynb"
    source = project.content("notebooks") / lab / f"{lab}.ipynb"
    if source.is_file() and not notebook.exists():
        make_student_notebook(source, notebook)
        added.append(notebook)
    return added


def starter_files(lab: str) -> list[Path]:
    """The starter's files, without what is for the camp alone."""
    folder = project.content("labs") / lab
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and path.name not in OURS and not set(path.relative_to(folder).parts) & set(LEFT_OUT)
    )


def _add(source: Path, target: Path, lab: str) -> Path | None:
    place = target / source.relative_to(project.content("labs") / lab)
    if place.exists():
        return None
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=place.parent, prefix=".laying-out-", delete=False) as fresh:
        fresh.write(source.read_bytes())
    shutil.copymode(source, fresh.name)
    os.replace(fresh.name, place)
    return place


def make_student_notebook(source: Path, target: Path) -> None:
    """The student's version of `source`, made by nbgrader's own preprocessors in a process of its own (they are slow
    to import and stay in memory)."""
    made = subprocess.run(
        [sys.executable, "-m", "autograder.student_notebook", str(source), str(target)],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        raise WorkspaceError(
            _("The notebook {source} cannot be made ready: {why}").format(
                source=source, why=made.stderr.strip()[-2000:] or made.returncode
            )
        )


def back_up(lab: str) -> Path | None:
    """Packs `work/<lab>/` into `.camp/backups/`; None when there is nothing to keep."""
    import zipfile

    folder = folder_of(lab)
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not set(path.parts) & set(LEFT_OUT)]
    if not files:
        return None
    backups = project.state() / "backups"
    backups.mkdir(exist_ok=True)
    stamp = time.strftime("%Y%m%d-%H%M%S")
    number = len(list(backups.glob(f"{lab}-{stamp}*.zip")))
    target = backups / (f"{lab}-{stamp}.{number}.zip" if number else f"{lab}-{stamp}.zip")
    fresh = target.with_suffix(".part")
    with zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
        for path in files:
            archive.write(path, Path(lab) / path.relative_to(folder))
    os.replace(fresh, target)
    return target


def reset(lab: str) -> Path | None:
    """Puts `work/<lab>/` back to the starter; returns the backup of what was there."""
    kept = back_up(lab)
    folder = folder_of(lab)
    if folder.is_dir():
        for path in folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
    lay_out(lab)
    return kept


def set_documents_aside() -> Path | None:
    """Moves the emulator's data, which only labs with Cosmos DB fill, to the backups; None when there is none.
    WorkspaceError while an emulator has it open."""
    data = project.state() / contract.SERVICE
    if not data.is_dir() or not any(data.iterdir()):
        return None
    if not _is_free(data / "cosmos.lock"):
        raise WorkspaceError(
            _("An emulator ('camp cosmos start') has the documents open. Stop it with Ctrl-C, then reset again.")
        )
    backups = project.state() / "backups"
    backups.mkdir(exist_ok=True)
    stamp = time.strftime("%Y%m%d-%H%M%S")
    number = len(list(backups.glob(f"{contract.SERVICE}-{stamp}*")))
    return data.rename(backups / (f"{contract.SERVICE}-{stamp}.{number}" if number else f"{contract.SERVICE}-{stamp}"))


def _is_free(lock: Path) -> bool:
    """Whether no process holds the lock file."""
    try:
        with lock.open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except FileNotFoundError:
        return True
    return True
