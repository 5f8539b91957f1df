"""What nobody may read in a log: secrets, in the forms in which they appear, are shown as `***`.

A secret of several lines is masked line by line. As on GitHub, a secret cut into pieces is not recognized. Where things
lie on this computer is not shown either: a log reads the same on every one.
"""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import escape

STARS = "***"
TOOLS = "/opt/runner"  # stands for the folders of the tools that a job uses
OF_ANY_SYSTEM = ("/usr", "/bin", "/sbin", "/opt")
SHORTEST = 4  # of a line, or of another form: `{` alone would be everywhere
MOST_LEARNED, LONGEST_LEARNED = 200, 64 * 1024  # values that steps add, each of which takes time at every line
ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")


class Masks:
    """The secrets of one run. In place of the folders `tools` it says TOOLS."""

    def __init__(self, secrets: Iterable[str] = (), tools: Iterable[Path] = ()) -> None:
        places = (form for tool in tools if not str(tool).startswith(OF_ANY_SYSTEM) for form in _places(tool))
        self._tools = re.compile("|".join(map(re.escape, sorted(places, key=len, reverse=True))) or r"(?!)")
        self._values: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self._learned = 0
        for one in secrets:
            self.add(one)

    def add(self, secret: str) -> None:
        """From now on this value is masked."""
        new = set(_forms(secret)) - self._values
        if new:
            self._values |= new
            self._pattern = None

    def learn(self, value: str) -> None:
        """A step has asked to mask this value (`add-mask`)."""
        if self._learned < MOST_LEARNED:
            self._learned += 1
            self.add(value[:LONGEST_LEARNED])

    def hide(self, text: str) -> str:
        """The text without what is secret."""
        return self._tools.sub(TOOLS, self._secrets().sub(STARS, text))

    def holds(self, text: str) -> bool:
        """Whether there is something secret in it."""
        return self._secrets().search(text) is not None

    def _secrets(self) -> re.Pattern[str]:
        if self._pattern is None:
            longest_first = sorted(self._values, key=lambda one: (-len(one), one))
            self._pattern = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
        return self._pattern


def _places(tool: Path) -> Iterator[str]:
    """A folder's path, as it is and as a part of an address."""
    yield str(tool)
    if (quoted := quote(str(tool))) != str(tool):
        yield quoted


def _forms(secret: str) -> Iterator[str]:
    """A secret as it is, its lines, and each as programs write it: in base64, JSON, XML and addresses."""
    whole = secret.strip("\r\n")
    if not whole.strip():
        return
    yield whole
    parts = [whole] + [line.strip() for line in whole.splitlines() if len(line.strip()) >= SHORTEST]
    for part in parts:
        yield part
        for form in (
            json.dumps(part)[1:-1],
            json.dumps(part, ensure_ascii=False)[1:-1],
            escape(part),
            quote(part, safe=""),
        ):
            if len(form) >= SHORTEST:
                yield form
        yield from _in_base64(part)


def _in_base64(part: str) -> Iterator[str]:
    """What a text becomes within a longer one, whose beginning moves it by 0 to 2 bytes: without the ends, which depend
    on what is beside it."""
    content = part.encode()
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + content).decode().rstrip("=")
        inner = encoded[(0, 2, 3)[shift] : len(encoded) - (1 if (len(content) + shift) % 3 else 0)]
        if len(inner) >= 2 * SHORTEST:
            yield inner


def without_escapes(line: str) -> str:
    """A line of a terminal without colours, and as it stands after the last carriage return."""
    return ESCAPES.sub("", line.rstrip("\r\n")).rpartition("\r")[2]
