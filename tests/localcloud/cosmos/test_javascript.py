"""Microsoft's JavaScript SDK against the emulator: another client, with merging, batches and headers of its own."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).parents[3]
NODE_TESTS = PROJECT / "tests" / "node"
INSTALLED = PROJECT / ".camp" / "tests"
STEPS = 45
SECONDS = 120


def node() -> str:
    """The Node that the camp uses."""
    found = Path(sys.executable).with_name("camp-node")
    return str(found.resolve()) if found.exists() else shutil.which("node") or "node"


def npm(command: str) -> list[str]:
    """npm of the same Node: a bundled one has it beside it."""
    script = Path(command).parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [command, str(script)] if script.exists() else [shutil.which("npm") or "npm"]


@pytest.fixture(scope="module")
def modules() -> Path:
    """A folder with the packages of `tests/node/package-lock.json`, installed once."""
    files = [NODE_TESTS / name for name in ("package.json", "package-lock.json")]
    folder = INSTALLED / f"node-{zlib.crc32(b''.join(one.read_bytes() for one in files)):08x}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "node_modules" / ".package-lock.json").exists():
            for one in files:
                shutil.copy(one, folder)
            command = node()
            environment = {**os.environ, "PATH": f"{Path(command).parent}{os.pathsep}{os.environ['PATH']}"}
            subprocess.run(
                [*npm(command), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
                cwd=folder, env=environment, check=True, timeout=600,
            )  # fmt: skip
    return folder


@pytest.mark.covers(
    "Samples: @azure/cosmos (JavaScript): items, patch, queries that it merges, batch, bulk, change feed"
)
def test_every_step_of_the_javascript_sdk(modules: Path, running: Any) -> None:
    command = [node(), str(NODE_TESTS / "smoke.mjs"), running.url, running.key]
    done = subprocess.run(command, cwd=modules, capture_output=True, text=True, timeout=SECONDS, check=False)
    steps = [json.loads(line) for line in done.stdout.splitlines()]
    failed = {one["step"]: one["error"] for one in steps if "error" in one}
    assert (done.returncode, failed, done.stderr) == (0, {}, "")
    assert len(steps) >= STEPS
