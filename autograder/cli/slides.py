"""`camp slides`: the slides of the workshop, as pages that need no network."""

import http.server
import os
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

import click

from localcloud.messages import _

from . import CampError, ensure_extra, ensure_parts
from .cloud import columns

if TYPE_CHECKING:
    from autograder.deck import Deck


@click.command(
    short_help=_("Show the slides of a lab, or of the opening and the closing."),
    help=_(
        "Make a page of the slides of DECK (a lab, 'opening' or 'closing') and open it. In the page, F is full screen, "
        "and P the presenter's view with the speaker notes. Without DECK, it lists the decks; with --html, --pdf or "
        "--notes it makes all of them."
    ),
)
@click.argument("wanted", metavar="[DECK]", required=False)
@click.option("--serve", is_flag=True, help=_("Serve the decks on this computer; an edited deck is made again."))
@click.option("--html", "format", flag_value="html", help=_("Write a page, and do not open it."))
@click.option("--pdf", "format", flag_value="pdf", help=_("Write a PDF; it needs Chromium, Chrome or Edge."))
@click.option("--notes", "format", flag_value="txt", help=_("Write the speaker notes as text."))
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help=_("The folder to write in."))
@click.option("--dark", is_flag=True, help=_("Light text on dark slides; otherwise the page follows the system."))
@click.option("--port", type=click.IntRange(0, 65535), default=0, help=_("With --serve: the port; any free one."))
def slides(wanted: str | None, serve: bool, format: str | None, out: Path | None, dark: bool, port: int) -> None:
    from autograder import glyphs, project
    from autograder.deck import DeckError, decks, find

    if serve and (format or out):
        raise click.UsageError(_("--serve writes no file: leave out --html, --pdf, --notes and --out."))
    try:
        chosen = [find(wanted)] if wanted else decks()
        if not wanted and not serve and not format:
            click.echo(
                columns([(deck.name, _("{minutes:g} min").format(minutes=deck.minutes), deck.title) for deck in chosen])
            )
            return
        ensure_parts()
        ensure_extra("marp")
        if any(glyphs.wanted(deck.markdown()) for deck in chosen):
            ensure_extra(glyphs.EXTRA)
        folder = out or project.state() / "slides"
        if serve:
            _serve(chosen, folder, dark, port)
        else:
            _write(chosen, folder, format, dark)
    except DeckError as error:
        raise CampError(str(error)) if wanted is None else click.UsageError(str(error)) from error


def _write(chosen: "list[Deck]", folder: Path, format: str | None, dark: bool) -> None:
    from autograder.deck import make

    for deck in chosen:
        path = make(deck, folder, format or "html", dark)
        click.echo(str(path))
        if address := _address(path):
            click.echo(_("In the open camp: {address}").format(address=address))
        if format is None:
            webbrowser.open(path.resolve().as_uri())


def _address(page: Path) -> str | None:
    """Where the portal shows this page: its address, or its path on the hub; None when the camp is closed."""
    from autograder import localcamp, project, workspace

    portal = localcamp.ledger().entries().get("portal")
    if portal is None or not portal.alive or page.suffix != ".html" or page.parent != project.state() / "slides":
        return None
    return f"{workspace.portal_path() if os.environ.get(workspace.HUB) else portal.url}slides/{page.stem}"


def _serve(chosen: "list[Deck]", folder: Path, dark: bool, port: int) -> None:
    from autograder.deck_server import serve

    with serve(chosen, folder, dark, port) as server:
        address = f"http://127.0.0.1:{server.server_address[1]}/"
        click.echo(_("Slides: {address} (Ctrl-C stops)").format(address=address))
        webbrowser.open(address)
        _until_interrupted(server)


def _until_interrupted(server: http.server.HTTPServer) -> None:
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        click.echo("")
