"""What a worker in the sandbox can see: its own app, its own cloud, and nothing else."""

import asyncio
import os
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from autograder import project
from autograder.sandbox.inside import seccomp
from localcloud.slack.view import Slack

MARKER = "neither-here-nor-there-4711"
FIND = """
import os, sys
result = []
for place in ("/opt", "/home", "/tmp", "/root", "/etc"):
    for folder, folders, files in os.walk(place):
        if folder == sys.base_prefix:  # Python's own installation: as large as its owner likes
            folders.clear()
        result += [f"{folder}/{name}" for name in files if name in ("lab.toml", "slack_bot.py", "gradebook.db")]
"""
CONNECT = "import socket; socket.create_connection(('127.0.0.1', {port}), 2).close(); result = 'connected'"


async def test_its_environment_is_the_app_settings_and_little_else(
    inside: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADER_SECRET", MARKER)
    async with inside() as cell:
        seen = await cell.look("import os; result = dict(os.environ)")
    assert seen["OWN_SETTING"] == "of the app" and seen["SLACK_BOT_TOKEN"].startswith("xoxb-")
    assert (seen["HOME"], seen["TMPDIR"], seen["PATH"]) == ("/home/app", "/tmp", "/usr/sbin:/usr/bin:/sbin:/bin")
    assert MARKER not in str(seen) and str(project.root()) not in str(seen)


async def test_its_files_are_the_system_the_packages_and_the_app(inside: Any, tmp_path: Path) -> None:
    neighbour = tmp_path / "neighbour.zip"
    neighbour.write_text(MARKER)
    places = [str(project.root()), str(neighbour), str(Path.home() / ".ssh"), "/var", "/run", "/etc/shadow", "/boot"]
    async with inside() as cell:
        there = await cell.look(f"import os; result = [p for p in {places!r} if os.path.exists(p)]")
        app = await cell.look("import os; result = sorted(os.listdir('.')), os.getcwd()")
        ours = await cell.look(FIND)
    assert there == [] and ours == []
    assert app == [["__pycache__", "function_app.py", "host.json", "local.settings.json"], "/home/site/wwwroot"] or (
        app[0] == ["function_app.py", "host.json", "local.settings.json"]
    )


async def test_only_its_own_places_can_be_written_on(inside: Any) -> None:
    code = """
import os
result = {}
for place in ("/", "/usr", "/usr/lib", "/opt/python", "/opt/python/lib", "/opt/worker", "/opt/cell", "/etc", "/dev",
              "/home", "/proc/sys/kernel/core_pattern", "/home/app", "/tmp", "/dev/shm", "/home/site/wwwroot"):
    try:
        with open(place if place.startswith("/proc") else place + "/x.pth", "w") as file:
            file.write("x")
        result[place] = True
    except OSError:
        result[place] = False
"""
    async with inside() as cell:
        found = await cell.look(code)
    assert {place for place, written in found.items() if written} == {
        "/home/app",
        "/tmp",
        "/dev/shm",
        "/home/site/wwwroot",
    }


async def test_its_processes_are_those_of_its_cell(inside: Any) -> None:
    async with inside() as cell:
        pids = await cell.look("import os; result = [n for n in os.listdir('/proc') if n.isdigit()]")
        for name in ("mem", "environ", "maps", "fd", "root", "cwd"):
            read = "os.listdir(p) if os.path.isdir(p) else open(p, 'rb').read(9)"
            code = f"import os; p = '/proc/1/{name}'; result = {read}"
            assert (await cell.look(code)).get("errno") in (1, 2, 13), name
        attached = await cell.look("import os, ctypes; result = ctypes.CDLL(None).ptrace(16, 1, 0, 0)")
    assert set(pids) <= {"1", "2", "3", "4"} and attached == -1


async def test_nothing_of_the_grader_is_in_its_memory(inside: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADER_SECRET", MARKER)
    hidden = [[letter ^ 1 for letter in text] for text in (b"GRADER_SECRET=", b"autograder.checks", MARKER.encode())]
    code = f"""
import sys
found = 0
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
    for line in maps:
        start, end = (int(part, 16) for part in line.split()[0].split("-"))
        if " rw" in line and end - start < 1 << 28:
            try:
                memory.seek(start)
                data = memory.read(end - start)
            except (OSError, OverflowError):
                continue
            found += sum(data.translate(bytes(one ^ 1 for one in range(256))).count(bytes(text)) for text in {hidden})
result = [found, sorted(n for n in sys.modules if n.startswith(("autograder", "localcloud")))]
"""
    async with inside() as cell:
        assert await cell.look(code) == [0, []]


async def test_it_reaches_its_own_cloud(inside: Any) -> None:
    code = """
import os, slack_sdk
client = slack_sdk.WebClient(os.environ["SLACK_BOT_TOKEN"], os.environ["SLACK_API_URL"])
result = client.auth_test()["ok"]
"""
    async with inside() as cell:
        assert await cell.look(code) is True


async def test_it_reaches_nothing_else(inside: Any) -> None:
    with socket.socket() as ours, socket.socket(socket.AF_UNIX) as abstract:
        ours.bind(("127.0.0.1", 0))
        ours.listen()
        abstract.bind(f"\0camp-{os.getpid()}")
        abstract.listen()
        async with inside() as cell, inside() as other:
            port, neighbour = ours.getsockname()[1], urlsplit(other.camp[Slack].workspace.url).port
            assert (await cell.look(CONNECT.format(port=port)))["error"] == "ConnectionRefusedError"
            assert (await cell.look(CONNECT.format(port=neighbour)))["error"] == "ConnectionRefusedError"
            unix = f"import socket; socket.socket(socket.AF_UNIX).connect('\\0camp-{os.getpid()}')"
            assert (await cell.look(unix))["error"] == "ConnectionRefusedError"
            away = "import socket; socket.create_connection(('1.1.1.1', 80), 2)"
            assert (await cell.look(away))["errno"] == 101
            names = "import socket; result = socket.getaddrinfo('example.com', 80)"
            assert (await cell.look(names))["error"] == "gaierror"


async def test_its_host_has_no_control_surface(inside: Any) -> None:
    code = """
import os, urllib.request, urllib.error
host = "http://" + os.environ["WEBSITE_HOSTNAME"]
result = []
for path in ("/admin/camp/state", "/admin/camp/journal", "/admin/camp/keys", "/admin/host/status", "/admin/functions",
             "/admin/host/keys", "/admin/camp/settings"):
    try:
        result.append(urllib.request.urlopen(host + path).status)
    except urllib.error.HTTPError as error:
        result.append(error.code)
"""
    async with inside() as cell:
        assert set(await cell.look(code)) == {404}
        own = "import os, urllib.request as u; result = u.urlopen(f\"http://{os.environ['WEBSITE_HOSTNAME']}\").status"
        assert await cell.look(own) == 200


async def test_two_cells_of_one_sandbox_do_not_see_each_other(inside: Any) -> None:
    async with inside() as first, inside() as second:
        await first.look(
            "open('/tmp/left', 'w').write('x'); import os; os.environ['LEFT'] = '1'; import json; json.left = 1"
        )
        await asyncio.sleep(0)
        code = "import os, json; result = [os.path.exists('/tmp/left'), os.environ.get('LEFT'), hasattr(json, 'left')]"
        assert await first.look(code) == [True, "1", True]
        assert await second.look(code) == [False, None, False]


async def test_refused_system_calls_are_refused(inside: Any) -> None:
    column = seccomp.MACHINES[os.uname().machine].column
    numbers = {name: pair[column] for name, pair in seccomp.REFUSED.items() if pair[column] is not None}
    code = f"""
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
result = {{}}
for name, number in {numbers!r}.items():
    answer = libc.syscall(ctypes.c_long(number), 0, 0, 0, 0, 0)
    result[name] = ctypes.get_errno() if answer == -1 else 0
for family in (38, 40, 17, 3):
    answer = libc.socket(family, 3, 0)
    result["family %d" % family] = ctypes.get_errno() if answer == -1 else 0
result["new user namespace"] = -libc.syscall(ctypes.c_long({56 if column == 0 else 220}), 0x10000000 | 17, 0, 0, 0, 0)
"""
    async with inside() as cell:
        found = await cell.look(code)
    assert found.pop("new user namespace") == 1
    assert {name for name, errno in found.items() if errno != 1} == set()


async def test_it_has_no_privilege_and_gets_none(inside: Any) -> None:
    async with inside() as cell:
        status = await cell.look("result = open('/proc/self/status').read()")
        user = await cell.look("import os; os.setuid(0)")
        groups = await cell.look("import os; os.setgroups([0])")
    facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert {facts[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert (facts["NoNewPrivs"], facts["Seccomp"]) == ("1", "2")
    assert user["errno"] in (1, 22) and groups["errno"] == 1


async def test_a_passage_leads_to_one_port_of_this_computer(inside: Any) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readexactly(5))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    code = (
        f"import socket; s = socket.create_connection(('127.0.0.1', {port})); s.sendall(b'hello'); result = s.recv(9)"
    )
    async with inside() as cell:
        assert (await cell.look(code))["error"] == "ConnectionRefusedError"
        await cell.cell.open_passage(port)
        assert await cell.look(code) == "b'hello'"
    server.close()
