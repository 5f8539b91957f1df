"""`camp setup`: the tools that only some labs or commands need, installed ahead."""

import click

from localcloud import extras
from localcloud.messages import _

from . import ensure_extra, ensure_parts
from .cloud import columns


@click.command(
    short_help=_("Fetch the tools of later labs ahead of time."),
    help=_(
        "Fetch tools that only some labs or commands need (extras), so that these work without a network later. "
        "Without NAMES and --all, it shows the extras that there are."
    ),
)
@click.option("--all", "everything", is_flag=True, help=_("All extras."))
@click.argument("names", nargs=-1)
def setup(everything: bool, names: tuple[str, ...]) -> None:
    for name in names:
        try:
            extras.find(name)
        except ValueError as error:
            raise click.UsageError(str(error)) from error
    ensure_parts()
    for name in extras.names() if everything else names:
        ensure_extra(name)
    click.echo(columns([(one.name, _installed(one), one.use) for one in map(extras.find, extras.names())]))


def _installed(one: extras.Extra) -> str:
    return _("installed") if one.is_installed else _("not installed")
