"""Each workaround is still needed: where a test fails that says so, the workaround can go."""

import ast
import gc
import importlib
import pkgutil
import subprocess
import sys
import weakref
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from autograder import workarounds
from autograder.workarounds.aiohttp_servers import forget_servers
from localcloud import workarounds as of_localcloud
from localcloud.serving import Server

HERE = Path(__file__).parents[2]
# moto's own Python runs this program, and has no localcloud to import a workaround from. That moto needs both is shown
# in tests/localcloud/aws/test_moto.py.
REPLACED_ELSEWHERE = [
    "infra/localcloud/aws/server/serve.py: BaseResponse._authenticate_and_authorize_normal_action",
    "infra/localcloud/aws/server/serve.py: SQSBackend.receive_message",
]
NAMES = [
    f"{package.__name__}.{one.name}"
    for package in (workarounds, of_localcloud)
    for one in pkgutil.iter_modules(package.__path__)
]
LINKS = """
import sys
if len(sys.argv) > 1:
    from autograder.workarounds.jsonschema_links import without_link_grammar
    without_link_grammar()
import jsonschema
print(sys.modules.get("rfc3987_syntax") is not None, "lark" in sys.modules)
"""
GRADEBOOK = """
import sys
from autograder.workarounds.jsonschema_links import without_link_grammar
without_link_grammar()
from nbgrader import api
from autograder.workarounds.nbgrader_gradebook import know_the_schema, stay_connected

asked, connected = [], []
check_output, create_engine = api.sp.check_output, api.create_engine
api.create_engine = lambda *arguments, **more: connected.append(1) or create_engine(*arguments, **more)

def opened(name, times=1):
    for _time in range(times):
        with api.Gradebook(f"sqlite:///{sys.argv[1]}/{name}.db", "course") as gradebook:
            version, = gradebook.db.execute(api.text("SELECT version_num FROM alembic_version")).one()
    counts = len(asked), len(connected)
    asked.clear(), connected.clear()
    return [version, counts]

api.sp.check_output = lambda *arguments, **more: asked.append(1) or check_output(
    [sys.executable, "-m", "alembic.config", *arguments[0][1:]], **more)
before = [opened("a"), opened("a", 3)]
know_the_schema()
knowing = opened("b")
stay_connected()
print([before[0][0] == knowing[0], before[0][1], before[1][1], knowing[1], opened("c", 3)[1]])
"""
SCORE = """
from autograder.workarounds.jsonschema_links import without_link_grammar
without_link_grammar()
from nbformat import from_dict
from nbgrader.utils import determine_grade
from autograder.grading import display
from autograder.workarounds.nbgrader_scores import SaveCampGrades
from nbgrader.preprocessors import SaveAutoGrades
facts = {"nbgrader": {"grade": True, "solution": False, "points": 2, "grade_id": "check-1-1"}}
cell = from_dict({"cell_type": "code", "metadata": facts, "source": "", "outputs": [display.broken("the disk")]})
print(determine_grade(cell), "_add_score" in vars(SaveAutoGrades))
"""

ARROWS = """
from types import SimpleNamespace as Some
from autograder.workarounds.jsonschema_links import without_link_grammar
without_link_grammar()
from autograder.workarounds.nbgrader_arrows import skip_what_needs_nobody
from nbgrader.server_extensions.formgrader.handlers import SubmissionNavigationHandler as Arrows

def submission(id, needs, score):
    check = Some(needs_manual_grade=False, auto_score=2.0)
    return Some(id=id, grades=[check, Some(needs_manual_grade=needs, auto_score=score)])

submissions = [submission("a", True, None), submission("b", False, 0.0), submission("c", False, None)]
here = Some(
    gradebook=Some(notebook_submissions=lambda _notebook, _assignment: submissions),
    api=Some(_filter_existing_notebooks=lambda _assignment, found: found),
    path_kwargs={"submission_id": "a"},
)
before = Arrows._get_submission_ids(here, "1", "1")
skip_what_needs_nobody()
print([before, Arrows._get_submission_ids(here, "1", "1")])
"""


