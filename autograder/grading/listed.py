"""Submissions listed in a CSV file: a student and a git URL or a path in each row."""

import csv
import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from autograder.grading.unpacking import Limits, shown
from localcloud.messages import _

STUDENT, SOURCE, REF = "student", "source", "ref"
SCHEMES = frozenset({"https", "http", "ssh", "git", "file"})
SECONDS = 120
LAST_WORDS = 300
MOST_ROWS = 100_000
SAFE = (
    *("-c", "protocol.ext.allow=never", "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false"),
    *("-c", "core.symlinks=false", "-c", "transfer.bundleURI=false"),
)


class ListError(Exception):
    """The CSV file cannot be used; the text says where it is wrong."""


class NotFetched(Exception):
    """A repository cannot be had; the text says why."""


@dataclass(frozen=True)
class Row:
    """One student's line; `source` is a git URL or a path beside the CSV file, `ref` a branch, tag or commit."""

    student: str
    source: str
    ref: str | None = None

    @property
    def is_url(self) -> bool:
        return "://" in self.source or (":" in self.source and "@" in self.source.partition(":")[0])


def rows(path: Path) -> Iterator[Row]:
    """The rows of a CSV file with the columns student and source, and perhaps ref; ListError says what is wrong."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from _rows(csv.DictReader(file), path)
    except (UnicodeDecodeError, csv.Error) as error:
        raise ListError(_("{path} is no CSV file in UTF-8: {why}").format(path=path, why=error)) from error


def _rows(reader: "csv.DictReader[str]", path: Path) -> Iterator[Row]:
    if not {STUDENT, SOURCE} <= set(reader.fieldnames or ()):
        raise ListError(_("{path} needs the columns student and source in its first line.").format(path=path))
    for number, line in enumerate(reader, 2):
        student, source = (line.get(STUDENT) or "").strip(), (line.get(SOURCE) or "").strip()
        if number > MOST_ROWS:
            raise ListError(_("{path} has more than {rows} rows.").format(path=path, rows=MOST_ROWS))
        if not (student or source):
            continue
        if not (student and source):
            raise ListError(_("{path}, line {line}: student or source is missing.").format(path=path, line=number))
        yield Row(student, source, (line.get(REF) or "").strip() or None)


def fetched(row: Row, limits: Limits) -> bytes:
    """The repository's files as a zip; nothing of it is checked out and none of its hooks runs. NotFetched."""
    url = urlsplit(row.source)
    if row.source.startswith("-") or (row.ref or "").startswith("-") or (url.scheme and url.scheme not in SCHEMES):
        raise NotFetched(_("{source} is no address of a repository.").format(source=shown(row.source)))
    with tempfile.TemporaryDirectory(prefix="camp-git-") as folder:
        clone = str(Path(folder) / "clone.git")
        options = ["--bare", "--no-recurse-submodules", *([] if row.ref else ["--no-tags", "--depth", "1"])]
        _git("clone", *options, "--", row.source, clone)
        archive = Path(folder) / "files.zip"
        _git("-C", clone, "archive", "--format=zip", f"--output={archive}", row.ref or "HEAD")
        if archive.stat().st_size > limits.zip_bytes:
            most = limits.zip_bytes // 1_000_000
            raise NotFetched(_("The repository is too big: {most} MB are enough.").format(most=most))
        return archive.read_bytes()


def _git(*arguments: str) -> None:
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.environ.get("HOME", "/"),
        **{name: os.environ[name] for name in ("SSH_AUTH_SOCK", "GIT_SSH_COMMAND") if name in os.environ},
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_LFS_SKIP_SMUDGE": "1",
    }
    try:
        done = subprocess.run(
            ["git", *SAFE, *arguments], env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS
        )
    except FileNotFoundError as error:
        raise NotFetched(_("git is not installed.")) from error
    except subprocess.TimeoutExpired as error:
        raise NotFetched(_("Time-out: git took more than {seconds} seconds.").format(seconds=SECONDS)) from error
    if done.returncode:
        raise NotFetched(f"git: {shown(done.stderr.decode('utf-8', 'replace').strip()[-LAST_WORDS:])}")
