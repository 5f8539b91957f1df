"""Binder: the camp beside a JupyterLab that a hub starts. How long until it answers, and how much memory it takes.

mybinder.org promises about 1 GB, and ends what takes more than 2. `binder/start` runs as repo2docker's entrypoint
would run it; JupyterLab is the camp's own in the place of the hub's.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

import aiohttp
import psutil

from autograder import project
from autograder.lab import find_lab
from benchmarks.figure import Figure
from benchmarks.sandbox_camp import camp_root
from localcloud import extras
from localcloud.loopback import free_port

BASE = "/user/aiko/"
TOKEN = "binder"
START_SECONDS = 300.0
SAMPLE_EVERY = 0.2
MEGABYTES, SECONDS = 1000, 60
LIMIT = "2147483648"  # what mybinder.org's hub tells a server in MEM_LIMIT; it promises half of it


@dataclass(frozen=True)
class Server:
    """A JupyterLab behind a hub's path, with the camp beside it."""

    root: Path
    url: str
    process: subprocess.Popen[bytes]
    seconds: float  # until JupyterLab, a page of the portal and the Functions host answered

    def get(self, path: str) -> str:
        """What is at a path of the server."""
        asked = urllib.request.Request(self.url + path, headers={"Authorization": f"token {TOKEN}"})
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return str(answer.read().decode())

    def functions_url(self) -> str:
        """The address of the Functions host."""
        ledger = json.loads((self.root / ".camp" / "services.json").read_text("utf-8"))
        return str(ledger["functions"]["url"]).rstrip("/")

    async def execute(self, code: str) -> str:
        """What the code prints in a new kernel."""
        headers = {"Authorization": f"token {TOKEN}"}
        async with aiohttp.ClientSession(headers=headers) as http:
            async with http.post(self.url + "api/kernels", json={"name": "python3"}) as answer:
                kernel = (await answer.json())["id"]
            async with http.ws_connect(f"{self.url}api/kernels/{kernel}/channels") as channels:
                header = {
                    "msg_id": "1",
                    "msg_type": "execute_request",
                    "username": "",
                    "session": "1",
                    "version": "5.3",
                }
                content = {"code": code, "silent": False, "store_history": False, "allow_stdin": False}
                message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "buffers": []}
                await channels.send_json({**message, "channel": "shell"})
                printed = ""
                while True:
                    said = await channels.receive_json(timeout=START_SECONDS)
                    if said["parent_header"].get("msg_id") != "1":
                        continue
                    if said["msg_type"] in ("stream", "error"):
                        printed += said["content"].get("text") or said["content"].get("evalue", "")
                    if said["msg_type"] == "status" and said["content"]["execution_state"] == "idle":
                        return printed


@contextmanager
def running(root: Path, lab: str, path: str, **options: object) -> Iterator[Server]:
    """`binder/start` with JupyterLab in the folder `root`; `path` of the Functions host must answer. `options` go to
    the process."""
    port = free_port()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home, tempfile.TemporaryFile() as log:
        os.chmod(home, 0o777)
        settings = {
            "MEM_LIMIT": LIMIT,
            "HOME": home,
            "CAMP_ROOT": str(root),
            "CAMP_BINDER_LAB": lab,
            "JUPYTERHUB_SERVICE_PREFIX": BASE,
        }
        environment = {**os.environ, **settings, "JUPYTER_TOKEN": TOKEN}
        command = [
            *(str(project.root() / "binder" / "start"), str(root / ".venv" / "bin" / "jupyter"), "lab"),
            *("--ip=127.0.0.1", f"--port={port}", f"--ServerApp.base_url={BASE}", "--no-browser", "--allow-root"),
        ]
        started = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=root, env=environment, stdout=log, stderr=log, start_new_session=True, **options
        )  # type: ignore[call-overload]
        try:
            server = Server(root, f"http://127.0.0.1:{port}{BASE}", process, 0.0)
            while not _answers(server, path):
                if process.poll() is not None or time.perf_counter() - started > START_SECONDS:
                    log.seek(0)
                    raise RuntimeError(f"binder/start did not come up:\n{log.read().decode()[-3000:]}")
                time.sleep(0.1)
            yield Server(root, server.url, process, time.perf_counter() - started)
        finally:
            os.killpg(process.pid, signal.SIGTERM)  # the server, and `camp up`, which takes the rest with it
            process.wait(30)
            _wait_for_the_camp(root)


def _answers(server: Server, path: str) -> bool:
    try:
        server.get("api/status")
        server.get("camp/functions")
        urllib.request.urlopen(server.functions_url() + path, timeout=10).close()
    except (OSError, ValueError, KeyError, URLError):
        return False
    return True


def _wait_for_the_camp(root: Path) -> None:
    """Until all that the ledger names has ended."""
    try:
        ledger = json.loads((root / ".camp" / "services.json").read_text("utf-8"))
    except FileNotFoundError:
        return
    pids = [one["pid"] for one in ledger.values() if isinstance(one, dict) and "pid" in one]
    psutil.wait_procs([psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)], timeout=30)


def own(root: Path) -> dict[str, str]:
    """The environment of a program that works in the project folder `root`."""
    return {**os.environ, "CAMP_ROOT": str(root)}


def resident(pid: int) -> float:
    """Resident megabytes of the process and all below it; what processes share counts once, as in a container."""
    total = 0
    for one in (process := psutil.Process(pid), *process.children(recursive=True)):
        try:
            total += one.memory_full_info().pss
        except psutil.NoSuchProcess:
            continue
    return total / 1e6


def peak_during_a_check(server: Server, lab: str) -> float:
    """The most memory while all checks of the lab run on its solution, from a notebook's kernel."""
    most, done = [resident(server.process.pid)], threading.Event()

    def sample() -> None:
        while not done.wait(SAMPLE_EVERY):
            most.append(resident(server.process.pid))

    sampler = threading.Thread(target=sample)
    sampler.start()
    command = f"[sys.executable, '-m', 'autograder.cli', 'check', '{lab}', '--app', {str(find_lab(lab).solution)!r}]"
    code = f"import subprocess, sys; from autograder.notebook import check\nprint(subprocess.run({command}).returncode)"
    try:
        printed = asyncio.run(server.execute(code))
    finally:
        done.set()
        sampler.join()
    if printed.split()[-1:] != ["0"]:
        raise RuntimeError(f"the checks of Lab {lab} did not pass on its solution:\n{printed}")
    return max(most)


def memory(lab: str) -> list[Figure]:
    """What the lab's services and JupyterLab take, at rest and while the lab is checked."""
    with camp_root() as root, running(root, lab, "/api/messages?channel=x") as server:
        idle = resident(server.process.pid)
        checking = peak_during_a_check(server, lab)
    return [
        Figure(f"Binder: resident memory with Lab {lab}'s services and JupyterLab", idle, "MB", "<=", MEGABYTES),
        Figure(f"Binder: the same while all of Lab {lab} is checked (highest)", checking, "MB", "<=", MEGABYTES),
    ]


def run() -> list[Figure]:
    for name in ("moto", "marp"):  # as binder/postBuild does
        extras.ensure(name, print)
    with camp_root() as root:
        subprocess.run([sys.executable, "-m", "autograder.binder", "--build"], env=own(root), check=True)
        with running(root, "0", "/api/ping?name=x") as server:
            seconds = server.seconds
    first = Figure("Binder: from start to the first answered call", seconds, "s", "<=", SECONDS)
    return [first, *(figure for lab in ("2", "4") for figure in memory(lab))]
