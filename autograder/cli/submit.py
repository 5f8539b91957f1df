"""`camp submit`: a lab packed for whoever grades it."""

import click

from autograder import project
from autograder.appfolder import AppProblem
from localcloud import extras
from localcloud.messages import _, ngettext

from . import lab_named


@click.command(
    short_help=_("Pack a lab into one zip, to hand in."),
    help=_("Pack work/<lab> and its notebook into one zip, to hand in. It runs nothing."),
)
@click.argument("lab")
def submit(lab: str) -> None:
    from autograder import submission

    from .cloud import columns

    try:
        with extras.never_installing():
            done = submission.submit(lab_named(lab))
    except AppProblem as problem:
        raise click.UsageError(f"{problem.seen} {problem.next}") from problem
    click.echo(columns([(name, _bytes(size)) for name, size in sorted(done.files.items())]))
    for note in done.notes:
        click.echo(note, err=True)
    path = done.path.relative_to(project.root())
    click.echo(_("Packed into {path} ({size}).").format(path=path, size=_bytes(done.size)))


def _bytes(size: int) -> str:
    return ngettext("1 byte", "{count} bytes", size)
