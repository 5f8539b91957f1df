"""Binder's files: what repo2docker makes of them, and that the camp runs beside a hub's JupyterLab.

Not tested here: conda's and apt's packages, and the size of the image; they need a container engine.
"""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from autograder import project
from benchmarks.binder import BASE, Server, own, running
from benchmarks.sandbox_camp import camp_root

PROJECT = Path(__file__).parents[1]
BINDER = PROJECT / "binder"
WHOLE = int(os.environ.get("CAMP_SEEDS", "1")) > 1
REPO2DOCKER = "jupyter-repo2docker==2026.4.0"  # makes the Dockerfile; needed by no one but this test
ORDINARY_USER = 65534

whole = pytest.mark.skipif(not WHOLE, reason="minutes, and the network: ./camp test --all")


def test_conda_brings_python_and_the_node_that_azurite_asks_for() -> None:
    *packages, pip = yaml.safe_load((BINDER / "environment.yml").read_text("utf-8"))["dependencies"]
    assert packages == ["python=3.12", "nodejs>=22", "pip"]
    azurite = json.loads((project.parts() / "node_modules" / "azurite" / "package.json").read_text("utf-8"))
    assert azurite["engines"]["node"] == ">=22.0.0"
    locked = (PROJECT / "requirements.lock").read_text("utf-8")
    assert [one for one in pip["pip"] if f"\n{one} \\" not in locked] == []


@pytest.mark.parametrize("name", ["postBuild", "start"])
def test_scripts_are_executable_plain_shell(name: str) -> None:
    script = BINDER / name
    assert script.read_text("utf-8").startswith("#!/bin/sh\n") and os.access(script, os.X_OK)
    subprocess.run(["sh", "-n", str(script)], check=True)


def test_start_ends_as_the_servers_command_in_its_folder(tmp_path: Path) -> None:
    """The camp itself cannot start in an empty folder; the server does so all the same, and the reason is shown."""
    environment = {**own(tmp_path), "HOME": str(tmp_path)}
    command = [str(BINDER / "start"), "sh", "-c", 'pwd; echo "$1 $CAMP_NO_JUPYTER"; exit 7', "sh", "an argument"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (7, f"{tmp_path}\nan argument 1\n")
    assert "JupyterLab starts without the camp's pages" in done.stderr


def test_a_learners_check_needs_no_bubblewrap(tmp_path: Path) -> None:
    refused = tmp_path / "bwrap"
    refused.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    refused.chmod(0o755)
    command = [sys.executable, "-m", "autograder.cli", "check", "0", "--app", str(PROJECT / "solutions" / "0-warm-up")]
    environment = {**os.environ, "CAMP_ROOT": str(PROJECT), "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def lay_out(root: Path) -> None:
    """Lab 0 alone, as the build lays out all."""
    command = "from autograder import workspace; workspace.lay_out('0-warm-up')"
    subprocess.run([sys.executable, "-c", command], env=own(root), check=True)


def test_the_camp_runs_beside_a_hubs_jupyterlab() -> None:
    with camp_root() as root:
        lay_out(root)
        with running(root, "0", "/api/ping?name=x") as server:
            the_lab_is_there(server)
            the_portal_is_there(server)
            seen = asyncio.run(server.execute("from autograder.notebook import check\ncheck('0.1')"))
            assert "0.1 did not pass" in seen  # it is the starter


def the_lab_is_there(server: Server) -> None:
    workspace = json.loads(server.get("lab/api/workspaces/default"))["data"]
    assert workspace["notebook:work/0-warm-up/0-warm-up.ipynb"]
    page = workspace["server-proxy:server-proxy:camp"]["data"]
    assert (page["title"], page["url"]) == ("Functions", f"{BASE}camp/")
    notebook = (server.root / "work" / "0-warm-up" / "0-warm-up.ipynb").read_text("utf-8")
    assert f"]({BASE}camp/functions)" in notebook and "](/camp/" not in notebook


def the_portal_is_there(server: Server) -> None:
    launcher = json.loads(server.get("server-proxy/servers-info"))["server_processes"]
    assert {"Chat", "Functions", "Timeline"} <= {one["launcher_entry"]["title"] for one in launcher}
    assert "Functions" in server.get("camp/")  # of Lab 0's services, the first that has a page


@whole
def test_repo2docker_makes_a_dockerfile_of_them(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    subprocess.run([tmp_path / "venv" / "bin" / "pip", "install", "--quiet", REPO2DOCKER], check=True)
    made = subprocess.run(
        [tmp_path / "venv" / "bin" / "jupyter-repo2docker", "--no-build", "--debug", str(PROJECT)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    order = [
        "apt-get install --yes --no-install-recommends bubblewrap",
        'env update -p ${NB_PYTHON_PREFIX} --file "binder/environment.yml"',
        "USER ${NB_USER}",
        "RUN ./binder/postBuild",
        'ENV R2D_ENTRYPOINT="${REPO_DIR}/binder/start"',
    ]
    places = [made.stdout.rfind(line) for line in order]
    assert -1 not in places and places == sorted(places), made.stdout
    assert "python=3.12" in made.stderr


@pytest.fixture
def clone() -> Iterator[Path]:
    """A clone of its own, which belongs to an ordinary user where the tests run as root."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        place = Path(folder) / "camp"
        subprocess.run(["git", "clone", "--quiet", str(PROJECT), str(place)], check=True)
        if os.getuid() == 0:
            os.chmod(folder, 0o755)
            for path in (place, *place.rglob("*")):
                os.chown(path, ORDINARY_USER, ORDINARY_USER, follow_symlinks=False)
        yield place


@whole
def test_build_and_start_work_for_an_ordinary_user(clone: Path) -> None:
    user: dict[str, object] = {}
    if os.getuid() == 0:
        user = {"user": ORDINARY_USER, "group": ORDINARY_USER, "extra_groups": []}
    environment = {**os.environ, "HOME": str(clone)}  # as repo2docker has it
    for name in ("CAMP_ROOT", "VIRTUAL_ENV", "CAMP_SEEDS", "CAMP_APPS_PYTHON"):
        environment.pop(name, None)
    built = subprocess.run(
        [clone / "binder" / "postBuild"], cwd=clone, env=environment, capture_output=True, text=True, **user
    )  # type: ignore[call-overload]
    assert built.returncode == 0, built.stdout + built.stderr
    assert re.search(r"^moto +installed", built.stdout, re.MULTILINE)
    made = {path.stem for path in (clone / ".camp" / "slides").glob("*.html")}
    assert made == {path.stem for path in (clone / "slides").glob("*.md")}
    assert {path.name for path in (clone / "work").iterdir()} == {path.name for path in (clone / "labs").iterdir()}
    shutil.rmtree(clone / ".git")  # a hub's image need not have it
    with running(clone, "4", "/api/messages?channel=x", **user) as server:
        print(f"answers after {server.seconds:.0f} s")
        services = json.loads((clone / ".camp" / "services.json").read_text("utf-8"))
        assert {"aws", "cosmos", "azurite", "functions", "portal"} <= set(services)
        assert "jupyter" not in services
        assert json.loads(server.get("api/kernelspecs"))["kernelspecs"]["python3"]
