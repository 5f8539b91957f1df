import base64
from typing import Any

import pytest


@pytest.mark.covers("Generic bindings: httpTrigger, http, queueTrigger, queue, blob and table as with their decorators")
async def test_generic_bindings_work_as_the_typed_ones(
    run_app: Any, until: Any, storage: str, container: Any, queue: Any, table: Any
) -> None:
    table.create_table()
    table.create_entity({"PartitionKey": "p", "RowKey": "r"})
    running = await run_app(
        """
        import logging

        @app.generic_trigger("req", "httpTrigger", auth_level="anonymous", route="send/{name}", methods=["GET"])
        @app.generic_output_binding("$return", "http")
        @app.generic_output_binding("out", "queue", queue_name="%JOBS%", connection="AzureWebJobsStorage")
        def send(req: func.HttpRequest, out: func.Out[str]) -> func.HttpResponse:
            out.set(req.route_params["name"])
            return func.HttpResponse("sent", status_code=201)

        @app.generic_trigger("text", "queueTrigger", queue_name="%JOBS%", connection="AzureWebJobsStorage")
        @app.generic_output_binding("out", "blob", path="%PLACE%/{queueTrigger}", connection="AzureWebJobsStorage")
        def keep(text: str, out: func.Out[bytes]) -> None:
            out.set(text.upper().encode())

        @app.generic_trigger("blob", "blobTrigger", path="%PLACE%/{name}", connection="AzureWebJobsStorage")
        @app.generic_input_binding("same", "blob", path="%PLACE%/{name}", connection="AzureWebJobsStorage",
                                   data_type=func.DataType.BINARY)
        @app.generic_input_binding("rows", "table", table_name="%TABLE%", connection="AzureWebJobsStorage")
        def heard(blob: func.InputStream, same: bytes, rows: str) -> None:
            logging.info("heard %s %s %s", blob.read().decode(), same.decode(), rows)

        @app.generic_trigger("timer", "timerTrigger", schedule="0 0 0 1 1 *", run_on_startup=True)
        def tick(timer: func.TimerRequest) -> None:
            logging.info("tick %s", timer.past_due)
        """,
        settings={
            "AzureWebJobsStorage": storage,
            "JOBS": f"jobs-{container.container_name}",
            "PLACE": container.container_name,
            "TABLE": table.table_name,
        },
        fast=True,
    )
    assert (await running.ask("/api/send/mio"))[:2] == (201, b"sent")
    await until(lambda: 'heard MIO MIO [{"PartitionKey":"p","RowKey":"r"}]' in running.lines)
    await until(lambda: "tick False" in running.lines)


@pytest.mark.covers(
    "Generic bindings and triggers without a local service: indexed, logged as no listener, never fatal"
)
async def test_a_type_without_a_listener_is_indexed(run_app: Any) -> None:
    running = await run_app("""
        @app.generic_trigger("message", "rabbitMQTrigger", queue_name="q", connection="Rabbit")
        def rabbit(message: str) -> None: ...

        @app.service_bus_queue_trigger("message", "q", "Bus")
        def bus(message: func.ServiceBusMessage) -> None: ...

        @app.generic_trigger("message", "noSuchTrigger")
        def unknown(message: str) -> None: ...

        @app.generic_trigger("req", "httpTrigger", auth_level="ANONYMOUS")
        @app.generic_output_binding("$return", "http")
        @app.generic_input_binding("secret", "daprSecret", key="k")
        def needs(req: func.HttpRequest, secret: str) -> str:
            return secret

        @app.route(route="hello")
        def hello(req: func.HttpRequest) -> str:
            return "hello"
    """)
    assert await running.text("/api/hello") == "hello"
    assert set(running.host.functions) == {"rabbit", "bus", "needs", "hello"}
    for kind, name in (("rabbitMQTrigger", "rabbit"), ("serviceBusTrigger", "bus")):
        assert f"There is no listener for {kind} here: '{name}' is indexed and will not fire." in running.lines
    assert "'noSuchTrigger' were not found in the configured extension bundle" in "\n".join(running.host.errors)
    assert (await running.ask("/api/needs"))[0] == 500
    assert "no local service for the input binding 'secret' of type daprSecret" in running.lines


@pytest.mark.covers(
    "Generic bindings: text, bytes, numbers, truth, lists and objects are encoded as by Microsoft's worker"
)
async def test_what_a_generic_output_may_be(run_app: Any, storage: str, queue: Any) -> None:
    running = await run_app(
        """
        VALUES = {"text": "é", "bytes": b"b", "number": 7, "share": 0.5, "truth": True, "list": [1], "object": {"a": 1}}

        @app.route(route="send/{kind}")
        @app.generic_output_binding("out", "queue", queue_name="kinds-{kind}", connection="AzureWebJobsStorage")
        def send(req: func.HttpRequest, out: func.Out[str]) -> str:
            out.set(VALUES[req.route_params["kind"]])
            return "sent"
        """,
        settings={"AzureWebJobsStorage": storage},
    )
    wanted = {
        "text": "é", "bytes": "b", "number": "7", "share": "0.5", "truth": "1", "list": "1", "object": '{"a": 1}'
    }  # fmt: skip
    for kind, text in wanted.items():
        assert await running.text(f"/api/send/{kind}") == "sent"
        [message] = queue(f"kinds-{kind}").peek_messages(5)
        assert base64.b64decode(message.content).decode() == text, kind
