import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


@pytest.mark.covers("Logging: host.json's logLevel by category, PYTHON_ENABLE_DEBUG_LOGGING, print goes through")
async def test_levels_choose_what_is_shown(run_app: Any, until: Any) -> None:
    code = """
        import logging

        @app.route()
        def talk(req: func.HttpRequest) -> str:
            logging.debug("a debug line")
            logging.info("an info line")
            logging.warning("a warning line")
            print("a printed line")
            return "talked"
    """
    levels = {"default": "Information", "Function.talk.User": "Warning"}
    quiet = await run_app(code, host_json={"version": "2.0", "logging": {"logLevel": levels}})
    await quiet.text("/api/talk")
    assert "a warning line" in quiet.lines and "an info line" not in quiet.lines and "Executed" in quiet.lines
    loud = await run_app(
        code,
        settings={"PYTHON_ENABLE_DEBUG_LOGGING": "1"},
        host_json={"version": "2.0", "logging": {"logLevel": {"default": "Trace"}}},
    )
    await loud.text("/api/talk")
    await until(lambda: "a debug line" in loud.lines and "a printed line" in loud.lines)


@pytest.mark.covers("Settings and expressions: PYTHON_SCRIPT_FILE_NAME, .python_packages, AzureWebJobsDisableHomepage")
@pytest.mark.covers("Indexing: the allow-list `functions` of host.json")
async def test_an_app_may_have_another_file_and_packages_of_its_own(run_app: Any) -> None:
    running = await run_app(
        "raise ValueError('not this file')",
        files={
            "other_app.py": (
                "import azure.functions as func, brought\n"
                "app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)\n"
                "@app.route()\ndef one(req: func.HttpRequest) -> str:\n    return brought.WORD\n"
                "@app.route()\ndef two(req: func.HttpRequest) -> str:\n    return 'two'\n"
            ),
            ".python_packages/lib/site-packages/brought.py": "WORD = 'brought along'\n",
        },
        host_json={"version": "2.0", "functions": ["ONE"]},
        settings={"PYTHON_SCRIPT_FILE_NAME": "other_app.py", "AzureWebJobsDisableHomepage": "true"},
    )
    assert await running.text("/api/one") == "brought along"
    assert (await running.ask("/api/two"))[0] == 404
    assert (await running.ask("/"))[0] == 204


@pytest.mark.covers("Worker: the context: names, ids, trace, and an invocation id for threads of one's own")
async def test_the_context_tells_of_the_invocation(run_app: Any, until: Any) -> None:
    running = await run_app("""
        import json, logging, threading

        @app.route()
        def tell(req: func.HttpRequest, context: func.Context) -> str:
            def beside():
                context.thread_local_storage.invocation_id = context.invocation_id
                logging.info("from a thread")

            thread = threading.Thread(target=beside)
            thread.start()
            thread.join()
            return json.dumps({
                "name": context.function_name, "id": context.invocation_id, "folder": context.function_directory,
                "trace": context.trace_context.trace_parent, "retry": tell_of(context.retry_context)})

        def tell_of(retry):
            return [retry.retry_count, retry.max_retry_count, retry.exception.message, retry.rpc_exception.message]
    """)
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    told = json.loads(await running.text("/api/tell", headers={"traceparent": trace}))
    [started] = running.entries("invocation.started")
    assert (told["name"], told["id"]) == ("tell", started["id"])
    assert told["retry"] == [0, 0, "", ""]  # as in the real worker, which has a context without a policy too
    assert told["folder"] == str(running.host.app_dir) and told["trace"].split("-")[1] == trace.split("-")[1]
    await until(lambda: [one for one in running.entries("invocation.log") if one["message"] == "from a thread"])
    [line] = [one for one in running.entries("invocation.log") if one["message"] == "from a thread"]
    assert line["id"] == started["id"]


@pytest.mark.covers("Blob: the storage libraries are imported by an app with such bindings alone")
def test_an_app_without_blobs_and_tables_costs_no_library() -> None:
    code = (
        "import sys; sys.path.insert(0, 'infra')\n"
        "import localcloud.functions.host, localcloud.functions.http.front, localcloud.functions.program\n"
        "print([name for name in sys.modules if name.split('.')[0] == 'azure'])"
    )
    project = Path(__file__).parents[4]
    ended = subprocess.run([sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"


@pytest.mark.covers("Worker: sys.stdout and sys.stderr have buffer, reconfigure and what else a text stream has")
async def test_streams_have_what_programs_expect_of_them(run_app: Any) -> None:
    running = await run_app("""
        import io, json, logging, sys
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(encoding="utf-8", errors="replace", line_buffering=True)
            assert stream.buffer.writable() and stream.writable() and not stream.isatty() and not stream.closed
            assert stream.buffer.raw.fileno() == stream.fileno() and stream.errors and stream.name
        logging.getLogger("own").addHandler(logging.StreamHandler(sys.stdout))

        @app.route(route="bytes")
        def write(req: func.HttpRequest) -> str:
            sys.stdout.buffer.write("é€\\n".encode()[:3])
            sys.stdout.buffer.write("é€\\n".encode()[3:])
            sys.stderr.buffer.write(bytearray(b"\\xff wrong\\n"))
            sys.stdout.buffer.writelines([b"one ", memoryview(b"line\\n")])
            io.TextIOWrapper(sys.stdout.buffer, "utf-8", write_through=True).write("wrapped\\n")
            sys.stdout.flush()
            return json.dumps([sys.stdout.encoding, sys.stdout.mode, sys.stdout.buffer.mode])
    """)
    assert json.loads(await running.text("/api/bytes")) == ["utf-8", "w", "wb"]
    for line in ("é€", "\\xff wrong", "one line", "wrapped"):
        assert line in running.host.log.lines
