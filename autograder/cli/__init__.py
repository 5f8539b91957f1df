"""The `camp` command: one lazily imported module per group of commands, so that `camp --help` is instant."""

import errno
import importlib
import signal
import sys
from difflib import get_close_matches
from typing import TYPE_CHECKING

import click

from localcloud.messages import _
from localcloud.typed import PROGRAM, here, know

if TYPE_CHECKING:
    from autograder.lab import Lab
    from localcloud.extras import Extra

OK, CHECKS_FAILED, USAGE, BROKEN = 0, 1, 2, 3

COMMANDS = {
    "up": "autograder.cli.cloud",
    "down": "autograder.cli.cloud",
    "status": "autograder.cli.cloud",
    "logs": "autograder.cli.cloud",
    "doctor": "autograder.cli.doctor",
    "setup": "autograder.cli.setup",
    "reset": "autograder.cli.reset",
    "fault": "autograder.cli.fault",
    "func": "autograder.cli.func",
    "cosmos": "autograder.cli.cosmos",
    "lambda": "autograder.cli.lambda_",
    "deploy": "autograder.cli.deploy",
    "load": "autograder.cli.load",
    "github": "autograder.cli.github",
    "tofu": "autograder.cli.tofu",
    "check": "autograder.cli.check",
    "watch": "autograder.cli.watch",
    "replay": "autograder.cli.replay",
    "hint": "autograder.cli.learn",
    "reveal": "autograder.cli.learn",
    "solutions": "autograder.cli.solutions",
    "progress": "autograder.cli.learn",
    "submit": "autograder.cli.submit",
    "course": "autograder.cli.course",
    "release": "autograder.cli.release",
    "grade": "autograder.cli.grade",
    "feedback": "autograder.cli.feedback",
    "similar": "autograder.cli.similar",
    "lab": "autograder.cli.lab",
    "slides": "autograder.cli.slides",
    "test": "autograder.cli.test",
    "bench": "autograder.cli.bench",
}


know(COMMANDS)


class CampError(click.ClickException):
    """The camp itself is broken: exit code 3 and a sentence that says what to do."""

    exit_code = BROKEN


def ensure_parts() -> None:
    """Sets up what pip does not install, if that is missing; CampError when it cannot be."""
    from autograder import parts

    try:
        parts.ensure()
    except parts.PartsMissing as error:
        raise CampError(str(error)) from error


def ensure_extra(name: str) -> "Extra":
    """The extra of that name, installed now unless it was; CampError when it cannot be."""
    from localcloud import extras

    try:
        return extras.ensure(name, lambda text: click.echo(text, err=True))
    except extras.ExtraMissing as error:
        raise CampError(str(error)) from error


def ensure_extras(lab: "Lab") -> None:
    """The extras of the lab's services, installed now unless they were; CampError when one cannot be."""
    for name in lab.extras:
        ensure_extra(name)


def lab_named(wanted: str) -> "Lab":
    """The lab that an argument means; UsageError when there is none, CampError when the labs cannot be read."""
    from autograder.lab import LabError, find_lab, labs

    try:
        labs()
    except LabError as error:
        raise CampError(str(error)) from error
    try:
        return find_lab(wanted)
    except LabError as error:
        raise click.UsageError(str(error)) from error


class Commands(click.Group):
    """Finds a command `name` as the attribute of that name (`attributes` has others) of its module in `modules`."""

    modules: dict[str, str] = COMMANDS
    attributes: dict[str, str] = {"lambda": "lambda_"}  # noqa: RUF012

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.modules)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does; a name that is like a command's is told so."""
        if args and args[0] not in self.modules and (close := get_close_matches(args[0], self.modules, n=1)):
            raise click.UsageError(
                _("No such command {name!r}. Did you mean '{command}'?").format(
                    name=args[0], command=f"{ctx.command_path} {close[0]}"
                ),
                ctx,
            )
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in self.modules:
            return None
        command = getattr(importlib.import_module(self.modules[name]), self.attributes.get(name, name))
        assert isinstance(command, click.Command)
        return command


@click.command(cls=Commands, help=_("Serverless Camp: the cloud on your laptop, and the labs to learn it with."))
@click.version_option(package_name="serverless-camp", prog_name=PROGRAM)
def camp() -> None:
    pass


def main() -> None:
    """The console script `camp`."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # as under nohup
            signal.signal(number, _as_by_ctrl_c)
    try:
        camp(prog_name=here(), standalone_mode=True)
    except OSError as error:
        click.echo("camp: " + explained(error), err=True)
        sys.exit(BROKEN)
    except RuntimeError as error:
        from localcloud.extras import ExtraMissing

        if not isinstance(error, ExtraMissing):
            raise
        click.echo(f"camp: {error}", err=True)
        sys.exit(BROKEN)


def _as_by_ctrl_c(_number: int, _frame: object) -> None:
    """Ends the command by the way that leaves nothing behind. In the background a shell may have SIGINT ignored."""
    if signal.getsignal(signal.SIGINT) in (signal.SIG_IGN, None):
        raise KeyboardInterrupt
    signal.raise_signal(signal.SIGINT)


def explained(error: OSError) -> str:
    """What the system refused, and what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _("The disk is full. Free some space and try again; your files in work/ are as they were.")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return _("{error}. Is this folder yours, and may you write in it?").format(error=error)
    return _("{error}. Run 'camp doctor' to see what is missing.").format(error=error)
