import copy
import io
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from autograder import project
from autograder.grading import gradebook
from autograder.grading.course import Course
from autograder.grading.newcourse import new
from autograder.lab import find_lab
from autograder.mutants import mutated
from autograder.starters import solution_files

HERE = Path(__file__).parents[3]
ANSWER = "A client may stay. <script>document.title = 'stolen'</script>\n\n[x](javascript:alert(1)) $x$ `y`"
Files = dict[str, bytes]


class Handins:
    """Submissions to grade: an app and a notebook, whole or broken in one way, as `camp submit` packs them."""

    answer = ANSWER

    def __init__(self) -> None:
        self.lab = find_lab("1")
        self.notebook_name = f"{self.lab.name}/{self.lab.name}.ipynb"

    def zip(self, files: Files) -> bytes:
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return target.getvalue()

    def app(self, folder: Path) -> Files:
        names = [file.as_posix() for file in solution_files(folder) if file.name != "lab.toml"]
        return {f"{self.lab.name}/{name}": (folder / name).read_bytes() for name in names}

    def mutant(self, name: str) -> Files:
        with mutated(self.lab, name) as app:
            return self.app(app)

    def notebook(self, content: bytes | dict[str, Any]) -> Files:
        return {self.notebook_name: content if isinstance(content, bytes) else json.dumps(content).encode()}

    @cached_property
    def _released(self) -> str:
        source = HERE / "notebooks" / self.notebook_name
        with TemporaryDirectory() as folder:
            target = Path(folder) / "student.ipynb"
            command = [sys.executable, "-m", "autograder.student_notebook", str(source), str(target)]
            subprocess.run(command, check=True)
            return target.read_text("utf-8")

    def released(self) -> dict[str, Any]:
        """The notebook as students get it."""
        found: dict[str, Any] = json.loads(self._released)
        return found

    def answered(self, text: str = ANSWER) -> dict[str, Any]:
        notebook = self.released()
        self.cell(notebook, "reflection")["source"] = text
        return notebook

    def cell(self, notebook: dict[str, Any], id: str) -> dict[str, Any]:
        return notebook["cells"][self.place(notebook, id)]  # type: ignore[no-any-return]

    def place(self, notebook: dict[str, Any], id: str) -> int:
        ids = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in notebook["cells"]]
        return ids.index(id)

    def copied(self, cell: dict[str, Any], **changes: Any) -> dict[str, Any]:
        return {**copy.deepcopy(cell), **changes}


@pytest.fixture(scope="session")
def handins() -> Iterator[Handins]:
    project.root.cache_clear()
    yield Handins()
    project.root.cache_clear()


@pytest.fixture(scope="session")
def released_course(tmp_path_factory: pytest.TempPathFactory, handins: Handins) -> Course:
    made = Course(tmp_path_factory.mktemp("released") / "kürs a")
    new(made.root, [handins.lab])
    gradebook.release(made, handins.lab)
    return made


@pytest.fixture
def course(tmp_path: Path, released_course: Course) -> Course:
    """A course in which Lab 1 is released, in a path with a space and an accent."""
    shutil.copytree(released_course.root, tmp_path / "kürs a")
    return Course(tmp_path / "kürs a")
