"""How cells live and end: recycled and crashed as elsewhere, side by side, and without leaving anything."""

import asyncio
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from autograder.environment import Environment
from autograder.lab import Lab
from autograder.runner import run_checks
from autograder.sandbox import Sandbox, SandboxUnavailable

DAEMON = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        while True:
            time.sleep(1)
    os._exit(0)
result = os.getpid()
"""
GRADER = """
import asyncio, sys
from pathlib import Path
from autograder.sandbox import Sandbox

async def main(sandbox):
    cell = await sandbox.cell(Path(sys.argv[1]))
    print(sandbox.pid, flush=True)
    await asyncio.sleep(60)

with Sandbox() as sandbox:
    asyncio.run(main(sandbox))
"""


def below(sandbox: Sandbox) -> list[psutil.Process]:
    """Every process of the sandbox; those of a cell are children of its first one, wherever they come from."""
    assert sandbox.pid
    return psutil.Process(sandbox.pid).children(recursive=True)


async def until(true: Callable[[], bool]) -> bool:
    for _look in range(250):
        if true():
            return True
        await asyncio.sleep(0.02)
    return False


async def test_recycled_workers_remember_nothing(inside: Any) -> None:
    async with inside() as cell:
        await cell.look("import json; json.remembered = 1; open('x', 'w').close()")
        await cell.host.recycle()
        code = "import json, os; result = [hasattr(json, 'remembered'), os.path.exists('x')]"
        assert await cell.look(code) == [False, True]


WRITES = """
import os, tempfile
from pathlib import Path
for folder in ("/tmp", tempfile.gettempdir(), os.path.expanduser("~"), "/dev/shm", "."):
    Path(folder, "kept").write_text("x")
    Path(folder, "of", "mine").mkdir(parents=True)
Path("host.json").write_text("{}")
os.unlink("function_app.py")
os.mkfifo("function_app.py")
os.symlink("/etc", "link")
"""
READS = """
import os, tempfile
from pathlib import Path
places = {"/tmp", tempfile.gettempdir(), os.path.expanduser("~"), "/dev/shm", "."}
found = [str(path) for place in places for path in Path(place).iterdir()]
result = [sorted(found), Path("host.json").read_text(), Path("function_app.py").read_text()]
"""


@pytest.mark.parametrize("how", ["restart_workers", "crash_workers"])
async def test_what_an_app_has_written_is_gone_with_its_workers(inside: Any, looking_app: Path, how: str) -> None:
    """As on another computer: state belongs into a service. A pipe in the place of a file holds nobody up."""
    async with inside() as cell:
        await cell.look(WRITES)
        await getattr(cell.camp, how)()
        left, settings, code = await cell.look(READS)
        assert left == ["function_app.py", "host.json", "local.settings.json"]
        assert (settings, code) == (
            (looking_app / "host.json").read_text(),
            (looking_app / "function_app.py").read_text(),
        )


@pytest.mark.parametrize(
    "writes",
    [
        "os.makedirs('greeted')",
        "os.symlink('/etc', 'greeted')",
        "times = os.stat('host.json'); open('host.json', 'w').write('{}'); "
        "os.utime('host.json', ns=(times.st_atime_ns, times.st_mtime_ns))",
        "shutil.rmtree('/home/site/wwwroot', ignore_errors=True)",
        "os.chmod('.', 0)",
    ],
    ids=["folder", "link", "time", "removed", "mode"],
)
async def test_an_app_keeps_nothing_in_its_folder_by_any_means(inside: Any, looking_app: Path, writes: str) -> None:
    async with inside() as cell:
        await cell.look(f"import os, shutil; {writes}")
        await cell.camp.restart_workers()
        left = await cell.look("import os; result = sorted(os.listdir('/home/site/wwwroot'))")
        assert left == ["function_app.py", "host.json", "local.settings.json"]
        assert await cell.look("result = open('host.json').read()") == (looking_app / "host.json").read_text()


async def test_nothing_is_written_beside_the_apps_folder(inside: Any) -> None:
    async with inside() as cell:
        for place in ("/home/site/kept", "/home/site/tmp/kept"):
            found = await cell.look(f"open({place!r}, 'w').close()")
            assert found["error"] == "OSError" and found["errno"] == 30
        assert (await cell.look("import os; os.rename('/tmp', '/home/site/gone')"))["error"]


async def test_an_app_finds_again_what_it_writes_before_a_restart(inside: Any) -> None:
    async with inside() as cell:
        await cell.look("open('/tmp/x', 'w').write('1')")
        assert await cell.look("result = open('/tmp/x').read()") == "1"


async def test_without_a_sandbox_temporary_files_are_gone_too(looking_app: Path, lab: Lab) -> None:
    environment = await Environment.start(lab, looking_app, "1", 1)
    try:
        camp = environment.camp(random.Random(1))
        place = "import os, tempfile; place = tempfile.gettempdir(); "
        await camp.post("/api/look", body=(place + "open(os.path.join(place, 'x'), 'w').close()").encode())
        look = (place + "result = os.listdir(place)").encode()
        assert (await camp.post("/api/look", body=look)).json() == {"result": ["x"]}
        await camp.restart_workers()
        assert (await camp.post("/api/look", body=look)).json() == {"result": []}
    finally:
        await environment.stop()


async def test_crashed_workers_are_replaced(inside: Any) -> None:
    async with inside() as cell:
        before = await cell.look("import os; result = os.getpid()")
        await cell.host.crash()
        assert await cell.look("import os; result = os.getpid()") != before


async def test_a_worker_that_ends_itself_is_told_of(inside: Any) -> None:
    async with inside() as cell:
        host, before = cell.host, cell.host.worker_pids
        await cell.look("import os; os._exit(3)")
        assert await until(lambda: host.worker_pids not in ([], before))
        await cell.look(
            "import os, time; os.kill(os.getpid(), 11); time.sleep(5)"
        )  # another thread may take the signal
        for told in ("python exited with code 3 (0x3)", "code 139 (0x8B)"):
            assert await until(lambda told=told: told in "\n".join(host.log.lines))
        assert await cell.look("result = 1") == 1


async def test_the_end_of_a_cell_is_the_end_of_its_daemons(inside: Any, sandbox: Sandbox) -> None:
    before = len(below(sandbox))
    async with inside() as cell:
        await cell.look(DAEMON)
        assert len(below(sandbox)) >= before + 3
        started = time.monotonic()
    assert time.monotonic() - started < 2.0
    assert await until(lambda: len(below(sandbox)) == before)


@pytest.mark.parametrize("how", ["restart_workers", "crash_workers"])
async def test_a_daemon_does_not_outlive_the_workers(inside: Any, how: str) -> None:
    """What it remembers would be known to the next workers, which may be on another computer."""
    async with inside() as cell:
        daemon = DAEMON.replace("time.sleep(1)", "open('/tmp/here', 'w').close(); time.sleep(0.01)")
        await cell.look(daemon)
        here = "import os, time; os.path.exists('/tmp/here') and os.unlink('/tmp/here'); time.sleep(0.2); "
        here += "result = os.path.exists('/tmp/here')"
        assert await cell.look(here)
        await getattr(cell.camp, how)()
        assert not await cell.look(here)


async def test_signals_to_everybody_hit_only_its_own(inside: Any, sandbox: Sandbox) -> None:
    everybody = """
