"""Nothing outlives a supervisor that was killed with -9."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from localcloud.supervisor import ServiceProcess

SUPERVISOR = """
import asyncio, sys
from pathlib import Path
from localcloud.cloud import Opened
from localcloud.registry import service
from localcloud.supervisor import ServiceProcess, Supervisor, TcpProbe
from localcloud.loopback import free_port

state = Path(sys.argv[1])
ports = {name: free_port() for name in ("blob", "queue", "table")}
camp = Opened(("storage",), ports, {}, state, state, Path(sys.executable), {"storage": None})
tether = [sys.executable, "-m", "localcloud.supervisor.tether"]
foreign = "import subprocess; subprocess.run(['sleep', '99'])"
services = [
    *service("storage").processes(camp),
    ServiceProcess("foreign", [*tether, sys.executable, "-c", foreign], TcpProbe(()), ""),
]

async def main():
    supervisor = Supervisor(services, state, print)
    await supervisor.start()
    print("ready", flush=True)
    await supervisor.wait()

asyncio.run(main())
"""


def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def test_nothing_is_left_after_kill_9_of_the_supervisor(tmp_path: Path) -> None:
    supervisor = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert supervisor.stdout
    with supervisor.stdout:
        assert supervisor.stdout.readline().strip() == "ready"
        me = psutil.Process(supervisor.pid)
        until(lambda: any("sleep" in one.name() for one in me.children(recursive=True)), "the foreign one never ran")
        family = me.children(recursive=True)
        assert len(family) >= 4, [one.cmdline() for one in family]
        supervisor.send_signal(signal.SIGKILL)
        supervisor.wait()
    _gone, alive = psutil.wait_procs(family, timeout=15)
    assert not alive, [one.cmdline() for one in alive]
    assert "azurite" in json.loads((tmp_path / "services.json").read_text())


def test_a_tethered_program_that_ends_gives_its_exit_code() -> None:
    tether = [sys.executable, "-m", "localcloud.supervisor.tether"]
    with subprocess.Popen([*tether, sys.executable, "-c", "raise SystemExit(5)"], stdin=subprocess.PIPE) as process:
        assert process.wait(20) == 5


def test_a_service_on_the_lifeline_ends_when_its_standard_input_ends(page: Callable[..., ServiceProcess]) -> None:
    service = page("web")
    with subprocess.Popen(service.argv, stdin=subprocess.PIPE) as process:
        assert process.stdin
        process.stdin.close()
        assert process.wait(20) != 0
