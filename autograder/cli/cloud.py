"""`camp up`, `down`, `status` and `logs`: the local cloud on one laptop."""

import asyncio
import json
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click

from autograder import localcamp, project, workspace
from autograder.lab import Lab, LabError, find_lab
from localcloud.cloud import StandIn, StandInUnusable
from localcloud.messages import _
from localcloud.registry import SERVICES, service
from localcloud.storage import StorageError
from localcloud.supervisor import ServiceFailed
from localcloud.supervisor.ledger import Entry
from localcloud.supervisor.process import LogFile

from . import CampError, ensure_extras, ensure_parts, lab_named

SECONDS_TO_STOP = 20.0
TAIL_LINES = 40
FOLLOW_EVERY = 0.2


def say(text: str) -> None:
    """One line for the person at the terminal, kept in `.camp/logs/camp.log` too; a closed terminal stops nothing."""
    try:
        click.echo(text)
    except OSError:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - for the rest of this process
    try:
        LogFile(project.state() / "logs" / "camp.log").write(f"{text}\n".encode())
    except OSError as error:  # a full disk stops nothing either
        print(f"camp.log: {error}", file=sys.stderr)


def columns(rows: Sequence[tuple[str, ...]]) -> str:
    """The rows with their columns aligned."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


Command = TypeVar("Command", bound=Callable[..., Any])


def stand_in_options(command: Command) -> Command:
    """Adds an option for each service that something else can stand in for, and one for its key."""
    for one in reversed([service(name) for name in SERVICES]):
        if one.stand_in_key:
            key, variable, words = one.stand_in_key
            command = click.option(f"--{key}", envvar=variable, metavar="KEY", help=words)(command)
        if one.stand_in_help:
            command = click.option(f"--{one.name}", metavar="ENDPOINT", help=one.stand_in_help)(command)
    return command


@click.command(
    short_help=_("Open the camp: a lab, the local cloud, JupyterLab."),
    help=_("Open the camp: lay out a lab, start the local cloud and JupyterLab. Ctrl-C stops it all."),
)
@click.option("--lab", metavar="N", help=_("The lab to open; default: the one opened last, else the first lab."))
@click.option("--no-browser", is_flag=True, help=_("Do not open a browser."))
@click.option("--headless", is_flag=True, help=_("For a machine without a screen: print the URLs, open nothing."))
@click.option(
    "--no-jupyter",
    is_flag=True,
    envvar="CAMP_NO_JUPYTER",
    help=_("Start the local cloud alone, for a JupyterLab that runs already, as on Binder."),
)
@click.option(
    "--host",
    type=click.Choice(["camp", "func"]),
    default="camp",
    show_default=True,
    help=_("The Functions host: the camp's own, or Azure Functions Core Tools (func)."),
)
@click.option(
    "--scale-to-zero",
    type=click.FloatRange(min=0.1),
    metavar="SECONDS",
    help=_("End the app's workers after so long without a call; the next call is a cold start."),
)
@stand_in_options
def up(
    lab: str | None,
    no_browser: bool,
    headless: bool,
    no_jupyter: bool,
    host: str,
    scale_to_zero: float | None,
    **given: str | None,
) -> None:
    browser = not (no_browser or headless or no_jupyter)
    try:
        opening = lab_named(lab) if lab else find_lab(localcamp.remembered_lab(project.state()))
        stand_ins = stand_ins_of(given)
        if already_open(opening.name if lab else None, browser, stand_ins):
            return
        ensure_parts()
        ensure_extras(opening)
        for path in workspace.lay_out(opening.name):
            say(_("Laid out {path}").format(path=path.relative_to(project.root())))
        for name, one in stand_ins.items():
            prepare(opening, name, one)
        say(_("Starting the local cloud ..."))
        camp = localcamp.LocalCamp(
            opening,
            say,
            core_tools=host == "func",
            idle=scale_to_zero,
            stand_ins=stand_ins,
            with_jupyter=not no_jupyter,
        )
        asyncio.run(camp.run(partial(print_urls, with_jupyter=not no_jupyter), lambda url: studio_ready(url, browser)))
    except (
        workspace.WorkspaceError, LabError, localcamp.CampFailed, StandInUnusable, StorageError, ServiceFailed
    ) as error:  # fmt: skip
        raise CampError(str(error)) from error
    say(_("The camp is closed."))


def stand_ins_of(given: Mapping[str, str | None]) -> dict[str, StandIn]:
    """What stands in for services, of the options that name it; StandInUnusable."""
    found = {}
    for one in (service(name) for name in SERVICES):
        if one.stand_in_help and (wanted := given[one.name]):
            key = given[one.stand_in_key[0].replace("-", "_")] if one.stand_in_key else None
            found[one.name] = one.stand_in(wanted, key)
    return found


def prepare(lab: Lab, name: str, one: StandIn) -> None:
    """Makes what the lab needs on something that is not the camp's; StandInUnusable when that cannot be."""
    made = one.prepare(lab.prepared.get(name) or service(name).prepare({}))
    say(_("{title}: {endpoint}").format(title=service(name).title, endpoint=one.endpoint))
    if made:
        say(_("Made there: {names}").format(names=", ".join(made)))


