"""`camp lab`: for whoever writes labs."""

import click

from autograder import newlab, project
from autograder.kinds import KINDS, UnknownKind
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
@click.option("--kind", "kinds", multiple=True, type=click.Choice(KINDS), help=_("What learners hand in."))
@click.option(
    "--services", metavar="NAME,...", default="", help=_("What it needs of: {names}.").format(names=", ".join(SERVICES))
)
def new(slug: str, kinds: tuple[str, ...], services: str) -> None:
    named = tuple(one.strip() for one in services.split(",") if one.strip())
    try:
        made = newlab.lay_out(slug, kinds, named)
    except (newlab.NewLabRefused, LabError, UnknownKind, UnknownService) as error:
        raise click.UsageError(str(error)) from error
    for folder in (made.starter, made.solution, project.root() / "notebooks" / made.name, made.checks_file):
        click.echo(_("Laid out {path}").format(path=folder.relative_to(project.root())))
    click.echo(_("Now: camp test --lab {number}, and CONTRIBUTING.md for the rest.").format(number=made.number))
