"""Lays out the folder of a course."""

from collections.abc import Iterator
from pathlib import Path

from autograder import project
from autograder.grading import policy, roster
from autograder.grading.course import CONFIG, CourseError, is_course, write
from autograder.lab import Lab
from autograder.workspace import starter_files
from localcloud.messages import _

UNFIT = frozenset("%?#*[]{}")

SETTINGS = '''"""nbgrader's settings for this course. What `camp` needs comes first; add your own below."""

from autograder.grading.nbgrader_config import configure

c = get_config()  # noqa: F821
configure(c, __file__)

# c.CourseDirectory.course_id = "serverless-camp"
'''

README = _(
    """# A course of Serverless Camp

| file or folder | what is inside |
|---|---|
| `course.toml` | deadlines, late policy, attempts |
| `roster.csv` | who is in the course, and what each has extra |
| `source/` | the labs as the course has them; change a text here before you release |
| `release/` | what students get, made by `camp course release LAB` |
| `collected/` | what `camp course collect` took in, every attempt with its time |
| `submitted/` | what students handed in, made ready by `camp course grade` |
| `originals/` | what students handed in, byte by byte |
| `verdicts/` | what each submission earned, and why |
| `reports/` | what came out of the last batch: a page, and grades for other programs |
| `exports/` | the whole course's grades, made by `camp course export` |
| `autograded/`, `feedback/` | nbgrader's own |
| `gradebook.db` | nbgrader's gradebook |

Every folder but `source/` and `release/` holds what students wrote: keep it to yourself.
"""
)


def new(folder: Path, labs: list[Lab]) -> list[Path]:
    """Lays a course out and returns the files that it added. What is there is never touched, so that a course can be
    completed; CourseError where something else is, or where nbgrader could not work."""
    root = folder.resolve()
    if unfit := sorted(UNFIT & set(str(root))):
        raise CourseError(
            _("nbgrader cannot work in {folder}: its name has {characters} in it.").format(
                folder=root, characters=" ".join(unfit)
            )
        )
    if (root.exists() and not root.is_dir()) or (root.is_dir() and any(root.iterdir()) and not is_course(root)):
        raise CourseError(_("{folder} is not empty and holds no course. Name another folder.").format(folder=root))
    files = {CONFIG: SETTINGS.encode(), "README.md": README.encode()}
    files |= {policy.FILE: policy.template(labs).encode(), roster.FILE: roster.HEADER.encode()}
    for lab in labs:
        files |= {f"source/{lab.name}/{name}": path.read_bytes() for name, path in _sources(lab)}
    return [place for name, content in files.items() if (place := _add(root / name, content))]


def _sources(lab: Lab) -> Iterator[tuple[str, Path]]:
    yield from ((path.relative_to(lab.starter).as_posix(), path) for path in starter_files(lab.name))
    notebook = project.content("notebooks") / lab.name / f"{lab.name}.ipynb"
    if notebook.is_file():
        yield notebook.name, notebook


def _add(place: Path, content: bytes) -> Path | None:
    if place.exists():
        return None
    write(place, content)
    return place
