"""`camp reset`: a lab back as it was on the first day, with a backup."""

import click

from autograder import contract, localcamp, project, workspace
from localcloud.messages import _

from . import CampError


@click.command(
    short_help=_("Put labs back to the start; a backup is kept."),
    help=_(
        "Put one lab (or all that were laid out) back to its starter, and empty Cosmos DB if the lab has it. "
        "What was there is kept."
    ),
)
@click.argument("lab", required=False)
@click.option("--yes", is_flag=True, help=_("Do not ask."))
def reset(lab: str | None, yes: bool) -> None:
    try:
        known = (
            [workspace.lab_name(lab)]
            if lab
            else [name for name in workspace.labs() if workspace.folder_of(name).is_dir()]
        )
        if not known:
            click.echo(_("No lab has been laid out yet; there is nothing to reset."))
            return
        if not yes:
            click.confirm(_("Put {labs} back to the starter?").format(labs=", ".join(known)), abort=True)
        for name in known:
            kept = workspace.reset(name)
            click.echo(_("{lab} is as on the first day.").format(lab=name))
            if kept:
                click.echo(_("What was there is in {path}").format(path=kept.relative_to(project.root())))
        if any(contract.SERVICE in workspace.services_of(name) for name in known):
            reset_documents()
    except workspace.WorkspaceError as error:
        raise CampError(str(error)) from error


def reset_documents() -> None:
    """Sets aside what the labs have stored in Cosmos DB, unless the camp is open on it."""
    if any(entry.alive for entry in localcamp.ledger().entries().values()):
        click.echo(_("The documents in Cosmos DB stay while the camp is open: 'camp down', then 'camp reset' again."))
    elif kept := workspace.set_documents_aside():
        click.echo(
            _("The documents that were in Cosmos DB are in {path}").format(path=kept.relative_to(project.root()))
        )
