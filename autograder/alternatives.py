"""Alternatives: accepted solutions that are written differently, each in a folder of the lab's solution.

The folder of one that is an overlay has only what it does otherwise. A file or a folder that stands there takes the
place of the one with the same name in the solution, a folder as a whole.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from autograder.appfolder import app_files
from autograder.lab import Alternative, Lab
from autograder.starters import solution_files


def files_of(lab: Lab, alternative: Alternative) -> dict[Path, Path]:
    """The alternative's app: each of its files, and where that stands."""
    folder = folder_of(lab, alternative)
    own = {file: folder / file for file in app_files(folder)}
    if not alternative.overlay:
        return own
    replaced = {file.parts[0] for file in own}
    kept = (file for file in solution_files(lab.solution) if file.parts[0] not in replaced)
    return {**{file: lab.solution / file for file in kept}, **own}


@contextmanager
def laid_out(lab: Lab, alternative: Alternative) -> Iterator[Path]:
    """A folder with the alternative's app, while the block runs."""
    if not alternative.overlay:
        yield folder_of(lab, alternative)
        return
    with TemporaryDirectory(prefix="camp-alternative-") as name:
        app = Path(name) / "app"
        for file, source in files_of(lab, alternative).items():
            place = app / file
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(source.read_bytes())
        yield app


def folder_of(lab: Lab, alternative: Alternative) -> Path:
    return lab.solution / "alternatives" / alternative.name
