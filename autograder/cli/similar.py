"""`camp similar`: whose submissions of a lab are alike."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from localcloud.messages import _, ngettext

from . import lab_named
from .course import course_in, course_option
from .grade import only_lab

if TYPE_CHECKING:
    from autograder.grading.similar import Similar

MOST_LINES = 30


@click.command(
    short_help=_("Show whose submissions are alike."),
    help=_(
        "Compare the submissions of a lab that are in the course by the shape of their code: names, texts, comments, "
        "layout, the order of functions and the starter's own parts do not count. It is a place to look, not a verdict."
    ),
)
@click.option("--lab", "wanted", metavar="LAB", help=_("The lab; needed where the course has more than one."))
@course_option
@click.option(
    "--threshold",
    type=click.FloatRange(0.1, 1.0),
    default=0.9,
    show_default=True,
    help=_("How much must be alike; 1 is everything."),
)
def similar(wanted: str | None, folder: Path | None, threshold: float) -> None:
    from autograder.grading.similar import caution, find, write_similar

    course = course_in(folder)
    lab = lab_named(wanted or only_lab())
    if not course.students(lab.name):
        raise click.UsageError(_("Nobody has been graded yet: camp course grade FOLDER."))
    found = find(course, lab, threshold)
    path = write_similar(course, lab, found)
    _show(found)
    click.echo(caution())
    click.echo(_("Side by side: {path}").format(path=path))


def _show(found: "Similar") -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    count = len(found.prints)
    compared = ngettext("1 submission compared", "{count} submissions compared", count)
    title = f"{compared}, " + ngettext("1 pair alike", "{count} pairs alike", len(found.pairs))
    table = Table(title=title, title_justify="left")
    for name in (_("student"), _("student")):
        table.add_column(name, overflow="fold")
    for name in (_("score"), _("of the smaller one")):
        table.add_column(name, justify="right", no_wrap=True)
    for pair in found.pairs[:MOST_LINES]:
        table.add_row(Text(pair.one), Text(pair.other), f"{pair.score:.2f}", f"{pair.contained:.2f}")
    console = Console(highlight=False)
    console.print(table)
    for student, why in found.unreadable.items():
        console.print(Text(_("Not compared: {student}, {why}").format(student=student, why=why), "yellow"))
