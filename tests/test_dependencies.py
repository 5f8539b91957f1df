"""What our packages import is declared in pyproject.toml, and what is declared is used.

deptry does much of this, but takes all `azure.*` packages for one, since they share that name.
"""

import ast
import re
import sys
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if sys.version_info >= (3, 11):
    from tomllib import loads
else:
    from tomli import loads

PROJECT = Path(__file__).parents[1]
OURS = ("autograder", "infra/localcloud")
AROUND = ("tests", "benchmarks", "docs")
IN_WORKERS = (
    *("infra/localcloud/functions/worker", "infra/localcloud/aws/worker"),
    *("autograder/answers/inside", "autograder/sandbox/inside"),
)
IN_EXTRAS = {
    "infra/localcloud/aws/server": "moto",
    "infra/localcloud/azurerm/plugin": "azurerm",
    "infra/localcloud/github/runner/programs": "runner",
    "infra/localcloud/github/runner/programs/az": "runner",
}  # programs that run in the environment of an extra
OTHERWISE_NAMED = {"grpc": "grpcio"}  # modules of distributions of extras
STANDARD = sys.stdlib_module_names
OWN = {"autograder", "localcloud", "benchmarks", "conftest", "capability_page"}

# Declared, and used without an import.
USED = {
    "jupyter-server-proxy": "an extension of JupyterLab",
    "mypy": "a command",
    "pytest-xdist": "a plug-in of pytest",
    "ruff": "a command",
    "types-croniter": "read by mypy",
    "types-psutil": "read by mypy",
}


@cache
def owners() -> dict[str, set[str]]:
    """Which installed distributions bring a module, by its dotted name."""
    found: dict[str, set[str]] = {}
    for one in distributions():
        name = canonicalize_name(one.name)
        for line in (one.read_text("RECORD") or "").splitlines():
            path, _comma, _rest = line.partition(",")
            if path.endswith((".py", ".so")) and not path.startswith(".."):
                *folders, file = path.split("/")
                module = file.split(".")[0]
                dotted = ".".join(folders if module == "__init__" else [*folders, module])
                found.setdefault(dotted, set()).add(name)
    return found


@cache
def imported(folders: tuple[str, ...]) -> dict[str, str]:
    """The dotted names that the Python files import from elsewhere, and one place of each."""
    found: dict[str, str] = {}
    for path in (path for folder in folders for path in (PROJECT / folder).rglob("*.py")):
        if str(path.parent.relative_to(PROJECT)) in set(IN_EXTRAS) - set(folders):
            continue
        beside = {one.stem for one in path.parent.glob("*.py")} if folders != OURS else set()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            for name in names(node):
                if name.split(".")[0] not in STANDARD | OWN | beside:
                    found[name] = f"{path.relative_to(PROJECT)}:{getattr(node, 'lineno', 0)}"
    return found


def names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [one.name for one in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level and node.module:
        return [f"{node.module}.{one.name}" for one in node.names]
    return []


def distribution_of(name: str) -> set[str]:
    """The distributions that bring this module, or the one that this name is taken from."""
    while name:
        if name in owners():
            return owners()[name]
        name = name.rpartition(".")[0]
    return set()


def declared() -> dict[str, set[str]]:
    """What pyproject.toml declares: by extra, and as `""` what everyone needs."""
    project = loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    groups = {"": project["dependencies"], **project["optional-dependencies"]}
    return {extra: {canonicalize_name(Requirement(one).name) for one in lines} for extra, lines in groups.items()}


def undeclared(folders: tuple[str, ...], allowed: set[str]) -> list[str]:
    found, absent = imported(folders), absent_here(allowed)
    return [
        f"{found[name]} imports {name} of {sorted(distribution_of(name)) or 'nowhere'}"
        for name in sorted(found)
        if not distribution_of(name) & allowed and name.split(".")[0] not in absent
    ]


def absent_here(allowed: set[str]) -> set[str]:
    """Modules of declared packages that this Python has no need of, such as tomli."""
    installed = set().union(*owners().values())
    return {name.replace("-", "_") for name in allowed - installed}


def test_what_our_packages_import_is_declared() -> None:
    assert undeclared(OURS, declared()[""] | declared()["cluster"]) == []


def test_what_tests_and_benchmarks_import_is_declared() -> None:
    assert undeclared(AROUND, set().union(*declared().values())) == []


def test_what_is_declared_is_used() -> None:
    names = {**imported(OURS), **imported(AROUND)}
    used = {one for name in names for one in distribution_of(name)}
    used |= {name.split(".")[0].replace("_", "-") for name in names}  # of packages that this Python has no need of
    assert sorted(set().union(*declared().values()) - used - set(USED)) == []
    assert sorted(set(USED) & used) == [], "these are imported now: take them off the list"


def test_what_runs_beside_learners_code_imports_what_an_app_may_use() -> None:
    lines = (PROJECT / "requirements-apps.in").read_text("utf-8").splitlines()
    allowed = {canonicalize_name(line) for line in lines if re.match(r"[\w-]+$", line)}
    assert undeclared(IN_WORKERS, allowed) == []


def test_what_runs_in_the_environment_of_an_extra_imports_what_the_extra_has() -> None:
    for folder, extra in IN_EXTRAS.items():
        locked = locked_in(PROJECT / "extras" / extra / "requirements.lock")
        modules = {name.split(".")[0] for name in imported((folder,))}
        assert {OTHERWISE_NAMED.get(one, one) for one in modules} <= locked


def test_what_is_declared_is_locked() -> None:
    assert set().union(*declared().values()) <= locked_in(PROJECT / "requirements.lock")


def test_workflows_install_the_versions_that_an_app_has() -> None:
    apps = versions_in(PROJECT / "requirements-apps.lock")
    wheels = versions_in(PROJECT / "extras" / "runner" / "wheels.lock")
    assert apps <= wheels
    assert {name for name, _version in wheels - apps} == {"pip", "setuptools", "wheel"}


def versions_in(lock: Path) -> set[tuple[str, str]]:
    return set(re.findall(r"^([\w.-]+)==([^\s;]+)", lock.read_text("utf-8"), re.MULTILINE))


def locked_in(lock: Path) -> set[str]:
    return {canonicalize_name(name) for name in re.findall(r"^([\w.-]+)==", lock.read_text("utf-8"), re.MULTILINE)}
