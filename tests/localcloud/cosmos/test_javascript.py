"""Microsoft's JavaScript SDK against the emulator: another client, with merging, batches and headers of its own.

Version 4.9.3 is the last that runs on Node 20, the oldest that the camp takes.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from localcloud import extras
from localcloud.storage import node

SCRIPT = Path(__file__).with_name("javascript_sdk.mjs")
STEPS = 45
SECONDS = 120


@pytest.mark.covers(
    "Samples: @azure/cosmos (JavaScript): items, patch, queries that it merges, batch, bulk, change feed"
)
def test_every_step_of_the_javascript_sdk(running: Any) -> None:
    extra = extras.ensure("cosmos-js", print)
    command = [str(node()), str(SCRIPT), running.url, running.key]
    done = subprocess.run(command, cwd=extra.place, capture_output=True, text=True, timeout=SECONDS, check=False)
    steps = [json.loads(line) for line in done.stdout.splitlines()]
    failed = {one["step"]: one["error"] for one in steps if "error" in one}
    assert (done.returncode, failed, done.stderr) == (0, {}, "")
    assert len(steps) >= STEPS
