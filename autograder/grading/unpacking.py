"""What is in a submission: its app and its notebooks, taken out of an archive that nobody trusts."""

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from autograder import submission
from autograder.grading import archive
from autograder.grading.archive import ENDINGS, Entry
from autograder.grading.candidates import LONGEST, Candidates
from autograder.grading.reflection import in_order
from autograder.intake import (
    MOST_RAW,
    Bound,
    Over,
    Policy,
    environments,
    folded,
    is_notebook,
    normal,
    parents,
    read_notebook,
    shown,
)
from autograder.lab import Lab
from localcloud.messages import _

MOST_NOTES = 12
MOST_COMPARED = 50  # files that are compared with the starter's


@dataclass(frozen=True)
class Limits(Policy):
    """How much of a submission is looked at."""

    zip_bytes: int = 30_000_000  # of an archive that is kept and graded as it is
    archive_bytes: int = 1_000_000_000  # of one that is looked into at all
    unpacked: int = 500_000_000  # of a tarball, which has to be read from its beginning
    entries: int = 100_000  # of an archive, with those that never count


LIMITS = Limits()
Opened = Callable[[], Iterator[Entry]]


class Refused(Exception):
    """Nothing of the submission can be graded; the text says why."""


@dataclass
class Contents:
    """What counts of a submission."""

    app: dict[str, bytes] = field(default_factory=dict)  # by the paths in the app's folder
    notebooks: dict[str, bytes] = field(default_factory=dict)  # without outputs, likewise
    problem: str | None = None  # why the app is missing though there is one: it holds too much
    notes: list[str] = field(default_factory=list)  # what was left out or odd

    def note(self, text: str) -> None:
        if len(self.notes) < MOST_NOTES and text not in self.notes:
            self.notes.append(text)


@dataclass(frozen=True)
class Listing:
    """The first look at an archive: the entries that count, by the name that each is known by, and some texts."""

    names: dict[int, str]  # the number of the entry
    compared: dict[str, bytes]


def unpack(data: bytes, lab: Lab, limits: Limits = LIMITS) -> Contents:
    """The contents of a submission, in memory; Refused when it is no archive, or endless."""
    if not data:
        raise Refused(_("The file is empty."))
    return taken(partial(archive.entries, data, limits.unpacked), lab, limits)


def taken(opened: Opened, lab: Lab, limits: Limits = LIMITS) -> Contents:
    """What counts of all files, which are looked through twice: by their names, then into those that count."""
    contents = Contents()
    candidates = Candidates(lab)
    listing = _understood(lambda: _listing(opened, candidates, limits, contents), limits)
    chosen = candidates.choose(listing.names.values(), listing.compared.get)
    for note in chosen.notes:
        contents.note(note)
    names = {number: name for number, name in listing.names.items() if not candidates.of_another(name)}
    if chosen.folder is None:
        _tell_of_archives(names.values(), contents)
    _understood(lambda: _read(opened, names, chosen.folder, lab, limits, contents), limits)
    if chosen.folder == "":
        contents.app.pop(submission.MANIFEST, None)
    return contents


