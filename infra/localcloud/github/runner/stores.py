"""Where workflows keep files: the caches of a repository, and the artifacts of a run. Actions write and read them."""

import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

CACHE_VARIABLE = "CAMP_CACHE"  # in a job's environment: the folder of its repository's caches
ARTIFACTS_VARIABLE = "CAMP_ARTIFACTS"  # the folder of its run's artifacts
# Begins the name of an artifact's folder until all files are there; also in actions/upload-artifact and -download-.
UPLOADING = ".new-"
MOST_CACHED = 1024**3  # bytes of one repository's caches; GitHub gives 10 GB


@dataclass(frozen=True)
class CacheEntry:
    """One cache of a repository; the job that saved it may have written anything, so that nothing here is trusted."""

    folder: Path
    key: str
    ref: str
    size: int
    used: float  # when it was last saved or restored


class CacheStore:
    """The caches of all repositories, a folder for each, which only this repository's jobs may see."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, repository: str) -> Path:
        """The folder of this repository's caches, which its jobs read and write."""
        return _made(self._folder / _file_name(repository.lower()))

    def entries(self, repository: str) -> list[CacheEntry]:
        """What is cached, the least recently used first."""
        return sorted(_entries(self.of(repository)), key=lambda one: one.used)

    def prune(self, repository: str, most: int = MOST_CACHED) -> None:
        """After a run: deletes the least recently used caches until the rest is small enough."""
        entries = self.entries(repository)
        total = sum(one.size for one in entries)
        for one in entries:
            if total <= most:
                return
            shutil.rmtree(one.folder, ignore_errors=True)
            total -= one.size


class ArtifactStore:
    """The artifacts of all runs, a folder for each run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, run: str) -> Path:
        """The folder of this run's artifacts, which its jobs read and write."""
        return _made(self._folder / _file_name(run))

    def emptied(self, run: str) -> Path:
        """The folder of this run, without what an earlier attempt has left in it."""
        shutil.rmtree(self._folder / _file_name(run), ignore_errors=True)
        return self.of(run)

    def names(self, run: str) -> list[str]:
        """The artifacts of this run, without those that are being uploaded."""
        found = (one for one in self.of(run).iterdir() if not one.name.startswith(UPLOADING))
        return sorted(one.name for one in found if one.is_dir() and not one.is_symlink())

    def files(self, run: str, name: str) -> dict[str, Path]:
        """The files of one artifact by their path in it; links, which a job may have put there, are left out."""
        top = self.of(run) / _file_name(name)
        if top.is_symlink():
            return {}
        return {str(one.relative_to(top)): one for one in sorted(_plain_files(top))}

    def write_zip(self, run: str, name: str, target: IO[bytes]) -> None:
        """The zip file of one artifact, as people download it."""
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1, strict_timestamps=False) as archive:
            for path, file in self.files(run, name).items():
                archive.write(file, path.encode("utf-8", "replace").decode())


def _entries(folder: Path) -> Iterator[CacheEntry]:
    for one in folder.iterdir():
        said = one / "entry.json"
        if one.is_symlink() or said.is_symlink() or not said.is_file():
            continue
        try:
            entry = json.loads(said.read_bytes()[:100_000])
            size = sum(file.lstat().st_size for file in _plain_files(one))
            yield CacheEntry(one, str(entry["key"]), str(entry["ref"]), size, said.stat().st_mtime)
        except (ValueError, KeyError, TypeError, OSError):
            continue  # not one of ours; it counts for nothing, as no job will find it


def _plain_files(folder: Path) -> Iterator[Path]:
    """The files below a folder; links are not followed."""
    if not folder.is_dir():
        return
    for one in folder.iterdir():
        if one.is_symlink():
            continue
        if one.is_dir():
            yield from _plain_files(one)
        elif one.is_file():
            yield one


def _file_name(name: str) -> str:
    """A name of one folder: `camp/bot` becomes `camp+bot`; ValueError for what could lead elsewhere."""
    found = name.replace("/", "+")
    if not re.fullmatch(r"[^\x00-\x1f]{1,200}", found) or found in (".", ".."):
        raise ValueError(f"no name of a folder: {name!r}")
    return found


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
