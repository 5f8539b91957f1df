"""The gradebook's rows of many submissions in one transaction, by the tables of nbgrader's own models."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nbgrader.api import (  # type: ignore[import-untyped]
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    new_uuid,
)
from nbgrader.preprocessors import AssignLatePenalties  # type: ignore[import-untyped]
from sqlalchemy import bindparam, insert, select, update

from autograder.grading.reflection import GRADE_ID
from autograder.lab import Lab

Row = dict[str, Any]
GRADED, COMMENTED = ("GradeCell", "TaskCell"), ("SolutionCell", "TaskCell")


@dataclass(frozen=True)
class Entry:
    """What a student's submission earned by cell, when it was handed in (UTC; None: nobody knows), and whether its
    written answer is the one of the last time."""

    student: str
    timestamp: datetime | None
    scores: dict[str, float | None]
    comments: dict[str, str | None]
    same_answer: bool


class Rows:
    """Writes entries of one lab. `api` is nbgrader's, whose configuration says how to penalise what is late."""

    def __init__(self, api: Any, lab: Lab) -> None:
        self._lab = lab.name
        self._penalties = AssignLatePenalties(parent=api)
        self._penalties.assignment_id = lab.name
        self._penalties.init_plugin()
        self._engine = api.gradebook.engine
        with self._engine.begin() as connection:
            found = select(Assignment.id, Assignment.duedate).where(Assignment.name == lab.name)
            self._assignment, self._due = connection.execute(found).one()
            notebook = select(Notebook.id).where(Notebook.assignment_id == self._assignment, Notebook.name == lab.name)
            self._notebook = connection.execute(notebook).scalar_one()
            cells = connection.execute(
                select(BaseCell.__table__.c.id, BaseCell.__table__.c.name, BaseCell.__table__.c.type).where(
                    BaseCell.__table__.c.notebook_id == self._notebook
                )
            ).all()
        self._graded = {id: name for id, name, kind in cells if kind in GRADED}
        self._commented = {id: name for id, name, kind in cells if kind in COMMENTED}

    def write(self, entries: Sequence[Entry]) -> None:
        """All of them, or nothing. What a person gave stays; an answer that is another than the last time is looked at
        again."""
        by_student = {entry.student: entry for entry in entries}
        with self._engine.begin() as connection:
            self._students(connection, by_student)
            submissions = self._submissions(connection, by_student)
            notebooks = self._notebooks(connection, submissions)
            of_notebook = {notebooks[row["id"]]: by_student[row["student_id"]] for row in submissions}
            scores = self._grades(connection, of_notebook)
            self._comments(connection, of_notebook)
            rows = [
                {"b_id": notebooks[row["id"]], "b_penalty": self._penalty(row, scores[notebooks[row["id"]]])}
                for row in submissions
            ]
            table = SubmittedNotebook.__table__
            statement = update(table).where(table.c.id == bindparam("b_id"))
            connection.execute(statement.values(late_submission_penalty=bindparam("b_penalty")), rows)

    def _students(self, connection: Any, students: Iterable[str]) -> None:
        known = set(connection.execute(select(Student.id).where(Student.id.in_(list(students)))).scalars())
        _add(connection, Student, [{"id": student} for student in students if student not in known])

    def _submissions(self, connection: Any, entries: dict[str, Entry]) -> list[Row]:
        table = SubmittedAssignment.__table__
        wanted = select(table.c.id, table.c.student_id, table.c.timestamp, table.c.extension).where(
            table.c.assignment_id == self._assignment, table.c.student_id.in_(list(entries))
        )
        found = [dict(row._mapping) for row in connection.execute(wanted)]
        known = {row["student_id"] for row in found}
        fresh = [
            {"id": new_uuid(), "student_id": student, "timestamp": entry.timestamp, "extension": None}
            for student, entry in entries.items()
            if student not in known
        ]
        _add(connection, SubmittedAssignment, [{**row, "assignment_id": self._assignment} for row in fresh])
        for row in found:
            row["timestamp"] = entries[row["student_id"]].timestamp or row["timestamp"]
        if found:
            statement = update(table).where(table.c.id == bindparam("b_id")).values(timestamp=bindparam("b_time"))
            connection.execute(statement, [{"b_id": row["id"], "b_time": row["timestamp"]} for row in found])
        return found + fresh

    def _notebooks(self, connection: Any, submissions: list[Row]) -> dict[str, str]:
        """The submitted notebook's id by that of the submission."""
        table = SubmittedNotebook.__table__
        ids = [row["id"] for row in submissions]
        found = select(table.c.assignment_id, table.c.id).where(
            table.c.assignment_id.in_(ids), table.c.notebook_id == self._notebook
        )
        known = {submission: id for submission, id in connection.execute(found)}
        fresh = {submission: new_uuid() for submission in ids if submission not in known}
        facts = {"notebook_id": self._notebook, "flagged": False}
        _add(connection, SubmittedNotebook, [{"id": id, "assignment_id": one, **facts} for one, id in fresh.items()])
        return known | fresh

    def _grades(self, connection: Any, of_notebook: dict[str, Entry]) -> dict[str, float]:
        """Writes the automatic scores; what each notebook has in all, with what a person gave."""
        rows = self._rows_of(
            connection, Grade, of_notebook, self._graded, ("manual_score", "extra_credit", "needs_manual_grade")
        )
        totals = dict.fromkeys(of_notebook, 0.0)
        for row in rows:
            entry, name = of_notebook[row["notebook_id"]], self._graded[row["cell_id"]]
            auto, manual = entry.scores.get(name), row["manual_score"]
            looked_at = manual is not None and not row["needs_manual_grade"]
            row["auto_score"] = auto
            row["needs_manual_grade"] = auto is None or manual is not None
            if name == GRADE_ID and looked_at and entry.same_answer:
                row["needs_manual_grade"] = False
            score = manual if manual is not None else auto
            if score is not None:
                totals[row["notebook_id"]] += score + (row["extra_credit"] or 0.0)
        _update(connection, Grade, rows, ("auto_score", "needs_manual_grade"))
        return totals

    def _comments(self, connection: Any, of_notebook: dict[str, Entry]) -> None:
        rows = self._rows_of(connection, Comment, of_notebook, self._commented, ())
        for row in rows:
            row["auto_comment"] = of_notebook[row["notebook_id"]].comments.get(self._commented[row["cell_id"]])
        _update(connection, Comment, rows, ("auto_comment",))

    def _rows_of(
        self, connection: Any, model: Any, of_notebook: dict[str, Entry], cells: dict[str, str], more: Sequence[str]
    ) -> list[Row]:
        """The rows of these notebooks and cells, made where there is none yet."""
        table = model.__table__
        columns = [table.c[name] for name in ("id", "notebook_id", "cell_id", *more)]
        wanted = select(*columns).where(table.c.notebook_id.in_(list(of_notebook)), table.c.cell_id.in_(list(cells)))
        found = [dict(row._mapping) for row in connection.execute(wanted)]
        known = {(row["notebook_id"], row["cell_id"]) for row in found}
        fresh = [
            {**dict.fromkeys(more), "id": new_uuid(), "notebook_id": notebook, "cell_id": cell}
            for notebook in of_notebook
            for cell in cells
            if (notebook, cell) not in known
        ]
        facts = {"needs_manual_grade": True} if model is Grade else {}
        _add(connection, model, [{**row, **facts} for row in fresh])
        return found + fresh

    def _penalty(self, submission: Row, score: float) -> float | None:
        """What nbgrader's AssignLatePenalties would take off, by the plugin that the course has."""
        handed_in, extension = submission["timestamp"], submission["extension"]
        if handed_in is None or self._due is None:
            return None
        late = (handed_in - self._due - extension if extension else handed_in - self._due).total_seconds()
        if late <= 0:
            return None
        penalty = self._penalties.plugin_inst.late_submission_penalty(submission["student_id"], score, late)
        return None if penalty is None else float(min(max(penalty, 0.0), score))


def _add(connection: Any, model: Any, rows: list[Row]) -> None:
    if rows:
        connection.execute(insert(model.__table__), rows)


def _update(connection: Any, model: Any, rows: list[Row], columns: Sequence[str]) -> None:
    if not rows:
        return
    table = model.__table__
    statement = update(table).where(table.c.id == bindparam("b_id"))
    values: dict[str, Any] = {name: bindparam(f"b_{name}") for name in columns}
    found = [{"b_id": row["id"], **{f"b_{name}": row[name] for name in columns}} for row in rows]
    connection.execute(statement.values(**values), found)
