"""The first steps of the chat offer what the open lab has."""

import sys
from pathlib import Path
from typing import Any

import pytest

from autograder.lab import labs
from localcloud.cloud import Opened
from localcloud.portal.chat.acts import Chat
from localcloud.portal.chat.workspace import CampWorkspace
from localcloud.portal.page import Connections
from localcloud.slack.service import SERVICE

LABS = {lab.number: lab for lab in labs()}


def offered(prepared: Any, folder: Path) -> list[str]:
    """The commands that the chat of a camp with this lab offers."""
    secrets = {name: made() for name, made in SERVICE.secrets.items()}
    camp = Opened(("slack",), {"slack": 0}, secrets, folder, folder, Path(sys.executable), {"slack": prepared})
    settings = SERVICE.portal(camp).environment
    home = CampWorkspace.of(Connections(settings, folder))
    commands: list[str] = Chat(home.workspace, home.app).state()["commands"]
    return commands


@pytest.mark.parametrize(("number", "commands"), [(1, []), (2, ["/count"]), (4, ["/count", "/report"])])
def test_the_chat_offers_only_the_commands_of_the_open_lab(number: int, commands: list[str], tmp_path: Path) -> None:
    assert offered(LABS[number].prepared["slack"], tmp_path) == commands
