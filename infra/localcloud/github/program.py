"""The local GitHub as a program: `python -m localcloud.github`, which `camp up` runs."""

import argparse
import asyncio
import json
import logging
import os
import random
import signal
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localcloud.logs import set_up_logging
from localcloud.messages import _

if TYPE_CHECKING:
    from .forge import Event, Forge
    from .repository import Repository

USUAL_PORT = 7076
TOKEN = "CAMP_GITHUB_TOKEN"
REMOTE, CREDENTIALS, REPOSITORIES = "remote.json", "credentials", "repositories"
log = logging.getLogger("github")


@dataclass(frozen=True)
class Options:
    """Of the command line."""

    port: int
    state: Path  # the folder with all that it keeps
    app: Path  # the learner's folder; the repository has its name
    outside: Path | None  # a file in which the local Azure says what leads to it
    web_url: str  # the portal's


async def run(given: Options, token: str | None) -> None:
    """Serves until SIGTERM or SIGINT."""
    from localcloud.journal import Journal

    from .forge import Forge

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    forge = Forge(given.state / REPOSITORIES, Journal(), random.SystemRandom(), token=token)
    forge.web_url, forge.ready = given.web_url, False
    repository = forge.create(given.app.name)
    outside = read_outside(given.outside)
    use_azure(repository, outside)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(forge.stop)
        await run_workflows(forge, given.state, outside, stack)
        await forge.start(given.port)
        await connect(forge, repository, given)
        forge.ready = True
        log.info("%s at %s", repository.full_name, forge.url)
        await stop.wait()


async def run_workflows(forge: "Forge", state: Path, outside: Mapping[str, Any], stack: AsyncExitStack) -> None:
    """Lets events start workflow runs. Where a program is missing that workflows need, each push says so."""
    from localcloud.azure.federation import signed
    from localcloud.extras import ExtraMissing

    from .runner import Runner
    from .runner.runner import RunnerIncomplete
    from .runs import Outside, Runs
    from .runs.oidc import unsigned

    runner = Runner(state.parent)
    try:
        await asyncio.to_thread(runner.ensure, log.info)
    except (RunnerIncomplete, ExtraMissing) as error:
        log.error("%s", error)
        forge.listeners.append(note(_("No workflow runs: {reason}").format(reason=error)))
        return
    files = tuple(Path(one) for one in outside.get("files", ()))
    found = Outside(outside.get("environment", {}), tuple(outside.get("ports", ())), files)
    key = outside.get("oidc_key")
    runs = Runs(
        forge, runner, found, forge.journal, make_token=(lambda claims: signed(claims, key)) if key else unsigned
    )
    stack.push_async_callback(runs.stop)


def note(text: str) -> "Callable[[Event], Awaitable[None]]":
    """A listener that tells who pushes."""

    async def listen(event: "Event") -> None:
        event.notes.append(text)

    return listen


async def connect(forge: "Forge", repository: "Repository", given: Options) -> None:
    """Writes down where the repository is, and tells the learner's folder."""
    from .intake import BadHandIn
    from .working_copy import connect, take_first

    remote = f"{forge.url}/{repository.full_name}.git"
    facts = {"url": forge.url, "repository": repository.full_name, "remote": remote, "token": forge.token}
    write_private(given.state / REMOTE, json.dumps(facts, indent=2))
    try:
        if await connect(given.app, remote, repository.owner, forge.token, given.state / CREDENTIALS):
            await take_first(repository, given.app)
    except (BadHandIn, RuntimeError) as error:
        log.warning("%s: %s", given.app, error)


def read_outside(path: Path | None) -> Mapping[str, Any]:
    """What the local Azure says; nothing when it does not run."""
    if path is None or not path.is_file():
        return {}
    found = json.loads(path.read_text())
    return found if isinstance(found, dict) else {}


def use_azure(repository: "Repository", outside: Mapping[str, Any]) -> None:
    """Gives the repository what its workflows need to deploy; others that a learner has set stay."""
    repository.variables.update(outside.get("variables", {}))
    repository.secrets.update(outside.get("secrets", {}))
    repository.save()


def write_private(path: Path, text: str) -> None:
    """Only its owner may read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)


def main() -> None:
    """`python -m localcloud.github`: the service that the supervisor runs."""
    parser = argparse.ArgumentParser(prog="localcloud.github", description=_("The local GitHub of the camp."))
    parser.add_argument("--port", type=int, default=USUAL_PORT)
    parser.add_argument("--state", type=Path, required=True, metavar="DIR", help=_("Where it keeps repositories."))
    parser.add_argument("--app", type=Path, required=True, metavar="DIR", help=_("The learner's folder."))
    parser.add_argument("--outside", type=Path, metavar="FILE", help=_("What leads to the local Azure."))
    parser.add_argument("--web-url", default="", metavar="URL", help=_("The portal."))
    parser.add_argument("--lifeline", action="store_true", help=_("End when standard input ends."))
    given = parser.parse_args()
    set_up_logging("github")
    if given.lifeline:
        from localcloud.supervisor.lifeline import hold

        hold()
    from localcloud import loops

    options = Options(given.port, given.state, given.app, given.outside, given.web_url)
    loops.run(run(options, os.environ.get(TOKEN) or None))
