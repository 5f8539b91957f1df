import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-apps.lock", "package-lock.json", "pyproject.toml")

# Stand-ins for the programs that reach for the network: each writes down that it was called, and makes what the real
# one would. The word in FAIL makes the call with that word fail as it does without a network.
PYTHON = """#!/bin/sh
printf '%s\\n' "$*" >>"$CALLS"
case "$*" in *"${FAIL:-nothing fails}"*) echo 'error: dns error: failed to lookup address' >&2; exit 1;; esac
case "$*" in
    "- "*) exit "${WRONG_VERSION:-0}" ;;
    *"config get"*) exit 1 ;;
    *"-m venv"*) for last; do :; done; mkdir -p "$last/bin"; cp "$0" "$last/bin/python" ;;
    *"install"*"-e "*)
        printf '#!/bin/sh\\necho "camp in $CAMP_ROOT from $(pwd) with: $*"\\n' >"$(dirname "$0")/camp"
        chmod +x "$(dirname "$0")/camp" ;;
esac
"""
NODE = """#!/bin/sh
case "$*" in *versions*) echo "${NODE_MAJOR:-22}" ;; *execPath*) echo /usr/bin/node ;; esac
"""
NPM = """#!/bin/sh
printf 'npm %s in %s\\n' "$*" "$(pwd)" >>"$CALLS"
case "npm $*" in *"${FAIL:-nothing fails}"*) echo 'npm error code ENOTFOUND' >&2; exit 1;; esac
mkdir -p node_modules/azurite
"""


@dataclass
class Clone:
    """A clone in a folder with a space and an accent, and the programs around it."""

    root: Path
    tools: Path
    calls_file: Path
    environment: dict[str, str] = field(default_factory=dict)

    def camp(self, *arguments: str, cwd: Path | None = None, **extra: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [str(self.root / "camp"), *arguments],
            cwd=cwd or self.root,
            env={**self.environment, **extra},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
        )

    def calls(self) -> list[str]:
        """What was called since the last time, without the look at Python's version."""
        lines = self.calls_file.read_text("utf-8").splitlines() if self.calls_file.exists() else []
        self.calls_file.unlink(missing_ok=True)
        return [line for line in lines if not line.startswith("- ") and "config get" not in line]


def program(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")
    path.chmod(0o755)


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    root = tmp_path / "my cämp 日本"
    tools = tmp_path / "tools"
    root.mkdir()
    tools.mkdir()
    for name in ("camp", *LOCKS):
        shutil.copy(PROJECT / name, root / name)
    for name, text in (("python3", PYTHON), ("node", NODE), ("npm", NPM)):
        program(tools / name, text)
    calls = tmp_path / "calls"
    path = f"{tools}{os.pathsep}/usr/bin{os.pathsep}/bin"
    return Clone(root, tools, calls, {"PATH": path, "CALLS": str(calls), "HOME": str(tmp_path), "LC_ALL": "C"})


@pytest.fixture
def shell() -> Callable[[str], Path]:
    """Finds a shell by name, or skips the test."""

    def find(name: str) -> Path:
        found = shutil.which(name)
        return Path(found) if found else pytest.skip(f"no {name} here")

    return find
