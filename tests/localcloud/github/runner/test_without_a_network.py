"""All parts together where there is no network: the lab's own workflow, pushed, run, deployed and swapped."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from localcloud import extras
from localcloud.github.runner import Runner

from ..running_act import PROJECT

TEST = f"{Path(__file__).with_name('test_in_the_sandbox.py')}::test_the_workflow_of_lab_3_reaches_production"
LONE = ("bwrap", "--dev-bind", "/", "/", "--unshare-net", "--die-with-parent")  # its loopback is up, and all there is
NO_ROUTE = 'test $(wc -l < /proc/net/route) = 1 || exit 3; exec "$@"'  # the file has its heading alone
SECONDS = 300


@pytest.mark.skipif(not shutil.which("bwrap"), reason="there is no bubblewrap")
def test_the_workflow_of_lab_3_is_green_without_a_route() -> None:
    for name in ("act", "actionlint"):
        extras.ensure(name, print)
    Runner(PROJECT / ".camp").ensure()
    again = (sys.executable, "-m", "pytest", "-n", "0", "-p", "no:cacheprovider", TEST)
    done = subprocess.run(
        [*LONE, "sh", "-c", NO_ROUTE, "sh", *again],
        cwd=PROJECT,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
