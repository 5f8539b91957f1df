import json
import re
from pathlib import Path

import pytest

from autograder import project
from autograder.jupyter import configuration, pages, url
from autograder.lab import Lab, labs
from autograder.layout import layout_of, save


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """A lab's folder as it is laid out, under a work folder whose name holds a space."""
    folder = tmp_path / "my wörk" / "1-tiny"
    folder.mkdir(parents=True)
    for name in ("1-tiny.ipynb", "function_app.py", "host.json"):
        (folder / name).touch()
    return folder


def test_the_notebook_opens_with_the_app_and_the_chat_beside_it(lab: Path) -> None:
    data = layout_of(lab, lab.parent, "Chat")["data"]
    assert data["notebook:1-tiny/1-tiny.ipynb"]["data"]["path"] == "1-tiny/1-tiny.ipynb"
    assert data["editor:1-tiny/function_app.py"]["data"]["path"] == "1-tiny/function_app.py"
    assert data["server-proxy:server-proxy:camp"]["data"]["url"] == "/camp/"
    arranged = json.dumps(data["layout-restorer:data"]["main"])
    assert all(f'"{tab}"' in arranged for tab in data if tab != "layout-restorer:data")


def test_code_to_chat_is_as_three_to_seven(lab: Path) -> None:
    left, right = layout_of(lab, lab.parent, "Chat")["data"]["layout-restorer:data"]["main"]["dock"]["children"]
    code, chat = right["children"]
    assert right["orientation"] == "vertical" and right["sizes"] == [0.3, 0.7]
    assert (left["widgets"], code["widgets"], chat["widgets"]) == (
        ["notebook:1-tiny/1-tiny.ipynb"],
        ["editor:1-tiny/function_app.py"],
        ["server-proxy:server-proxy:camp"],
    )


def test_a_lab_without_a_function_app_opens_its_first_python_file(lab: Path) -> None:
    (lab / "function_app.py").unlink()
    (lab / "partitioning.py").touch()
    assert "editor:1-tiny/partitioning.py" in layout_of(lab, lab.parent, "Chat")["data"]


@pytest.mark.parametrize("lab", labs(), ids=lambda lab: lab.name)
def test_the_file_that_a_lab_names_exists_and_opens(lab: Lab) -> None:
    """A folder of several files has one that the learner begins with, and its notebook says which."""
    notebook = json.loads((project.content("notebooks") / lab.name / f"{lab.name}.ipynb").read_text("utf-8"))
    named = re.search(r"\[([\w.]+)\]\(\1\), at the right", "".join("".join(one["source"]) for one in notebook["cells"]))
    data = layout_of(lab.starter, project.content("labs"), "Chat", opens=lab.opens)["data"]
    opened = {tab.rpartition("/")[2] for tab in data if tab.startswith("editor:")}
    assert not lab.opens or opened == {lab.opens}
    assert not named or named[1] in opened


def test_a_lab_of_infrastructure_opens_its_main_file(lab: Path) -> None:
    (lab / "function_app.py").unlink()
    (lab / "main.tf").touch()
    assert "editor:1-tiny/main.tf" in layout_of(lab, lab.parent, "Chat")["data"]


def test_the_workflows_of_a_repository_open_before_its_app(lab: Path) -> None:
    workflow = lab / ".github" / "workflows" / "deploy.yml"
    workflow.parent.mkdir(parents=True)
    workflow.touch()
    _notebook, right = layout_of(lab, lab.parent, "Chat")["data"]["layout-restorer:data"]["main"]["dock"]["children"]
    assert right["children"][0]["widgets"] == [
        "editor:1-tiny/.github/workflows/deploy.yml",
        "editor:1-tiny/function_app.py",
    ]


def test_a_lab_that_is_all_in_its_notebook_opens_no_editor(lab: Path) -> None:
    (lab / "function_app.py").unlink()
    data = layout_of(lab, lab.parent, "Chat")["data"]
    assert set(data) == {"layout-restorer:data", "notebook:1-tiny/1-tiny.ipynb", "server-proxy:server-proxy:camp"}
    left, right = data["layout-restorer:data"]["main"]["dock"]["children"]
    assert (left["type"], right["type"]) == ("tab-area", "tab-area")


def test_the_learners_own_arrangement_stays(lab: Path, tmp_path: Path) -> None:
    folder = tmp_path / "workspaces"
    layout = layout_of(lab, lab.parent, "Chat")
    save(layout, folder)
    [kept] = folder.iterdir()
    assert json.loads(kept.read_text("utf-8"))["data"] == layout["data"]
    kept.write_text("rearranged", "utf-8")
    save(layout, folder)
    assert kept.read_text("utf-8") == "rearranged"


def test_the_address_opens_the_labs_workspace(lab: Path) -> None:
    address = url(8888, "t", lab / "1-tiny.ipynb", lab.parent)
    assert address == "http://127.0.0.1:8888/lab/workspaces/1-tiny/tree/1-tiny/1-tiny.ipynb?token=t"
    (lab / "1-tiny.ipynb").unlink()
    assert url(8888, "t", lab / "1-tiny.ipynb", lab.parent) == "http://127.0.0.1:8888/lab?token=t"


def test_the_launcher_shows_every_page_of_the_portal(tmp_path: Path) -> None:
    servers = configuration(8888, 7070, tmp_path)["ServerProxy"]["servers"]  # type: ignore[index]
    entries = [server["launcher_entry"] for server in servers.values()]
    assert {entry["path_info"]: entry["title"] for entry in entries} == {
        f"camp/{path}": title for path, title in pages().items()
    }
    assert all(Path(entry["icon_path"]).is_file() for entry in entries)


def test_a_drawing_in_a_notebook_fits_beside_the_app_on_a_small_laptop() -> None:
    """At 1280 pixels a line of code has 49 letters in a notebook; what is longer is wrapped."""
    for notebook in project.content("notebooks").glob("*/*.ipynb"):
        cells = json.loads(notebook.read_text("utf-8"))["cells"]
        texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
        drawings = [found for text in texts for found in re.findall(r"^```\n(.*?)^```", text, re.DOTALL | re.MULTILINE)]
        wide = [line for drawing in drawings for line in drawing.splitlines() if len(line) > 49 and "curl " not in line]
        assert wide == [], notebook.name
