"""`camp course roster`: who is in the course, from a list that another system wrote."""

from pathlib import Path

import click

from localcloud.messages import _

from .course import course_in, course_option


@click.command(
    short_help=_("Bring a class list into roster.csv."),
    help=_(
        "Bring FILE into the course's roster.csv: Moodle's participants or grading worksheet, Canvas' gradebook, "
        "GitHub Classroom's roster (each as CSV), or a table with the columns of roster.csv. What is there stays."
    ),
)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@course_option
def roster(file: Path, folder: Path | None) -> None:
    from autograder.grading.listed import ListError
    from autograder.grading.rosterimport import bring_in

    try:
        done = bring_in(course_in(folder), file)
    except ListError as error:
        raise click.UsageError(str(error)) from error
    words = _("Added: {added}. Completed: {completed}.")
    click.echo(words.format(added=done.added, completed=done.completed))
    if done.missing:
        names = ", ".join(done.missing)
        click.echo(_("On the roster and not in {file}: {names}").format(file=file, names=names))
