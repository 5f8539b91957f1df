"""`camp deploy`: a package goes to a slot of a Function App of the open camp, by hand."""

import json
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import click

from autograder import localcamp, project
from localcloud.messages import _
from localcloud.resources.program import FOLDER

from . import CHECKS_FAILED, CampError
from .tofu import open_camp

SECONDS_TO_ANSWER = 120.0


@click.command(
    short_help=_("Deploy a zip file or a folder to a slot of the open camp, by hand."),
    help=_(
        "Deploy a zip file, or the app in a folder, to a slot of the open camp's Function App, and restart the slot: "
        "requests meanwhile get 503. Nobody tests it first. Slots exist on Azure's Consumption and Premium plans; "
        "Flex Consumption has none. --app names a function app that 'camp tofu apply' has made.\n\n"
        "\b\n"
        "camp deploy .\n"
        "camp deploy app.zip --slot staging\n"
        "camp deploy app.zip --app func-aiko-dev"
    ),
)
@click.argument("package", type=click.Path(exists=True, path_type=Path), metavar="ZIP|FOLDER")
@click.option("--app", metavar="NAME", help=_("A function app that was applied, by its name."))
@click.option("--slot", metavar="NAME", default="production", show_default=True, help=_("Where to, such as staging."))
def deploy(package: Path, app: str | None, slot: str) -> None:
    from localcloud.azure.packages import MOST_PACKED, PackageError, pack

    try:
        data = pack(package) if package.is_dir() else package.read_bytes()
    except PackageError as error:
        raise click.UsageError(str(error)) from error
    if len(data) > MOST_PACKED:
        words = _("{package} has more than {most} MB. Leave out what the app does not need.")
        raise click.UsageError(words.format(package=package, most=MOST_PACKED // 1_000_000))
    done = sent(data, slot, package.name or package.resolve().name, app)
    for _at, line in done["log"]:
        click.echo(line)
    if not done["ok"] or done["errors"]:
        words = _("{slot} does not answer any more. Correct what is named above and deploy again, or swap back.")
        click.echo(words.format(slot=slot) if done["ok"] else _("{slot} is as it was.").format(slot=slot), err=True)
        raise SystemExit(CHECKS_FAILED)
    if done.get("url"):
        click.echo(_("{app} answers at {url}").format(app=app, url=done["url"]))


def sent(package: bytes, slot: str, name: str, app: str | None = None) -> dict[str, Any]:
    """How the deployment went; CampError when no camp is open that has such an app."""
    query = {"slot": slot, "by": "camp deploy", "message": name, **({"app": app} if app else {})}
    address, token = _applied() if app else _azure()
    request = urllib.request.Request(
        f"{address}?{urllib.parse.urlencode(query)}",
        package,
        {"Authorization": f"Bearer {token}", "Content-Type": "application/zip"},
    )
    try:
        with urllib.request.urlopen(request, timeout=SECONDS_TO_ANSWER) as answer:
            found: dict[str, Any] = json.load(answer)
            return found
    except urllib.error.HTTPError as error:
        refusal = json.loads(error.read() or b"{}").get("error") or str(error)
        raise CampError(str(refusal["message"] if isinstance(refusal, dict) else refusal)) from error
    except (OSError, ValueError) as error:
        raise CampError(_("The camp does not answer ({error}). Try again.").format(error=error)) from error


def _azure() -> tuple[str, str]:
    """Where the one app of the local Azure is deployed to, and the token for it."""
    from localcloud.azure.service import SECRET

    entry = localcamp.ledger().entries().get("azure")
    if entry is None or not entry.alive:
        if open_camp(project.state() / FOLDER):
            raise CampError(_("Which app? Name one that you have applied: camp deploy ZIP --app NAME"))
        raise CampError(_("No camp with an Azure is open. Open a lab that has one: camp up --lab NUMBER"))
    found = json.loads((project.state() / "azure" / "outside.json").read_text("utf-8"))
    token = localcamp.keys(project.state(), lambda text: click.echo(text, err=True))[SECRET]
    return f"{found['admin']}/admin/deploy", token


def _applied() -> tuple[str, str]:
    """Where apps that were applied are deployed to, and the token for it."""
    opened = open_camp(project.state() / FOLDER)
    if opened is None:
        raise CampError(_("No camp is open that runs what you apply. Open a lab that has one: camp up --lab NUMBER"))
    return f"{opened['url']}/deployments", str(opened["token"])
