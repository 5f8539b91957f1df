"""A lab's JupyterLab workspace: the notebook, and beside it the app's file and the chat. JupyterLab keeps it from then
on, so that a learner's own arrangement stays."""

import json
from pathlib import Path
from typing import Any

APP_FILES = ("function_app.py", "main.tf")
CHAT = "server-proxy:camp"  # the tab of the proxied page `camp`, as jupyter-server-proxy names it

Layout = dict[str, Any]


def layout_of(lab: Path, work: Path, chat_title: str, base: str = "/", opens: str | None = None) -> Layout:
    """The workspace of the lab in the folder `lab` (under `work`, JupyterLab's root), as JupyterLab saves one; `base`
    is the path below which JupyterLab is, `opens` the file that the lab names to stand beside the notebook."""
    notebook = _path(lab / f"{lab.name}.ipynb", work)
    tabs: dict[str, Layout] = {f"notebook:{notebook}": {"path": notebook, "factory": "Notebook"}}
    editors = {f"editor:{_path(file, work)}": _path(file, work) for file in _edited(lab, opens)}
    tabs.update({name: {"path": path, "factory": "Editor"} for name, path in editors.items()})
    chat = f"server-proxy:{CHAT}"
    tabs[chat] = {"url": f"{base}camp/", "title": chat_title, "newBrowserTab": False, "id": CHAT}
    beside = [list(editors), [chat]] if editors else [[chat]]
    arranged = _arranged(f"notebook:{notebook}", *beside)
    data = {"layout-restorer:data": arranged, **{name: {"data": facts} for name, facts in tabs.items()}}
    return {"data": data, "metadata": {"id": lab.name}}


def save(layout: Layout, folder: Path) -> None:
    """Puts the workspace where JupyterLab looks for it, unless there is one of its name. Call it in JupyterLab's own
    process: it imports a part of that."""
    from jupyterlab_server.workspaces_handler import WORKSPACE_EXTENSION, WorkspacesManager, slugify

    name = layout["metadata"]["id"]
    if not (folder / (slugify(name) + WORKSPACE_EXTENSION)).exists():
        WorkspacesManager(str(folder)).save(name, json.dumps(layout))


def _app_file(lab: Path, opens: str | None) -> Path | None:
    """The file that the learner edits first: the one that the lab names, function_app.py or main.tf, else its first
    Python file; None when all of the lab is in its notebook."""
    names = (*([opens] if opens else []), *APP_FILES)
    first = next((file for name in names if (file := lab / name).exists()), None)
    return first or min(lab.glob("*.py"), default=None)


def _edited(lab: Path, opens: str | None) -> list[Path]:
    """What stands beside the notebook: the workflows of a repository first, then the app's file."""
    workflows = sorted(lab.glob(".github/workflows/*.yml"))
    return [*workflows, *([app] if (app := _app_file(lab, opens)) else [])]


def _path(file: Path, work: Path) -> str:
    return file.relative_to(work).as_posix()


def _arranged(notebook: str, *beside: list[str]) -> Layout:
    """The notebook at the left, at the right the files (if there are some) over the chat, side bars folded away."""
    children = [_tabs(*some) for some in beside]
    right = _area({"orientation": "vertical", "sizes": [0.3, 0.7], "children": children})
    both = [_tabs(notebook), right if len(children) > 1 else children[0]]
    dock = {"orientation": "horizontal", "sizes": [0.5, 0.5], "children": both}
    return {
        "main": {"dock": _area(dock), "current": notebook},
        "down": {"size": 0, "widgets": []},
        "left": {"collapsed": True, "visible": True, "widgets": ["filebrowser"]},
        "right": {"collapsed": True, "visible": True, "widgets": []},
        "relativeSizes": [0, 1, 0],
    }


def _tabs(*widgets: str) -> Layout:
    return {"type": "tab-area", "currentIndex": 0, "widgets": list(widgets)}


def _area(split: Layout) -> Layout:
    return {"type": "split-area", **split}