import os
for number in (9, 19, 15, 2, 1, 17):
    for pid in (1, *range(3, 3000), -1):
        try:
            os.kill(pid, number)
        except OSError:
            pass
"""
    async with inside() as other, inside() as cell:
        await asyncio.wait_for(cell.look(everybody), 10)
        assert await other.look("result = 'alive'") == "alive"
        assert psutil.Process(os.getpid()).status() != psutil.STATUS_STOPPED
    assert sandbox.pid and psutil.pid_exists(sandbox.pid)


async def test_a_cell_that_was_used_up_starts_nothing_more(inside: Any) -> None:
    async with inside() as cell:
        cell.cell.exceed("memory")
        assert (await cell.look("result = 1"))["error"] == "no answer"


async def test_a_nursery_that_died_is_started_again(sandbox: Sandbox, lab: Lab) -> None:
    assert sandbox.pid
    os.killpg(sandbox.pid, signal.SIGKILL)
    cell = await sandbox.cell(lab.solution)
    await cell.close()


def test_a_grader_that_is_killed_takes_its_sandbox_along(lab: Lab) -> None:
    command = [sys.executable, "-c", GRADER, str(lab.solution)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as grader:
        assert grader.stdout
        nursery = psutil.Process(int(grader.stdout.readline()))
        family = [nursery, *nursery.children(recursive=True)]
        grader.kill()
    assert len(family) >= 4
    _gone, alive = psutil.wait_procs(family, timeout=5)
    assert not alive


def test_two_graders_side_by_side(lab: Lab, tmp_path: Path) -> None:
    code = (
        "import sys; from autograder.lab import find_lab; from autograder.runner import run_checks\n"
        "from autograder.sandbox import Sandbox\nlab = find_lab('1')\n"
        "with Sandbox() as s: print(run_checks(lab, lab.solution, ['1.1', '1.5'], 1, sandbox=s).points)"
    )
    both = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [one.communicate(timeout=60)[0].strip() for one in both] == ["4", "4"]


def test_no_mount_and_no_folder_stays(
    sandbox: Sandbox, lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    mounts = Path("/proc/self/mountinfo").read_text()
    run_checks(lab, lab.solution, ["1.1"], 1, sandbox=sandbox)
    assert list(tmp_path.iterdir()) == []
    assert Path("/proc/self/mountinfo").read_text() == mounts


def test_warm_and_cold_workers_earn_the_same(sandbox: Sandbox, lab: Lab) -> None:
    with Sandbox(warm=False) as cold:
        slow = run_checks(lab, lab.solution, ["1.1", "1.4", "1.5"], 3, sandbox=cold)
    quick = run_checks(lab, lab.solution, ["1.1", "1.4", "1.5"], 3, sandbox=sandbox)
    assert slow.points == quick.points == 7


def test_an_app_in_a_path_with_spaces_and_accents(sandbox: Sandbox, lab: Lab, tmp_path: Path) -> None:
    app = tmp_path / "mein schöner ボット"
    shutil.copytree(lab.solution, app, ignore=shutil.ignore_patterns("mutants", "alternatives"))
    (app / "データ.txt").write_text("ü")
    assert run_checks(lab, app, ["1.1"], 1, sandbox=sandbox).passed


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_an_ordinary_user_has_a_sandbox_too(lab: Lab, tmp_path: Path) -> None:
    """What this user may not read is put where everybody can, in a name space of mounts that is thrown away."""
    base, root = Path(sys.base_prefix), Path(__file__).parents[3]
    command = ["bwrap", "--dev-bind", "/", "/", "--perms", "0755", "--tmpfs", "/root", "--perms", "1777"]
    command += ["--tmpfs", "/tmp"]
    for place in (base, root):
        for folder in [one for one in reversed(place.parents) if {Path("/root"), Path("/tmp")} & {one, *one.parents}]:
            command += ["--perms", "0755", "--dir", str(folder)]
        command += ["--ro-bind", str(place), str(place)]
    command += ["setpriv", "--reuid", "65534", "--regid", "65534"]
    code = (
        "import os, json; from autograder.lab import find_lab; from autograder.runner import run_checks\n"
        "from autograder.sandbox import Sandbox\nlab = find_lab('1')\n"
        "with Sandbox() as s: v = run_checks(lab, lab.solution, ['1.1', '1.7'], 1, sandbox=s)\n"
        "print(json.dumps([os.getuid(), v.points]))"
    )
    command += ["--clear-groups", "env", "HOME=/tmp", f"CAMP_ROOT={root}", sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd="/", check=False)
    assert json.loads(done.stdout or "null") == [65534, 5], done.stderr


def test_without_bubblewrap_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SandboxUnavailable, match="apt-get install bubblewrap"):
        Sandbox().start()


def test_where_namespaces_are_barred_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("bwrap", "setpriv"):
        (tmp_path / name).write_text("#!/bin/sh\necho 'No permissions to create new namespace' >&2\nexit 1\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxUnavailable, match=r"(?s)No permissions.*User namespaces must be allowed"):
        Sandbox().start()


def the_larger(sandbox: Sandbox) -> list[psutil.Process]:
    """The second nursery: it runs as the first does, and is its child."""
    living = {}
    for one in below(sandbox):
        with contextlib.suppress(psutil.NoSuchProcess):  # a cell's first process ends as soon as it has made the cell
            if one.status() != psutil.STATUS_ZOMBIE and one.name().startswith("python"):
                living[one.pid] = one.ppid()
    return [psutil.Process(pid) for pid, parent in living.items() if parent in living]


async def test_an_app_finds_what_it_names_imported(inside: Any, looking_app: Path) -> None:
    """And nobody else's workers carry it."""
    look = "import sys; result = ['flask' in sys.modules, 'aiohttp' in sys.modules]"
    async with inside() as cell:
        assert await cell.look(look) == [False, False]
    file = looking_app / "function_app.py"
    file.write_text(f"# may use flask\n{file.read_text()}")
    async with inside() as cell:
        assert await cell.look(look) == [True, True]


async def test_a_second_nursery_that_died_is_started_again(inside: Any, looking_app: Path, sandbox: Sandbox) -> None:
    file = looking_app / "function_app.py"
    file.write_text(f"import flask\n{file.read_text()}")
    async with inside() as cell:
        assert await cell.look("result = 1") == 1
    assert await until(lambda: len(the_larger(sandbox)) == 1)
    larger = the_larger(sandbox)
    larger[0].kill()
    await asyncio.sleep(0.1)
    async with inside() as cell:
        assert await cell.look("result = 2") == 2


def test_a_start_that_is_killed_half_way_is_told_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """bubblewrap's child waits for ever if bubblewrap is killed before it has set it up."""
    seconds = f"600.{os.getpid()}"
    (tmp_path / "bwrap").write_text(f"#!/bin/sh\nsleep {seconds} &\nkill -9 $$\n")
    (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr("autograder.sandbox.sandbox.SECONDS_TO_START", 1e6)
    with pytest.raises(SandboxUnavailable):
        Sandbox().start()
    assert [one for one in psutil.process_iter(["cmdline"]) if seconds in (one.info["cmdline"] or ())] == []
