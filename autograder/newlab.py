"""A new lab, laid out as a copy of the smallest one of its kind: green at once, and then yours to change."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from autograder import project
from autograder.kinds import USUAL
from autograder.lab import Lab, find_lab, labs
from autograder.starters import write
from localcloud.messages import _
from localcloud.registry import in_order

FIRST = "0"  # the lab that is copied for a Function App
PATTERNS = Path(__file__).parent / "patterns"  # a folder for each other kind that can be copied
SLUG = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
TEXTS = {".py", ".toml", ".ipynb", ".patch", ".json", ".txt"}


class NewLabRefused(ValueError):
    """The lab cannot be laid out; the text says why."""


@dataclass(frozen=True)
class Pattern:
    """The lab that is copied."""

    number: int
    slug: str
    folders: dict[str, Path]  # what goes to `solutions/`, `notebooks/` and `labs/`
    checks: Path
    deck: Path

    @property
    def name(self) -> str:
        return f"{self.number}-{self.slug}"


def kinds() -> list[str]:
    """The kinds of hand-in that there is a pattern of."""
    return [USUAL, *sorted(path.name for path in PATTERNS.iterdir() if path.is_dir())]


def pattern_of(kind: str) -> Pattern:
    """What is copied for a lab of this kind; NewLabRefused when there is nothing."""
    if kind == USUAL:
        lab = find_lab(FIRST)
        deck = project.content("slides") / f"{lab.name}.md"
        folders = {part: project.content(part) / lab.name for part in ("solutions", "notebooks", "labs")}
        return Pattern(lab.number, lab.slug, folders, lab.checks_file, deck)
    if kind not in kinds():
        raise NewLabRefused(
            _("There is no pattern of {kind}. Take one of {known}, then change kinds in the new lab.toml.").format(
                kind=kind, known=", ".join(kinds())
            )
        )
    folder = PATTERNS / kind
    folders = {"solutions": folder / "solution", "notebooks": folder / "notebook", "labs": folder / "lab"}
    [notebook] = folders["notebooks"].glob("*.ipynb")  # its name is that of the lab
    number, _hyphen, slug = notebook.stem.partition("-")
    return Pattern(int(number), slug, folders, folder / "checks.py", folder / "deck.md")


def lay_out(slug: str, kind: str, services: tuple[str, ...]) -> Lab:
    """Makes the folders and the deck of a lab with the next free number, and returns it; NewLabRefused,
    UnknownService. Nothing that is there is touched."""
    if not SLUG.fullmatch(slug):
        raise NewLabRefused(
            _("{slug} is no slug: use lower-case words with hyphens, such as event-grid.").format(slug=slug)
        )
    in_order(services)
    known = labs()
    if any(lab.slug == slug for lab in known):
        raise NewLabRefused(_("There is a lab {slug} already.").format(slug=slug))
    return _copied(pattern_of(kind), known[-1].number + 1, slug, services)


def _copied(pattern: Pattern, number: int, slug: str, services: tuple[str, ...]) -> Lab:
    name = f"{number}-{slug}"
    checks = project.root() / "autograder" / "checks" / f"{slug.replace('-', '_')}.py"
    if checks.exists():
        raise NewLabRefused(_("{path} is there already.").format(path=checks))

    def renamed(text: str) -> str:
        for old, new in (
            (pattern.name, name),
            (f"{pattern.slug.replace('-', '_')}.py", f"{slug.replace('-', '_')}.py"),
            (f'"{pattern.number}.', f'"{number}.'),
            (f"check-{pattern.number}-", f"check-{number}-"),
            (f'lab=\\"{pattern.number}\\"', f'lab=\\"{number}\\"'),
            (f'\\"{pattern.number}.', f'\\"{number}.'),
            (f"number = {pattern.number}\n", f"number = {number}\n"),
        ):
            text = text.replace(old, new)
        return re.sub(rf"(Lab |--lab |slides |check ){pattern.number}\b", rf"\g<1>{number}", text)

    for part, folder in pattern.folders.items():
        _copy(folder, project.root() / part / name, renamed)
    deck = project.root() / "slides" / f"{name}.md"
    deck.parent.mkdir(parents=True, exist_ok=True)
    deck.write_text(renamed(pattern.deck.read_text("utf-8")), "utf-8")
    facts = project.root() / "labs" / name / "lab.toml"
    if services:
        text = facts.read_text("utf-8")
        listed = ", ".join(f'"{one}"' for one in services)
        facts.write_text(re.sub(r"(?m)^(minutes = .*)$", rf"\1\nservices = [{listed}]", text, count=1), "utf-8")
    checks.parent.mkdir(parents=True, exist_ok=True)
    checks.write_text(renamed(pattern.checks.read_text("utf-8")), "utf-8")
    lab = find_lab(name)
    write(lab)
    return lab


def _copy(source: Path, target: Path, renamed: Callable[[str], str]) -> None:
    for path in sorted(source.rglob("*")):
        if not path.is_file() or "__pycache__" in path.parts:
            continue
        place = target / renamed(path.relative_to(source).as_posix())
        place.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix in TEXTS:
            place.write_text(renamed(path.read_text("utf-8")), "utf-8")
        else:
            place.write_bytes(path.read_bytes())
