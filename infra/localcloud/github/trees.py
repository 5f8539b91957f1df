"""How large the trees of a repository are, counted without writing them: a few objects can name billions of files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .repository import Repository

FOLDER, SUBMODULE = b"40000", b"160000"
TOO_MANY = 10**9  # counts stay below: they are compared, not shown


@dataclass(frozen=True)
class Total:
    """What a tree holds, in its folders too."""

    files: int
    size: int
    depth: int


class Forest:
    """The trees of a repository by their ids: (is a folder, id) for each entry."""

    def __init__(self, trees: Mapping[str, Sequence[tuple[bool, str]]], sizes: Mapping[str, int]) -> None:
        self._trees = trees
        self._sizes = sizes
        self._totals: dict[str, Total] = {}

    @classmethod
    async def read(cls, repository: "Repository", shas: Sequence[str], sizes: Mapping[str, int]) -> "Forest":
        printed = await repository.output("cat-file", "--batch", input="".join(f"{sha}\n" for sha in shas).encode())
        trees, position = {}, 0
        for sha in shas:
            start = printed.index(b"\n", position) + 1
            position = start + sizes[sha] + 1
            trees[sha] = entries(printed[start : position - 1])
        return cls(trees, sizes)

    def total(self, tree: str) -> Total:
        """What a tree holds; each tree is counted once, however often it is named."""
        waiting = [tree]
        while waiting:
            one = waiting[-1]
            below = [sha for is_folder, sha in self._trees.get(one, ()) if is_folder]
            missing = [sha for sha in below if sha not in self._totals]
            if missing and one not in self._totals:
                waiting.extend(missing)
                continue
            waiting.pop()
            self._totals[one] = self._sum(one)
        return self._totals[tree]

    def _sum(self, tree: str) -> Total:
        files = size = depth = 0
        for is_folder, sha in self._trees.get(tree, ()):
            found = self._totals[sha] if is_folder else Total(1, self._sizes.get(sha, 0), 0)
            files, size = min(files + found.files, TOO_MANY), min(size + found.size, TOO_MANY)
            depth = max(depth, found.depth + 1 if is_folder else 0)
        return Total(files, size, depth)


def entries(content: bytes) -> list[tuple[bool, str]]:
    """A tree object's entries; a submodule holds nothing here."""
    found, position = [], 0
    while position < len(content):
        end = content.index(b"\0", position)
        mode = content[position:end].split(b" ", 1)[0]
        position = end + 21
        if mode != SUBMODULE:
            found.append((mode == FOLDER, content[end + 1 : position].hex()))
    return found
