"""`camp test`: the project's own tests, as contributors and CI run them."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from autograder import project
from localcloud import extras
from localcloud.messages import _

from . import CHECKS_FAILED, CampError, ensure_extra, lab_named

MANY_SEEDS = 20
TESTS_FAILED = 1  # pytest's exit code when tests ran and some failed
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
@click.option("--seeds", type=click.IntRange(2), metavar="N", help=_("How many seeds --all tries (20 by default)."))
@click.option("--plain", is_flag=True, help=_("The proofs' apps run as in camp check, without the sandbox of grading."))
@click.option("--lab", metavar="N", help=_("The proofs of one lab, and nothing else."))
@click.argument("pytest_arguments", nargs=-1, type=click.UNPROCESSED)
def test(everything: bool, seeds: int | None, plain: bool, lab: str | None, pytest_arguments: tuple[str, ...]) -> None:
    if seeds and not everything:
        raise click.UsageError(_("--seeds goes with --all."))
    root = project.root()
    if not (root / "tests").is_dir():
        raise CampError(_("There are no tests in {root}. Run this in a clone of the project.").format(root=root))
    for name in lab_named(lab).extras if lab else extras.names():
        ensure_extra(name)
    environment = {**os.environ, "CAMP_SEEDS": str(seeds or (MANY_SEEDS if everything else 1))}
    if plain:
        environment["CAMP_PLAIN"] = "1"
    linters: tuple[tuple[str, ...], ...] = LINTERS
    if lab:
        linters, pytest_arguments = (), (PROOFS, *pytest_arguments)
        environment["CAMP_LAB"] = lab_named(lab).name
    linted = [subprocess.run([sys.executable, "-m", *linter], cwd=root, check=False).returncode for linter in linters]
    if any(linted) or not passes(root, environment, pytest_arguments):
        sys.exit(CHECKS_FAILED)


def passes(root: Path, environment: dict[str, str], arguments: Sequence[str]) -> bool:
    """Whether the tests pass. What fails beside other tests is run once more, alone: on a busy computer a browser or a
    process may be late. It is named, so that nobody overlooks a test that is not steady."""
    pytest = [sys.executable, "-m", "pytest"]
    beside = subprocess.run(
        [*pytest, "-n", "auto", "--dist", "worksteal", *arguments], cwd=root, env=environment, check=False
    ).returncode
    if beside != TESTS_FAILED:
        return beside == 0
    click.echo(_("\nThe tests that failed are run once more, alone:"))
    alone = [*pytest, "-n", "0", "--last-failed", "-v", *arguments]
    return subprocess.run(alone, cwd=root, env=environment, check=False).returncode == 0
