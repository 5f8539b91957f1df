import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder import lab, project
from autograder.environment import Environment
from autograder.kinds import kind
from autograder.lab import Lab, find_lab

HERE = Path(__file__).parents[2]

TINY_TOML = """
number = 1
title = "Tiny"
minutes = 5
services = []

[[check]]
id = "1.1"
points = 2
hints = ["first", "second", "third"]
[[check]]
id = "1.2"
points = 3
hints = []
pays_with = "1.1"
[[check]]
id = "1.3"
points = 1
hints = []
needs = ["faults"]

[[mutant]]
name = "says-bye"
misconception = "Any greeting will do."
check = "1.1"

[predict]
question = "Is 1 < 2?"
[[predict.option]]
text = "yes"
right = true
explanation = "It is <less>."
[[predict.option]]
text = "no"
explanation = "Count again."
"""

TINY_CHECKS = '''
from autograder.checks import Camp, check, fail


@check("1.1")
async def test_it_greets(camp: Camp) -> None:
    """It greets"""
    name = camp.word()
    answer = await camp.get(f"/api/hello?name={name}")
    if answer.text != f"Hello, {name}":
        fail(seen=answer.text, expected=f"Hello, {name}", next="Greet.")


@check("1.2")
async def test_it_is_up(camp: Camp) -> None:
    """It is up"""
    assert (await camp.get("/api/hello")).status == 200


@check("1.3", workers=2)
async def test_two_are_up(camp: Camp) -> None:
    """Two are up"""
    if (await camp.get("/api/hello")).text.startswith("nobody"):
        fail(seen="nobody", expected="somebody", next="Come.")
'''

TINY_SOLUTION = """
import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="hello")
def hello(req: func.HttpRequest) -> str:
    ### BEGIN SOLUTION
    # STARTER: # Greet.
    # STARTER: return "nobody"
    return "Hello, " + req.params.get("name", "you")
    ### END SOLUTION
""".lstrip()

TINY_PATCH = """--- a/function_app.py
+++ b/function_app.py
@@ -8,5 +8,5 @@
     ### BEGIN SOLUTION
     # STARTER: # Greet.
     # STARTER: return "nobody"
-    return "Hello, " + req.params.get("name", "you")
+    return "Bye, " + req.params.get("name", "you")
     ### END SOLUTION
"""


def use_root(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMP_ROOT", str(root))
    monkeypatch.setenv("CAMP_LANG", "en")
    monkeypatch.setenv("CAMP_APPS_PYTHON", str(HERE / ".venv-apps" / "bin" / "python"))
    project.root.cache_clear()


@pytest.fixture
def learner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A learner's project folder with the real labs; Lab 1 is laid out."""
    root = tmp_path / "camp"
    root.mkdir()
    for name in ("labs", "notebooks", "solutions"):
        (root / name).symlink_to(HERE / name)
    shutil.copytree(
        HERE / "labs" / "1-slack-bot", root / "work" / "1-slack-bot", ignore=shutil.ignore_patterns("lab.toml")
    )
    use_root(root, monkeypatch)
    yield root
    project.root.cache_clear()


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """A lab of three checks in a project folder of its own; its work folder holds the solution."""
    root = tmp_path / "tiny"
    files = {
        "labs/1-tiny/lab.toml": TINY_TOML,
        "labs/1-tiny/host.json": '{"version": "2.0"}\n',
        "solutions/1-tiny/function_app.py": TINY_SOLUTION,
        "solutions/1-tiny/host.json": '{"version": "2.0"}\n',
        "solutions/1-tiny/mutants/says-bye.patch": TINY_PATCH,
        "work/1-tiny/function_app.py": TINY_SOLUTION,
        "work/1-tiny/host.json": '{"version": "2.0"}\n',
        "checks/tiny.py": TINY_CHECKS,
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    (root / "notebooks").mkdir()
    use_root(root, monkeypatch)
    monkeypatch.setattr(lab, "CHECKS", root / "checks")
    sys.modules.pop("tiny", None)  # the checks of an earlier test
    yield find_lab("1")
    project.root.cache_clear()


@pytest.fixture
def uncommitted(tiny: Lab) -> Lab:
    """The lab of three checks, with a repository for its hand-in in which something was not committed."""
    path = project.root() / "labs" / "1-tiny" / "lab.toml"
    path.write_text(path.read_text("utf-8").replace("services = []", 'services = []\nkinds = ["repository"]'), "utf-8")
    kind("repository").laid_out(tiny.work)
    (tiny.work / "function_app.py").write_text("# not committed\n")
    return find_lab("1")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The workers that each new cloud starts with."""
    found: list[int] = []
    start = Environment.start

    async def noted(one: Lab, app: Path, seed: str, workers: int = 1, *rest: Any) -> Environment:
        found.append(workers)
        return await start(one, app, seed, workers, *rest)

    monkeypatch.setattr(Environment, "start", noted)
    return found
