"""Workers that are copies of one that has loaded the app: when there are some, and what they may not have in common."""

import asyncio
import os
import random
from pathlib import Path
from typing import Any

import pytest

from autograder.environment import Environment
from autograder.lab import Lab
from autograder.sandbox import Sandbox

IS_COPY = """
import sys, threading
frame = sys._current_frames()[threading.main_thread().ident]
names = []
while frame:
    names.append(frame.f_code.co_name)
    frame = frame.f_back
result = "become_copy" in names
"""


def at_import(looking_app: Path, code: str) -> None:
    """Has the app do this too, when it is imported."""
    file = looking_app / "function_app.py"
    file.write_text(f"{code}\n{file.read_text()}")


async def recycled(cell: Any, times: int) -> None:
    """Recycled so often, with the time between that an original needs to load."""
    for _time in range(times):
        await cell.host.recycle()
        await asyncio.sleep(0.2)


async def values(cell: Any, code: str, times: int = 4) -> list[Any]:
    """What `code` gives in one worker after another."""
    found = []
    for _time in range(times):
        await recycled(cell, 1)
        found.append(await cell.look(code))
    return found


async def test_later_workers_are_copies(inside: Any) -> None:
    async with inside() as cell:
        assert await cell.look(IS_COPY) is False
        assert await values(cell, IS_COPY) == [False, True, True, True]


VIEW = """
import os, resource, signal, sys, threading
status = dict(line.rstrip().split(":", 1) for line in open("/proc/self/status"))
names = ("Uid", "Gid", "Groups", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp", "SigIgn",
         "SigCgt", "SigBlk", "PPid", "Umask")
kinds = [one for one in dir(resource) if one.startswith("RLIMIT_")]
result = [
    {name: status[name] for name in names}, {kind: resource.getrlimit(getattr(resource, kind)) for kind in kinds},
    sorted(os.listdir("/proc/self/fd"))[:4], os.readlink("/proc/self/fd/0"), os.getcwd(), sys.argv, dict(os.environ),
    os.getsid(0) == os.getpgid(0) == os.getpid(), sys.path, sorted({one.name for one in threading.enumerate()}),
    sys.getprofile() is None, type(sys.stdout).__name__, len(__import__("logging").root.handlers),
]
"""


async def test_a_copy_is_what_any_worker_is(inside: Any) -> None:
    async with inside() as cell:
        before = await cell.look(VIEW)
        await recycled(cell, 3)
        assert await cell.look(VIEW) == before  # first: a second call may find the first one's thread not idle yet
        assert await cell.look(IS_COPY)


async def test_copies_log_and_end_as_others_do(inside: Any) -> None:
    async with inside() as cell:
        await recycled(cell, 3)
        host = cell.host
        code = "import logging, os; print('printed'); logging.warning('logged'); os.write(1, b'written\\n')"
        await cell.look(code + "; result = os.getpid()")
        lines = [entry.facts["message"] for entry in host.journal.entries if "message" in entry.facts]
        assert {"printed", "logged", "written"} <= set(lines)
        assert host.worker_pids == [await cell.look("import os; result = os.getpid()")]
        await cell.look("import os; os._exit(3)")
        await asyncio.sleep(0.3)
        ended = [entry.facts["reason"] for entry in host.journal.entries if entry.kind == "worker.exited"]
        assert "code 3" in ended[-1]
        assert await cell.look("result = 1") == 1


async def test_copies_have_random_numbers_of_their_own(inside: Any) -> None:
    async with inside() as cell:
        await recycled(cell, 2)
        found = await values(cell, "import random, uuid; result = [random.random(), str(uuid.uuid4())]")
        assert await cell.look(IS_COPY)
        assert len({one for pair in found for one in pair}) == 2 * len(found)


@pytest.mark.parametrize(
    "code",
    [
        "import random; VALUE = random.random()",
        "import random; VALUE = random.Random().random()",
        "import uuid; VALUE = str(uuid.uuid4())",
        "import secrets; VALUE = secrets.token_hex()",
        "import os; VALUE = os.getpid()",
        "import time; VALUE = time.time()",
        "import time; VALUE = [time.perf_counter() for _ in range(40)]",
        "import datetime; VALUE = str(datetime.datetime.now())",
        "import dataclasses, uuid\n@dataclasses.dataclass\nclass Id:\n    it: str = dataclasses.field(default_factory="
        "lambda: uuid.uuid4().hex)\nVALUE = Id().it",
        "import os\nopen('/tmp/log', 'a').write('x')\nVALUE = os.path.getsize('/tmp/log')",
        "import json, os\nVALUE = len(os.listdir('/tmp')) if os.path.exists('/tmp') else 0\n"
        "def keep(): open(f'/tmp/{VALUE}', 'w').close()",
        "import tempfile; VALUE = tempfile.mkdtemp()",
    ],
)
async def test_an_app_that_differs_from_import_to_import_is_imported_anew(
    inside: Any, looking_app: Path, code: str
) -> None:
    at_import(looking_app, code)
    async with inside() as cell:
        look = "import function_app; result = str(function_app.VALUE); getattr(function_app, 'keep', str)()"
        found = await values(cell, look)
        assert len(set(found)) == len(found)
        assert await cell.look(IS_COPY) is False


