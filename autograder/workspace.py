"""`work/<lab>/`: what a learner edits, made of the lab's starter and its student notebook."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from autograder import project
from autograder.appfolder import AppProblem
from autograder.kinds import kind
from autograder.lab import FACTS, read
from localcloud.cloud import CloudService
from localcloud.messages import _

OURS = {"lab.toml"}
HUB = "JUPYTERHUB_SERVICE_PREFIX"  # the path of this person's server, set by a hub such as Binder's
LINK = "](/camp/"  # how a notebook links to the portal
LEFT_OUT = ("__pycache__", ".ipynb_checkpoints", ".pytest_cache", ".DS_Store")


class WorkspaceError(RuntimeError):
    """The work folder cannot be made; the text says why."""


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
        link_to_portal(notebook)
        added.append(notebook)
    try:
        for name in _kinds(lab):
            kind(name).laid_out(target)
    except AppProblem as problem:
        raise WorkspaceError(f"{problem.seen} {problem.next}") from problem
    return added


def _kinds(lab: str) -> tuple[str, ...]:
    facts = project.content("labs") / lab / FACTS
    return read(facts).kinds if facts.is_file() else ()


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


def portal_path() -> str:
    """Where JupyterLab shows the portal's pages: `/camp/`, on a hub below the path of this person's server."""
    return (os.environ.get(HUB) or "/") + "camp/"


def link_to_portal(notebook: Path) -> None:
    """Corrects the notebook's links to the portal, which begin with `/camp/`, where its pages are elsewhere."""
    text = notebook.read_text("utf-8")
    corrected = text.replace(LINK, f"]({portal_path()}")
    if corrected != text:
        notebook.write_text(corrected, "utf-8")


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


def set_data_aside(one: CloudService) -> Path | None:
    """Moves what learners stored in this service to the backups; None when there is none. WorkspaceError while some
    process has it open."""
    data = one.data(project.state())
    if data is None or not data.is_dir() or not any(data.iterdir()):
        return None
    if why := one.in_use(data):
        raise WorkspaceError(why)
    backups = project.state() / "backups"
    backups.mkdir(exist_ok=True)
    stamp = time.strftime("%Y%m%d-%H%M%S")
    number = len(list(backups.glob(f"{one.name}-{stamp}*")))
    return data.rename(backups / (f"{one.name}-{stamp}.{number}" if number else f"{one.name}-{stamp}"))
