"""`camp lab`: for whoever writes labs."""

import click

from autograder import newlab, project
from autograder.kinds import USUAL
from autograder.lab import LabError
from localcloud.messages import _
from localcloud.registry import SERVICES, UnknownService


@click.group(short_help=_("Write a lab of your own."), help=_("For whoever writes labs."))
def lab() -> None:
    pass


@lab.command(
    short_help=_("Lay out a new lab that is green."),
    help=_(
        "Lay out a new lab with this SLUG (such as event-grid): a copy of the smallest one, to change step by step. "
        "CONTRIBUTING.md shows the steps."
    ),
)
@click.argument("slug")
@click.option(
    "--kind",
    type=click.Choice(newlab.kinds()),
    default=USUAL,
    show_default=True,
    help=_("What learners hand in, of the kinds that have a pattern to copy; for another, change kinds in lab.toml."),
)
@click.option(
    "--services", metavar="NAME,...", default="", help=_("What it needs of: {names}.").format(names=", ".join(SERVICES))
)
def new(slug: str, kind: str, services: str) -> None:
    named = tuple(one.strip() for one in services.split(",") if one.strip())
    try:
        made = newlab.lay_out(slug, kind, named)
    except (newlab.NewLabRefused, LabError, UnknownService) as error:
        raise click.UsageError(str(error)) from error
    notebook, deck = project.root() / "notebooks" / made.name, project.root() / "slides" / f"{made.name}.md"
    for path in (made.starter, made.solution, notebook, deck, made.checks_file):
        click.echo(_("Laid out {path}").format(path=path.relative_to(project.root())))
    click.echo(_("Now: camp test --lab {number}, and CONTRIBUTING.md for the rest.").format(number=made.number))
