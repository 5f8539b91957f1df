"""A submission: `work/<lab>/` in a zip, beside a manifest. The same files give the same bytes."""

import hashlib
import json
import os
import time
import zipfile
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from autograder import project
from autograder.appfolder import AppProblem, app_files
from autograder.lab import Lab
from localcloud.messages import _

MANIFEST = "manifest.json"
EPOCH = (1980, 1, 1, 0, 0, 0)
MODE = 0o644 << 16


@dataclass(frozen=True)
class Submission:
    """A zip that was written: where, and what is in it (paths and sizes, the manifest left out)."""

    path: Path
    size: int
    files: dict[str, int]


def submit(lab: Lab) -> Submission:
    """Packs `work/<lab>/` into `.camp/submissions/`, without running any of it; AppProblem when it cannot be one."""
    contents = read(lab)
    data = manifest(lab, contents)
    path = _free_path(lab)
    fresh = path.with_suffix(".part")
    with zipfile.ZipFile(fresh, "w") as archive:
        for name, content in sorted({**contents, MANIFEST: data}.items()):
            add(archive, name, content)
    os.replace(fresh, path)
    return Submission(path, path.stat().st_size, {name: len(content) for name, content in contents.items()})


def read(lab: Lab) -> dict[str, bytes]:
    """What is handed in, by its path in the zip: the app's files and the lab's notebook."""
    files = app_files(lab.work)
    notebook = Path(f"{lab.name}.ipynb")
    if (lab.work / notebook).is_file() and not (lab.work / notebook).is_symlink():
        files.append(notebook)
    if not files or (files == [notebook] and not lab.wants_notebook):
        raise AppProblem(
            _("There is no file in {folder}.").format(folder=lab.work), _("'camp up' lays the lab out again.")
        )
    return {f"{lab.name}/{file.as_posix()}": (lab.work / file).read_bytes() for file in files}


def manifest(lab: Lab, contents: dict[str, bytes]) -> bytes:
    """`manifest.json`: the lab, the camp's version, and the SHA-256 of each file."""
    facts = {
        "lab": lab.name,
        "camp": camp_version(),
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(contents.items())},
    }
    return (json.dumps(facts, indent=2, ensure_ascii=False) + "\n").encode()


def camp_version() -> str:
    try:
        return version("serverless-camp")
    except PackageNotFoundError:  # the sources alone, not installed
        return "0"


def _free_path(lab: Lab) -> Path:
    folder = project.state() / "submissions"
    folder.mkdir(exist_ok=True)
    stamp = f"{lab.name}-{time.strftime('%Y%m%d-%H%M%S')}"
    number = len(list(folder.glob(f"{stamp}*.zip")))
    return folder / (f"{stamp}.{number}.zip" if number else f"{stamp}.zip")


def add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    """Adds a file to a zip: the same bytes on every day and on every machine."""
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3
    entry.external_attr = MODE
    archive.writestr(entry, content)
