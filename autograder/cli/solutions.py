"""`camp solutions`: how the solution and the accepted alternatives did what a passed check asks, side by side."""

from typing import TYPE_CHECKING

import click

from autograder.lab import Check, Lab, LabError, find_check
from autograder.progress import LabProgress
from autograder.verdict import PASSED
from localcloud.messages import _

from .check import progress

if TYPE_CHECKING:
    from rich.console import RenderableType

    from autograder.ways import Way

WIDE = 130  # columns of a terminal that has room for two ways


@click.command(
    short_help=_("Show other ways to do what a check asks, once it passes."),
    help=_(
        "Show how the solution and the accepted alternatives do what a check asks (camp solutions 1.4), once it passes."
    ),
)
@click.argument("check")
def solutions(check: str) -> None:
    from rich.console import Console

    from autograder.ways import ways

    try:
        lab, found = find_check(check)
    except LabError as error:
        raise click.UsageError(str(error)) from error
    must_have_passed(lab, found, progress().lab(lab.name))
    console = Console(highlight=False)
    console.print(f"{found.id} {lab.title_of(found.id)}", style="bold", markup=False)
    shown = ways(lab, found)
    console.print(side_by_side(shown) if console.width >= WIDE else one_by_one(shown))


def must_have_passed(lab: Lab, check: Check, known: LabProgress) -> None:
    """UsageError before the learner has solved it."""
    if known.check(check.id).outcome != PASSED and not known.revealed:
        words = _("Other ways are shown once {id} passes: camp check {id}. A hint: camp hint {id}")
        raise click.UsageError(words.format(id=check.id))


def side_by_side(shown: "list[Way]") -> "RenderableType":
    from rich.table import Table

    table = Table.grid(expand=True, padding=(0, 1))
    table.add_column(ratio=1)
    table.add_column(ratio=1)
    for first in range(0, len(shown), 2):
        table.add_row(*(panel_of(way) for way in shown[first : first + 2]))
    return table


def one_by_one(shown: "list[Way]") -> "RenderableType":
    from rich.console import Group

    return Group(*(panel_of(way) for way in shown))


def panel_of(way: "Way") -> "RenderableType":
    from rich.console import Group
    from rich.panel import Panel
    from rich.syntax import Syntax
    from rich.text import Text

    code = Syntax(way.code, Syntax.guess_lexer(str(way.file)), background_color="default", word_wrap=True)
    return Panel(Group(Text(way.description, "dim"), code), title=Text(way.name), title_align="left")
