"""What is in a submission: its app and its notebooks, taken out of an archive that nobody trusts."""

import io
import unicodedata
import zipfile
from dataclasses import dataclass, field
from itertools import islice
from pathlib import PurePosixPath

from autograder import appfolder, submission
from autograder.grading import archive
from autograder.grading.archive import Entry
from autograder.lab import Lab
from autograder.workspace import starter_files
from localcloud.messages import _

UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
NOT_PACKED = "__MACOSX"
MOST_NOTES = 12


@dataclass(frozen=True)
class Limits:
    """How much of a submission is looked at."""

    zip_bytes: int = 30_000_000
    bytes: int = appfolder.MOST_BYTES
    files: int = appfolder.MOST_FILES
    depth: int = 12
    name: int = 200


LIMITS = Limits()


class Refused(Exception):
    """Nothing of the submission can be graded; the text says why."""


@dataclass
class Contents:
    """The app's files and the notebooks by their paths in the app's folder; `notes` say what was left out or odd."""

    app: dict[str, bytes] = field(default_factory=dict)
    notebooks: dict[str, bytes] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        if len(self.notes) < MOST_NOTES and text not in self.notes:
            self.notes.append(text)


def unpack(data: bytes, lab: Lab, limits: Limits = LIMITS) -> Contents:
    """The contents of a submission, in memory; Refused when it is no archive, or too much."""
    if not data:
        raise Refused(_("The file is empty."))
    contents = Contents()
    files = _files(data, limits, contents)
    root = _root(files, lab, contents)
    for name, content in files.items():
        if name.endswith(".ipynb"):
            contents.notebooks[name.removeprefix(f"{lab.name}/" if root is None else root)] = content
        elif root is not None and name.startswith(root):
            contents.app[name.removeprefix(root)] = content
    if root == "":
        contents.app.pop(submission.MANIFEST, None)
    return contents


def packed(files: dict[str, bytes]) -> bytes:
    """A zip of the files, as `camp submit` packs them: the same files give the same bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as fresh:
        for name, content in sorted(files.items()):
            submission.add(fresh, name, content)
    return target.getvalue()


def _files(data: bytes, limits: Limits, contents: Contents) -> dict[str, bytes]:
    """Every ordinary file, by its normalised name. What is no ordinary file, or names a place outside, is left out."""
    files: dict[str, bytes] = {}
    places: dict[str, str] = {}
    left = limits.bytes
    for entry in _entries(data, limits):
        name = _name(entry, limits, contents)
        if name is None:
            continue
        content = entry.read(left + 1)
        if content is None:
            contents.note(_("{name} cannot be read: it is damaged or encrypted.").format(name=shown(name)))
            continue
        if len(content) > left:
            raise _too_much(limits)
        if (other := places.setdefault(name.casefold(), name)) in files:
            contents.note(_("{name} is in the archive twice; the last one counts.").format(name=name))
            left += len(files.pop(other))
            places[name.casefold()] = name
        files[name] = content
        left -= len(content)
    return _without_clashes(files, contents)


def _entries(data: bytes, limits: Limits) -> list[Entry]:
    try:
        found = list(islice(archive.entries(data, 2 * limits.bytes), 2 * limits.files + 1))
    except archive.NoArchive as error:
        raise Refused(_("The file is no zip and no tarball, or it is damaged.")) from error
    except archive.TooMuch as error:
        raise _too_much(limits) from error
    if len(found) > 2 * limits.files:
        raise Refused(_("The archive holds more than {files} files.").format(files=2 * limits.files))
    return found


def _too_much(limits: Limits) -> Refused:
    return Refused(_("The archive holds more than {size} MB, unpacked.").format(size=limits.bytes // 1_000_000))


def _name(entry: Entry, limits: Limits, contents: Contents) -> str | None:
    """The entry's place, or None when it is left out; what is odd is noted, what never counts is not."""
    name = unicodedata.normalize("NFC", entry.name.replace("\\", "/"))
    visible = shown(name)
    parts = name.split("/")
    if not entry.regular:
        contents.note(_("{name} is a link or a special file; it was left out.").format(name=visible))
        return None
    if name.startswith("/") or ".." in parts or ":" in parts[0]:
        contents.note(_("{name} names a place outside of the archive; it was left out.").format(name=visible))
        return None
    if any(unicodedata.category(char) in UNPRINTABLE for char in name) or len(name.encode()) > limits.name:
        contents.note(_("{name} is no name for a file here; it was left out.").format(name=visible))
        return None
    parts = [part for part in parts if part not in ("", ".")]
    if not parts or parts[0] == NOT_PACKED or set(parts) & appfolder.LEFT_OUT or len(parts) > limits.depth:
        return None
    if not name.endswith(".ipynb") and name.endswith(appfolder.LEFT_OUT_ENDINGS):
        return None
    return None if parts[-1].startswith("._") else "/".join(parts)


def _without_clashes(files: dict[str, bytes], contents: Contents) -> dict[str, bytes]:
    """Without files that another file has for its folder: no disk can hold both."""
    folders = {str(parent) for name in files for parent in PurePosixPath(name).parents}
    for name in folders & files.keys():
        contents.note(_("{name} is a file and a folder; the file was left out.").format(name=shown(name)))
    return {name: content for name, content in files.items() if name not in folders}


def _root(files: dict[str, bytes], lab: Lab, contents: Contents) -> str | None:
    """The folder of the app, with a slash at its end: the one with most of the starter's files. None: no app."""
    wanted = {path.relative_to(lab.starter).as_posix() for path in starter_files(lab.name)}
    found: dict[str, int] = {}
    for name in files:
        for file in wanted:
            if name == file or name.endswith("/" + file):
                folder = name[: -len(file)]
                found[folder] = found.get(folder, 0) + 1
    usual = f"{lab.name}/"
    if not found:
        return None
    best = min(found, key=lambda folder: (folder != usual, -found[folder], folder.count("/"), folder))
    if best != usual:
        place = shown(best) or "/"
        contents.note(_("The app is in {place}, not in {usual}.").format(place=place, usual=usual))
    return best


def shown(name: str) -> str:
    """A name as it may be printed: cut, and with what no terminal should be told escaped."""
    cut = name if len(name) <= 80 else f"{name[:79]}…"
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in cut)
