from typing import Any

import pytest

APP = """
import logging
warm = []

@app.warm_up_trigger("context")
def warm_up(context) -> None:
    warm.append(1)
    logging.info("warmed up")

@app.route(route="hello")
def hello(req: func.HttpRequest) -> str:
    return "hello"
"""


def times(running: Any) -> int:
    return int(running.host.log.lines.count("warmed up"))


@pytest.mark.covers("Warm-up trigger: runs once when the host starts, and once at each cold start from zero")
async def test_a_new_instance_is_warmed_up(run_app: Any, until: Any) -> None:
    running = await run_app(APP)
    await until(lambda: times(running) == 1)
    await running.text("/api/hello")
    assert times(running) == 1
    await running.host.pool.rest()
    await running.text("/api/hello")
    await until(lambda: times(running) == 2)
    await running.host.recycle()
    await running.host.quiet(silence=0.3)
    assert times(running) == 2


@pytest.mark.covers("Warm-up trigger: GET and POST /admin/warmup")
async def test_warm_up_is_asked_for(run_app: Any, until: Any) -> None:
    running = await run_app(APP)
    await until(lambda: times(running) == 1)
    master = {"x-functions-key": running.host.app.keys.master}
    assert (await running.ask("/admin/warmup"))[0] == 401
    for number, method in ((2, "GET"), (3, "POST")):
        assert (await running.ask("/admin/warmup", method, headers=master))[0] == 200
        assert times(running) == number
    assert (await running.ask("/admin/warmup", "DELETE", headers=master))[0] in (404, 405)


@pytest.mark.covers("Warm-up trigger: one that fails is logged, and the host runs")
async def test_a_failing_warm_up_is_logged(run_app: Any, until: Any) -> None:
    running = await run_app("""
        @app.warm_up_trigger("context")
        def warm_up(context) -> None:
            raise ValueError("cold")

        @app.route(route="hello")
        def hello(req: func.HttpRequest) -> str:
            return "hello"
    """)
    await until(lambda: "ValueError: cold" in running.lines)
    assert await running.text("/api/hello") == "hello"
