"""Paths of indexing policies, and the numbers under which the store knows the paths of documents.

A path is the property names from the document's root; an array's elements are under `ELEMENT`.
"""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

from ..errors import bad_request

Path = tuple[str, ...]
# No property has this name in a path: a real "[]" would be told apart by its escape.
ELEMENT = "\x00[]"
NUMBER_BITS = 62


@lru_cache(65_536)
def number(path: Path) -> int:
    """What the store has in place of a path: a hash, so that documents with ever new property names leave no trace,
    and a transaction that is rolled back needs no undoing. A collision costs time alone: results are checked."""
    text = "\x01".join(path).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big") >> (64 - NUMBER_BITS)


def written(path: Path, ending: str = "/?") -> str:
    """A path as a policy has it: `/a/"b c"/[]/?`."""
    return "".join("/[]" if step == ELEMENT else f"/{_quoted(step)}" for step in path) + ending


def _quoted(step: str) -> str:
    return step if step.replace("_", "a").isalnum() and step.isascii() and not step[0].isdigit() else f'"{step}"'


@dataclass(frozen=True, slots=True)
class Pattern:
    """A path of a policy: `exact` for one that ends in `/?` (the value there), else `/*` (all at and below)."""

    path: Path
    exact: bool


def pattern(text: object) -> Pattern:
    """The pattern that a policy's path says; CosmosError 400."""
    if not isinstance(text, str):
        raise bad_request("The indexing path must be a string.")
    steps = _steps(text)
    if steps[-1:] in (["*"], ["?"]):
        ending = steps.pop()
    elif text == "/":
        ending = "*"
    else:
        raise refused(text, len(text))
    if ending == "?" and not steps:
        raise refused(text, 1)
    if any(step in ("*", "?") for step in steps):
        raise refused(text, text.index("*" if "*" in steps else "?"))
    return Pattern(_path(steps), ending == "?")


def plain(text: object) -> Path:
    """The path of a composite index, which ends in neither `/?` nor `/*`; CosmosError 400."""
    if not isinstance(text, str):
        raise bad_request("The composite index path must be a string.")
    steps = _steps(text)
    if not steps or any(step in ("*", "?", "[]") for step in steps):
        raise refused(text, 0)
    return _path(steps)


def _path(steps: list[str]) -> Path:
    return tuple(ELEMENT if step == "[]" else step[1:-1] if step[0] in "\"'" else step for step in steps)


def _steps(text: str) -> list[str]:
    """`/a/"b/c"/?` → `a`, `"b/c"` with its quotation marks, `?`."""
    steps: list[str] = []
    at = 0
    while at < len(text):
        if text[at] != "/":
            raise refused(text, at)
        at += 1
        if at < len(text) and text[at] in "\"'":
            end = text.find(text[at], at + 1) + 1
        else:
            end = text.find("/", at) if "/" in text[at:] else len(text)
        if end <= 0 or (end == at and text != "/") or (end - at == 2 and text[at] in "\"'"):
            raise refused(text, at)
        if end > at:
            steps.append(text[at:end])
        at = end
    if not text:
        raise refused(text, 0)
    return steps


def refused(text: str, position: int) -> Exception:
    return bad_request(
        f"The indexing path '{text}' could not be accepted, failed near position '{position}'. Please ensure that the "
        "path is a valid path. Common errors include invalid characters or absence of quotes around labels."
    )
