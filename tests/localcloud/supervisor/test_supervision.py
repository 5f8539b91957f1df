import asyncio
import shutil
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from localcloud.supervisor import ServiceFailed, ServiceProcess, Supervisor, TcpProbe
from localcloud.supervisor.ledger import Ledger

Page = Callable[..., ServiceProcess]


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=5) as answer:
        text: str = answer.read().decode()
    return text


async def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        await asyncio.sleep(0.02)


async def test_services_start_after_what_they_need_and_answer(page: Page, diary: Path, tmp_path: Path) -> None:
    services = [page("third", needs=("second",)), page("second", needs=("first",)), page("first")]
    supervisor = Supervisor(services, tmp_path / "state", print)
    await supervisor.start()
    try:
        assert (await asyncio.to_thread(diary.read_text)).split() == ["first", "second", "third"]
        for service in services:
            assert int(await asyncio.to_thread(get, service.url)) == supervisor.pids()[service.name]
    finally:
        await supervisor.stop()
    assert not Ledger(tmp_path / "state" / "services.json").path.exists()


async def test_the_ledger_says_who_runs_where(page: Page, tmp_path: Path) -> None:
    service = page("web")
    supervisor = Supervisor([service], tmp_path, print, facts={"lab": "1-slack-bot"})
    await supervisor.start()
    try:
        ledger = Ledger(tmp_path / "services.json")
        entry = ledger.entries()["web"]
        assert (entry.state, entry.url, entry.alive) == ("running", service.url, True)
        assert ledger.entries()["supervisor"].alive
        assert ledger.facts() == {"lab": "1-slack-bot"}
    finally:
        await supervisor.stop()
    assert not entry.alive


async def test_a_service_that_died_is_started_again_with_its_last_words_shown(page: Page, tmp_path: Path) -> None:
    said: list[str] = []
    service = page("web")
    supervisor = Supervisor([service], tmp_path, said.append)
    await supervisor.start()
    try:
        first = supervisor.pids()["web"]
        with pytest.raises((urllib.error.URLError, ConnectionError)):
            await asyncio.to_thread(get, service.url + "/die")
        await until(lambda: supervisor.states["web"] == "running" and supervisor.pids().get("web") not in (None, first))
        assert int(await asyncio.to_thread(get, service.url)) == supervisor.pids()["web"]
    finally:
        await supervisor.stop()
    assert "web ended with exit code 7" in said[0]
    assert "I was told to die" in said[0]
    assert "I was told to die" in (tmp_path / "logs" / "web.log").read_text()


class LosesACancellation:
    """A probe as `asyncio.wait_for` makes it before Python 3.12: what is cancelled just as an answer comes goes on."""

    def __init__(self) -> None:
        self.asked = self.lost = 0

    async def answers(self) -> bool:
        self.asked += 1
        try:
            await asyncio.sleep(0.5)
        except asyncio.CancelledError:
            self.lost += 1
            if self.lost > 1:
                raise
        return False


async def test_it_stops_while_a_service_starts_even_if_a_cancellation_is_lost(page: Page, tmp_path: Path) -> None:
    probe = LosesACancellation()
    supervisor = Supervisor([replace(page("web"), ready=probe)], tmp_path, print)
    starting = asyncio.create_task(supervisor.start())
    await until(lambda: probe.asked > 0)
    stopping = asyncio.create_task(supervisor.stop())
    over, _going = await asyncio.wait({stopping}, timeout=10.0)
    for task in (starting, stopping):
        task.cancel()
    assert over and probe.lost > 0 and not supervisor.pids()


async def test_a_service_that_never_comes_up_is_given_up_and_its_words_are_in_the_error(tmp_path: Path) -> None:
    broken = ServiceProcess(
        name="broken",
        argv=[sys.executable, "-c", "import sys; sys.exit('the disk is on fire')"],
        ready=TcpProbe((1,)),
        url="",
    )
    said: list[str] = []
    supervisor = Supervisor([broken], tmp_path, said.append)
    with pytest.raises(ServiceFailed, match=r"(?s)broken ended with exit code 1, 3 times.*the disk is on fire"):
        await supervisor.start()
    await supervisor.stop()
    assert len(said) == 2


async def test_a_command_that_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    missing = ServiceProcess(name="ghost", argv=["no-such-program"], ready=TcpProbe((1,)), url="")
    supervisor = Supervisor([missing], tmp_path, print)
    with pytest.raises(ServiceFailed, match=r"ghost cannot be started: .*no-such-program"):
        await supervisor.start()
    await supervisor.stop()


async def test_a_background_service_is_not_waited_for(page: Page, tmp_path: Path) -> None:
    slow = ServiceProcess(
        name="slow",
        argv=[sys.executable, "-c", "import sys; sys.stdin.read()"],
        ready=TcpProbe((1,)),
        url="",
        background=True,
    )
    supervisor = Supervisor([page("web"), slow], tmp_path, print)
    await supervisor.start()
    assert supervisor.states == {"web": "running", "slow": "starting"}
    await supervisor.stop()


async def test_a_background_service_that_is_given_up_leaves_the_others_running(page: Page, tmp_path: Path) -> None:
    said: list[str] = []
    web = page("web")
    broken = ServiceProcess(name="broken", argv=["no-such-program"], ready=TcpProbe((1,)), url="", background=True)
    supervisor = Supervisor([web, broken], tmp_path, said.append)
    await supervisor.start()
    try:
        assert not await supervisor.ready("broken")
        assert int(await asyncio.to_thread(get, web.url)) == supervisor.pids()["web"]
    finally:
        await supervisor.stop()
    assert "broken cannot be started" in said[0]


async def test_a_deleted_state_folder_is_made_again_and_the_services_go_on(page: Page, tmp_path: Path) -> None:
    said: list[str] = []
    lost: list[bool] = []
    service = page("web")
    state = tmp_path / "state"
    supervisor = Supervisor([service], state, said.append, on_state_lost=lambda: lost.append(True))
    await supervisor.start()
    try:
        pid = supervisor.pids()["web"]
        shutil.rmtree(state)
        await until((state / "services.json").exists)
        assert int(await asyncio.to_thread(get, service.url)) == pid
        await until((state / "logs" / "web.log").exists)
        assert Ledger(state / "services.json").entries()["web"].pid == pid
    finally:
        await supervisor.stop()
    assert lost
    assert "was deleted while the camp is open" in said[0]


async def test_a_service_deaf_to_requests_to_end_is_killed(tmp_path: Path) -> None:
    deaf = ServiceProcess(
        name="deaf",
        argv=[
            sys.executable,
            "-c",
            "from signal import *; signal(SIGTERM, SIG_IGN); print('deaf', flush=True); import time; time.sleep(99)",
        ],
        ready=TcpProbe(()),
        url="",
        stop_seconds=0.3,
    )
    supervisor = Supervisor([deaf], tmp_path, print)
    await supervisor.start()
    await until((tmp_path / "logs" / "deaf.log").exists)
    process = psutil.Process(supervisor.pids()["deaf"])
    await supervisor.stop()
    assert not process.is_running()


def test_services_that_need_each_other_in_a_circle_are_refused(page: Page, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="circle: a, b"):
        Supervisor([page("a", needs=("b",)), page("b", needs=("a",))], tmp_path, print)


def test_an_unknown_need_is_refused(page: Page, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a needs nothing-such"):
        Supervisor([page("a", needs=("nothing-such",))], tmp_path, print)
