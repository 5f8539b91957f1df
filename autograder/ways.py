"""Other ways: how the solution and the accepted alternatives of a lab did what one check asks."""

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder import starters
from autograder.alternatives import laid_out
from autograder.appfolder import app_files
from autograder.lab import Check, Lab
from localcloud.messages import _

SHORTEST_WORD = 4
WORD = re.compile(r"[a-z]+")
KEPT = 0.5  # of the weight of the part that fits best
LEFT_OUT = frozenset({"tests", starters.ANSWERS.name})


@dataclass(frozen=True)
class Way:
    """One way to do it; `code` holds the parts that have to do with the check, the first of them of `file`."""

    name: str
    description: str
    file: Path
    code: str


def ways(lab: Lab, check: Check) -> list[Way]:
    """The solution's way, then those of the alternatives."""
    parts = {_("solution"): list(parts_of(lab.solution))}
    descriptions = {_("solution"): _("The lab's own solution.")}
    for one in lab.alternatives:
        with laid_out(lab, one) as folder:
            parts[one.name] = list(parts_of(folder))
        descriptions[one.name] = one.description
    weights = weights_of(check, lab, [part for some in parts.values() for part in some])
    chosen = {name: chosen_of(some, weights) for name, some in parts.items() if some}
    return [Way(name, descriptions[name], some[0].file, code_of(some)) for name, some in chosen.items()]


@dataclass(frozen=True)
class Part:
    """A function, a class or the like of a file."""

    file: Path
    code: str

    @property
    def words(self) -> frozenset[str]:
        return words_of(self.code)


def words_of(text: str) -> frozenset[str]:
    """The words of a text or of code, those within names too."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).lower()
    return frozenset(word for word in WORD.findall(spaced) if len(word) >= SHORTEST_WORD)


def parts_of(folder: Path) -> Iterator[Part]:
    """What an app is made of, without its tests and what is of other apps in the same folder."""
    for file in app_files(folder):
        if file.suffix in starters.CUT and not LEFT_OUT & set(file.parts) and file.parts[0] not in starters.NOT_THE_APP:
            text = starters.revealed((folder / file).read_text("utf-8"), str(file))
            if file.suffix == ".py":
                yield from (Part(file, code) for code in _top_level(text))
            else:
                yield Part(file, text.strip())


def _top_level(text: str) -> Iterator[str]:
    lines = text.splitlines()
    for node in ast.parse(text).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            yield "\n".join(lines[first - 1 : node.end_lineno])


def weights_of(check: Check, lab: Lab, parts: list[Part]) -> Mapping[str, float]:
    """How much each word of the check's line and hints tells: the rarer in all code, the more."""
    asked = words_of(" ".join((lab.title_of(check.id), *check.hints)))
    count = Counter(word for part in parts for word in part.words & asked)
    return {word: 1 / number for word, number in count.items()}


def chosen_of(parts: list[Part], weights: Mapping[str, float]) -> list[Part]:
    """The parts that have most to do with it."""
    worth = [sum(weights.get(word, 0.0) for word in part.words) for part in parts]
    best = max(worth)
    return [part for part, own in zip(parts, worth, strict=True) if own >= best * KEPT]


def code_of(parts: list[Part]) -> str:
    """The parts, each behind its file's name."""
    lines: list[str] = []
    for at, part in enumerate(parts):
        if at == 0 or parts[at - 1].file != part.file:
            lines += [f"# {part.file.as_posix()}"]
        lines += [part.code, ""]
    return "\n".join(lines).rstrip()
