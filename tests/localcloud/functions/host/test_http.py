import json
from typing import Any

import pytest


@pytest.mark.covers("HTTP: headers, query, route parameters and body as Azure gives them")
async def test_a_function_sees_the_request_as_azure_gives_it(run_app: Any) -> None:
    running = await run_app("""
        import json

        @app.route(route="things/{kind}/{id:int?}", methods=["POST"])
        def things(req: func.HttpRequest) -> func.HttpResponse:
            seen = {
                "method": req.method, "url": req.url, "headers": dict(req.headers), "params": dict(req.params),
                "route": dict(req.route_params), "body": req.get_body().decode(),
            }
            return func.HttpResponse(json.dumps(seen), mimetype="application/json", status_code=201)
    """)
    status, body, headers = await running.ask(
        "/api/Things/Tea%20pot/7/?a=1&a=2&empty=&b=%C3%A9",
        "POST",
        data=b"hall\xc3\xb6",
        headers=[("X-Two", "a"), ("X-Two", "b")],
    )
    seen = json.loads(body)
    assert status == 201 and headers["Content-Type"] == "application/json"
    assert seen["method"] == "POST" and seen["url"].startswith("http://127.0.0.1:") and "?a=1" in seen["url"]
    assert seen["headers"]["x-two"] == "a,b"
    assert seen["params"] == {"a": "1,2", "b": "é"}
    assert seen["route"] == {"kind": "Tea pot", "id": "7"}
    assert seen["body"] == "hallö"


@pytest.mark.covers("HTTP: what no route answers is 404")
@pytest.mark.parametrize(("path", "method"), [("/api/other", "GET"), ("/api/only-post", "GET"), ("/only-post", "POST")])
async def test_what_no_route_answers_is_404(run_app: Any, path: str, method: str) -> None:
    running = await run_app("""
        @app.route(route="only-post", methods=["POST"])
        def only_post(req: func.HttpRequest) -> str:
            return "posted"
    """)
    assert (await running.ask(path, method))[0] == 404
    assert await running.text("/api/only-post", "POST") == "posted"


@pytest.mark.covers("HTTP: answers of real functions: str, None, dict, wrong types")
async def test_answers_are_converted_as_the_host_does(run_app: Any) -> None:
    running = await run_app("""
        ANSWERS = {"object": '{"a":[1]}', "number": "1.50", "text": "plain"}
        ANSWERS["response"] = '{"status": 418, "body": "tea"}'

        @app.route(route="string/{which}")
        def string(req: func.HttpRequest) -> str:
            return ANSWERS[req.route_params["which"]]

        @app.route(route="nothing")
        def nothing(req: func.HttpRequest):
            return None

        @app.route(route="dict")
        def dictionary(req: func.HttpRequest):
            return {"a": 1}

        @app.route(route="fails")
        def fails(req: func.HttpRequest) -> str:
            raise RuntimeError("on purpose")

        @app.route(route="bytes")
        def raw(req: func.HttpRequest) -> func.HttpResponse:
            return func.HttpResponse(bytes(range(256)), mimetype="application/octet-stream")
    """)
    assert json.loads(await running.text("/api/string/object")) == {"a": [1]}
    assert await running.text("/api/string/number") == "1.5"
    assert await running.text("/api/string/text") == "plain"
    assert (await running.ask("/api/string/response"))[:2] == (418, b"tea")
    for path in ("nothing", "dict", "fails"):
        assert (await running.ask(f"/api/{path}"))[:2] == (500, b"")
    assert (await running.ask("/api/bytes"))[1] == bytes(range(256))
    assert "RuntimeError: on purpose" in running.lines and "function_app.py" in running.lines


@pytest.mark.covers("Workers: async functions share one loop, sync ones run in threads")
async def test_async_functions_share_the_loop(run_app: Any) -> None:
    running = await run_app("""
        import asyncio
        gate = asyncio.Event()

        @app.route(route="wait")
        async def wait(req: func.HttpRequest) -> str:
            await asyncio.wait_for(gate.wait(), 10)
            return "opened"

        @app.route(route="open")
        async def open_it(req: func.HttpRequest) -> str:
            gate.set()
            return "open"
    """)
    import asyncio

    waiting = asyncio.create_task(running.text("/api/wait"))
    await asyncio.sleep(0.05)
    assert await running.text("/api/open") == "open"
    assert await waiting == "opened"


