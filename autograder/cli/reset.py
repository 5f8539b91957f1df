"""`camp reset`: a lab back as it was on the first day, with a backup."""

import click

from autograder import localcamp, project, workspace
from autograder.lab import LabError, find_lab, labs
from localcloud.cloud import CloudService
from localcloud.messages import _
from localcloud.registry import service

from . import CampError


@click.command(
    short_help=_("Put labs back to the start; a backup is kept."),
    help=_(
        "Put one lab (or all that were laid out) back to its starter, and empty the databases that the lab has. "
        "What was there is kept."
    ),
)
@click.argument("lab", required=False)
@click.option("--yes", is_flag=True, help=_("Do not ask."))
def reset(lab: str | None, yes: bool) -> None:
    try:
        known = [find_lab(lab)] if lab else [one for one in labs() if one.work.is_dir()]
        if not known:
            click.echo(_("No lab has been laid out yet; there is nothing to reset."))
            return
        if not yes:
            click.confirm(
                _("Put {labs} back to the starter?").format(labs=", ".join(one.name for one in known)), abort=True
            )
        for one in known:
            kept = workspace.reset(one.name)
            click.echo(_("{lab} is as on the first day.").format(lab=one.name))
            if kept:
                click.echo(_("What was there is in {path}").format(path=kept.relative_to(project.root())))
        for name in sorted({service for one in known for service in one.all_services}):
            reset_data(service(name))
    except (workspace.WorkspaceError, LabError) as error:
        raise CampError(str(error)) from error


def reset_data(one: CloudService) -> None:
    """Sets aside what the labs have stored in a service, unless the camp is open on it."""
    if one.data(project.state()) is None:
        return
    if any(entry.alive for entry in localcamp.ledger().entries().values()):
        words = _("What is stored in {name} stays while the camp is open: 'camp down', then 'camp reset' again.")
        click.echo(words.format(name=one.title))
    elif kept := workspace.set_data_aside(one):
        click.echo(
            _("What was stored in {name} is in {path}").format(name=one.title, path=kept.relative_to(project.root()))
        )
