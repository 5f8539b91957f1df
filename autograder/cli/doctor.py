"""`camp doctor`: what is there, what is missing, and what to type."""

import asyncio
import json
import platform
import re
import shutil
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from autograder import jupyter, localcamp, project
from localcloud import extras
from localcloud.cloud import Finding, answers
from localcloud.loopback import is_free
from localcloud.messages import _
from localcloud.registry import SERVICES, service
from localcloud.typed import as_typed

from . import BROKEN
from .cloud import columns

if TYPE_CHECKING:
    from autograder.sandbox import Sandbox

ENOUGH_DISK = 2_000_000_000
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def allowed_packages(lock: Path) -> list[str]:
    """The packages that a learner's app may use, as `name==version`, from the lock file of the workers' environment."""
    from packaging.requirements import Requirement

    lines = re.findall(r"^([A-Za-z0-9].*?)\s*\\?$", lock.read_text("utf-8"), re.MULTILINE) if lock.exists() else []
    locked = [Requirement(line) for line in lines]
    return [f"{one.name}{one.specifier}" for one in locked if not one.marker or one.marker.evaluate()]


def python() -> Finding:
    fine = (3, 10) <= sys.version_info[:2] <= (3, 13)
    return Finding(
        _("Python"),
        fine,
        f"{platform.python_version()} ({sys.executable})",
        _("install Python 3.10 to 3.13, delete .venv, then: ./camp"),
    )


def apps_environment() -> Finding:
    there = project.apps_python()
    works = there.exists() and answers([str(there), "-c", "import azure.functions"]) is not None
    return Finding(
        _("Environment of the apps"),
        works,
        str(there) if works else _("missing or incomplete"),
        _("delete .venv-apps, then: ./camp"),
    )


def services() -> Iterator[Finding]:
    """What each service says of itself; something else may stand in for it."""
    running = localcamp.ledger()
    stand_ins = running.facts().get("stand_ins", {}) if any(one.alive for one in running.entries().values()) else {}
    for one in (service(name) for name in reversed(SERVICES)):
        if one.name in stand_ins:
            seen = _("not the camp's own: {endpoint}").format(endpoint=stand_ins[one.name])
            yield Finding(one.title, True, seen)
        else:
            yield from one.findings()


def tool(name: str, use: str, package: str, *names: str) -> Finding:
    found = next((path for one in names or (name,) if (path := shutil.which(one))), None)
    return Finding(
        name,
        bool(found),
        found or _("missing; only needed for {use}").format(use=use),
        f"sudo apt-get install {package}",
        needed=False,
    )


def extra_tools() -> Iterator[Finding]:
    """Tools that only some labs or commands need: installed at their first use."""
    for one in map(extras.find, extras.names()):
        ahead = _("{use}; fetched at first use, or by camp setup {name}").format(use=one.use, name=one.name)
        title = _("Extra {name}").format(name=one.name)
        yield Finding(title, one.is_installed, one.use if one.is_installed else ahead, needed=False)


def sandbox() -> Finding:
    """Whether strangers' code can be kept apart; it is tried, not guessed."""
    from autograder.sandbox import Sandbox, SandboxUnavailable

    name = _("Sandbox")
    try:
        with Sandbox() as one, TemporaryDirectory() as empty:
            asyncio.run(_visited(one, Path(empty)))
    except SandboxUnavailable as error:
        return Finding(name, False, _("not available; only needed for camp grade"), str(error), needed=False)
    return Finding(name, True, _("works"))


async def _visited(sandbox: "Sandbox", app: Path) -> None:
    await (await sandbox.cell(app)).close()


def disk() -> Finding:
    free = shutil.disk_usage(project.root()).free
    return Finding(
        _("Disk space"), free >= ENOUGH_DISK, f"{free / 1e9:.1f} GB", _("free {gb:.0f} GB").format(gb=ENOUGH_DISK / 1e9)
    )


def ports() -> Iterator[Finding]:
    """Ports in use are no fault: the camp takes free ones."""
    running = localcamp.ledger().entries()
    if "supervisor" in running and running["supervisor"].alive:
        yield Finding(_("Ports"), True, _("in use by this camp, which is open"))
        return
    taken = [
        f"{name} {port}"
        for usual in (*(service(name).ports for name in SERVICES), {"jupyter": jupyter.USUAL_PORT})
        for name, port in usual.items()
        if not is_free(port)
    ]
    seen = _("in use: {ports}; the camp will take others").format(ports=", ".join(taken)) if taken else _("all free")
    yield Finding(_("Ports"), True, seen, needed=False)


def findings() -> list[Finding]:
    return [
        python(),
        apps_environment(),
        *services(),
        tool("bubblewrap", _("grading submissions"), "bubblewrap", "bwrap"),
        sandbox(),
        tool("chromium", "camp test", "chromium", *CHROMIUM),
        *extra_tools(),
        *ports(),
        disk(),
    ]


@click.command(
    short_help=_("See what is there, what is missing, what to type."),
    help=_("Look at what the camp needs: what is there, what is missing, what to type."),
)
@click.option("--json", "as_json", is_flag=True, help=_("Print JSON."))
def doctor(as_json: bool) -> None:
    found = findings()
    packages = allowed_packages(project.allow_list())
    if as_json:
        click.echo(json.dumps({"findings": [asdict(one) for one in found], "packages": packages}, indent=2))
    else:
        click.echo(
            columns(
                [
                    (_("ok") if one.ok else _("MISSING") if one.needed else _("absent"), one.what, one.seen)
                    for one in found
                ]
            )
        )
        for one in found:
            if not one.ok and one.type:
                click.echo(_("\nFor {what}: {command}").format(what=one.what, command=as_typed(one.type)))
        click.echo(_("\nPackages that an app may use (requirements-apps.lock):"))
        click.echo(
            textwrap.fill(", ".join(packages), 100, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
        )
    if any(not one.ok and one.needed for one in found):
        raise SystemExit(BROKEN)
