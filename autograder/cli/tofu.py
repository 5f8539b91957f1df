"""`camp tofu`: OpenTofu or Terraform against the local Azure of this clone.

An open camp that has resources runs it; else it runs as long as the command does. What is made is the same.
"""

import asyncio
import contextlib
import fcntl
import json
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import click

from autograder import localcamp, project
from localcloud.messages import _
from localcloud.resources.program import FOLDER, OUTSIDE

from . import CampError, ensure_extra, ensure_parts

KILLED = 128  # a shell's exit code of a process that signal n ended is 128 + n


@click.command(
    short_help=_("Run OpenTofu or Terraform against a local Azure."),
    help=_(
        "Run OpenTofu or Terraform in the current folder against a local Azure, which keeps its state in .camp/tofu. "
        "It runs as long as the command does, unless a camp is open that has it; what that camp's services give to an "
        "app is in variables then, such as slack_bot_token. Every argument goes to the engine: tofu or terraform on "
        "PATH, else the camp's own. For example:\n\n"
        "\b\n"
        "camp tofu init\n"
        "camp tofu plan -out=tfplan\n"
        "camp tofu apply tfplan\n"
        "camp tofu --folder infra/terraform destroy"
    ),
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=".",
    help=_("The folder of the configuration, instead of the current one."),
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[ARGS]...")
def tofu(folder: Path, arguments: tuple[str, ...]) -> NoReturn:
    from localcloud import extras
    from localcloud.azurerm import setup
    from localcloud.resources.errors import EffectFailed

    state = project.state() / FOLDER
    try:
        setup.check_python()
        ensure_parts()
        ensure_extra("azurerm")
        program = setup.found(_say)
        if (opened := open_camp(state)) is not None:
            code = asyncio.run(in_camp(program, arguments, folder, state, opened))
        else:
            with alone(state):
                code = asyncio.run(run(program, arguments, folder, state))
    except (setup.NoEngine, extras.ExtraMissing, EffectFailed) as error:
        raise CampError(str(error)) from error
    sys.exit(code if code >= 0 else KILLED - code)


@contextlib.contextmanager
def alone(state: Path) -> Iterator[None]:
    """Holds the lock of this clone's local Azure, which ends with the process; CampError when another one has it."""
    state.mkdir(parents=True, exist_ok=True)
    with (state / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            text = _("Another 'camp tofu' is running in this clone. Wait until it has ended, then try again.")
            raise CampError(text) from error
        yield


async def run(program: Path, arguments: Sequence[str], folder: Path, state: Path) -> int:
    """The exit code of the engine, which runs in `folder` while the local Azure of `state` does."""
    from localcloud.azurerm import setup
    from localcloud.resources.local import running

    async with running(state) as server:
        engine = setup.engine(program, state, server.url, server.token, _say)
        environment = {**_inherited(), **engine.environment, "ARM_SUBSCRIPTION_ID": server.model.subscription}
        return await finished(engine.command(*arguments), folder, environment)


def open_camp(state: Path) -> dict[str, Any] | None:
    """How to reach the local Azure that an open camp runs; None when none does. CampError while it is starting."""
    entry = localcamp.ledger().entries().get("resources")
    if entry is None or not entry.alive:
        return None
    try:
        found: dict[str, Any] = json.loads((state / OUTSIDE).read_text("utf-8"))
    except OSError as error:
        raise CampError(_("The camp is still starting its local Azure. Try again in a moment.")) from error
    return found


async def in_camp(program: Path, arguments: Sequence[str], folder: Path, state: Path, opened: Mapping[str, Any]) -> int:
    """The exit code of the engine, which applies to what the open camp runs. What its services give to an app are
    variables, unless the environment has them already."""
    from localcloud.azurerm import setup

    engine = setup.engine(program, state, opened["url"], opened["token"], _say)
    inputs = {f"TF_VAR_{name.lower()}": value for name, value in opened["inputs"].items()}
    subscription = {"ARM_SUBSCRIPTION_ID": opened["subscription"]}
    return await finished(
        engine.command(*arguments), folder, {**inputs, **_inherited(), **engine.environment, **subscription}
    )


def _inherited() -> dict[str, str]:
    """The environment without what leads azurerm to an account on Azure."""
    return {name: value for name, value in os.environ.items() if not name.startswith("ARM_")}


async def finished(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> int:
    """The exit code of a command, which is interrupted once for each signal that ends us.

    At a terminal it is in our process group, for its questions: there Ctrl-C reaches it from the terminal, and a
    second one from us would be the order to stop at once, with a state that is not true. Else its group is its own.
    """
    loop = asyncio.get_running_loop()
    signals: asyncio.Queue[signal.Signals] = asyncio.Queue()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, signals.put_nowait, number)
    shared = _at_terminal()
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=dict(environment), start_new_session=not shared
    )

    async def forward() -> None:
        while True:
            if await signals.get() != signal.SIGINT or not shared:
                with contextlib.suppress(ProcessLookupError):  # it has just ended
                    process.send_signal(signal.SIGINT)

    forwarding = asyncio.create_task(forward())
    try:
        return await process.wait()
    finally:
        forwarding.cancel()


def _at_terminal() -> bool:
    """Whether we are the process group that a terminal sends Ctrl-C to."""
    try:
        return os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return False


def _say(text: str) -> None:
    click.echo(text, err=True)
