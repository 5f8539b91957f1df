"""For the notebook about infrastructure as code: `dependencies` and `delete_by_hand`."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from autograder.dependencies import NoGraph, Picture, read
from autograder.notebook import Note
from localcloud.loopback import LOOPBACK
from localcloud.messages import _

__all__ = ["delete_by_hand", "dependencies"]

COLOUR = re.compile(r"\x1b\[[0-9;]*m")  # the engine colours what it says
EDGE = re.compile(r"^[╷╵│] ?", re.MULTILINE)  # and draws a line beside it
ACCOUNT, QUEUE = "azurerm_storage_account", "azurerm_storage_queue"


class EngineFailed(Exception):
    """The engine failed; the text is what it said."""


class NotThere(Exception):
    """There is nothing to delete; the text says why, and what to do."""


@dataclass(frozen=True)
class MadeQueue:
    """A queue that an apply has made, as the state has it."""

    name: str
    account: str
    endpoint: str
    key: str


def dependencies(folder: str | Path = ".") -> None:
    """Draws which of the resources in the configuration of a folder needs which, as the engine sees it."""
    try:
        graph = read(printed := _engine(folder, "graph", "-type=plan"))
    except EngineFailed as error:
        _show(Note(_("The engine cannot draw this configuration."), ((_("seen"), str(error)),)))
    except NoGraph as nothing:
        _show(Note(str(nothing), ((_("seen"), _plain(printed)),)))
    else:
        nothing_yet = Note(_("There is no resource yet. Save the file, and run this cell again."))
        _show(Picture(graph) if graph.needs else nothing_yet)


def delete_by_hand(queue: str, folder: str | Path = ".") -> None:
    """Deletes a queue that was applied from the configuration of a folder, with the key of its storage account.
    The engine's state still holds it, so the next plan shows drift."""
    try:
        made = _made_queue(json.loads(_engine(folder, "show", "-json")), queue)
        _delete(made)
    except EngineFailed as error:
        _show(Note(_("The engine cannot read the state."), ((_("seen"), str(error)),)))
    except NotThere as error:
        _show(Note(str(error)))
    else:
        words = _("The queue {queue} of {account} is gone. Somebody with the account's key has deleted it.")
        _show(Note(words.format(queue=queue, account=made.account)))


def _engine(folder: str | Path, *arguments: str) -> str:
    """What the engine printed; EngineFailed."""
    command = [sys.executable, "-m", "autograder.cli", "tofu", "--folder", str(folder), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode != 0:
        raise EngineFailed(_plain(done.stderr))
    return done.stdout


def _made_queue(shown: dict[str, Any], name: str) -> MadeQueue:
    """The queue of this name in what `show -json` prints; NotThere."""
    resources = list(_resources(shown.get("values", {}).get("root_module", {})))
    accounts = {one["values"]["id"]: one["values"] for one in resources if one["type"] == ACCOUNT}
    for one in resources:
        account = accounts.get(one["values"].get("storage_account_id")) if one["type"] == QUEUE else None
        if account and one["values"]["name"] == name:
            endpoint = account["primary_queue_endpoint"].rstrip("/")
            return MadeQueue(name, account["name"], endpoint, account["primary_access_key"])
    words = _("The state of this folder has no queue {queue}. Write it into main.tf, apply, and run this cell again.")
    raise NotThere(words.format(queue=name))


def _resources(module: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from (one for one in module.get("resources", []) if one["mode"] == "managed")
    for child in module.get("child_modules", []):
        yield from _resources(child)


def _delete(made: MadeQueue) -> None:
    from azure.core.exceptions import AzureError, ResourceNotFoundError
    from azure.storage.queue import QueueClient

    if urlsplit(made.endpoint).hostname != LOOPBACK:
        raise NotThere(_("This queue is on Azure ({endpoint}): nothing was deleted.").format(endpoint=made.endpoint))
    credential = {"account_name": made.account, "account_key": made.key}
    try:
        with QueueClient(made.endpoint, made.name, credential=credential, retry_total=0) as client:
            client.delete_queue()
    except ResourceNotFoundError:
        raise NotThere(_("The queue {queue} is gone already.").format(queue=made.name)) from None
    except AzureError as error:
        text = _("The storage account does not answer. Open the camp with this lab in a terminal: camp up ({error})")
        raise NotThere(text.format(error=type(error).__name__)) from error


def _plain(text: str) -> str:
    return EDGE.sub("", COLOUR.sub("", text)).strip()


def _show(shown: Note | Picture) -> None:
    try:
        from IPython.display import display
    except ImportError:
        print(shown)
        return
    display(shown)  # type: ignore[no-untyped-call]
