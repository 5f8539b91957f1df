"""`camp replay`: the request of a failed check, sent to the app that is open, with a fresh signature."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import click

from autograder import keeping, localcamp, project
from autograder.lab import LabError, find_check
from autograder.sent import KEY, Sent
from localcloud import trials
from localcloud.messages import _
from localcloud.registry import SERVICES, service

from . import CampError

SECONDS = 30.0
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback alone: never through a proxy


@click.command(
    short_help=_("Send the request of a failed check to your open app."),
    help=_(
        "Send the request of a failed check (camp replay 1.4) to your app in the camp that is open, with this camp's "
        "secrets and a fresh signature, and print the answer. It is printed as a line for curl, which is good for "
        "five minutes; --print prints that line alone."
    ),
)
@click.argument("check")
@click.option("--print", "only_print", is_flag=True, help=_("Print the line for curl, and send nothing."))
def replay(check: str, only_print: bool) -> None:
    request = fresh(check)
    url = app_url()
    click.echo(request.curl(url))
    if not only_print:
        click.echo()
        click.echo(answer_to(request, url))


def fresh(check: str) -> Sent:
    """The request that the check's last failed run sent last, for this camp and this moment."""
    try:
        _lab, found = find_check(check)
    except LabError as error:
        raise click.UsageError(str(error)) from error
    trial = trials.read(keeping.folder(), found.id)
    if trial is None or trial.request is None:
        text = _("No request of {id} is kept. It is kept when a check fails over one: camp check {id}")
        raise click.UsageError(text.format(id=found.id))
    state = project.state()
    secrets = localcamp.keys(state, lambda text: click.echo(text, err=True))
    ids = {name: id for one in SERVICES for name, id in service(one).at_home().items()}
    settings = {**{name.upper(): value for name, value in secrets.items()}, **ids}
    again = Sent.from_json(trial.request).again(settings, time.time())
    return again.with_key(function_key(state)) if KEY in again.headers.values() else again


def function_key(state: Path) -> str:
    """The key of the open app's host that opens every function."""
    path = state / "functions" / "keys.json"
    try:
        return str(json.loads(path.read_text("utf-8"))["host"]["default"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CampError(_("The app's keys are not in {path}. Open the camp: camp up").format(path=path)) from error


def app_url() -> str:
    """Where the open app answers; CampError when none is open."""
    entry = localcamp.ledger().entries().get("functions")
    if entry is None or not entry.alive:
        raise CampError(_("The camp is not open. Open it in a terminal: camp up"))
    return entry.url


def answer_to(request: Sent, url: str) -> str:
    """What the app answers, as curl shows it; CampError when it does not."""
    asked = urllib.request.Request(
        url.rstrip("/") + request.path, request.body or None, dict(request.headers), method=request.method
    )
    try:
        with DIRECT.open(asked, timeout=SECONDS) as answer:
            return shown(answer.status, dict(answer.headers), answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return shown(error.code, dict(error.headers), error.read())
    except OSError as error:
        raise CampError(_("Your app does not answer at {url}: {error}").format(url=url, error=error)) from error


def shown(status: int, headers: Mapping[str, str], body: bytes) -> str:
    kind = headers.get("Content-Type")
    lines = [_("status {status}").format(status=status), *([f"Content-Type: {kind}"] if kind else [])]
    return "\n".join([*lines, "", body.decode("utf-8", "backslashreplace")]).rstrip()
