"""What of a hand-in counts: one policy for `camp check`, `camp submit` and `camp grade`.

In this order: names that never count are left out, before anything is counted. Notebooks lose what their cells printed.
Then each part (the app, each notebook) has a bound of its own, and a part over its bound costs that part alone.
"""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from localcloud.messages import _

LEFT_OUT = frozenset(
    {
        "__pycache__",
        "__MACOSX",
        ".git",
        ".venv",
        "venv",
        "node_modules",
        ".ipynb_checkpoints",
        ".pytest_cache",
        ".mypy_cache",
        ".ruff_cache",
        ".camp",
        ".vscode",
        ".idea",
        ".DS_Store",
        ".python_packages",
    }
)
ENDINGS = (".pyc", ".pyo", ".swp", "~")
APPLE_DOUBLE = "._"  # macOS puts such a file beside each one on disks that are not its own
NOTEBOOK = ".ipynb"
ENVIRONMENT = "pyvenv.cfg"  # a folder with this file is a virtual environment, whatever its name is
UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
MOST_RAW = 64_000_000  # bytes of a notebook that are read to find its outputs
MOST_PIECES = 4_000_000  # brackets and texts in it that are looked at: some five seconds' work
PIECE = re.compile(rb'["\[\]{}]')
COLON = re.compile(rb"\s*:")
BACKSLASH = ord("\\")
MOST_NESTED = 1_000


@dataclass(frozen=True)
class Policy:
    """What counts and how much of it. Another kind of hand-in leaves out other names, such as `.terraform`."""

    left_out: frozenset[str] = LEFT_OUT  # files and folders that never count, in upper or lower case
    endings: tuple[str, ...] = ENDINGS  # endings of such files
    files: int = 2_000  # of the app
    bytes: int = 20_000_000  # of the app's files together
    notebook: int = 10_000_000  # of one notebook, in bytes, without its outputs
    notebooks: int = 8  # that are read
    depth: int = 12  # of folders
    name: int = 200  # of a path, in bytes

    def leaves_out(self, name: str) -> bool:
        """Whether a file or a folder of this name never counts."""
        plain = folded(name)
        return plain in _folded(self.left_out) or plain.endswith(self.endings) or plain.startswith(APPLE_DOUBLE)

    def problem_of(self, path: str) -> str | None:
        """Why no file can be called so in a hand-in; None when it can."""
        odd = not path.isprintable() and any(unicodedata.category(char) in UNPRINTABLE for char in path)
        if odd or len(path.encode("utf-8", "surrogatepass")) > self.name:
            return _("{name} is no name for a file here").format(name=shown(path))
        if path.count("/") >= self.depth:
            return _("{name} is in too many folders").format(name=shown(path))
        return None


USUAL = Policy()


class Over(Exception):
    """A part is over its bound; the text names the part, the bound, and what is largest in it."""


