"""Blob paths, `container/name`, and the patterns of blob triggers, `container/{name}.txt`. Pure."""

import re
from dataclasses import dataclass

from localcloud.messages import _

LONGEST_NAME = 1_024
_CONTAINER = re.compile(r"(?=.{3,63}$)[a-z0-9]+(?:-[a-z0-9]+)*|\$(?:root|web|logs)")
_PARAMETER = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class BlobPathError(ValueError):
    """The path is none; the text says why and how to write one."""


@dataclass(frozen=True)
class BlobPath:
    """A blob by its container and name."""

    container: str
    name: str

    def __str__(self) -> str:
        return f"{self.container}/{self.name}"


def blob_path(text: str) -> BlobPath:
    """The blob that `text` names; BlobPathError when it names none."""
    container, _slash, name = text.partition("/")
    if not container or not name:
        raise BlobPathError(
            f"Invalid blob path specified : '{text}'. Blob identifiers must be in the format 'container/blob'. "
            + _("Such as path='invoices/{{name}}.pdf'.").format()
        )
    check_container(container)
    if len(name) > LONGEST_NAME or "\\" in name:
        raise BlobPathError(
            f"The given blob name '{name[:80]}' is invalid. "
            + _("At most {most} characters, no backslash.").format(most=LONGEST_NAME)
        )
    return BlobPath(container, name)


@dataclass(frozen=True)
class BlobPattern:
    """What a blob trigger listens to. `prefix` is the part of every matching name before its first parameter."""

    text: str
    container: str
    prefix: str
    matcher: re.Pattern[str]

    def match(self, name: str) -> dict[str, str] | None:
        """The pattern's parameters in a blob's name; None when the name does not match."""
        found = self.matcher.fullmatch(name)
        return found.groupdict() if found else None


def blob_pattern(text: str) -> BlobPattern:
    """The pattern in a trigger's `path`; a container alone stands for all its blobs. BlobPathError when it is none."""
    container, slash, name = text.partition("/")
    if not container or (slash and not name) or "\\" in container:
        raise BlobPathError(
            f"Invalid blob trigger path '{text}'. Paths must be in the format 'container/blob'. "
            + _("Such as path='invoices/{{name}}.pdf'.").format()
        )
    if "{" in container:
        raise BlobPathError(
            f"Invalid blob trigger path '{text}'. Container paths cannot contain {{resolve}} tokens. "
            + _("Name one container.")
        )
    check_container(container)
    if not slash:
        return BlobPattern(text, container, "", re.compile(".*", re.DOTALL))
    return BlobPattern(text, container, *_compiled(text, name))


def check_container(name: str) -> None:
    """BlobPathError unless this can be a container's name."""
    if not _CONTAINER.fullmatch(name):
        raise BlobPathError(
            f"The given container name '{name}' is invalid. "
            + _("3 to 63 lower-case letters, digits and single dashes; begin and end with a letter or digit.")
        )


def _compiled(text: str, template: str) -> tuple[str, re.Pattern[str]]:
    literals = [""]
    names: list[str] = []
    position = 0
    for found in _PARAMETER.finditer(template):
        literals[-1] += template[position : found.start()]
        position = found.end()
        if found[0] in ("{{", "}}"):
            literals[-1] += found[0][0]
            continue
        if found[1] is None or not _IDENTIFIER.fullmatch(found[1]) or found[1].lower() in map(str.lower, names):
            raise BlobPathError(
                f"Invalid template '{text}'. "
                + _("Each parameter is a name in braces, such as {{name}}, and appears once.").format()
            )
        names.append(found[1])
        literals.append("")
    literals[-1] += template[position:]
    groups = [*(f"(?P<{name}>.*)" for name in names), ""]
    pattern = "".join(re.escape(literal) + group for literal, group in zip(literals, groups, strict=True))
    return literals[0], re.compile(pattern, re.DOTALL)
