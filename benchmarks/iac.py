"""Lab 6: its checks, a plan and an apply of its solution, the provider's start, an engine's first use, and what the
service of resources keeps in memory."""

import asyncio
import json
import os
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from autograder import project
from autograder.lab import Lab, find_lab
from benchmarks.figure import Figure
from benchmarks.measuring import checks, first_use, idle_memory, say
from localcloud import extras
from localcloud.azurerm import setup
from localcloud.azurerm.__main__ import MAGIC, VALUE
from localcloud.loopback import free_port
from localcloud.resources.local import running
from localcloud.resources.server import ResourceServer

RUNS, STARTS = 3, 5
SECRETS = ("slack_bot_token", "slack_signing_secret", "slack_outgoing_token")
QUIET = ("-input=false", "-no-color")


def run() -> list[Figure]:
    lab = find_lab("6")
    extras.ensure("azurerm", say)
    setup.pinned(say)
    with tempfile.TemporaryDirectory() as folder:
        return [
            checks(lab, 60),
            *asyncio.run(commands(lab, Path(folder))),
            provider_start(Path(folder)),
            first_use(("azurerm", "tofu"), 60),
            memory(Path(folder)),
        ]


async def commands(lab: Lab, folder: Path) -> list[Figure]:
    """A plan that creates everything, and its apply, in one subscription: another environment each time."""
    plans, applies = [], []
    async with running(folder / "cloud", rng=random.Random(1), warm=True) as server:
        engine = setup.engine(setup.pinned(say), folder, server.url, server.token, say)
        for number in range(RUNS + 1):
            code = folder / f"code-{number}"
            shutil.copytree(lab.solution, code, ignore=shutil.ignore_patterns("mutants", "alternatives"))
            inputs = {"prefix": "bench", "environment": f"run{'abcd'[number]}", **{name: "x" for name in SECRETS}}
            (code / "inputs.auto.tfvars.json").write_text(json.dumps(inputs), "utf-8")
            environment = _environment(server, engine.environment)
            await _timed(engine.command("init", *QUIET), code, environment)
            plans.append(await _timed(engine.command("plan", *QUIET, "-out=plan.tfplan"), code, environment))
            applies.append(await _timed(engine.command("apply", *QUIET, "plan.tfplan"), code, environment))
    return [
        Figure(f"plan of Lab 6's solution, nothing there yet (worst of {RUNS})", max(plans[1:]), "s", "<=", 2),
        Figure(f"apply of it (worst of {RUNS})", max(applies[1:]), "s", "<=", 5),
    ]


def _environment(server: ResourceServer, more: Mapping[str, str]) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("ARM_", "TF_"))}
    return {**inherited, **more, "ARM_SUBSCRIPTION_ID": server.model.subscription}


async def _timed(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> float:
    """The seconds of a command that must succeed."""
    started = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    printed, _nothing = await process.communicate()
    seconds = time.perf_counter() - started
    if process.returncode:
        raise RuntimeError(printed.decode(errors="replace")[-3000:])
    return seconds


def provider_start(folder: Path) -> Figure:
    """From the start of its process to the line of its handshake."""
    python = extras.ensure("azurerm", say).python
    environment = {**os.environ, **setup.environment(folder, python, "http://127.0.0.1:9", "none"), MAGIC: VALUE}
    command = [str(python), "-m", "localcloud.azurerm", "azurerm"]
    seconds = []
    for _start in range(STARTS + 1):
        started = time.perf_counter()
        process = subprocess.Popen(
            command, env={**environment, "PYTHONPATH": environment[setup.INFRA]}, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout
        line = process.stdout.readline()
        seconds.append(time.perf_counter() - started)
        process.terminate()
        process.communicate(timeout=30)
        if "|unix|" not in line:
            raise RuntimeError(f"the provider did not start: {line!r}")
    return Figure(f"the provider's start (worst of {STARTS})", max(seconds[1:]), "s", "<=", 0.4)


def memory(folder: Path) -> Figure:
    """Without any resource: storage and emulators start with the first account."""
    ports = {name: free_port() for name in ("provider", "gate", "app")}
    arguments = [part for name, port in ports.items() for part in (f"--{name}-port", str(port))]
    argv = ["-m", "localcloud.resources", "--folder", str(folder / "service"), "--python", str(project.apps_python())]
    return idle_memory("service of resources", [*argv, *arguments], f"http://127.0.0.1:{ports['app']}/", 100)
