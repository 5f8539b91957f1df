"""JupyterLab as a service of the camp: token on, loopback only, with the portal at `/camp/`."""

import os
import sys
from collections.abc import Collection
from pathlib import Path
from urllib.parse import quote, urlencode

from autograder.layout import layout_of, save
from autograder.workarounds.jsonschema_links import without_link_grammar
from localcloud import portal
from localcloud.loopback import LOOPBACK
from localcloud.messages import _
from localcloud.portal.registry import all_pages
from localcloud.supervisor import HttpProbe, ServiceProcess
from localcloud.supervisor.ledger import write_json

USUAL_PORT = 8888
LAB, TAB, OPENS = "CAMP_LAB_FOLDER", "CAMP_TAB", "CAMP_OPENS"
MAIN = "camp"
ICON = Path(portal.__file__).parent / "static" / "camp.svg"
CAMP = Path(sys.prefix) / "bin" / "camp"  # its first line names the Python that it needs
# Learners neither make nor validate assignments: nbgrader's tools are for instructors.
PAGE = {"disabledExtensions": {"@jupyter/nbgrader": True}}
SETTINGS: dict[str, dict[str, object]] = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    # The buttons in the corner of a cell lie on its heading in a narrow window, and copy or delete a check by a click.
    "cell-toolbar-extension/plugin": {"showToolbar": False},
}


def url(port: int, token: str, notebook: Path, work: Path) -> str:
    """The address that opens `notebook` (in a lab's folder under `work`) in the lab's workspace, or the start page."""
    lab = notebook.parent.name
    place = f"/workspaces/{quote(lab)}/tree/{quote(notebook.relative_to(work).as_posix())}" if notebook.exists() else ""
    return f"http://{LOOPBACK}:{port}/lab{place}?{urlencode({'token': token})}"


def pages(services: Collection[str] | None = None) -> dict[str, str]:
    """The portal's pages that JupyterLab's launcher shows: path and title; those of `services`, if these are named."""
    return {page.path: page.title() for page in all_pages() if services is None or page.service in services}


def server(port: int, folder: Path) -> dict[str, object]:
    """The settings of a server on loopback with its root in `folder`, which asks nobody for news or extensions."""
    return {
        "ServerApp": {
            "ip": LOOPBACK,
            "port": port,
            "port_retries": 0,
            "open_browser": False,
            "root_dir": str(folder),
            "allow_root": True,
            **terminals(),
        },
        # The editor opens files of a hidden folder, such as .github/workflows; the file browser shows them if asked.
        "ContentsManager": {"allow_hidden": True},
        "LabApp": {"extension_manager": "readonly", "check_for_updates_class": "jupyterlab.NeverCheckForUpdate"},
    }


def terminals() -> dict[str, object]:
    """Terminals run the person's shell, not as a login shell: /etc/profile would replace the PATH that has `camp`, and
    what a login sets is there already, for the server was started from a terminal."""
    if sys.platform == "win32":
        return {}
    return {"terminado_settings": {"shell_command": [os.environ.get("SHELL") or "/bin/sh"]}}


def path_with_camp(folder: Path) -> str:
    """A PATH that begins with a folder in `folder`, which has `camp` and nothing else; the rest is the person's own."""
    programs = folder / "bin"
    programs.mkdir(parents=True, exist_ok=True)
    link = programs / CAMP.name
    if not (link.is_symlink() and link.readlink() == CAMP):
        link.unlink(missing_ok=True)
        link.symlink_to(CAMP)
    return os.pathsep.join([str(programs), os.environ.get("PATH", os.defpath)])


def configuration(
    port: int, portal_port: int, work: Path, services: Collection[str] | None = None
) -> dict[str, object]:
    """The server's configuration file."""
    return {**server(port, work), "ServerProxy": {"servers": proxied(portal_port, services)}}


def proxied(portal_port: int, services: Collection[str] | None = None) -> dict[str, dict[str, object]]:
    """The portal's pages of `services` (all, if none are named) as jupyter-server-proxy shows them at `/camp/`. The
    first page that there is gives the server `camp`, which all share."""
    shown = pages(services)
    first = next(iter(shown))
    return {
        MAIN if path == first else f"{MAIN}-{path}": _proxied(portal_port, path, title) for path, title in shown.items()
    }


def _proxied(port: int, path: str, title: str) -> dict[str, object]:
    """A page as jupyter-server-proxy knows it: all of them are of the server `camp`, and open as tabs of JupyterLab."""
    return {
        "port": port,
        "absolute_url": False,
        "new_browser_tab": False,
        "request_headers_override": {"Host": f"{LOOPBACK}:{port}"},
        "launcher_entry": {
            "title": title,
            "path_info": f"camp/{path}",
            "icon_path": str(ICON),
            "category": "Notebook",  # JupyterLab draws icons of its own in the other groups, and there is none for us
        },
    }


def configure(state: Path, port: int, portal_port: int, work: Path, services: Collection[str] | None = None) -> None:
    """Writes the configuration files in `state`/jupyter, with the portal's pages of `services` (all, if none are
    named); a person's own settings there are kept."""
    folder = state / "jupyter"
    write_json(folder / "camp.json", configuration(port, portal_port, work, services))
    write_json(folder / "labconfig" / "page_config.json", PAGE)
    for name, settings in SETTINGS.items():
        file = folder / "lab" / "user-settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        if not file.exists():
            write_json(file, settings)


def service(
    port: int, token: str, work: Path, state: Path, notebook: Path, needs: tuple[str, ...], services: Collection[str],
    opens: str | None = None,
) -> ServiceProcess:  # fmt: skip
    """JupyterLab with its root in `work`, started after the processes that it `needs`; `configure` must have been
    called. Beside the notebook it opens the first page of `services`, and the lab's file `opens`."""
    folder = state / "jupyter"
    return ServiceProcess(
        name="jupyter",
        argv=[sys.executable, "-m", "autograder.jupyter", f"--config={folder / 'camp.json'}"],
        env={
            "JUPYTER_TOKEN": token,
            LAB: str(notebook.parent),
            TAB: next(iter(pages(services).values())),
            OPENS: opens or "",
            "JUPYTER_CONFIG_DIR": str(folder),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            "PYTHONUNBUFFERED": "1",
            "PATH": path_with_camp(folder),
        },
        ready=HttpProbe(port, "/api"),
        url=url(port, token, notebook, work),
        needs=needs,
        cwd=work,
        folders=(work, folder / "runtime"),
        background=True,
        start_seconds=120.0,
    )


def main() -> None:
    """Runs JupyterLab in this process until standard input ends; makes the workspace of the lab that is named."""
    without_link_grammar()
    from jupyterlab.labapp import LabApp  # type: ignore[import-untyped]

    from localcloud.supervisor.lifeline import hold

    hold()
    if (lab := Path(os.environ.get(LAB) or "")).joinpath(f"{lab.name}.ipynb").is_file():
        save(
            layout_of(lab, Path.cwd(), os.environ.get(TAB) or _("Chat"), opens=os.environ.get(OPENS)),
            Path(os.environ["JUPYTER_CONFIG_DIR"]) / "lab" / "workspaces",
        )
    LabApp.launch_instance()


if __name__ == "__main__":
    main()
