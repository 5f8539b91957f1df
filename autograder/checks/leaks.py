"""Secrets in an app's folder: what would go wherever the folder goes, to a classmate, to GitHub, into an image.

Python code is judged by what it gives to which name, everything else line by line. The keys that Microsoft publishes
for its emulators are none in local.settings.json, for they open nothing but a laptop; anywhere else they are, for an
app that brings its own key does not read its setting. In tests only a secret's form counts. Notebooks are not looked
at: they are no part of the app.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from autograder.appfolder import app_files
from autograder.checks.secrets.forms import PUBLISHED, private_keys, secret_by_form
from autograder.checks.secrets.names import secret_by_name
from autograder.checks.secrets.syntax import NotPython, comments_in, given_in
from localcloud.messages import _

SETTINGS = "local.settings.json"
GIVEN = re.compile(  # bounded, so that no line takes long
    r"(?<![\w.-])([\w.-]{1,80})[\"']?\s{0,9}(?::[\w\s\[\]|]{0,40})?[:=]\s{0,9}[rbfRBF]{0,2}"
    r"(?:\"([^\"]{6,400})\"|'([^']{6,400})'|([^\s\"',;]{6,400}))"
)

Found = tuple[str, str]  # what kind of secret, and the secret


@dataclass(frozen=True)
class Leak:
    """A secret, and where it stands."""

    file: Path
    line: int
    what: str
    text: str

    def __str__(self) -> str:
        shown = f"{self.text[:6]}…{self.text[-3:]}"
        return _("{file}, line {line}: {what} {shown}").format(
            file=self.file.as_posix(), line=self.line, what=self.what, shown=shown
        )


def leaks_in(folder: Path) -> list[Leak]:
    """Every secret in the app's files, one a line."""
    return [leak for file in app_files(folder) for leak in _in_file(folder, file)]


def secrets_of(name: str, source: bytes) -> list[tuple[int, Found]]:
    """The secrets in a file of this name, with their lines: the first of each line."""
    path = PurePath(name)
    source = narrowed(source)
    text = source.decode("utf-8", "replace")
    if path.as_posix() == SETTINGS:
        for key in PUBLISHED:
            text = text.replace(key, "")
    found: dict[int, Found] = {}
    for line, secret in [*_by_form(text), *_by_name(source, text, path)]:
        found.setdefault(line, secret)
    return sorted(found.items())


def narrowed(source: bytes) -> bytes:
    """A file that names itself UTF-16, as the > of Windows PowerShell writes it, in UTF-8; others as they are."""
    if source.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return source.decode("utf-16", "replace").encode("utf-8", "replace")
    return source


def _in_file(folder: Path, file: Path) -> Iterator[Leak]:
    for line, (what, secret) in secrets_of(file.as_posix(), (folder / file).read_bytes()):
        yield Leak(file, line, what, secret)


def _by_form(text: str) -> Iterator[tuple[int, Found]]:
    for number, line in enumerate(text.splitlines(), 1):
        if found := secret_by_form(line):
            yield number, found
    for at, header in private_keys(text):
        yield text.count("\n", 0, at) + 1, (_("a private key"), header)


def _by_name(source: bytes, text: str, path: PurePath) -> Iterator[tuple[int, Found]]:
    if path.suffix != ".py":
        yield from _by_lines(text)
        return
    try:
        given, comments = given_in(source), comments_in(source)
    except NotPython:
        yield from _by_lines(text)
        return
    for one in given:
        secret = secret_by_form(one.text) or (not _is_test(path) and secret_by_name(one.name, one.text))
        if secret:
            yield one.line, secret
    for comment in comments:
        yield from ((comment.line, secret) for _line, secret in _by_lines(comment.text))


def _by_lines(text: str) -> Iterator[tuple[int, Found]]:
    for number, line in enumerate(text.splitlines(), 1):
        for match in GIVEN.finditer(line):
            if secret := secret_by_name(match[1], match[2] or match[3] or match[4]):
                yield number, secret


def _is_test(path: PurePath) -> bool:
    return path.parts[0] == "tests" or path.name.startswith("test_") or path.name == "conftest.py"
