"""`camp deploy`: a package goes to a slot of the open camp's Function App, by hand."""

import json
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import click

from autograder import localcamp, project
from localcloud.messages import _

from . import CHECKS_FAILED, CampError

SECONDS_TO_ANSWER = 120.0


@click.command(
    short_help=_("Deploy a zip file or a folder to a slot of the open camp, by hand."),
    help=_(
        "Deploy a zip file, or the app in a folder, to a slot of the open camp's Function App, and restart the slot: "
        "requests meanwhile get 503. Nobody tests it first. Slots exist on Azure's Consumption and Premium plans; "
        "Flex Consumption has none.\n\n"
        "\b\n"
        "camp deploy .\n"
        "camp deploy app.zip --slot staging"
    ),
)
@click.argument("package", type=click.Path(exists=True, path_type=Path), metavar="ZIP|FOLDER")
@click.option(
    "--slot", type=click.Choice(["production", "staging"]), default="production", show_default=True, help=_("Where to.")
)
def deploy(package: Path, slot: str) -> None:
    from localcloud.azure.packages import MOST_PACKED, PackageError, pack

    try:
        data = pack(package) if package.is_dir() else package.read_bytes()
    except PackageError as error:
        raise click.UsageError(str(error)) from error
    if len(data) > MOST_PACKED:
        words = _("{package} has more than {most} MB. Leave out what the app does not need.")
        raise click.UsageError(words.format(package=package, most=MOST_PACKED // 1_000_000))
    done = sent(data, slot, package.name or package.resolve().name)
    for _at, line in done["log"]:
        click.echo(line)
    if not done["ok"] or done["errors"]:
        words = _("{slot} does not answer any more. Correct what is named above and deploy again, or swap back.")
        click.echo(words.format(slot=slot) if done["ok"] else _("{slot} is as it was.").format(slot=slot), err=True)
        raise SystemExit(CHECKS_FAILED)


def sent(package: bytes, slot: str, name: str) -> dict[str, Any]:
    """How the deployment went; CampError when no camp with an Azure is open."""
    query = urllib.parse.urlencode({"slot": slot, "by": "camp deploy", "message": name})
    request = urllib.request.Request(
        f"{_admin()}/admin/deploy?{query}",
        package,
        {"Authorization": f"Bearer {_token()}", "Content-Type": "application/zip"},
    )
    try:
        with urllib.request.urlopen(request, timeout=SECONDS_TO_ANSWER) as answer:
            found: dict[str, Any] = json.load(answer)
            return found
    except urllib.error.HTTPError as error:
        refusal = json.loads(error.read() or b"{}").get("error") or str(error)
        raise CampError(str(refusal)) from error
    except (OSError, ValueError) as error:
        raise CampError(_("The camp does not answer ({error}). Try again.").format(error=error)) from error


def _admin() -> str:
    entry = localcamp.ledger().entries().get("azure")
    if entry is None or not entry.alive:
        raise CampError(_("No camp with an Azure is open. Open a lab that has one: camp up --lab NUMBER"))
    found = json.loads((project.state() / "azure" / "outside.json").read_text("utf-8"))
    return str(found["admin"])


def _token() -> str:
    from localcloud.azure.service import SECRET

    return localcamp.keys(project.state(), lambda text: click.echo(text, err=True))[SECRET]
