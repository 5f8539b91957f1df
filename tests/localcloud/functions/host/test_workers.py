import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from autograder import project

COUNTER = """
    import os
    count = 0

    @app.route(route="count")
    def counter(req: func.HttpRequest) -> str:
        global count
        count += 1
        return f"pid {os.getpid()} count {count}"

    @app.route(route="die")
    def die(req: func.HttpRequest) -> str:
        os._exit(3)
"""


@pytest.mark.covers("Workers: recycling between invocations")
async def test_recycling_forgets_what_was_in_memory_and_loses_nothing(run_app: Any) -> None:
    running = await run_app(
        COUNTER
        + """
    import time

    @app.route(route="slow")
    def slow(req: func.HttpRequest) -> str:
        time.sleep(0.3)
        return "done"
    """
    )
    assert (await running.text("/api/count")).endswith("count 1")
    assert (await running.text("/api/count")).endswith("count 2")
    slow = asyncio.create_task(running.text("/api/slow"))
    await asyncio.sleep(0.1)
    await running.host.recycle()
    assert (await running.text("/api/count")).endswith("count 1")
    assert await slow == "done"


async def test_a_worker_whose_connection_is_lost_is_replaced(run_app: Any, until: Any) -> None:
    running = await run_app(COUNTER)
    before = running.host.pool.pids
    os.kill(before[0], signal.SIGSTOP)  # so that it does not end by itself
    running.host.pool._workers[0]._transport.abort()
    status, _body, _headers = await asyncio.wait_for(running.ask("/api/count"), 20)
    assert status in (200, 500)
    await until(lambda: running.host.pool.pids not in ([], before))
    assert (await running.text("/api/count")).startswith(f"pid {running.host.pool.pids[0]} ")


@pytest.mark.covers("Workers: a crash fails what runs")
async def test_a_crash_fails_what_runs_and_is_not_counted(run_app: Any, until: Any) -> None:
    running = await run_app(
        COUNTER
        + """
    import time

    @app.route(route="hang")
    def hang(req: func.HttpRequest) -> str:
        time.sleep(60)
    """
    )
    for _round in range(5):
        hanging = asyncio.create_task(running.ask("/api/hang"))
        await until(lambda: running.host.in_flight)
        await running.host.crash()
        assert (await hanging)[0] == 500
    assert "count 1" in await running.text("/api/count")
    assert "python exited with code 137 (0x89)" in running.lines


@pytest.mark.covers("Workers: replaced when they die, until the giving-up limit")
async def test_a_worker_that_dies_by_itself_is_replaced_until_it_is_too_much(run_app: Any) -> None:
    running = await run_app(COUNTER)
    for _round in range(3):
        assert (await running.ask("/api/die"))[0] == 500
        assert "count 1" in await running.text("/api/count")
    assert (await running.ask("/api/die"))[0] == 500
    assert (await running.ask("/api/count"))[0] == 503
    assert "python exited with code 3 (0x3)" in running.host.errors[0]
    await running.host.restart()
    assert "count 1" in await running.text("/api/count")


@pytest.mark.covers("Workers: FUNCTIONS_WORKER_PROCESS_COUNT")
async def test_two_workers_share_nothing(run_app: Any) -> None:
    running = await run_app(
        """
        import os, time

        @app.route(route="pid")
        def pid(req: func.HttpRequest) -> str:
            time.sleep(0.2)
            return f"pid {os.getpid()}"
        """,
        settings={"FUNCTIONS_WORKER_PROCESS_COUNT": "2", "PYTHON_THREADPOOL_THREAD_COUNT": "1"},
    )
    assert len(running.host.worker_pids) == 2
    answers = await asyncio.gather(*(running.text("/api/pid") for _one in range(2)))
    assert len(set(answers)) == 2


