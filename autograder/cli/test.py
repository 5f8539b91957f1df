"""`camp test`: the project's own tests, as contributors and CI run them."""

import os
import subprocess
import sys

import click

from autograder import project
from autograder.lab import Lab, LabError, find_lab
from localcloud import extras
from localcloud.messages import _

from . import CHECKS_FAILED, CampError, ensure_extra

MANY_SEEDS = 20
LINTERS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
)
PROOFS = "tests/autograder/test_labs.py"


@click.command(
    short_help=_("Run the project's own tests."),
    help=_("Run the project's own tests: lint, types, and every lab's proofs."),
)
@click.option(
    "--all", "everything", is_flag=True, help=_("Every mutant and alternative with every check and many seeds.")
)
@click.option("--lab", metavar="N", help=_("The proofs of one lab, and nothing else."))
@click.argument("pytest_arguments", nargs=-1, type=click.UNPROCESSED)
def test(everything: bool, lab: str | None, pytest_arguments: tuple[str, ...]) -> None:
    root = project.root()
    if not (root / "tests").is_dir():
        raise CampError(_("There are no tests in {root}. Run this in a clone of the project.").format(root=root))
    for name in extras.names():
        ensure_extra(name)
    environment = {**os.environ, "CAMP_SEEDS": str(MANY_SEEDS if everything else 1)}
    linters: tuple[tuple[str, ...], ...] = LINTERS
    if lab:
        linters, pytest_arguments = (), (PROOFS, *pytest_arguments)
        environment["CAMP_LAB"] = lab_of(lab).name
    linted = [subprocess.run([sys.executable, "-m", *linter], cwd=root, check=False).returncode for linter in linters]
    tested = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "auto", "--dist", "worksteal", *pytest_arguments],
        cwd=root,
        env=environment,
        check=False,
    ).returncode
    if any(linted) or tested:
        sys.exit(CHECKS_FAILED)


def lab_of(wanted: str) -> Lab:
    try:
        return find_lab(wanted)
    except LabError as error:
        raise click.UsageError(str(error)) from error
