"""The camp beside a JupyterLab that somebody else starts, as Binder does: `python -m autograder.binder [--build]`.

`binder/postBuild` calls it with `--build`: it lays out every lab and makes all slides, so that nothing is made while a
person waits.
`binder/start` calls it without an option before the server starts: it writes what that server reads.
"""

import os
import sys
from collections.abc import Iterator

import click

from autograder import jupyter, project, workspace
from autograder.deck import decks, make
from autograder.lab import Lab, labs
from autograder.layout import layout_of, save
from localcloud.messages import _
from localcloud.registry import service
from localcloud.supervisor import PortBook
from localcloud.supervisor.ledger import write_json

FOLDER = "binder"  # in .camp/; binder/start names it to the server
KERNEL = {"display_name": "Python 3", "language": "python"}


def build() -> None:
    """Lays out every lab, and makes the slides that the portal shows; the extra `marp` must be installed."""
    for lab in labs():
        workspace.lay_out(lab.name)
    for deck in decks():
        make(deck, project.state() / "slides")


def configure(base: str) -> None:
    """Writes the configuration of a server whose address begins with the path `base`: the portal's pages, the kernel,
    and a workspace for each lab."""
    folder = project.state() / FOLDER
    book = PortBook(project.state() / "ports.json", click.echo)  # `camp up` takes the same ports
    portal = book.choose(dict(service("portal").ports))["portal"]
    lab_settings = {"extension_manager": "readonly", "check_for_updates_class": "jupyterlab.NeverCheckForUpdate"}
    terminals = jupyter.terminals()  # so that `camp` is found in them
    server = {"ServerApp": terminals, "ServerProxy": {"servers": jupyter.proxied(portal)}, "LabApp": lab_settings}
    write_json(folder / "jupyter_server_config.json", server)
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    write_json(folder / "kernels" / "python3" / "kernel.json", {**KERNEL, "argv": command})
    for name, lab in _workspaces():
        title = next(iter(jupyter.pages(lab.all_services).values()))
        layout = layout_of(lab.work, project.root(), title, base, lab.opens)
        layout["metadata"]["id"] = name
        save(layout, folder / "workspaces")


def _workspaces() -> Iterator[tuple[str, Lab]]:
    """The name and the lab of each workspace; the first lab is also what opens when no workspace is named."""
    found = labs()
    yield "default", found[0]
    for lab in found:
        yield lab.name, lab


def main(arguments: list[str]) -> None:
    if arguments == ["--build"]:
        build()
    elif not arguments:
        configure(os.environ.get(workspace.HUB) or "/")
        for notebook in project.work().glob("*/*.ipynb"):
            workspace.link_to_portal(notebook)
    else:
        sys.exit(_("python -m autograder.binder takes --build or nothing."))


if __name__ == "__main__":
    main(sys.argv[1:])
