"""The house has one place for each thing: no lab, service or kind of hand-in is named anywhere else."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder import kinds
from autograder.lab import labs

ROOT = Path(__file__).parents[2]
SERVICES = re.compile(r"(?<!\.)\b(cosmos|slack|github|moto|azurite)\b", re.IGNORECASE)  # a folder is called .github
# Commands of one service alone, and GitHub Classroom, which is a way to hand in and no service of ours.
OF_ONE_SERVICE = {"cosmos.py", "func.py", "load.py", "github.py", "bench.py", "check.py", "__init__.py"}


def code_of(path: Path) -> Iterator[tuple[int, str]]:
    """The names and texts in a Python file, without comments and docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) if id(node) not in docstrings:
                yield node.lineno, text
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name):
                yield getattr(node, "lineno", 0), name


def imports_of(path: Path) -> Iterator[tuple[int, str]]:
    """The full names of all that a Python file imports."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, one.name) for one in names)
            case ast.ImportFrom(module=str(module), level=0, names=names):
                yield from ((node.lineno, f"{module}.{one.name}") for one in names)


def shell() -> Iterator[Path]:
    for path in sorted((ROOT / "autograder").rglob("*.py")):
        place = path.relative_to(ROOT / "autograder")
        if place.parts[0] in ("checks", "kinds") or (place.parts[0] == "cli" and path.name in OF_ONE_SERVICE):
            continue
        if "inside" in place.parts or path.name in ("sandbox.py", "classroom.py", "parts.py", "workflow.py"):
            continue  # packages that learners import; GitHub's own files; the launcher's parts
        yield path
    yield from sorted((ROOT / "infra" / "localcloud" / "supervisor").rglob("*.py"))


def is_about_rosters(path: Path) -> bool:
    """Whether it deals with students' accounts on github.com, where they may hand in."""
    return "grading" in path.parts or path.name in ("collect.py", "roster.py")


def test_no_service_is_named_outside_its_own_place() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text[:80]}"
        for path in shell()
        for line, text in code_of(path)
        if (name := SERVICES.search(text)) and not (name[0].lower() == "github" and is_about_rosters(path))
    ]
    assert not found, "\n".join(found)


def test_no_lab_is_named_in_the_code() -> None:
    slugs = "|".join(re.escape(word) for lab in labs() for word in (lab.name, lab.slug))
    named = re.compile(rf"{slugs}|\b[Ll]abs? \d|--lab \d|camp (?:up|submit|reset) \d")
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text[:80]}"
        for folder in ("autograder", "infra/localcloud")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "checks" not in path.parts
        for line, text in code_of(path)
        if named.search(text)
    ]
    assert not found, "\n".join(found)


def test_no_kind_of_hand_in_is_named_outside_its_own_place() -> None:
    """Checks, also those of a pattern, import what they see of it; others ask the registry. Kinds' names that are
    ordinary words, such as `module`, are found where they are imported."""
    own = {path.stem for path in (ROOT / "autograder" / "kinds").iterdir()} - {"__init__", "__pycache__"}
    named = re.compile(rf"autograder\.kinds\.({'|'.join(own)})\b|{'|'.join(one for one in kinds.KINDS if '-' in one)}")
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for folder in ("autograder", "infra/localcloud")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if not {"checks", "kinds", "patterns"} & set(path.relative_to(ROOT).parts)
        for line, text in [*code_of(path), *imports_of(path)]
        if named.search(text)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("module", ["autograder.cli", "autograder.lab", "localcloud.registry"])
def test_services_are_imported_lazily(module: str) -> None:
    code = f"import sys, {module}; print([name for name in sys.modules if name.endswith('.service')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_listing_services_and_reading_labs_is_cheap() -> None:
    """No server's or client's library comes along: `camp up` keeps what it imports in memory."""
    code = "import sys; from localcloud.registry import SERVICES, service; [service(name) for name in SERVICES]"
    code += "; from autograder.lab import labs; [lab.all_services for lab in labs()]"
    code += "; print([name for name in ('aiohttp', 'cryptography', 'jinja2', 'azure') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_the_smallest_lab_stays_small() -> None:
    """It is the one to copy. What somebody writes counts, without empty lines: the starter is made of the solution."""
    lab = labs()[0]
    written = [lab.starter / "lab.toml", lab.checks_file, *lab.solution.rglob("*.py"), *lab.solution.rglob("*.patch")]
    lines = [line for path in written for line in path.read_text("utf-8").splitlines() if line.strip()]
    assert 50 < len(lines) < 100
    notebook = json.loads((ROOT / "notebooks" / lab.name / f"{lab.name}.ipynb").read_text("utf-8"))
    assert 5 < len(notebook["cells"]) <= 12