@pytest.mark.covers("Keys: real requests with and without keys")
async def test_keys_open_what_they_should(run_app: Any) -> None:
    running = await run_app("""
        @app.route(route="key", auth_level=func.AuthLevel.FUNCTION)
        def with_key(req: func.HttpRequest) -> str:
            return "in"

        @app.route(route="master", auth_level=func.AuthLevel.ADMIN)
        def with_master(req: func.HttpRequest) -> str:
            return "in"
    """)
    keys = running.host.app.keys
    assert (await running.ask("/api/key"))[:2] == (401, b"")
    assert (await running.ask("/api/key?code=wrong"))[0] == 401
    assert await running.text(f"/api/key?code={keys.functions['with_key']['default']}") == "in"
    assert await running.text("/api/key", headers={"x-functions-key": keys.master}) == "in"
    assert (await running.ask(f"/api/master?code={keys.functions['with_master']['default']}"))[0] == 401
    assert await running.text(f"/api/master?code={keys.master}") == "in"


@pytest.mark.covers("Keys: func start checks none")
async def test_core_tools_checks_no_keys(run_app: Any) -> None:
    running = await run_app(
        """
        @app.route(route="key", auth_level=func.AuthLevel.FUNCTION)
        def with_key(req: func.HttpRequest) -> str:
            return "in"
        """,
        enforce_keys=False,
    )
    assert await running.text("/api/key") == "in"


@pytest.mark.covers("HTTP: AsgiFunctionApp")
async def test_a_whole_asgi_app_answers(run_app: Any) -> None:
    running = await run_app(
        """
        import azure.functions as func

        async def site(scope, receive, send):
            if scope["type"] == "lifespan":
                while True:
                    message = await receive()
                    await send({"type": message["type"] + ".complete"})
                    if message["type"] == "lifespan.shutdown":
                        return
            body = (await receive())["body"]
            await send({"type": "http.response.start", "status": 200, "headers": [(b"x-path", scope["path"].encode())]})
            await send({"type": "http.response.body", "body": b"asgi " + body})

        app = func.AsgiFunctionApp(app=site, http_auth_level=func.AuthLevel.ANONYMOUS)
        """,
        head=False,
        host_json={"version": "2.0", "extensions": {"http": {"routePrefix": ""}}},
    )
    status, body, headers = await running.ask("/any/where", "POST", data=b"hi")
    assert (status, body, headers["x-path"]) == (200, b"asgi hi", "/any/where")


@pytest.mark.covers("HTTP: WsgiFunctionApp")
async def test_a_whole_wsgi_app_answers(run_app: Any) -> None:
    running = await run_app(
        """
        import azure.functions as func

        def site(environ, start_response):
            start_response("202 Accepted", [("Content-Type", "text/plain"), ("Set-Cookie", "a=b; Path=/")])
            return [environ["PATH_INFO"].encode(), b" ", environ["wsgi.input"].read()]

        app = func.WsgiFunctionApp(app=site, http_auth_level=func.AuthLevel.ANONYMOUS)
        """,
        head=False,
        host_json={"version": "2.0", "extensions": {"http": {"routePrefix": ""}}},
    )
    status, body, headers = await running.ask("/any/where", "POST", data=b"hi")
    assert (status, body) == (202, b"/any/where hi")
    assert headers["Set-Cookie"].startswith("a=b")


@pytest.mark.covers("HTTP: a chunked body arrives empty; the home page")
async def test_a_chunked_body_arrives_empty_and_the_home_page_answers(run_app: Any) -> None:
    running = await run_app("""
        @app.route(route="size", methods=["POST"])
        def size(req: func.HttpRequest) -> str:
            return f"{len(req.get_body())} bytes"
    """)

    async def chunks() -> Any:
        yield b"abc"

    assert await running.text("/api/size", "POST", data=b"abc") == "3 bytes"
    assert await running.text("/api/size", "POST", data=chunks()) == "0 bytes"
    assert "up and running" in await running.text("/")


