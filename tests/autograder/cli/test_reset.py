import asyncio
import fcntl
import json
import os
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from autograder import bundle, localcamp, project, workspace
from autograder.cli import CampError
from autograder.cli.reset import refuse_if_open
from autograder.lab import LabError, find_lab
from localcloud.github.forge import Forge
from localcloud.github.program import REPOSITORIES, Options, connect
from localcloud.journal import Journal
from localcloud.registry import service
from localcloud.supervisor.ledger import Entry, born

CampCommand = Callable[..., "CompletedProcess[str]"]


@pytest.fixture
def work(with_notebook: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The laid-out lab."""
    monkeypatch.setenv("CAMP_ROOT", str(with_notebook))
    project.root.cache_clear()
    workspace.lay_out("1-tiny")
    return with_notebook / "work" / "1-tiny"


@pytest.fixture(autouse=True)
def forget_the_root() -> object:
    yield
    project.root.cache_clear()


def test_laying_out_gives_the_starter_and_the_student_notebook(work: Path) -> None:
    assert sorted(path.name for path in work.rglob("*")) == ["1-tiny.ipynb", "function_app.py", "host.json"]
    notebook = (work / "1-tiny.ipynb").read_text()
    assert "YOUR CODE HERE" in notebook
    assert "answer = 42" not in notebook
    assert "HIDDEN" not in notebook


KERNEL = "import json; from ipykernel.ipkernel import IPythonKernel; print(json.dumps(IPythonKernel.language_info))"


def test_the_notebook_says_of_its_language_what_jupyterlab_would_write(work: Path) -> None:
    told = subprocess.run([sys.executable, "-c", KERNEL], capture_output=True, text=True, check=True)
    notebook = json.loads((work / "1-tiny.ipynb").read_text("utf-8"))
    assert notebook["metadata"]["language_info"] == json.loads(told.stdout)


def test_what_a_learner_wrote_is_never_overwritten_and_what_is_missing_comes_back(work: Path) -> None:
    (work / "function_app.py").write_text("mine")
    (work / "host.json").unlink()
    assert workspace.lay_out("1-tiny") == [work / "host.json"]
    assert (work / "function_app.py").read_text() == "mine"


def test_a_lab_is_found_by_number_and_by_name(work: Path) -> None:
    assert find_lab("1").name == find_lab("tiny").name == find_lab("1-tiny").name == "1-tiny"
    with pytest.raises(LabError, match=r"There is no lab 7. The labs are: 1-tiny\."):
        find_lab("7")


def test_reset_asks_and_does_nothing_on_no(work: Path, camp_command: CampCommand) -> None:
    (work / "function_app.py").write_text("mine")
    done = camp_command("reset", "1", input="n\n")
    assert done.returncode == 1
    assert "Put 1-tiny back to the starter?" in done.stdout
    assert (work / "function_app.py").read_text() == "mine"


def test_links_to_the_portal_are_right_below_a_hubs_path(
    work: Path, camp_command: CampCommand, environment: dict[str, str]
) -> None:
    """On Binder a person's JupyterLab, with the portal's pages in it, is below a path of its own."""
    cells = [{"cell_type": "markdown", "metadata": {}, "source": "[Functions](/camp/functions)"}]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    (work.parents[1] / "notebooks" / "1-tiny" / "1-tiny.ipynb").write_text(json.dumps(notebook))
    for base in ("", "/user/aiko/"):
        environment["JUPYTERHUB_SERVICE_PREFIX"] = base
        done = camp_command("reset", "--yes")
        assert done.returncode == 0, done.stderr
        assert f"[Functions]({base or '/'}camp/functions)" in (work / "1-tiny.ipynb").read_text()


def test_reset_keeps_a_backup_of_everything_it_removes(work: Path, camp_command: CampCommand) -> None:
    (work / "function_app.py").write_text("mine")
    (work / "notes").mkdir()
    (work / "notes" / "idée.txt").write_text("keep me")
    done = camp_command("reset", "--yes")
    assert done.returncode == 0, done.stderr
    assert "FunctionApp" in (work / "function_app.py").read_text()
    assert not (work / "notes").exists()
    (backup,) = (work.parents[1] / ".camp" / "backups").glob("1-tiny-*.zip")
    assert str(backup.relative_to(work.parents[1])) in done.stdout
    with zipfile.ZipFile(backup) as archive:
        assert archive.read("1-tiny/function_app.py") == b"mine"
        assert archive.read("1-tiny/notes/idée.txt") == b"keep me"


def test_nothing_laid_out_is_nothing_to_reset(camp_command: CampCommand) -> None:
    done = camp_command("reset", "--yes")
    assert (done.returncode, done.stdout) == (0, "No lab has been laid out yet; there is nothing to reset.\n")


def test_an_unknown_lab_is_said(camp_command: CampCommand) -> None:
    done = camp_command("reset", "9", "--yes")
    assert done.returncode == 2
    assert "There is no lab 9. The labs are: 1-tiny." in done.stderr


def test_a_damaged_source_notebook_is_a_clear_error(camp_command: CampCommand, camp_root: Path) -> None:
    notebook = camp_root / "notebooks" / "1-tiny" / "1-tiny.ipynb"
    notebook.write_text(notebook.read_text().replace("check-1-1", "check 1.1"))
    done = camp_command("up", "--headless")
    assert done.returncode == 3
    assert "1-tiny.ipynb cannot be made ready: " in done.stderr
    assert "'check 1.1' does not match" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def shipping(work: Path) -> Path:
    """The lab's folder as a repository whose commits are on the local GitHub."""
    facts = work.parents[1] / "labs" / "1-tiny" / "lab.toml"
    lines = [line for line in facts.read_text().splitlines() if not line.startswith(("services", "kinds"))]
    facts.write_text("\n".join(['kinds = ["repository"]', *lines, ""]))
    workspace.lay_out("1-tiny")
    (work / "function_app.py").write_text("mine")
    bundle.git(work, *bundle.AUTHOR, "commit", "--quiet", "--all", "--message", "Mine")
    assert asyncio.run(on_the_github(work)) == 2
    (project.state() / "azure").mkdir()
    (project.state() / "azure" / "state.json").write_text("{}")
    return work


async def on_the_github(work: Path) -> int:
    """How many commits the camp's GitHub has once the folder has been pushed to it; a refused push is an error."""
    forge = Forge(project.state() / "github" / REPOSITORIES, Journal(), random.Random(1))
    repository = forge.create(work.name)
    await forge.start()
    try:
        await connect(forge, repository, Options(0, project.state() / "github", work, None, ""))
        await asyncio.to_thread(bundle.git, work, "push", "--quiet", "origin", "main")
        return int(await asyncio.to_thread(bundle.git, work, "rev-list", "--count", "origin/main"))
    finally:
        await forge.stop()


def test_reset_puts_the_local_github_back_with_the_folder(shipping: Path, camp_command: CampCommand) -> None:
    done = camp_command("reset", "1", "--yes")
    assert done.returncode == 0, done.stderr
    for title, name in (("GitHub", "github"), ("Azure", "azure")):
        assert f"What was stored in {title} is in .camp/backups/{name}-" in done.stdout
    (kept,) = (project.state() / "backups").glob("github-*")
    assert list(kept.rglob("HEAD"))
    assert asyncio.run(on_the_github(shipping)) == 1


@pytest.mark.parametrize("name", ["github", "azure"])
def test_while_the_local_github_or_azure_runs_reset_touches_nothing(
    shipping: Path, camp_command: CampCommand, name: str
) -> None:
    entry = Entry(name, os.getpid(), "http://127.0.0.1:1", "ready", born(os.getpid()) or 0.0)
    localcamp.ledger().write([entry], {})
    done = camp_command("reset", "--yes")
    assert done.returncode == 3
    assert "goes back together with your folder: 'camp down', then 'camp reset' again." in done.stderr
    assert (shipping / "function_app.py").read_text() == "mine"
    assert not (project.state() / "backups").exists()


def test_a_camp_that_is_open_on_another_lab_keeps_no_history(shipping: Path, camp_command: CampCommand) -> None:
    entry = Entry("functions", os.getpid(), "http://127.0.0.1:1", "ready", born(os.getpid()) or 0.0)
    localcamp.ledger().write([entry], {})
    assert "What was stored in GitHub is in " in camp_command("reset", "1", "--yes").stdout
    assert asyncio.run(on_the_github(shipping)) == 1


def test_while_somebody_applies_reset_touches_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project, "state", lambda: tmp_path)
    lock = tmp_path / "tofu" / "model" / "resources.lock"
    lock.parent.mkdir(parents=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(CampError, match="camp tofu"):
            refuse_if_open(service("resources"))
    refuse_if_open(service("resources"))
