"""What a batch came to, as `camp grade` shows it: a table to read, or JSON."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from localcloud.messages import _, ngettext

if TYPE_CHECKING:
    from autograder.grading.batch import Row
    from autograder.grading.marks import Mark
    from autograder.grading.roster import Person
    from autograder.lab import Lab


@dataclass(frozen=True)
class Outcome:
    """Everybody's marks, who is on the roster and handed in nothing, and where the report is."""

    lab: "Lab"
    seed: int
    marks: "list[Mark]"
    absent: "list[Person]"
    report: Path

    @property
    def broken(self) -> bool:
        return any(mark.row.broken for mark in self.marks)

    def as_json(self) -> None:
        from autograder.grading import exports

        students = [{**mark.row.to_json(), "late_penalty": mark.penalty, "total": mark.total} for mark in self.marks]
        facts: dict[str, Any] = {"lab": self.lab.name, "seed": self.seed, "students": students}
        facts["not_handed_in"] = [person.student for person in self.absent]
        click.echo(exports.as_json(facts))

    def show(self) -> None:
        _show(self.marks, f"{self.lab.number}: {self.lab.title}")
        if self.absent:
            click.echo(_("Not handed in: {names}").format(names=", ".join(person.student for person in self.absent)))
        click.echo(_("The report, and grades for other programs: {path}").format(path=self.report))


def _show(marks: "list[Mark]", title: str) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=_("Lab {title}").format(title=title), title_justify="left")
    table.add_column(_("student"), overflow="fold")
    table.add_column(_("points"), justify="right", no_wrap=True)
    table.add_column(_("reflection"), no_wrap=True)
    table.add_column(_("remarks"), overflow="fold")
    for mark in marks:
        row = mark.row
        late = f" \u2212{mark.penalty:g}" if mark.penalty else ""
        points = f"{row.graded.verdict.points}/{row.graded.verdict.of}{late}"
        table.add_row(
            Text(row.student),
            Text(_("fault of ours"), "bold yellow") if row.broken else Text(points),
            Text(_state(row)),
            Text("\n".join(mark.remarks)),
        )
    console = Console(highlight=False)
    console.print(table)
    broken = sum(mark.row.broken for mark in marks)
    if broken:
        text = ngettext(
            "1 could not be graded for a fault of ours; formgrader shows it as to be graded by hand.",
            "{count} could not be graded for a fault of ours; formgrader shows them as to be graded by hand.",
            broken,
        )
        console.print(Text(text, "bold yellow"))


def _state(row: "Row") -> str:
    from autograder.grading import batch

    words = {
        batch.TO_GRADE: _("to be graded"),
        batch.TO_REVIEW: _("to be reviewed"),
        batch.ANSWERED: _("graded"),
        batch.NO_ANSWER: _("no answer"),
    }
    word = words.get(row.reflection, "-")
    return word if row.score is None else f"{word}: {row.score:g}"
