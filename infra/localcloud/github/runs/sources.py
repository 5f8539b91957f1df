"""The files of a commit that say what is run: `.github/` and every `action.yml`. Links and submodules are left out."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from localcloud.messages import _

from .workflow import is_workflow
from .yaml_file import MOST_BYTES

if TYPE_CHECKING:
    from ..repository import Repository

ACTION_FILES = ("action.yml", "action.yaml")
MOST_FILES = 500
MOST_LISTED = 20_000
ENTRY = re.compile(rb"(?P<mode>\d{6}) (?P<kind>\w+) (?P<sha>[0-9a-f]{40,64}) +(?P<size>\d+|-)\t(?P<path>.+)", re.DOTALL)


class SourcesError(ValueError):
    """A commit holds more than is read; the text says what."""


@dataclass(frozen=True)
class Sources:
    """The files by path."""

    files: Mapping[str, bytes] = field(default_factory=dict)

    def workflows(self) -> list[str]:
        return sorted(path for path in self.files if is_workflow(path))

    def action(self, uses: str) -> tuple[str, bytes] | None:
        """The file of a local action, `./path/to/it`."""
        folder = PurePosixPath(uses.removeprefix("./"))
        for name in ACTION_FILES:
            path = str(folder / name)
            if path in self.files:
                return path, self.files[path]
        return None

    def write(self, folder: Path) -> None:
        """Lays them out in an empty folder."""
        for path, content in self.files.items():
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)


async def read_sources(repository: "Repository", commit: str) -> Sources:
    """Those of a commit; SourcesError."""
    listed = await repository.output("ls-tree", "-r", "-z", "--long", "--full-tree", commit)
    wanted = dict(_wanted(listed))
    if len(wanted) > MOST_FILES:
        raise SourcesError(_("There are more than {limit} files in .github.").format(limit=MOST_FILES))
    printed = await repository.output(
        "cat-file", "--batch", input="".join(f"{sha}\n" for sha in wanted.values()).encode()
    )
    files: dict[str, bytes] = {}
    at = 0
    for path in wanted:
        end = printed.index(b"\n", at)
        size = int(printed[at:end].split()[2])
        files[path] = printed[end + 1 : end + 1 + size]
        at = end + size + 2
    return Sources(files)


def _wanted(listed: bytes) -> Iterator[tuple[str, str]]:
    for number, entry in enumerate(listed.split(b"\0")):
        match = ENTRY.fullmatch(entry)
        if match is None or match["kind"] != b"blob" or match["mode"] not in (b"100644", b"100755"):
            continue
        try:
            path = match["path"].decode()
        except UnicodeDecodeError:
            continue
        if number > MOST_LISTED or not _is_wanted(path) or int(match["size"]) > 2 * MOST_BYTES:
            continue
        yield path, match["sha"].decode()


def _is_wanted(path: str) -> bool:
    place = PurePosixPath(path)
    if place.is_absolute() or {"..", ".git"} & {part.lower() for part in place.parts}:
        return False
    return place.parts[0] == ".github" or place.name in ACTION_FILES