@pytest.mark.covers("Logging: Executing and Executed lines, exceptions with their place, one trace")
async def test_what_goes_wrong_is_traced_and_recorded(run_app: Any) -> None:
    running = await run_app("""
        import logging

        @app.route(route="log")
        def log(req: func.HttpRequest, context: func.Context) -> str:
            logging.info("heard %s", req.params["what"])
            logging.debug("not shown")
            print("printed")
            return context.trace_context.trace_parent + " " + context.invocation_id + " " + context.function_name
    """)
    trace = "0af7651916cd43dd8448eb211c80319c"
    answer = await running.text("/api/log?what=hello", headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"})
    parent, invocation, name = answer.split()
    assert parent.split("-")[1] == trace and name == "log"
    [started], [finished] = running.entries("invocation.started"), running.entries("invocation.finished")
    assert started["id"] == finished["id"] == invocation and started["trace"] == trace and finished["ok"]
    messages = [entry["message"] for entry in running.entries("invocation.log")]
    assert "heard hello" in messages and "printed" in messages and "not shown" not in messages
    reason = "This function was programmatically called via the host APIs."
    assert started["line"] == f"Executing 'Functions.log' (Reason='{reason}', Id={invocation})"
    assert finished["line"].startswith(f"Executed 'Functions.log' (Succeeded, Id={invocation}, Duration=")


@pytest.mark.covers("HTTP: an output that was never set, beside a $return of another binding: its value with 200")
async def test_what_another_binding_got_is_the_answer_when_the_output_is_not_set(
    run_app: Any, storage: str, queue: Any
) -> None:
    running = await run_app(
        """
        @app.route(route="add/{what}", binding_arg_name="res")
        @app.queue_output(arg_name="$return", queue_name="returned", connection="AzureWebJobsStorage")
        def add(req: func.HttpRequest, res: func.Out[func.HttpResponse]) -> str:
            what = req.route_params["what"]
            if what == "told":
                res.set(func.HttpResponse("told", status_code=201))
            return what
        """,
        settings={"AzureWebJobsStorage": storage},
    )
    status, body, headers = await running.ask("/api/add/milk")
    assert (status, body, headers["Content-Type"]) == (200, b"milk", "text/plain; charset=utf-8")
    assert (await running.ask("/api/add/told"))[:2] == (201, b"told")
    assert len(queue("returned").peek_messages(5)) == 2


@pytest.mark.covers("HTTP: the root waits for the app, as everything else does")
async def test_the_root_waits_until_the_app_is_loaded(run_app: Any) -> None:
    import asyncio

    running = await run_app("", host_json={"version": "2.0", "extensions": {"http": {"routePrefix": ""}}})
    assert "up and running" in await running.text("/")
    assert (await running.ask("/", "POST"))[0] == 200
    script = running.host.app_dir / "function_app.py"
    script.write_text(
        script.read_text()
        + "import time\ntime.sleep(0.5)\n"
        + '@app.route(route="/")\ndef root(req: func.HttpRequest) -> str:\n    return "mine"\n'
    )
    restart = asyncio.create_task(running.host.restart())
    await asyncio.sleep(0.1)
    assert (await running.ask("/admin/host/ping"))[0] == 200 and not restart.done()
    assert await running.text("/") == "mine"
    await restart


@pytest.mark.covers("HTTP: cross-origin requests: CORS and CORSCredentials, answered as ASP.NET Core does")
async def test_other_origins_may_call_as_far_as_they_are_allowed(run_app: Any) -> None:
    running = await run_app(
        """
        @app.route(route="hello")
        def hello(req: func.HttpRequest) -> str:
            return "hello"
        """,
        cors=("http://a.example",),
        cors_credentials=True,
        host_json={"version": "2.0", "extensions": {"http": {"customHeaders": {"X-Frame-Options": "DENY"}}}},
    )
    asks = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "x-one"}
    ours, others = {"Origin": "http://a.example"}, {"Origin": "http://b.example"}
    for path in ("/api/hello", "/"):
        _status, _body, headers = await running.ask(path, headers=ours)
        assert headers["Access-Control-Allow-Origin"] == "http://a.example" and headers["Vary"] == "Origin"
        assert headers["Access-Control-Allow-Credentials"] == "true" and headers["X-Frame-Options"] == "DENY"
        assert "Access-Control-Allow-Origin" not in (await running.ask(path, headers=others))[2]
    status, _body, headers = await running.ask("/api/hello", "OPTIONS", headers={**ours, **asks})
    assert status == 204 and headers["Access-Control-Allow-Methods"] == "PUT"
    assert headers["Access-Control-Allow-Headers"] == "x-one"
    status, _body, headers = await running.ask("/api/hello", "OPTIONS", headers={**others, **asks})
    assert status == 204 and "Access-Control-Allow-Origin" not in headers
    assert (await running.ask("/api/hello", "OPTIONS", headers=ours))[0] == 200


@pytest.mark.covers("host.json: retry holds for functions without a policy of their own")
async def test_host_json_gives_a_retry_policy(run_app: Any) -> None:
    policy = {"strategy": "fixedDelay", "maxRetryCount": 2, "delayInterval": "00:00:01"}
    running = await run_app(
        """
        @app.route(route="flaky")
        def flaky(req: func.HttpRequest, context: func.Context) -> str:
            if context.retry_context.retry_count < 2:
                raise ValueError("not yet")
            return "at last"
        """,
        host_json={"version": "2.0", "retry": policy, "healthMonitor": {"enabled": False}},
        fast=True,
    )
    assert await running.text("/api/flaky") == "at last"
    line = "Not read here, though it is in the app or its settings: healthMonitor."
    assert running.host.log.lines.count(line) == 1