def already_open(wanted: str | None, browser: bool, stand_ins: Mapping[str, StandIn]) -> bool:
    """Whether this clone's camp runs with the `wanted` lab and stand-ins (its URLs are printed then); with others it is
    stopped."""
    entries = localcamp.ledger().entries()
    if "supervisor" not in entries or not entries["supervisor"].alive:
        return False
    facts = localcamp.ledger().facts()
    endpoints = {name: one.endpoint for name, one in stand_ins.items()}
    if wanted in (None, facts.get("lab")) and (not endpoints or endpoints == facts.get("stand_ins")):
        say(_("The camp is open already (process {pid}).").format(pid=entries["supervisor"].pid))
        click.echo(columns([(entry.name, entry.url) for entry in entries.values() if entry.url]))
        if browser and "jupyter" in entries:
            open_browser(entries["jupyter"].url)
        return True
    say(closing(str(facts.get("lab", "")), wanted))
    stop(entries)
    return False


def closing(open_now: str, wanted: str | None) -> str:
    """What is closed before something else is opened."""
    try:
        lab = find_lab(open_now)
    except LabError:  # a lab that is not there any more
        return _("The camp is open with something else; stopping it first ...")
    if wanted in (None, lab.name):
        return _("Lab {number} is open with other services; closing it first ...").format(number=lab.number)
    return _("Lab {number} ({title}) is open; closing it first. Your files stay in {folder}.").format(
        number=lab.number, title=lab.title, folder=f"work/{lab.name}"
    )


def print_urls(urls: list[tuple[str, str]], seconds: float, *, with_jupyter: bool) -> None:
    say(_("The local cloud answers after {seconds:.1f} s.").format(seconds=seconds) + "\n")
    say(columns(urls) + "\n")
    if with_jupyter:
        say(_("JupyterLab is starting ... Ctrl-C (or 'camp down' elsewhere) stops everything."))
    else:
        say(_("Ctrl-C (or 'camp down' elsewhere) stops everything."))


def studio_ready(url: str, browser: bool) -> None:
    say(_("JupyterLab is ready: {url}").format(url=url))
    if browser:
        open_browser(url)


def open_browser(url: str) -> None:
    import webbrowser

    webbrowser.open(url)


@click.command(
    short_help=_("Stop what 'camp up' started here."),
    help=_("Stop what 'camp up' started in this folder, and nothing else."),
)
def down() -> None:
    entries = localcamp.ledger().entries()
    if not any(entry.alive for entry in entries.values()):
        click.echo(_("The camp is not open."))
        return
    stop(entries)
    click.echo(_("The camp is closed."))


