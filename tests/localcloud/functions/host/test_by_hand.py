import base64
import json
from typing import Any

import pytest


@pytest.mark.covers("Admin: a run by hand: a message's text, an event, or a blob's container/name; expressions know it")
async def test_a_text_stands_for_what_would_have_triggered_it(
    run_app: Any, until: Any, storage: str, container: Any, queue: Any
) -> None:
    container.upload_blob("a.txt", b"content")
    place = container.container_name
    running = await run_app(
        """
        import logging

        @app.queue_trigger("msg", "by-hand", "AzureWebJobsStorage")
        @app.queue_output("out", "hand-{id}", "AzureWebJobsStorage")
        def message(msg: func.QueueMessage, out: func.Out[str]) -> None:
            out.set(msg.get_body().decode() + str(msg.dequeue_count))

        @app.blob_trigger("blob", "%PLACE%/{name}", "AzureWebJobsStorage", source="EventGrid")
        def blob(blob: func.InputStream) -> None:
            logging.info("blob %s %s", blob.name, blob.read().decode())

        @app.event_grid_trigger("event")
        def event(event: func.EventGridEvent) -> None:
            logging.info("event %s", event.id)

        @app.timer_trigger("timer", "0 0 0 1 1 *")
        def timer(timer: func.TimerRequest) -> None:
            logging.info("timer %s", timer.past_due)
        """,
        settings={"AzureWebJobsStorage": storage, "PLACE": place},
        fast=True,
        enforce_keys=False,
    )

    async def by_hand(name: str, text: str) -> None:
        sent = await running.ask(f"/admin/functions/{name}", "POST", json={"input": text})
        assert sent[0] == 202

    await by_hand("message", '{"id": "seven"}')
    await until(lambda: running.entries("output.written"))
    [written] = queue("hand-seven").peek_messages(5)
    assert base64.b64decode(written.content).decode() == '{"id": "seven"}1'
    await by_hand("blob", f"{place}/a.txt")
    await until(lambda: f"blob {place}/a.txt content" in running.lines)
    await by_hand("blob", f"{place}/none.txt")
    await until(lambda: f"There is no blob '{place}/none.txt'." in running.lines)
    await by_hand("blob", "nonsense")
    await until(lambda: "Blob 'nonsense' cannot be read" in running.lines)
    await by_hand("event", json.dumps({"id": "9"}))
    await until(lambda: "event 9" in running.lines)
    await by_hand("timer", "")
    await until(lambda: "timer False" in running.lines)
