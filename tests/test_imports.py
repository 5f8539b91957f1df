"""Who may import whom: the contracts in pyproject.toml, held by import-linter."""

import os
import subprocess
from pathlib import Path

from localcloud import extras

PROJECT = Path(__file__).parents[1]
CIRCLE = """
[tool.importlinter]
root_packages = ["tiny"]
exclude_type_checking_imports = true
contract_types = ["no_circles: import_circles.NoCircles"]
[[tool.importlinter.contracts]]
name = "No circle"
type = "no_circles"
"""


def lint_imports(config: Path, *packages: Path) -> "subprocess.CompletedProcess[str]":
    places = os.pathsep.join(str(one) for one in (*packages, extras.locks() / "repository"))
    return subprocess.run(
        extras.ensure("repository", print).command("lint-imports", "--no-cache", str(config)),
        cwd=config.parent,
        env={**os.environ, "PYTHONPATH": places, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_layers_are_kept_and_there_is_no_circle() -> None:
    done = lint_imports(PROJECT / "pyproject.toml", PROJECT, PROJECT / "infra")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Contracts: 4 kept, 0 broken." in done.stdout


def test_a_circle_is_found_also_through_an_import_within_a_function(tmp_path: Path) -> None:
    package = tmp_path / "tiny"
    package.mkdir()
    (tmp_path / "pyproject.toml").write_text(CIRCLE)
    (package / "__init__.py").touch()
    (package / "one.py").write_text("import tiny.two\n")
    (package / "two.py").write_text("def late():\n    import tiny.three\n")
    (package / "three.py").write_text("import typing\nif typing.TYPE_CHECKING:\n    import tiny.one\n")
    assert lint_imports(tmp_path / "pyproject.toml", tmp_path).returncode == 0
    (package / "three.py").write_text("import tiny.one\n")
    done = lint_imports(tmp_path / "pyproject.toml", tmp_path)
    assert done.returncode == 1
    assert "tiny.one -> tiny.two -> tiny.three -> tiny.one" in done.stdout.replace("\n", " ")
