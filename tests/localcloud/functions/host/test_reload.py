import asyncio
import json
import os
from typing import Any

import pytest

APP = """
    @app.route(route="hello")
    def hello(req: func.HttpRequest) -> str:
        return "first"
"""


@pytest.mark.covers("Workers: reload on save, also after a syntax error")
async def test_a_save_is_served_and_a_syntax_error_is_told_and_mended(run_app: Any, until: Any) -> None:
    running = await run_app(APP, watch=True)
    script = running.host.app_dir / "function_app.py"
    good = script.read_text()

    async def answers(body: bytes, status: int = 200) -> bool:
        found = await running.ask("/api/hello")
        return bool(found[:2] == (status, body))

    assert await answers(b"first")
    script.write_text(good.replace("first", "second"))
    await until(lambda: answers(b"second"))
    script.write_text(good + "\ndef broken(:\n    pass\n")
    await until(lambda: answers(b"", 404))
    [error] = running.host.errors
    assert "function_app.py" in error and f"line {len(good.splitlines()) + 2}" in error
    assert (await running.ask("/"))[0] == 200
    script.write_text(good.replace("first", "third"))
    await until(lambda: answers(b"third"))
    assert running.host.errors == []


async def test_a_helper_module_is_read_again_too(run_app: Any, until: Any) -> None:
    running = await run_app(
        """
        from parts.words import WORD

        @app.route(route="hello")
        def hello(req: func.HttpRequest) -> str:
            return WORD
        """,
        files={"parts/words.py": "WORD = 'old'"},
        watch=True,
    )
    assert await running.text("/api/hello") == "old"
    (running.host.app_dir / "parts" / "words.py").write_text("WORD = 'new'")

    async def is_new() -> bool:
        return bool((await running.ask("/api/hello"))[1] == b"new")

    await until(is_new)


@pytest.mark.covers("host.json: read again on save")
async def test_an_invalid_host_json_is_told_and_mended(run_app: Any, until: Any) -> None:
    running = await run_app(APP, watch=True)
    config = running.host.app_dir / "host.json"
    config.write_text('{"version": "2.0",\n "extensions": }')

    async def is_broken() -> bool:
        return bool(running.host.errors)

    await until(is_broken)
    assert "host.json" in running.host.errors[0] and "line 2" in running.host.errors[0]
    config.write_text(json.dumps({"version": "2.0", "extensions": {"http": {"routePrefix": "v1"}}}))

    async def is_mended() -> bool:
        return bool((await running.ask("/v1/hello"))[1] == b"first")

    await until(is_mended)


def loads(running: Any) -> int:
    return sum(one["state"] == "Starting" for one in running.entries("host.state"))


async def test_an_app_that_writes_files_in_its_folder_is_not_restarted(run_app: Any, until: Any) -> None:
    running = await run_app(
        """
        from pathlib import Path
        import time
        HERE = Path(__file__).parent
        for name in ("notes.txt", "requirements.txt", "state.json", "data.db"):
            (HERE / name).write_text(str(time.time()))

        @app.route(route="write")
        def write(req: func.HttpRequest) -> str:
            (HERE / "notes.txt").write_text("again")
            return "written"
        """,
        watch=True,
    )
    assert await running.text("/api/write") == "written"
    script = running.host.app_dir / "function_app.py"
    script.write_text(script.read_text() + "\n")
    await until(lambda: loads(running) == 2 and running.host.state == "Running")
    assert await running.text("/api/write") == "written"
    assert "notes.txt" not in running.lines


@pytest.mark.covers("Workers: code that an app writes itself whenever it is loaded does not restart it for ever")
async def test_code_that_the_app_writes_while_it_is_loaded_does_not_restart_it_for_ever(
    run_app: Any, until: Any
) -> None:
    running = await run_app(
        """
        from pathlib import Path
        import time
        (Path(__file__).parent / "made.py").write_text(f"MADE = {time.time()}")

        @app.route(route="hello")
        def hello(req: func.HttpRequest) -> str:
            return "first"
        """,
        watch=True,
    )
    await until(lambda: "The app writes made.py itself" in running.lines)
    assert loads(running) <= 4
    script = running.host.app_dir / "function_app.py"
    script.write_text(script.read_text().replace("first", "second"))

    async def is_new() -> bool:
        return bool((await running.ask("/api/hello"))[1] == b"second")

    await until(is_new)
    before = loads(running)
    (running.host.app_dir / "made.py").write_text("MADE = 'by hand'")
    await until(lambda: loads(running) == before + 1)


async def test_a_folder_below_one_that_is_ignored_is_watched(run_app: Any, until: Any) -> None:
    running = await run_app(APP, watch=True, below="site-packages")
    script = running.host.app_dir / "function_app.py"
    script.write_text(script.read_text().replace("first", "second"))

    async def is_new() -> bool:
        return bool((await running.ask("/api/hello"))[1] == b"second")

    await until(is_new)


async def test_watching_is_switched_off_in_host_json(run_app: Any, until: Any) -> None:
    running = await run_app(APP, watch=True, host_json={"version": "2.0", "fileWatchingEnabled": False})
    script = running.host.app_dir / "function_app.py"
    script.write_text(script.read_text().replace("first", "second"))
    await asyncio.sleep(0.5)
    assert await running.text("/api/hello") == "first"


@pytest.mark.covers("Workers: an app that never finishes loading is given up")
async def test_an_app_that_never_finishes_loading_is_given_up_and_mended(run_app: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("localcloud.functions.host.SECONDS_TO_LOAD_IN_CHECKS", 0.5)
    running = await run_app("while True: pass\n", fast=True)
    assert running.host.functions == {} and "0.5 seconds" in running.host.errors[0]
    (running.host.app_dir / "function_app.py").write_text(
        "import azure.functions as func\napp = func.FunctionApp(http_auth_level='ANONYMOUS')\n"
        "@app.route(route='hello')\ndef hello(req: func.HttpRequest) -> str:\n    return 'mended'\n"
    )
    await running.host.restart()
    assert await running.text("/api/hello") == "mended"


@pytest.mark.covers("Settings and expressions: new settings get new workers, the old ones finish")
async def test_new_settings_get_new_workers_and_the_old_ones_finish(run_app: Any, until: Any) -> None:
    settings = {"WORD": "old"}
    running = await run_app(
        """
        import os

        @app.route(route="word")
        def word(req: func.HttpRequest) -> str:
            return os.environ["WORD"]
        """,
        settings=lambda: dict(settings),
    )
    assert await running.text("/api/word") == "old"
    [before] = running.host.worker_pids
    settings["WORD"] = "new"
    await running.host.restart()
    assert await running.text("/api/word") == "new"
    await until(lambda: not os.path.exists(f"/proc/{before}"))
