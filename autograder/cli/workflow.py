"""`camp course workflow`: a workflow that checks students' repositories on GitHub."""

import subprocess
from pathlib import Path

import click

from autograder import project
from localcloud.messages import _

from . import lab_named
from .course import FOLDER, course_in, course_option


@click.command(
    short_help=_("Make the GitHub workflow that checks at every push."),
    help=_(
        "Write .github/workflows/classroom.yml for the repositories of LAB: it runs the lab's checks at every push, "
        "writes a summary, and reports the points to GitHub Classroom. By default into the course's release/LAB/."
    ),
)
@click.argument("lab")
@course_option
@click.option("--out", type=FOLDER, help=_("The folder of the students' template repository."))
@click.option(
    "--camp", "repository", metavar="URL", help=_("The camp's repository; default: where this clone is from.")
)
@click.option("--ref", metavar="REF", help=_("Its commit, tag or branch; default: this clone's commit."))
@click.option("--force", is_flag=True, help=_("Replace a workflow that is there."))
def workflow(
    lab: str, folder: Path | None, out: Path | None, repository: str | None, ref: str | None, force: bool
) -> None:
    from autograder import classroom

    chosen = lab_named(lab)
    place = (out or course_in(folder).release(chosen.name)) / classroom.PLACE
    repository = repository or classroom.public_address(_git("remote", "get-url", "origin"))
    ref = ref or _git("rev-parse", "HEAD")
    if not repository:
        raise click.UsageError(
            _("Where is the camp's repository? --camp URL names it; GitHub must be able to read it.")
        )
    if not ref:
        raise click.UsageError(_("Which version of the camp? --ref names a commit, tag or branch."))
    if any(not text.isprintable() or text.startswith("-") for text in (repository, ref)):
        raise click.UsageError(_("{text} is no address or name.").format(text=f"{repository!r}, {ref!r}"))
    text = classroom.workflow(chosen.name, repository, ref)
    if place.exists() and place.read_text("utf-8", "replace") != text and not force:
        raise click.UsageError(_("{path} is there and is another one; --force replaces it.").format(path=place))
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, "utf-8")
    click.echo(place)


def _git(*arguments: str) -> str | None:
    """What git says of this clone; None when it is none."""
    try:
        done = subprocess.run(
            ["git", "-C", str(project.root()), *arguments], capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None
