"""Submissions listed in a CSV file: a student and a git URL or a path in each row."""

import csv
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Generic, TypeVar
from urllib.parse import quote, urlsplit

from autograder import passing
from autograder.intake import shown
from localcloud.messages import _

STUDENT, SOURCE, REF = "student", "source", "ref"
GITHUB = ("github", "github_username")
UNREACHED = "unreached"
SCHEMES = frozenset({"https", "http", "ssh", "git", "file"})
SECONDS = 120
LAST_WORDS = 300
MOST_ROWS = 100_000
MOST_SECONDS = 4_102_444_800  # 2100: no commit may say more
ACCOUNT = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$")
SAFE = (
    *("-c", "protocol.ext.allow=never", "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false"),
    *("-c", "core.symlinks=false", "-c", "transfer.bundleURI=false"),
)


Kept = TypeVar("Kept")


class ListError(Exception):
    """The CSV file cannot be used; the text says where it is wrong."""


class NotFetched(Exception):
    """A repository cannot be had; the text says why."""


@dataclass(frozen=True)
class Fetched(Generic[Kept]):
    """A repository's files, the git tree that they are, and when the commit says that it was made: the time is the
    committer's claim, in the form of nbgrader's timestamp.txt."""

    kept: Kept
    tree: str
    committed: str


@dataclass(frozen=True)
class Row:
    """One student's line; `source` is a git URL or a path beside the CSV file, `ref` a branch, tag or commit."""

    student: str
    source: str
    ref: str | None = None

    @property
    def is_url(self) -> bool:
        return "://" in self.source or (":" in self.source and "@" in self.source.partition(":")[0])


def rows(path: Path, pattern: str | None) -> Iterator[Row]:
    """The rows of a CSV file with the columns student and source, and perhaps ref. With `pattern`, a URL in which
    `{github}` or `{student}` stands for a name, also of a roster: the course's or GitHub Classroom's. ListError."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            yield from _rows(reader, path) if pattern is None else _of_roster(reader, path, pattern)
    except (UnicodeDecodeError, csv.Error) as error:
        raise ListError(_("{path} is no CSV file in UTF-8: {why}").format(path=path, why=error)) from error


def _rows(reader: "csv.DictReader[str]", path: Path) -> Iterator[Row]:
    if not {STUDENT, SOURCE} <= set(reader.fieldnames or ()):
        raise ListError(_("{path} needs the columns student and source in its first line.").format(path=path))
    for number, line in _lines(reader, path):
        student, source = (line.get(STUDENT) or "").strip(), (line.get(SOURCE) or "").strip()
        if not (student or source):
            continue
        if not (student and source):
            raise ListError(_("{path}, line {line}: student or source is missing.").format(path=path, line=number))
        yield Row(student, source, (line.get(REF) or "").strip() or None)


def _of_roster(reader: "csv.DictReader[str]", path: Path, pattern: str) -> Iterator[Row]:
    """A row for everybody who has a name on GitHub; the others have not accepted the assignment yet."""
    names = set(reader.fieldnames or ())
    who = next((name for name in (STUDENT, "identifier") if name in names), None)
    github = next((name for name in GITHUB if name in names), None)
    if who is None or github is None:
        raise ListError(
            _("{path} needs the columns student and github, or identifier and github_username.").format(path=path)
        )
    for _number, line in _lines(reader, path):
        account = (line.get(github) or "").strip()
        student = (line.get(who) or "").strip() or account
        if account and not ACCOUNT.match(account):
            raise ListError(_("{path}: {name} is no name on GitHub.").format(path=path, name=shown(account)))
        if account:
            yield Row(student, pattern.replace("{github}", account).replace("{student}", quote(student, safe="")))


def _lines(reader: "csv.DictReader[str]", path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    for number, line in enumerate(reader, 2):
        if number > MOST_ROWS:
            raise ListError(_("{path} has more than {rows} rows.").format(path=path, rows=MOST_ROWS))
        yield number, line


def fetched(row: Row, until: str | None, keep: Callable[[Path], Kept]) -> Fetched[Kept]:
    """The repository's files as `keep` makes them of a zip; nothing of it is checked out and none of its hooks runs.
    `until`: as they were in the last commit of the branch whose committer's time is no later. NotFetched."""
    url = urlsplit(row.source)
    if row.source.startswith("-") or (row.ref or "").startswith("-") or (url.scheme and url.scheme not in SCHEMES):
        raise NotFetched(_("{source} is no address of a repository.").format(source=shown(row.source)))
    with passing.folder("camp-git-") as folder:
        clone = str(folder / "clone.git")
        options = ["--bare", "--no-recurse-submodules", *([] if row.ref or until else ["--no-tags", "--depth", "1"])]
        _git("clone", *options, "--", row.source, clone)
        commit = row.ref or "HEAD"
        if until:
            commit = _git("-C", clone, "rev-list", "-1", "--first-parent", f"--before={until}", commit, "--").strip()
            if not commit:
                raise NotFetched(_("There is no commit up to {time}.").format(time=until))
        archive = folder / "files.zip"
        _git("-C", clone, "archive", "--format=zip", f"--output={archive}", commit)
        tree, committed = _git("-C", clone, "show", "-s", "--format=%T %ct", f"{commit}^{{commit}}").split()[-2:]
        when = datetime.fromtimestamp(min(int(committed), MOST_SECONDS), timezone.utc)
        return Fetched(keep(archive), f"git:{tree}", when.strftime("%Y-%m-%d %H:%M:%S UTC"))


def _git(*arguments: str) -> str:
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
    return done.stdout.decode("utf-8", "replace")