def packed(files: dict[str, bytes]) -> bytes:
    """A zip of the files, as `camp submit` packs them: the same files give the same bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as fresh:
        for name, content in sorted(files.items()):
            submission.add(fresh, name, content)
    return target.getvalue()


Result = TypeVar("Result")


def _understood(look: Callable[[], Result], limits: Limits) -> Result:
    try:
        return look()
    except archive.NoArchive as error:
        raise Refused(_("The file is no zip and no tarball, or it is damaged.")) from error
    except archive.TooMuch as error:
        words = _("The archive holds more than {size} MB, unpacked.")
        raise Refused(words.format(size=limits.unpacked // 1_000_000)) from error


def _listing(opened: Opened, candidates: Candidates, limits: Limits, contents: Contents) -> Listing:
    """Every ordinary file with a name that can count. What is no ordinary file, or names a place outside, is left out;
    of two files with one name, the last counts."""
    names: dict[int, str] = {}
    compared: dict[str, bytes] = {}
    places: dict[str, int] = {}
    for number, entry in enumerate(opened()):
        if number >= limits.entries:
            raise Refused(_("The archive holds more than {files} files.").format(files=limits.entries))
        name = _name(entry, limits, contents)
        if name is None:
            continue
        if (other := places.get(folded(name))) is not None:
            contents.note(_("{name} is in the archive twice; the last one counts.").format(name=shown(name)))
            compared.pop(names.pop(other), None)
        places[folded(name)] = number
        names[number] = name
        if candidates.compared(name) and len(compared) < MOST_COMPARED and (text := entry.read(LONGEST)) is not None:
            compared[name] = text
    return Listing(_without_clashes(_without_environments(names), contents), compared)


def _read(
    opened: Opened, names: dict[int, str], folder: str | None, lab: Lab, limits: Limits, contents: Contents
) -> None:
    """Reads the app in `folder`, and the notebooks. A part over its bound is left out, and said."""
    bound = Bound(limits)
    usual = f"{lab.name}.ipynb"
    notebooks = _notebooks(names.values(), f"{lab.name}/" if folder is None else folder)
    likely = set(in_order(notebooks.values(), usual)[: limits.notebooks])
    left = MOST_RAW  # for all but the lab's own, which has as much for itself
    for number, entry in enumerate(opened()):
        name = names.get(number)
        if name is None:
            continue
        if found := notebooks.get(name):
            most = MOST_RAW if found == usual else left
            if found in likely and (raw := _content(entry, most + 1, name, contents)) is not None:
                left -= 0 if found == usual else min(left, len(raw))
                _take_notebook(found, raw, limits, contents)
        elif folder is None or not name.startswith(folder) or contents.problem:
            continue
        elif (content := _content(entry, bound.left + 1, name, contents)) is not None:
            _take(name.removeprefix(folder), content, entry.size, bound, contents)


def _notebooks(names: Iterable[str], own: str) -> dict[str, str]:
    """The notebooks by their names in the archive: those in the app's folder by their paths there."""
    every = [name for name in names if is_notebook(name)]
    found = {name: name.removeprefix(own) for name in every if name.startswith(own)}
    inside = set(found.values())
    return found | {name: f"../{name}" if name in inside else name for name in every if name not in found}


def _content(entry: Entry, most: int, name: str, contents: Contents) -> bytes | None:
    content = entry.read(most)
    if content is None:
        contents.note(_("{name} cannot be read: it is damaged or encrypted.").format(name=shown(name)))
    return content


def _take(name: str, content: bytes, size: int, bound: Bound, contents: Contents) -> None:
    try:
        bound.add(name, max(len(content), size) if len(content) > bound.left else len(content))
    except Over as over:
        contents.problem = str(over)
        contents.app.clear()
    else:
        contents.app[name] = content


def _take_notebook(name: str, raw: bytes, limits: Limits, contents: Contents) -> None:
    try:
        contents.notebooks[name] = read_notebook(name, raw, limits)
    except Over as over:
        contents.note(str(over))


def _name(entry: Entry, limits: Limits, contents: Contents) -> str | None:
    """The entry's place, or None when it is left out; what is odd is noted, what never counts is not."""
    name = normal(entry.name)
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if not parts or any(map(limits.leaves_out, parts)):
        return None
    if not entry.regular:
        contents.note(_("{name} is a link or a special file; it was left out.").format(name=shown(name)))
        return None
    if name.startswith("/") or ".." in parts or ":" in parts[0]:
        contents.note(_("{name} names a place outside of the archive; it was left out.").format(name=shown(name)))
        return None
    if problem := limits.problem_of(name):
        contents.note(_("{problem}; it was left out.").format(problem=problem))
        return None
    return "/".join(parts)


def _without_environments(names: dict[int, str]) -> dict[int, str]:
    """Without what is in virtual environments, whatever they are called."""
    folders = environments(names.values())
    return {number: name for number, name in names.items() if folders.isdisjoint(parents(name))}


def _without_clashes(names: dict[int, str], contents: Contents) -> dict[int, str]:
    """Without files that another file has for its folder: no disk can hold both."""
    folders = {folder for name in names.values() for folder in parents(folded(name))}
    kept = {}
    for number, name in names.items():
        if f"{folded(name)}/" in folders:
            contents.note(_("{name} is a file and a folder; the file was left out.").format(name=shown(name)))
        else:
            kept[number] = name
    return kept


def _tell_of_archives(names: Iterable[str], contents: Contents) -> None:
    for name in names:
        if name.lower().endswith(ENDINGS):
            contents.note(_("{name} is an archive in the archive; it was not opened.").format(name=shown(name)))