def printed(code: str, *arguments: str) -> str:
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("name", NAMES)
def test_each_has_its_reason_and_its_version(name: str) -> None:
    module = importlib.import_module(name)
    words = f"{module.PACKAGE} was upgraded: these tests tell whether {name} is still needed; then VERSION changes"
    assert module.__doc__ and version(module.PACKAGE) == module.VERSION, words


async def served() -> "weakref.ref[web.Application]":
    """An application that has answered a request, and has ended."""

    async def hello(_request: web.Request) -> web.Response:
        return web.Response(text="hello")

    app = web.Application()
    app.router.add_get("/", hello)
    server = Server(app)
    await server.start()
    async with aiohttp.ClientSession() as client, client.get(server.url) as answer:
        assert await answer.text() == "hello"
    await server.stop()
    return weakref.ref(app)


async def test_aiohttp_remembers_what_has_ended() -> None:
    app = await served()
    gc.collect()
    assert app() is not None, "aiohttp forgets by itself: aiohttp_servers.py is needless"
    forget_servers()
    gc.collect()
    assert app() is None


def test_jsonschema_loads_a_grammar() -> None:
    assert printed(LINKS) == "True True", "jsonschema loads no grammar: jsonschema_links.py is needless"
    assert printed(LINKS, "without") == "False False"


def test_nbgrader_opens_its_gradebook_the_long_way(tmp_path: Path) -> None:
    same, first, again, knowing, shared = ast.literal_eval(printed(GRADEBOOK, str(tmp_path)))
    assert same and knowing == (0, 1) and shared == (0, 1)
    assert first == (1, 1), "nbgrader asks no other process: know_the_schema is needless"
    assert again == (0, 3), "nbgrader shares connections: stay_connected is needless"


def test_nbgrader_gives_no_points_for_a_fault_of_ours() -> None:
    assert printed(SCORE) == "(0, 2.0) True", "nbgrader leaves errors to people: nbgrader_scores.py is needless"


def test_formgraders_arrows_lead_to_everybody() -> None:
    before, after = ast.literal_eval(printed(ARROWS))
    assert before == ["a", "b", "c"], "formgrader passes over what is settled: nbgrader_arrows.py is needless"
    assert after == ["a", "c"]


def modules() -> Iterator[tuple[Path, ast.Module]]:
    """Our own modules, parsed, but for the workarounds."""
    for folder in ("autograder", "infra/localcloud"):
        for path in (HERE / folder).rglob("*.py"):
            if path.parent.name != "workarounds":
                yield path.relative_to(HERE), ast.parse(path.read_text("utf-8"))


def test_nothing_else_imports_what_is_private_elsewhere() -> None:
    found = []
    for path, tree in modules():
        for node in ast.walk(tree):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            names += [one.name for one in node.names] if isinstance(node, ast.Import) else []
            private = [one for one in names if "._" in one or one.startswith("aiohttp.web_")]
            found += [f"{path}:{node.lineno}: {one}" for one in private]
    assert found == []


def imported(tree: ast.Module) -> dict[str, str]:
    """The names that a module imports, each with the package that it comes from."""
    found = {}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                found.update({one.asname or one.name.split(".")[0]: one.name.split(".")[0] for one in names})
            case ast.ImportFrom(module=str(module), level=0, names=names):
                found.update({one.asname or one.name: module.split(".")[0] for one in names})
    return found


def assigned(tree: ast.Module) -> Iterator[ast.Attribute]:
    """The attributes that a module assigns to."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, (ast.Store, ast.Del)):
            yield node


def test_nothing_else_replaces_what_is_elsewhere() -> None:
    """Of others' packages nothing at all, of Python's own nothing that is private."""
    found = []
    for path, tree in modules():
        packages = imported(tree)
        for one in assigned(tree):
            package = packages.get(ast.unparse(one).split(".")[0], "localcloud")
            ours = package in ("autograder", "localcloud")
            if not ours and (package not in sys.stdlib_module_names or one.attr.startswith("_")):
                found.append(f"{path}: {ast.unparse(one)}")
    assert sorted(found) == REPLACED_ELSEWHERE
