"""Mutants: solutions made wrong on purpose, each by one patch, to prove that a check finds its misconception.

What is wrong with a repository may be its history: such a patch is what `git format-patch --stdout` prints, a series of
commits on top of the solution.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from autograder import bundle
from autograder.lab import Lab
from autograder.starters import solution_files
from localcloud.messages import _

SERIES = b"From 0000000000000000000000000000000000000000 "


class PatchError(RuntimeError):
    """A mutant's patch does not fit the solution any more; the text says where."""


@contextmanager
def mutated(lab: Lab, name: str) -> Iterator[Path]:
    """A folder with the mutant's app, while the block runs."""
    with TemporaryDirectory(prefix="camp-mutant-") as folder:
        app = Path(folder) / "app"
        copy_solution(lab, app)
        patch = patch_of(lab, name)
        if _is_series(patch):
            _commit(patch, app)
        else:
            apply(patch, app)
        yield app


def patch_of(lab: Lab, name: str) -> Path:
    return lab.solution / "mutants" / f"{name}.patch"


def copy_solution(lab: Lab, target: Path) -> None:
    """The solution's own app files."""
    for file in solution_files(lab.solution):
        place = target / file
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes((lab.solution / file).read_bytes())


def _is_series(patch: Path) -> bool:
    return patch.is_file() and patch.read_bytes().startswith(SERIES)


def _commit(series: Path, app: Path) -> None:
    """Makes the app a repository, with each commit of the series."""
    bundle.make(app, "Solve it")
    try:
        bundle.git(app, *bundle.AUTHOR, "am", "--quiet", str(series.absolute()))
    except bundle.NoGit as error:
        raise PatchError(_("{patch} does not apply: {why}").format(patch=series, why=error.seen)) from error


def apply(patch: Path, app: Path) -> None:
    """Patches the app's files in place, exactly or not at all."""
    if not patch.is_file():
        raise PatchError(_("There is no patch {path}.").format(path=patch))
    command = ["git", "apply", "-p1", "--whitespace=nowarn", str(patch.absolute())]
    # The ceiling keeps git from taking the app for a part of a repository around it.
    done = subprocess.run(
        command,
        cwd=app,
        env={"PATH": os.environ.get("PATH", os.defpath), "GIT_CEILING_DIRECTORIES": str(app.parent), "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise PatchError(_("{patch} does not apply: {why}").format(patch=patch, why=done.stderr.strip()))