async def test_scaled_out_and_in_between_invocations(run_app: Any, until: Any) -> None:
    running = await run_app(
        """
        import os, time

        @app.route(route="pid")
        def pid(req: func.HttpRequest) -> str:
            time.sleep(0.3)
            return f"pid {os.getpid()}"
        """,
        settings={"PYTHON_THREADPOOL_THREAD_COUNT": "1"},
    )
    host = running.host
    [only] = host.worker_pids
    await host.scale(3)
    first = host.worker_pids[0]
    assert only not in host.worker_pids and len(set(host.worker_pids)) == 3
    answers = [asyncio.create_task(running.text("/api/pid")) for _one in range(3)]
    await until(lambda: host.in_flight == 3)
    await host.scale(1)
    assert host.worker_pids == [first]
    assert len(set(await asyncio.gather(*answers))) == 3
    assert "the number of workers changed" in [facts["reason"] for facts in running.entries("worker.exited")]
    await host.scale(2)
    await host.restart()
    await until(lambda: len(host.worker_pids) == 2)
    await host.recycle()
    assert len(host.worker_pids) == 2


@pytest.mark.covers("Workers: scale to zero and cold start")
async def test_scaled_to_zero_after_idling_and_started_cold(run_app: Any, until: Any) -> None:
    running = await run_app(COUNTER, idle_timeout=0.2)
    assert "count 1" in await running.text("/api/count")
    await until(lambda: not running.host.worker_pids)
    assert "scaled to zero" in running.lines
    assert "count 1" in await running.text("/api/count")
    assert len(running.host.worker_pids) == 1
    [cold] = running.entries("worker.cold_start")
    assert cold["milliseconds"] > 0 and "Cold start: " in running.lines


@pytest.mark.covers("Workers: functionTimeout fails the call and restarts the worker")
async def test_a_time_out_fails_the_call_and_restarts_the_worker(run_app: Any) -> None:
    running = await run_app(
        COUNTER
        + """
    import time

    @app.route(route="hang")
    def hang(req: func.HttpRequest) -> str:
        time.sleep(60)
    """,
        host_json={"version": "2.0", "functionTimeout": "00:00:03"},
    )
    [before] = running.host.worker_pids
    assert (await running.ask("/api/hang"))[0] == 500
    assert "Timeout value of 00:00:03 exceeded by function 'Functions.hang'" in running.lines
    assert "count 1" in await running.text("/api/count")
    assert running.host.worker_pids != [before]


async def test_a_worker_knows_nothing_of_the_camp_and_keeps_its_folder_clean(run_app: Any) -> None:
    running = await run_app(
        """
        import helper, importlib.util, os

        @app.route(route="look")
        def look(req: func.HttpRequest) -> str:
            names = ("autograder", "localcloud", "frames", "camp_serve")
            found = [name for name in names if importlib.util.find_spec(name)]
            return f"{found} {os.environ.get('SECRET_OF_THE_HOST')} {os.environ['MINE']} {os.getcwd()} {helper.WORD}"
        """,
        files={"helper.py": "WORD = 'help'"},
        settings={"MINE": "yes"},
    )
    os.environ["SECRET_OF_THE_HOST"] = "1"
    try:
        await running.host.recycle()
        assert await running.text("/api/look") == f"[] None yes {running.host.app_dir} help"
    finally:
        del os.environ["SECRET_OF_THE_HOST"]
    assert sorted(path.name for path in running.host.app_dir.iterdir()) == ["function_app.py", "helper.py", "host.json"]


async def test_bad_frames_from_an_app_end_its_worker_only(run_app: Any) -> None:
    running = await run_app(
        COUNTER
        + """
    import sys

    @app.route(route="forge")
    def forge(req: func.HttpRequest) -> str:
        os.write(int(sys.argv[1]), b"\\xff" * 64)
        return "sent"
    """
    )
    assert (await running.ask("/api/forge"))[0] == 500
    assert "count 1" in await running.text("/api/count")
    assert "no frame" in running.lines


def test_the_workers_end_with_a_host_that_is_killed(tmp_path: Path) -> None:
    (tmp_path / "function_app.py").write_text("import time\ntime.sleep(60)\n")
    command = [sys.executable, "-m", "localcloud.functions", "--app", str(tmp_path), "--port", "0"]
    with subprocess.Popen([*command, "--python", str(project.apps_python())], stdin=subprocess.PIPE) as process:
        workers: list[psutil.Process] = []
        deadline = time.monotonic() + 20
        while not workers:
            assert time.monotonic() < deadline
            workers = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGKILL)
        assert not psutil.wait_procs(workers, 10)[1]
