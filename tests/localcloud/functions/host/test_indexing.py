from typing import Any

import pytest

HELLO = """
    @app.route(route="hello")
    def hello(req: func.HttpRequest) -> str:
        return "hello"
"""

LOST = {
    "import error": ("import slack_skd\n", "slack_skd"),
    "no app": ("app = None\n", "Could not find top level function app instances"),
    "two apps": ("other = func.FunctionApp()\n", "More than one"),
    "duplicate name": (
        '@app.function_name("hello")\n@app.route(route="again")\ndef again(req: func.HttpRequest) -> str: ...\n',
        "hello",
    ),
    "no trigger": (
        '@app.queue_output("out", "jobs", "AzureWebJobsStorage")\ndef lonely(out: func.Out[str]): ...\n',
        "trigger",
    ),
    "parameter mismatch": ('@app.route(route="m")\ndef other(request: func.HttpRequest) -> str: ...\n', "request"),
    "bad annotation": (
        '@app.route(route="l")\n@app.queue_output("out", "jobs", "AzureWebJobsStorage")\n'
        "def lists(req: func.HttpRequest, out: func.Out[list[str]]) -> str: ...\n",
        "typing.List[str]",
    ),
    "out without Out": (
        '@app.route(route="l")\n@app.queue_output("out", "jobs", "AzureWebJobsStorage")\n'
        "def plain(req: func.HttpRequest, out: str) -> str: ...\n",
        "Out",
    ),
    "missing setting": ("import os\nos.environ['SLACK_BOT_TOKEN']\n", "SLACK_BOT_TOKEN"),
    "exit at import": ("import sys\nsys.exit(4)\n", "SystemExit"),
}


@pytest.mark.covers("Indexing: any error in the app's code loses the whole app; the host stays up")
@pytest.mark.parametrize("kind", LOST)
async def test_an_indexing_error_loses_the_whole_app_and_is_explained(run_app: Any, kind: str) -> None:
    extra, word = LOST[kind]
    running = await run_app(HELLO + "\n")
    script = running.host.app_dir / "function_app.py"
    script.write_text(script.read_text() + "\n" + extra)
    await running.host.restart()
    assert running.host.functions == {} and running.host.state == "Error"
    [error] = running.host.errors
    assert word in error, error
    assert (await running.ask("/"))[0] == 200
    assert (await running.ask("/api/hello"))[0] == 404
    assert "No job functions found" in running.lines


@pytest.mark.covers("Indexing: what the host refuses loses that function alone")
async def test_a_wrong_function_is_lost_alone(run_app: Any) -> None:
    running = await run_app(
        HELLO
        + """
    @app.queue_trigger("in_message", "jobs", "AzureWebJobsStorage")
    def worker(in_message: func.QueueMessage) -> None: ...

    @app.route(route="admin/panel")
    def panel(req: func.HttpRequest) -> str:
        return "never"

    @app.route(route="HELLO")
    def zz_clash(req: func.HttpRequest) -> str:
        return "never"
    """
    )
    assert await running.text("/api/hello") == "hello"
    assert list(running.host.functions) == ["hello"]
    told = "\n".join(running.host.errors)
    assert "in_message" in told and "inMessage" in told and "'panel'" in told and "'zz_clash'" in told


@pytest.mark.covers("Generic bindings: triggers without a listener here are indexed and told of")
async def test_a_trigger_without_a_listener_is_indexed_and_told(run_app: Any) -> None:
    running = await run_app(
        HELLO
        + """
    @app.service_bus_queue_trigger("message", "jobs", "ServiceBus")
    def bus(message: func.ServiceBusMessage) -> None: ...
    """
    )
    assert set(running.host.functions) == {"bus", "hello"}
    assert "no listener for serviceBusTrigger" in running.lines
    assert await running.text("/api/hello") == "hello"


@pytest.mark.covers("Indexing: a disabled function answers 404")
async def test_a_disabled_function_answers_404(run_app: Any) -> None:
    running = await run_app(HELLO, settings={"AzureWebJobs.hello.Disabled": "1"})
    assert (await running.ask("/api/hello"))[0] == 404
    assert running.host.functions["hello"].disabled


@pytest.mark.covers("Indexing: blueprints")
async def test_blueprints_are_merged(run_app: Any) -> None:
    running = await run_app(
        """
        import azure.functions as func
        from parts import bp
        app = func.FunctionApp()
        app.register_functions(bp)
        """,
        head=False,
        files={
            "parts.py": "import azure.functions as func\nbp = func.Blueprint()\n"
            "@bp.route(route='part', auth_level=func.AuthLevel.ANONYMOUS)\n"
            "def part(req: func.HttpRequest) -> str:\n    return 'part'\n"
        },
    )
    assert await running.text("/api/part") == "part"


@pytest.mark.covers("Settings and expressions: %NAME% in bindings")
async def test_settings_in_bindings_are_resolved_or_asked_for(run_app: Any) -> None:
    code = (
        HELLO
        + """
    @app.timer_trigger("timer", "%WHEN%")
    def tick(timer: func.TimerRequest) -> None: ...
    """
    )
    running = await run_app(code, settings={"WHEN": "0 0 0 1 1 *"})
    assert running.host.functions["tick"].trigger["schedule"] == "0 0 0 1 1 *"
    other = await run_app(code)
    assert list(other.host.functions) == ["hello"]
    assert "'%WHEN%' does not resolve to a value" in other.host.errors[0]


async def test_an_azure_py_of_the_apps_own_does_not_stand_before_the_sdk(run_app: Any) -> None:
    running = await run_app(
        """
        from azure.cosmos import CosmosClient

        @app.route(route="hello")
        def hello(req: func.HttpRequest) -> str:
            return CosmosClient.__name__
        """,
        files={"azure.py": "raise RuntimeError('never imported')\n"},
    )
    assert await running.text("/api/hello") == "CosmosClient"


async def test_an_app_of_another_language_is_named(run_app: Any) -> None:
    running = await run_app("", settings={"FUNCTIONS_WORKER_RUNTIME": "node"})
    assert running.host.errors == [
        "FUNCTIONS_WORKER_RUNTIME is 'node': this host runs Python apps alone. Write python."
    ]


async def test_functions_of_the_first_model_beside_those_of_the_second_are_named(run_app: Any) -> None:
    running = await run_app("", files={"Hello/function.json": "{}"})
    assert "Not read here, though it is in the app or its settings: Hello/function.json." in running.lines