@pytest.mark.parametrize(
    ("code", "look"),
    [
        (
            "import threading, time\nthreading.Thread(target=time.sleep, args=[99], name='own', daemon=True).start()",
            "import threading; result = 'own' in [one.name for one in threading.enumerate()]",
        ),
        ("import socket; OWN = socket.socket()", "import function_app; result = function_app.OWN.fileno() > 3"),
        (
            "import mmap; OWN = mmap.mmap(-1, 10)",
            "from function_app import OWN; result = OWN[0] == 0; OWN[0] = 1",
        ),
        (
            "import subprocess; OWN = subprocess.Popen(['sleep', '99'])",
            "from function_app import OWN; result = OWN.pid",
        ),
        ("print('hello')", "result = 1"),
        ("import logging; logging.info('hello')", "result = 1"),
    ],
)
async def test_an_app_that_holds_or_says_something_is_imported_anew(
    inside: Any, looking_app: Path, code: str, look: str
) -> None:
    at_import(looking_app, code)
    async with inside() as cell:
        for _time in range(4):
            await recycled(cell, 1)
            assert await cell.look(look)
        assert await cell.look(IS_COPY) is False


AS_ORIGINAL = """
import os, sys, time
def _first():
    frame = sys._getframe()
    while frame.f_back:
        frame = frame.f_back
        if frame.f_code.co_filename.endswith("original.py"):
            return True
if _first():
    sys.setprofile(None)
    kernel = sys.modules["camp_cell.kernel"]
    {does}
    if {waits}:
        import socket
        control = socket.socket(fileno=3)
        control.send(b"0")
        while True:
            got = socket.recv_fds(control, 16, 4)
            {answers}
"""


@pytest.mark.parametrize("does", ["os._exit(0)", "time.sleep(99)", "os.write(3, b'garbage')"])
async def test_an_original_that_fails_is_done_without(inside: Any, looking_app: Path, does: str) -> None:
    at_import(looking_app, AS_ORIGINAL.format(does=does, waits=False, answers="pass"))
    async with inside() as cell:
        for _time in range(5):
            await recycled(cell, 1)
            assert [await cell.look("import os; result = os.getpid()")] == cell.host.worker_pids
        assert await cell.look(IS_COPY) is False


@pytest.mark.parametrize(
    "answers",
    [
        "pass", "os._exit(0)", "control.send(b'1')", "control.send(b'2')", "control.send(b'0')", "control.send(b'')",
        "control.send(b'99999999')", "control.send(b'-1')", "control.send(b'9' * 100_000)", "control.close()",
        "control.send(str(os.getpid()).encode())", "[control.send(b'77') for _ in range(9)]",
        "socket.send_fds(control, [b'x'], [0, 1, 2])", "os.kill(os.getpid(), 19)",
    ],
)  # fmt: skip
async def test_an_original_that_lies_or_is_silent_is_done_without(inside: Any, looking_app: Path, answers: str) -> None:
    at_import(looking_app, AS_ORIGINAL.format(does="pass", waits=True, answers=answers))
    async with inside() as cell:
        for _time in range(5):
            await recycled(cell, 1)
            assert [await cell.look("import os; result = os.getpid()")] == cell.host.worker_pids
        assert await cell.look(IS_COPY) is False


async def test_what_an_original_spends_counts(inside: Any, looking_app: Path, small: Sandbox) -> None:
    at_import(
        looking_app, AS_ORIGINAL.format(does="held = b'x' * (200 << 20); time.sleep(99)", waits=False, answers="pass")
    )
    async with inside() as cell:
        await recycled(cell, 1)
        for _look in range(500):
            if cell.cell.told:
                break
            await asyncio.sleep(0.02)
        assert "memory" in cell.cell.told


async def test_a_fork_bomb_of_a_copy_is_caught(inside: Any, small: Sandbox) -> None:
    async with inside() as cell:
        await recycled(cell, 3)
        assert await cell.look(IS_COPY)
        assert "processes" in await cell.until_exceeded("import os\nwhile True: os.fork()")


async def test_copies_leave_the_grader_no_descriptors(sandbox: Sandbox, lab: Lab, looking_app: Path) -> None:
    def count() -> int:
        return len(os.listdir("/proc/self/fd"))

    before = count()
    environment = await Environment.start(lab, looking_app, "1", 2, sandbox)
    host = environment.camp(random.Random(1)).host
    for _time in range(5):
        await host.recycle()
        await asyncio.sleep(0.1)
    await environment.stop()
    await asyncio.sleep(0.5)
    assert count() <= before + 1
