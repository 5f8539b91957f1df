"""Starters, made of the solutions: what stands between `### BEGIN SOLUTION` and `### END SOLUTION` is left out, apart
from its lines that begin with `# STARTER: `, which become the starter's own. Where comments begin with `//`, so do
these lines: `// ### BEGIN SOLUTION`, `// STARTER: `.

`python -m autograder.starters` writes them into `labs/`; with `--check` it only says which of them are out of date.
"""

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from autograder.appfolder import app_files
from autograder.lab import Lab, labs
from localcloud.messages import _

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
NOT_THE_APP = ("alternatives", "mutants")
FACTS, ANSWERS = Path("lab.toml"), Path("answers.py")


class Marks(NamedTuple):
    """How the lines that cut a solution begin, or look as a whole."""

    begin: str
    end: str
    starter: str


HASH = Marks(BEGIN, END, "# STARTER:")
SLASHES = Marks(f"// {BEGIN}", f"// {END}", "// STARTER:")
CUT = {".py": HASH, ".yml": HASH, ".yaml": HASH, ".tf": HASH, ".toml": HASH, ".bicep": SLASHES}


class StarterError(ValueError):
    """The marks in a solution do not fit together; the text says where."""


def starter_of(text: str, name: str) -> str:
    """The starter of a solution's source text; `name` is for errors."""
    starter = _marks(name).starter
    return _rewritten(text, name, lambda line: _starter_line(line, starter))


def revealed(text: str, name: str) -> str:
    """The solution as a learner may read it: without the marks and the starter's lines."""
    starter = _marks(name).starter
    return _rewritten(text, name, lambda line: None if line.strip().startswith(starter) else line)


def solution_files(folder: Path) -> list[Path]:
    """The solution's own app files, relative to its folder: neither alternatives nor mutants."""
    return [file for file in app_files(folder) if file.parts[0] not in NOT_THE_APP]


def generated(lab: Lab) -> dict[Path, bytes]:
    """Every file of the lab's starter, by its path in `labs/<lab>/`."""
    files = [file for file in solution_files(lab.solution) if file != ANSWERS]
    return {file: _starter_file(lab.solution / file) for file in files}


def differing(lab: Lab) -> list[Path]:
    """The files in `labs/<lab>/` that are not as generated, missing and left-over ones too."""
    wanted = generated(lab)
    there = {file: (lab.starter / file).read_bytes() for file in app_files(lab.starter) if file != FACTS}
    return sorted(file for file in wanted.keys() | there.keys() if wanted.get(file) != there.get(file))


def write(lab: Lab) -> list[Path]:
    """Makes `labs/<lab>/` as generated; returns the files that changed."""
    changed, wanted = differing(lab), generated(lab)
    for file in changed:
        place = lab.starter / file
        if file in wanted:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(wanted[file])
        else:
            place.unlink()
    return changed


def _starter_file(path: Path) -> bytes:
    if path.suffix in CUT:
        return starter_of(path.read_text("utf-8"), str(path)).encode()
    content = path.read_bytes()
    _must_have_no_mark(content, str(path))
    return content


def _must_have_no_mark(content: bytes, name: str) -> None:
    """A mark in a file out of which nothing is cut would give the solution away."""
    for number, line in enumerate(content.splitlines(), 1):
        if BEGIN.encode() in line or END.encode() in line:
            words = _("{file}:{line}: nothing is cut out of such a file, only out of {suffixes}.")
            raise StarterError(words.format(file=name, line=number, suffixes=", ".join(CUT)))


def _marks(name: str) -> Marks:
    return CUT[Path(name).suffix]


def _starter_line(line: str, starter: str) -> str | None:
    before, mark, kept = line.partition(starter)
    if not mark or before.strip():
        return None
    return (before + kept.removeprefix(" ")).rstrip()


def _rewritten(text: str, name: str, inside: Callable[[str], str | None]) -> str:
    """The text without marks, each line between them as `inside` says (None leaves it out)."""
    if BEGIN not in text and END not in text:
        return text
    lines = "\n".join(_lines(text, name, inside)).rstrip("\n") + "\n"
    return re.sub(r"\n{4,}", "\n\n\n", lines)


def _lines(text: str, name: str, inside: Callable[[str], str | None]) -> Iterator[str]:
    opened = 0
    marks = _marks(name)
    for number, line in enumerate(text.splitlines(), 1):
        mark = line.strip()
        if mark in (marks.begin, marks.end):
            if (mark == marks.begin) == bool(opened):
                raise StarterError(_("{file}:{line}: '{mark}' does not fit here.").format(**_at(name, number, mark)))
            opened = number if mark == marks.begin else 0
        elif BEGIN in line or END in line:
            mark = marks.begin if BEGIN in line else marks.end
            words = _("{file}:{line}: write '{mark}' alone on its line.")
            raise StarterError(words.format(**_at(name, number, mark)))
        elif not opened:
            yield line
        elif (kept := inside(line)) is not None:
            yield kept
    if opened:
        raise StarterError(_("{file}:{line}: '{mark}' is never ended.").format(**_at(name, opened, marks.begin)))


def _at(file: str, line: int, mark: str) -> dict[str, object]:
    return {"file": file, "line": line, "mark": mark}


def main(arguments: list[str]) -> int:
    """The exit code: with `--check`, 1 when a starter is out of date."""
    only_check = "--check" in arguments
    count = 0
    for lab in labs():
        for file in differing(lab) if only_check else write(lab):
            print(lab.starter / file)
            count += 1
    return 1 if only_check and count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