def stop(entries: dict[str, Entry]) -> None:
    """Ends the supervisor, which ends the rest; ends what an earlier crash may have left."""
    for entry in sorted(entries.values(), key=lambda one: one.name != "supervisor"):
        if entry.alive:
            os.kill(entry.pid, signal.SIGTERM)
        deadline = time.monotonic() + SECONDS_TO_STOP
        while entry.alive:
            if time.monotonic() > deadline:
                raise CampError(
                    _("{name} (process {pid}) does not end. Try: kill -9 {pid}").format(name=entry.name, pid=entry.pid)
                )
            time.sleep(0.05)


@click.command(help=_("Show what runs: state, address, process and memory."))
@click.option("--json", "as_json", is_flag=True, help=_("Print JSON."))
def status(as_json: bool) -> None:
    entries = localcamp.ledger().entries()
    rows = [facts_of(entry) for entry in entries.values()]
    if as_json:
        click.echo(json.dumps({"lab": localcamp.ledger().facts().get("lab"), "services": rows}, indent=2))
    elif not rows:
        click.echo(_("The camp is not open. Open it with: camp up"))
    else:
        heading = (_("service"), _("state"), _("process"), _("MB"), _("address"))
        table = [
            (row["name"], row["state"], str(row["pid"]), f"{int(row['memory']) / 1e6:.0f}", row["url"]) for row in rows
        ]
        click.echo(columns([heading, *[tuple(map(str, row)) for row in table]]))
        for name, endpoint in localcamp.ledger().facts().get("stand_ins", {}).items():
            words = _("{title} is not the camp's own: {endpoint}")
            click.echo(words.format(title=service(name).title, endpoint=endpoint))


def facts_of(entry: Entry) -> dict[str, Any]:
    """Name, state, URL, process id, and resident memory in bytes with that of its children."""
    alive = entry.alive
    return {
        "name": entry.name,
        "state": entry.state if alive else "gone",
        "url": entry.url,
        "pid": entry.pid,
        "memory": memory_of(entry.pid, alone=entry.name == "supervisor") if alive else 0,
    }


def memory_of(pid: int, *, alone: bool) -> int:
    """Resident bytes of a process and, unless `alone`, of all its descendants; 0 for one that has just ended."""
    import psutil

    try:
        process = psutil.Process(pid)
        family = [process] if alone else [process, *process.children(recursive=True)]
        return sum(int(one.memory_info().rss) for one in family)
    except psutil.NoSuchProcess:
        return 0


@click.command(help=_("Show the last log lines of one service, or of all."))
@click.argument("service", required=False)
@click.option("-f", "--follow", is_flag=True, help=_("Go on with new lines until Ctrl-C."))
def logs(service: str | None, follow: bool) -> None:
    folder = project.state() / "logs"
    known = {path.stem: path for path in sorted(folder.glob("*.log"))}
    if service and service not in known:
        raise click.UsageError(
            _("There is no log of {service}. There are: {known}.").format(
                service=service, known=", ".join(known) or "-"
            )
        )
    chosen = {name: path for name, path in known.items() if service in (None, name)}
    if not chosen:
        click.echo(_("There are no logs yet. Open the camp with: camp up"))
    shown = {"" if service else f"{name}: ": path for name, path in chosen.items()}
    for prefix, path in shown.items():
        with path.open(encoding="utf-8", errors="replace") as log:
            for line in deque(log, maxlen=TAIL_LINES):
                click.echo(prefix + line.rstrip("\n"))
    if follow:
        try:
            follow_all(shown)
        except KeyboardInterrupt:
            return


def follow_all(paths: dict[str, Path]) -> None:
    """Prints what is appended to the files, until interrupted; a file that was moved aside is read from its start."""
    places = {prefix: path.stat().st_size for prefix, path in paths.items()}
    while True:
        for prefix, path in paths.items():
            size = path.stat().st_size if path.exists() else 0
            if size > places[prefix]:
                with path.open("rb") as log:
                    log.seek(places[prefix])
                    for line in log.read(size - places[prefix]).decode("utf-8", "replace").splitlines():
                        click.echo(prefix + line)
            places[prefix] = size
        time.sleep(FOLLOW_EVERY)
