"""Secrets of a workflow where others can read them: what steps print, summaries, artifacts, and what was deployed.

They are looked for as they are and in base64, which anybody can read; in UTF-16, too, which PowerShell and Windows
write.
"""

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from localcloud.messages import _

SPACE = re.compile(rb"\s+")


@dataclass(frozen=True)
class Exposed:
    """One secret, and where it can be read."""

    name: str
    where: str
    encoded: bool

    def __str__(self) -> str:
        what = _("{name}, in base64").format(name=self.name) if self.encoded else self.name
        return f"{self.where}: {what}"


def exposed_in(places: Iterable[tuple[str, bytes]], secrets: Mapping[str, str]) -> list[Exposed]:
    """The secrets (by name) that stand in the places (named, too), each once in a place."""
    found = (one for where, data in places for one in _in_place(where, data, secrets))
    return list(dict.fromkeys(found))


def _in_place(where: str, data: bytes, secrets: Mapping[str, str]) -> Iterator[Exposed]:
    data = data.replace(b"\0", b"")  # what is left of UTF-16
    joined = SPACE.sub(b"", data).replace(b"-", b"+").replace(b"_", b"/")  # base64 comes in lines, or for URLs
    for name, secret in secrets.items():
        if secret.encode() in data:
            yield Exposed(name, where, encoded=False)
        elif any(form in joined for form in encodings(secret)):
            yield Exposed(name, where, encoded=True)


def encodings(secret: str) -> list[bytes]:
    """What the secret looks like in base64, whatever stands before and behind it: one text for each of the three places
    where it may begin in a group."""
    found = []
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + secret.encode())
        first = (0, 2, 3)[before]  # characters that what is before has a part in
        last = len(whole) // 4 * 4 - 4  # the last group depends on what follows
        found.append(whole[first:last])
    return found
