"""Which of a submission's folders is the lab's app. A learner may hand in both labs at once, the starter beside the
finished app, or everything there is."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from autograder.alternatives import files_of
from autograder.intake import NOTEBOOK, folded, shown
from autograder.lab import Lab, lab_names
from autograder.workspace import starter_files
from localcloud.messages import _

WORK, SOLUTIONS = "work", "solutions"  # where `camp up` lays labs out, and where the camp has its own
LONGEST = 1_000_000  # bytes of a file that is compared with the starter's
MOST_NAMED = 6


@dataclass(frozen=True)
class Chosen:
    """The folder of the app, with a slash at its end; None: there is no app. What has to be said about it."""

    folder: str | None
    notes: tuple[str, ...] = ()


class Candidates:
    """Knows the apps of one lab by their names, and by their texts."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._name = folded(lab.name)
        self._labs = {folded(name) for name in lab_names()} | {self._name}

    def of_another(self, path: str) -> bool:
        """Whether the folders around a file say that it is of another lab; a notebook's own name says so, too."""
        *folders, name = folded(path).split("/")
        around = (folder for folder in reversed(folders) if folder in self._labs)
        of_name = (lab for lab in self._labs if name.endswith(NOTEBOOK) and name.startswith(lab))
        return next((lab != self._name for lab in (*of_name, *around)), False)

    def compared(self, path: str) -> bool:
        """Whether the file's text tells an app that was worked on from one that was not."""
        return any(_is_at(path, file) for file in self._edited)

    def choose(self, paths: Iterable[str], text_of: Callable[[str], bytes | None]) -> Chosen:
        """The app among all files. `text_of` gives the texts of those that are to be compared."""
        found = self._found(paths)
        apps = [folder for folder in found if not self.of_another(f"{folder}x")]
        if not apps:
            words = _("{folders} is of another lab; it was not graded.")
            return Chosen(None, (words.format(folders=_listed(sorted(found))),) if found else ())

        def rank(folder: str) -> tuple[object, ...]:
            parts = [folded(part) for part in folder.split("/")[:-1]]
            named = 0 if parts[-1:] == [self._name] else 1 if self._name in parts else 2
            given = self._is_as_given(folder, text_of)
            return given, named, parts[-2:-1] != [WORK], -found[folder], len(parts), folder

        best = min(apps, key=rank)
        return Chosen(best, self._notes(best, apps))

    def is_named(self, folder: str) -> bool:
        """Whether the folder, with a slash at its end, has the lab's name."""
        return folded(folder.split("/")[-2]) == self._name if "/" in folder else False

    def _notes(self, best: str, apps: Sequence[str]) -> tuple[str, ...]:
        if len(apps) > 1:
            words = _("There are {count} apps, in {folders}; the one in {place} counts.")
            folders = _listed(sorted(apps))
            return (words.format(count=len(apps), folders=folders, place=_shown(best)),)
        if best != f"{self._lab.name}/":
            words = _("The app is in {place}, not in {usual}.")
            return (words.format(place=_shown(best), usual=f"{self._lab.name}/"),)
        return ()

    def _found(self, paths: Iterable[str]) -> dict[str, int]:
        """The folders that hold what learners edit (or, where none does, anything of the starter), and how many of the
        starter's files each has."""
        every: dict[str, int] = {}
        edited: set[str] = set()
        for path in paths:
            for file in self._starter:
                if _is_at(path, file):
                    folder = path[: len(path) - len(file)]
                    every[folder] = every.get(folder, 0) + 1
                    edited |= {folder} if file in self._edited else set()
        return {folder: count for folder, count in every.items() if folder in edited} if edited else every

    def _is_as_given(self, folder: str, text_of: Callable[[str], bytes | None]) -> bool:
        """Whether nobody has worked on it: it is the starter or, where the camp keeps those, a solution of the camp's.
        Elsewhere a solution is a learner's own: it may have been looked up."""
        texts = {file: text_of(folder + file) for file in self._edited}
        there = {file: _plain(text) for file, text in texts.items() if text is not None}
        known = self._given if SOLUTIONS in folded(folder).split("/") else self._given[:1]
        same = (all(given.get(file) == text for file, text in there.items()) for given in known)
        return bool(there) and any(same)

    @cached_property
    def _starter(self) -> dict[str, bytes]:
        return {path.relative_to(self._lab.starter).as_posix(): _text(path) for path in starter_files(self._lab.name)}

    @cached_property
    def _edited(self) -> dict[str, bytes]:
        """Those files of the starter that the solution has otherwise; all, where it has none otherwise."""
        otherwise = {file: text for file, text in self._starter.items() if _text(self._lab.solution / file) != text}
        return otherwise or self._starter

    @cached_property
    def _given(self) -> list[Mapping[str, bytes]]:
        solution = {file: _text(self._lab.solution / file) for file in self._edited}
        others = (files_of(self._lab, one) for one in self._lab.alternatives)
        texts = ({file: _text(there.get(Path(file))) for file in self._edited} for there in others)
        return [self._edited, solution, *texts]


def _is_at(path: str, file: str) -> bool:
    return path == file or path.endswith(f"/{file}")


def _text(path: Path | None) -> bytes:
    try:
        return _plain(path.read_bytes()) if path else b""
    except OSError:
        return b""  # the lab has no such file


def _plain(text: bytes) -> bytes:
    """A text as git may have changed it on Windows, and as it was."""
    return text.replace(b"\r\n", b"\n").rstrip()


def _listed(folders: Sequence[str]) -> str:
    named = ", ".join(map(_shown, folders[:MOST_NAMED]))
    return f"{named}, …" if len(folders) > MOST_NAMED else named


def _shown(folder: str) -> str:
    return shown(folder) or "/"
