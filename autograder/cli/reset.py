"""`camp reset`: a lab back as it was on the first day, with a backup."""

import click

from autograder import localcamp, project, workspace
from autograder.lab import LabError, labs
from localcloud.cloud import CloudService
from localcloud.messages import _
from localcloud.registry import service

from . import CampError, lab_named


@click.command(
    short_help=_("Put labs back to the start; a backup is kept."),
    help=_(
        "Put one lab (or all that were laid out) back to its starter, and empty what the lab's services keep. "
        "What was there is kept."
    ),
)
@click.argument("lab", required=False)
@click.option("--yes", is_flag=True, help=_("Do not ask."))
def reset(lab: str | None, yes: bool) -> None:
    try:
        known = [lab_named(lab)] if lab else [one for one in labs() if one.work.is_dir()]
        if not known:
            click.echo(_("No lab has been laid out yet; there is nothing to reset."))
            return
        services = [service(name) for name in sorted({name for one in known for name in one.all_services})]
        for one in services:
            refuse_if_open(one)
        if not yes:
            click.confirm(
                _("Put {labs} back to the starter?").format(labs=", ".join(one.name for one in known)), abort=True
            )
        for each in known:
            kept = workspace.reset(each.name)
            click.echo(_("{lab} is as on the first day.").format(lab=each.name))
            if kept:
                click.echo(_("What was there is in {path}").format(path=kept.relative_to(project.root())))
        for one in services:
            reset_data(one)
    except (workspace.WorkspaceError, LabError) as error:
        raise CampError(str(error)) from error


def refuse_if_open(one: CloudService) -> None:
    """CampError while a service runs that stores what comes from the folder, such as its commits: it would refuse
    what is pushed from a folder that begins anew."""
    if one.keeps_folder and is_open(one):
        words = _("What is stored in {name} goes back together with your folder: 'camp down', then 'camp reset' again.")
        raise CampError(words.format(name=one.title))
    data = one.data(project.state())
    if one.keeps_folder and data and (why := one.in_use(data)):
        raise CampError(why)


def is_open(one: CloudService) -> bool:
    """Whether the camp runs the service, if that is of a folder, or else anything at all."""
    entries = localcamp.ledger().entries()
    return any(entry.alive for name, entry in entries.items() if name == one.name or not one.keeps_folder)


def reset_data(one: CloudService) -> None:
    """Sets aside what the labs have stored in a service, unless the camp is open on it."""
    if one.data(project.state()) is None:
        return
    if is_open(one):
        words = _("What is stored in {name} stays while the camp is open: 'camp down', then 'camp reset' again.")
        click.echo(words.format(name=one.title))
    elif kept := workspace.set_data_aside(one):
        click.echo(
            _("What was stored in {name} is in {path}").format(name=one.title, path=kept.relative_to(project.root()))
        )
