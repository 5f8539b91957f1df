"""Secrets in an app's folder: what would go wherever the folder goes, to a classmate, to GitHub, into an image.

A secret is an account key (64 bytes in base64, or whatever stands behind AccountKey= or SharedAccessKey=), a Slack
token, or a long literal that is given to a name with secret, token, key or password in it. The keys that Microsoft
publishes for its emulators are none in local.settings.json, for they open nothing but a laptop; anywhere else they are,
for an app that brings its own key does not read its setting. Notebooks are not looked at: they are no part of the app.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.appfolder import app_files
from localcloud.messages import _

SETTINGS = "local.settings.json"
PUBLISHED = (
    "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw==",  # Cosmos DB
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",  # Azurite
)
LEAST_DIGITS = 6

KEY = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{86}==")
PART = re.compile(r"(?i)\b(?:AccountKey|SharedAccessKey)\s{0,9}=\s{0,9}([A-Za-z0-9+/]{16,}={0,2})")
TOKEN = re.compile(r"\bxox[a-z]-[\w-]{10,}")
GIVEN = re.compile(  # bounded, so that no line takes long
    r"(?i)(?:secret|token|key|password)\w{0,12}[\"']?\s{0,9}[:=]\s{0,9}[\"']?([A-Za-z0-9+/_\-]{20,}={0,2})"
)


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
    """Every line of the app's files that holds a secret."""
    return [leak for file in app_files(folder) for leak in _in_file(folder, file)]


def _in_file(folder: Path, file: Path) -> Iterator[Leak]:
    text = (folder / file).read_text("utf-8", "replace")
    for number, line in enumerate(text.splitlines(), 1):
        found = secret_in(line, settings=file.as_posix() == SETTINGS)
        if found:
            yield Leak(file, number, *found)


def secret_in(line: str, *, settings: bool = False) -> tuple[str, str] | None:
    """What kind of secret stands in a line (of local.settings.json, if `settings`), and its text; None for none."""
    if settings:
        for key in PUBLISHED:
            line = line.replace(key, "")
    if match := KEY.search(line):
        return (_("an emulator's key") if match[0] in PUBLISHED else _("an account key")), match[0]
    if match := PART.search(line):
        return _("an account key"), match[1]
    for pattern, what in ((TOKEN, _("a Slack token")), (GIVEN, _("a secret"))):
        for match in pattern.finditer(line):
            text = match[match.lastindex or 0]
            if sum(char.isdigit() for char in text) >= LEAST_DIGITS:
                return what, text
    return None