class Bound:
    """Counts the files of an app up to its bound."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._folders: Counter[str] = Counter()
        self._largest = (0, "")
        self._size = 0

    @property
    def left(self) -> int:
        """How many bytes there may be yet."""
        return self._policy.bytes - self._size

    def add(self, name: str, size: int) -> None:
        """Counts one file; Over when the app holds too much with it."""
        self._folders[name.rpartition("/")[0]] += 1
        self._largest = max(self._largest, (size, name))
        self._size += size
        if sum(self._folders.values()) > self._policy.files:
            [(folder, count)] = self._folders.most_common(1)
            raise Over(
                _("The app holds more than {files} files, {count} of them in {folder}.").format(
                    files=self._policy.files, count=count, folder=shown(f"{folder}/")
                )
            )
        if self._size > self._policy.bytes:
            raise Over(
                _("The app holds more than {size} MB; its largest file is {name}.").format(
                    size=self._policy.bytes // 1_000_000, name=shown(self._largest[1])
                )
            )


def is_notebook(name: str) -> bool:
    return folded(name).endswith(NOTEBOOK)


def read_notebook(name: str, raw: bytes, policy: Policy = USUAL) -> bytes:
    """A notebook without its outputs; Over when there is still too much of it. Of `raw`, a byte more than MOST_RAW is
    enough to say so."""
    data = without_outputs(raw) if len(raw) <= MOST_RAW else raw
    if len(data) <= policy.notebook:
        return data
    words = _("The notebook {name} holds more than {size} MB, what its cells printed not counted.")
    raise Over(words.format(name=shown(name), size=policy.notebook // 1_000_000))


def without_outputs(notebook: bytes) -> bytes:
    """The same notebook, in which no cell has printed anything; as it is when it has no outputs, or is no notebook.

    The outputs are cut out of the text, since JSON that somebody made up may take a hundred times its size in memory.
    """
    kept: list[bytes] = []
    end = 0
    for first, last in _outputs(notebook):
        kept += [notebook[end:first], b"[]"]
        end = last
    return b"".join([*kept, notebook[end:]]) if kept else notebook


def _outputs(text: bytes) -> list[tuple[int, int]]:
    """Where the outputs of the cells are: the lists called `outputs` of what is in a list called `cells`. None
    where the text does not end as it should."""
    if not json.detect_encoding(text[:8]).startswith("utf-8"):
        return []
    found: list[tuple[int, int]] = []
    inside: list[bytes] = []  # the names of the lists and objects that are open; those in a list have none
    name, first, depth = b"", -1, 0
    for kind, start, end in _pieces(text):
        if kind == b'"':
            name = text[start + 1 : end - 1] if first < 0 and COLON.match(text, end) else b""
            continue
        if kind in b"[{":
            if len(inside) == MOST_NESTED:
                return []
            inside.append(name)
            if first < 0 and kind == b"[" and name == b"outputs" and inside[-3:-1] == [b"cells", b""]:
                first, depth = start, len(inside)
        elif not inside:
            return []
        else:
            if first >= 0 and len(inside) == depth:
                if kind != b"]":
                    return []
                found += [(first, end)] if text[first + 1 : end - 1].strip() else []
                first = -1
            inside.pop()
        name = b""
    return [] if inside else found


def _pieces(text: bytes) -> Iterator[tuple[bytes, int, int]]:
    """The brackets and texts of JSON, with where they begin and end. An end that is missing is an open bracket."""
    place = 0
    for _piece in range(MOST_PIECES):
        found = PIECE.search(text, place)
        if found is None:
            return
        start, place = found.start(), found.end()
        if found[0] == b'"':
            place = _end_of_text(text, place)
            if place < 0:
                break
        yield found[0], start, place
    yield b"[", len(text), len(text)


def _end_of_text(text: bytes, place: int) -> int:
    """Where the text ends that begins before `place`; -1 when it does not end."""
    for _quote in range(MOST_PIECES):
        place = text.find(b'"', place) + 1
        if place == 0:
            return -1
        before = place - 2
        while text[before] == BACKSLASH:
            before -= 1
        if (place - before) % 2 == 0:  # an even number of backslashes: the quote itself is not escaped
            return place
    return -1


def parents(path: str) -> list[str]:
    """The folders around a file, each with a slash at its end; not the top."""
    return [path[: place + 1] for place, char in enumerate(path) if char == "/"]


def environments(paths: Iterable[str]) -> frozenset[str]:
    """The folders among all paths of files that are virtual environments, with a slash at their ends; not the top."""
    folders = (path.rpartition("/") for path in paths)
    return frozenset(f"{folder}/" for folder, _slash, name in folders if folder and name == ENVIRONMENT)


def normal(path: str) -> str:
    """A path as all systems write it: with slashes, and with composed letters."""
    return unicodedata.normalize("NFC", path.replace("\\", "/"))


def folded(name: str) -> str:
    """What two names have in common that are one on some disk: they differ in case, or in how a letter is composed."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def shown(name: str) -> str:
    """A name as it may be printed: cut, and with what no terminal should be told escaped."""
    cut = name if len(name) <= 80 else f"{name[:79]}…"
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in cut)


def clash_in(paths: Sequence[str]) -> tuple[str, str] | None:
    """Two paths of which some disks could hold only one; None when there are none."""
    seen: dict[str, str] = {}
    for path in paths:
        if (other := seen.setdefault(folded(path), path)) != path:
            return other, path
    return None


@lru_cache(16)
def _folded(names: frozenset[str]) -> frozenset[str]:
    return frozenset(map(folded, names))
