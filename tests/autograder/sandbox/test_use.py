"""What a worker in the sandbox can use up, and what that is called."""

import asyncio
import gc
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from autograder.lab import Lab
from autograder.runner import run_checks
from autograder.sandbox import Sandbox, SandboxLimits

SMALL = SandboxLimits(
    cpu_seconds=2, memory_bytes=150 << 20, processes=60, files=500, open_files=64, connections=20,
    output_bytes=200_000, tmpfs_bytes=4 << 20,
)  # fmt: skip


async def test_memory(inside: Any) -> None:
    code = "kept = []\nwhile True: kept.append(bytearray(1 << 20))"
    async with inside(SMALL) as cell:
        assert await cell.until_exceeded(code) == "Out of memory: the app used more than 150 MB."


async def test_memory_of_many_processes(inside: Any) -> None:
    code = """
import os, time
for _ in range(8):
    if os.fork() == 0:
        kept = bytearray(b"x") * (40 << 20)
        time.sleep(9)
time.sleep(9)
"""
    async with inside(SMALL) as cell:
        assert "Out of memory" in str(await cell.until_exceeded(code))


async def test_too_much_at_once_is_a_memory_error(inside: Any) -> None:
    async with inside() as cell:
        assert (await cell.look("bytearray(1 << 40)"))["error"] == "MemoryError"


async def test_a_fork_bomb(inside: Any) -> None:
    code = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"
    async with inside(replace(SMALL, memory_bytes=1 << 30)) as cell:
        assert "Too many processes" in str(await cell.until_exceeded(code))


async def test_threads_count_as_processes(inside: Any) -> None:
    code = "import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(99,), daemon=True).start()"
    async with inside(SMALL) as cell:
        assert "Too many processes" in str(await cell.until_exceeded(code))


async def test_cpu_time_of_all_processes_together(inside: Any) -> None:
    code = "import os\nos.fork()\nos.fork()\nwhile True: pass"
    async with inside(replace(SMALL, cpu_seconds=1)) as cell:
        assert await cell.until_exceeded(code, 20.0) == "Out of CPU time: the app used more than 1 seconds."


async def test_a_full_disk_is_an_error_of_the_app(inside: Any) -> None:
    code = """
import os
for number in range(9):
    with open(f"/tmp/{number}", "wb") as file:
        file.write(bytes(1 << 20))
"""
    async with inside(SMALL) as cell:
        assert (await cell.look(code))["errno"] == 28
        assert await cell.look("result = 'still here'") == "still here"


async def test_so_are_too_many_files(inside: Any) -> None:
    async with inside(SMALL) as cell:
        found = await cell.look("for number in range(1000): open(f'/dev/shm/{number}', 'w').close()")
        assert found["errno"] == 28


async def test_and_one_file_that_is_too_long(inside: Any) -> None:
    async with inside(SMALL) as cell:
        assert (await cell.look("open('/tmp/sparse', 'wb').truncate(1 << 40)"))["errno"] == 27


async def test_and_too_many_descriptors(inside: Any) -> None:
    async with inside(SMALL) as cell:
        assert (await cell.look("kept = [open('/dev/null') for _ in range(100)]"))["errno"] == 24


async def test_printing_without_an_end(inside: Any) -> None:
    async with inside(SMALL) as cell:
        assert "Too much output" in str(await cell.until_exceeded("while True: print('x' * 1000)"))


async def test_writing_past_python_without_an_end(inside: Any) -> None:
    async with inside(SMALL) as cell:
        assert "Too much output" in str(await cell.until_exceeded("import os\nwhile True: os.write(1, b'x' * 65536)"))


async def test_connections_without_an_end(inside: Any) -> None:
    code = """
import os, socket, urllib.parse
place = urllib.parse.urlsplit(os.environ["SLACK_API_URL"])
kept = []
for _ in range(4):
    os.fork()
while True:
    try:
        kept.append(socket.create_connection((place.hostname, place.port)))
    except OSError:
        pass
"""
    async with inside(SMALL) as cell:
        assert "Too many connections" in str(await cell.until_exceeded(code))


async def test_a_frame_that_is_too_long_ends_the_worker(inside: Any) -> None:
    async with inside(SMALL) as cell:
        code = "import os, struct\nos.write(3, struct.pack('>I', 100 << 20))"
        await asyncio.wait_for(cell.look(code), 5.0)
        assert any("no frame" in line for line in cell.host.log.lines)


def test_a_limit_is_named_in_the_check(small: Sandbox, lab: Lab, tmp_path: Path) -> None:
    app = tmp_path / "app"
    app.mkdir()
    for file in ("host.json", "local.settings.json", "function_app.py"):
        (app / file).write_bytes((lab.solution / file).read_bytes())
    with (app / "function_app.py").open("a") as file:
        file.write("\n\ndef problem(*_):\n    kept = []\n    while True:\n        kept.append(bytearray(1 << 20))\n")
    verdict = run_checks(lab, app, ["1.2"], 1, sandbox=small)
    seen = str(verdict.checks[0].seen)
    assert verdict.checks[0].outcome == "failed" and seen.startswith("Out of memory: the app used more than 150 MB.")


def test_all_checks_together_have_an_end(small: Sandbox, lab: Lab, tmp_path: Path) -> None:
    app = tmp_path / "app"
    app.mkdir()
    for name in ("host.json", "local.settings.json"):
        (app / name).write_bytes((lab.solution / name).read_bytes())
    slow = "import time\nimport azure.functions as func\napp = func.FunctionApp(func.AuthLevel.ANONYMOUS)\n\n"
    slow += "@app.route(route='{*all}')\ndef answer(req: func.HttpRequest) -> str:\n    time.sleep(60)\n"
    (app / "function_app.py").write_text(slow)
    small.limits = replace(SMALL, wall_seconds=1.0)
    verdict = run_checks(lab, app, ["1.1", "1.2", "1.3"], 1, sandbox=small)
    assert verdict.outcomes() == {"failed"}
    assert all("Time-out: all checks together took more than 1 seconds" in str(one.seen) for one in verdict.checks)


def test_the_grader_keeps_its_descriptors(sandbox: Sandbox, lab: Lab) -> None:
    run_checks(lab, lab.solution, ["1.1"], 1, sandbox=sandbox)
    before = len(os.listdir("/proc/self/fd"))
    run_checks(lab, lab.solution, ["1.1"], 1, sandbox=sandbox)
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) <= before
