"""Secrets in a repository's history: every commit of every branch and tag is read.

Three readers: gitleaks, which knows some hundred forms; the rules for an app's folder (`leaks.py`); and one for publish
profiles, which both pass over. Keys that Microsoft publishes for its emulators are none in local.settings.json.
"""

import asyncio
import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from autograder.checking import CampBroken
from autograder.checks.leaks import SETTINGS, narrowed, secrets_of
from autograder.checks.secrets.forms import PUBLISHED
from localcloud import extras
from localcloud.messages import _

PROFILE = re.compile(r"(?i)\buserPWD\s{0,9}=\s{0,9}[\"']?([^\"'\s<>]{8,200})")
PLACEHOLDER = re.compile(r"(?i)your|placeholder|example|change|[{}$*]|\.\.\.|^x+$")
COMMIT = re.compile(r"[0-9a-f]{40}")
LONGEST_FILE = 1_000_000  # bytes; longer ones are data
SECONDS = 60.0
GITLEAKS = ("git", "--no-banner", "--no-color", "--log-level", "error", "--exit-code", "0", "--ignore-gitleaks-allow",
            "--max-decode-depth", "2", "--report-format", "json")  # fmt: skip


@dataclass(frozen=True)
class Found:
    """A secret in a file of some commit."""

    file: str
    line: int
    what: str
    text: str
    commit: str = ""

    def __str__(self) -> str:
        words = _("{file}, line {line}: {what} {shown}")
        said = words.format(file=self.file, line=self.line, what=self.what, shown=f"{self.text[:6]}…")
        return said + (_(" (in commit {commit})").format(commit=self.commit[:10]) if self.commit else "")


async def secrets_in(repository: Path, report: Path) -> list[Found]:
    """The secrets in all commits of a bare repository whose configuration is ours, each once; `report` is a file to
    write to. CampBroken when gitleaks is not there."""
    own, others = await asyncio.gather(
        asyncio.to_thread(lambda: list(_by_rules(repository))), asyncio.to_thread(_by_gitleaks, repository, report)
    )
    first: dict[tuple[str, int], Found] = {}
    for found in (*own, *others):
        first.setdefault((found.file, found.line), found)
    return list(first.values())


def _by_rules(repository: Path) -> Iterator[Found]:
    """By our own rules, each content of a file once."""
    names = _git(repository, "rev-list", "--objects", "--all")
    files = dict(line.split(" ", 1) for line in names.decode("utf-8", "replace").splitlines() if " " in line)
    facts = _git(repository, "cat-file", "--batch-check", given=_lines(files))
    blobs = [line.split() for line in facts.decode().splitlines()]
    wanted = [id for id, kind, size in blobs if kind == "blob" and int(size) <= LONGEST_FILE]
    yield from _judged(files, wanted, _git(repository, "cat-file", "--batch", given=_lines(wanted)))


def _judged(files: dict[str, str], wanted: list[str], contents: bytes) -> Iterator[Found]:
    place = 0
    for id in wanted:
        end = contents.index(b"\n", place)
        size = int(contents[place:end].split()[2])
        content, place = narrowed(contents[end + 1 : end + 1 + size]), end + 1 + size + 1
        name = files[id]
        if b"\0" in content or PurePath(name).suffix == ".ipynb":
            continue
        for line, (what, text) in secrets_of(name, content):
            yield Found(name, line, what, text)
        yield from _profiles(name, content.decode("utf-8", "replace"))


def _profiles(name: str, text: str) -> Iterator[Found]:
    for match in PROFILE.finditer(text):
        if not PLACEHOLDER.search(match[1]):
            yield Found(name, text.count("\n", 0, match.start()) + 1, _("a publish profile's password"), match[1])


def _by_gitleaks(repository: Path, report: Path) -> list[Found]:
    try:
        command = extras.environment("gitleaks").command("gitleaks", *GITLEAKS, "--report-path", str(report))
    except extras.ExtraMissing as error:
        raise CampBroken(str(error)) from error
    # Its own folder is the current one: nothing there can tell it what to ignore.
    _run([*command, "--log-opts=--all", str(repository)], report.parent)
    findings = json.loads(report.read_text("utf-8") or "[]")
    every = [
        Found(one["File"], one["StartLine"], one["Description"].split(",")[0].rstrip("."), one["Secret"], one["Commit"])
        for one in findings
    ]
    return [one for one in every if not _harmless(one)]


def _harmless(found: Found) -> bool:
    if COMMIT.fullmatch(found.text):
        return True
    published = any(key in found.text or found.text in key for key in PUBLISHED)
    return published and PurePath(found.file).name == SETTINGS


def _lines(ids: "dict[str, str] | list[str]") -> bytes:
    return "".join(f"{id}\n" for id in ids).encode()


def _git(repository: Path, *arguments: str, given: bytes = b"") -> bytes:
    return _run(["git", "-C", str(repository), *arguments], repository, given)


def _run(command: list[str], folder: Path, given: bytes = b"") -> bytes:
    environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder), "LC_ALL": "C.UTF-8",
                   "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}  # fmt: skip
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, input=given, capture_output=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CampBroken(_("{what} failed: {why}").format(what=command[0], why=error)) from error
    if done.returncode:
        why = done.stderr.decode("utf-8", "replace")[-500:]
        raise CampBroken(_("{what} failed: {why}").format(what=command[0], why=why))
    return done.stdout
