"""A new lab, laid out as a copy of the smallest one: green from the first minute, and then yours to change."""

import re
from collections.abc import Callable
from pathlib import Path

from autograder import project
from autograder.kinds import kind
from autograder.lab import Lab, find_lab, labs
from autograder.starters import write
from localcloud.messages import _
from localcloud.registry import in_order

PATTERN = "0"  # the lab that is copied
SLUG = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
TEXTS = {".py", ".toml", ".ipynb", ".patch", ".json", ".txt"}


class NewLabRefused(ValueError):
    """The lab cannot be laid out; the text says why."""


def lay_out(slug: str, kinds: tuple[str, ...], services: tuple[str, ...]) -> Lab:
    """Makes the folders of a lab with the next free number, and returns it; NewLabRefused, UnknownKind,
    UnknownService. Nothing that is there is touched."""
    if not SLUG.fullmatch(slug):
        raise NewLabRefused(
            _("{slug} is no slug: use lower-case words with hyphens, such as event-grid.").format(slug=slug)
        )
    for name in kinds:
        kind(name)
    in_order(services)
    known = labs()
    if any(lab.slug == slug for lab in known):
        raise NewLabRefused(_("There is a lab {slug} already.").format(slug=slug))
    pattern = find_lab(PATTERN)
    if kinds and kinds != pattern.kinds:
        raise NewLabRefused(
            _("A pattern is there for the kind {known} alone. Lay out that, and change kinds in lab.toml.").format(
                known=", ".join(pattern.kinds)
            )
        )
    return _copied(pattern, known[-1].number + 1, slug, services)


def _copied(pattern: Lab, number: int, slug: str, services: tuple[str, ...]) -> Lab:
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
            (f"Lab {pattern.number}", f"Lab {number}"),
            (f'\\"{pattern.number}.', f'\\"{number}.'),
            (f"number = {pattern.number}\n", f"number = {number}\n"),
        ):
            text = text.replace(old, new)
        return text

    for part in ("solutions", "notebooks", "labs"):
        _copy(project.content(part) / pattern.name, project.root() / part / name, renamed)
    facts = project.root() / "labs" / name / "lab.toml"
    if services:
        text = facts.read_text("utf-8")
        listed = ", ".join(f'"{one}"' for one in services)
        facts.write_text(re.sub(r"(?m)^(minutes = .*)$", rf"\1\nservices = [{listed}]", text, count=1), "utf-8")
    checks.parent.mkdir(parents=True, exist_ok=True)
    checks.write_text(renamed(pattern.checks_file.read_text("utf-8")), "utf-8")
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
