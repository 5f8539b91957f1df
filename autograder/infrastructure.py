"""For the notebook about infrastructure as code: `from autograder.infrastructure import dependencies`."""

import re
import subprocess
import sys
from pathlib import Path

from autograder.dependencies import NoGraph, Picture, read
from autograder.notebook import Note
from localcloud.messages import _

__all__ = ["dependencies"]

COLOUR = re.compile(r"\x1b\[[0-9;]*m")  # the engine colours what it says
EDGE = re.compile(r"^[╷╵│] ?", re.MULTILINE)  # and draws a line beside it


def dependencies(folder: str | Path = ".") -> None:
    """Draws which of the resources in the configuration of a folder needs which, as the engine sees it."""
    command = [sys.executable, "-m", "autograder.cli", "tofu", "--folder", str(folder), "graph", "-type=plan"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode != 0:
        _show(Note(_("The engine cannot draw this configuration."), ((_("seen"), _plain(done.stderr)),)))
        return
    try:
        graph = read(done.stdout)
    except NoGraph as nothing:
        _show(Note(str(nothing), ((_("seen"), _plain(done.stdout)),)))
        return
    if not graph.needs:
        _show(Note(_("There is no resource yet. Save the file, and run this cell again.")))
        return
    _show(Picture(graph))


def _plain(text: str) -> str:
    return EDGE.sub("", COLOUR.sub("", text)).strip()


def _show(shown: Note | Picture) -> None:
    try:
        from IPython.display import display
    except ImportError:
        print(shown)
        return
    display(shown)  # type: ignore[no-untyped-call]
