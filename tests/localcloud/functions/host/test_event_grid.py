import json
from typing import Any

import pytest

WEBHOOK = "/runtime/webhooks/EventGrid?functionName="
NOTIFICATION = {"aeg-event-type": "Notification"}
APP = """
import json, logging

@app.event_grid_trigger("event")
def heard(event: func.EventGridEvent) -> None:
    logging.info("heard %s", json.dumps([event.id, event.subject, event.event_type, event.get_json()]))
    if event.subject == "bad":
        raise ValueError("not this one")

@app.event_grid_trigger("event")
def cloud(event: func.CloudEvent) -> None:
    logging.info("cloud %s", json.dumps([event.id, event.type, event.source]))

@app.event_grid_trigger("event")
def text(event: str) -> None:
    logging.info("text %s", json.loads(event)["id"])

@app.route(route="hello")
def hello(req: func.HttpRequest) -> str:
    return "hello"
"""


def event(number: int, subject: str = "a") -> dict[str, Any]:
    return {
        "id": str(number),
        "topic": "/t",
        "subject": subject,
        "eventType": "Order.Placed",
        "eventTime": "2026-01-31T09:30:00.1234567Z",
        "data": {"order": number},
        "dataVersion": "1",
    }


@pytest.mark.covers("Event Grid trigger: one invocation for each event of a notification, in an array or alone")
async def test_each_event_of_a_notification_runs_the_function(run_app: Any) -> None:
    running = await run_app(APP, enforce_keys=False)
    for body in ([event(1), event(2)], event(3)):
        answer = await running.ask(WEBHOOK + "HEARD", "POST", headers=NOTIFICATION, json=body)
        assert answer[0] == 202
    assert (await running.ask(WEBHOOK + "text", "POST", headers=NOTIFICATION, json=event(4)))[0] == 202
    heard = [json.loads(line[6:]) for line in running.host.log.lines if line.startswith("heard ")]
    assert sorted(heard) == [[str(n), "a", "Order.Placed", {"order": n}] for n in (1, 2, 3)]
    assert "text 4" in running.lines and "EventGrid trigger fired at 2026-01-31T09:30:00" in running.lines


@pytest.mark.covers("Event Grid trigger: {data.member} and the other members in the expressions of other bindings")
async def test_an_events_members_are_expressions(run_app: Any, storage: str, container: Any) -> None:
    container.upload_blob("order-7", b"seven")
    running = await run_app(
        """
        @app.event_grid_trigger("event")
        @app.blob_input("order", "%PLACE%/order-{data.order}", "AzureWebJobsStorage")
        @app.blob_output("copy", "%PLACE%/{subject}-{id}", "AzureWebJobsStorage")
        def heard(event: func.EventGridEvent, order: str, copy: func.Out[str]) -> None:
            copy.set(order)
        """,
        settings={"AzureWebJobsStorage": storage, "PLACE": container.container_name},
        enforce_keys=False,
    )
    assert (await running.ask(WEBHOOK + "heard", "POST", headers=NOTIFICATION, json=event(7)))[0] == 202
    assert container.download_blob("a-7").readall() == b"seven"


@pytest.mark.covers("Event Grid trigger: CloudEvents, and their handshake by OPTIONS")
async def test_cloud_events_arrive_too(run_app: Any) -> None:
    running = await run_app(APP, enforce_keys=False)
    sent = {"specversion": "1.0", "id": "7", "type": "made", "source": "/here", "time": "2026-01-31T09:30:00Z"}
    assert (await running.ask(WEBHOOK + "cloud", "POST", headers=NOTIFICATION, json=sent))[0] == 202
    assert 'cloud ["7", "made", "/here"]' in running.lines
    status, _body, headers = await running.ask(
        WEBHOOK + "cloud", "OPTIONS", headers={"WebHook-Request-Origin": "eventgrid.azure.net"}
    )
    assert status == 200 and headers["WebHook-Allowed-Origin"] == "eventgrid.azure.net"


@pytest.mark.covers("Event Grid trigger: SubscriptionValidation answers the code, Unsubscribe is accepted")
async def test_a_subscription_is_validated(run_app: Any) -> None:
    running = await run_app(APP, enforce_keys=False)
    headers = {"aeg-event-type": "SubscriptionValidation"}
    asked = [{**event(1), "data": {"validationCode": "512d38b6"}}]
    answer = await running.text(WEBHOOK + "heard", "POST", headers=headers, json=asked)
    assert json.loads(answer) == {"validationResponse": "512d38b6"}
    assert (await running.ask(WEBHOOK + "heard", "POST", headers={"aeg-event-type": "Unsubscribe"}))[0] == 202


@pytest.mark.covers("Event Grid trigger: a failing function answers 500, so that Event Grid delivers again")
async def test_a_failing_function_is_500(run_app: Any) -> None:
    running = await run_app(APP, enforce_keys=False)
    answer = await running.ask(WEBHOOK + "heard", "POST", headers=NOTIFICATION, json=[event(1), event(2, "bad")])
    assert answer[0] == 500 and b"not this one" in answer[1]


@pytest.mark.covers("Event Grid trigger: an unknown function is 404, what is malformed 400, and neither runs anything")
async def test_what_is_malformed_is_refused(run_app: Any) -> None:
    running = await run_app(APP, enforce_keys=False)
    for name in ("", "none", "hello"):
        assert (await running.ask(WEBHOOK + name, "POST", headers=NOTIFICATION, json=event(1)))[0] == 404
    bad: list[Any] = ["", "{", "[]", "[1]", "null", "7", '"text"', "{}", '[{"id": "1"}, 2]', "[" * 9_000, b"\xff\xfe"]
    bad += [json.dumps({**event(1), "eventTime": time}) for time in (7, "yesterday", {}, "2026-13-45T99:99:99Z")]
    for body in bad:
        answer = await running.ask(WEBHOOK + "heard", "POST", headers=NOTIFICATION, data=body)
        assert answer[0] == 400, body
    for headers in ({}, {"aeg-event-type": "Other"}):
        assert (await running.ask(WEBHOOK + "heard", "POST", headers=headers, json=event(1)))[0] == 400
    validation = {"aeg-event-type": "SubscriptionValidation"}
    assert (await running.ask(WEBHOOK + "heard", "POST", headers=validation, json=event(1)))[0] == 400
    assert (await running.ask("/runtime/webhooks/nothing", "POST", json={}))[0] == 404
    assert running.entries("invocation.started") == []


@pytest.mark.covers("Event Grid trigger: the system key eventgrid_extension or the master key, where keys are enforced")
async def test_the_webhook_has_a_key_of_its_own(run_app: Any) -> None:
    running = await run_app(APP)
    keys = running.host.app.keys
    master = {"x-functions-key": keys.master}
    shown = json.loads(await running.text("/admin/host/systemkeys/eventgrid_extension", headers=master))
    assert shown["name"] == "eventgrid_extension"
    assert (await running.ask("/admin/host/systemkeys/none", headers=master))[0] == 404
    for key, status in ((shown["value"], 202), (keys.master, 202), (keys.host["default"], 401), ("wrong", 401)):
        path = f"{WEBHOOK}heard&code={key}"
        assert (await running.ask(path, "POST", headers=NOTIFICATION, json=event(1)))[0] == status
    assert (await running.ask(WEBHOOK + "heard", "POST", headers=NOTIFICATION, json=event(1)))[0] == 401


@pytest.mark.covers('Blob trigger with source="EventGrid": BlobCreated events at /runtime/webhooks/blobs, no scan')
async def test_a_blob_trigger_may_be_told_by_events(run_app: Any, until: Any, storage: str, container: Any) -> None:
    running = await run_app(
        """
        import logging

        @app.blob_trigger("blob", "%PLACE%/{name}", "AzureWebJobsStorage", source="EventGrid")
        def heard(blob: func.InputStream) -> None:
            logging.info("heard %s", blob.name)
        """,
        settings={"AzureWebJobsStorage": storage, "PLACE": container.container_name},
        fast=True,
        enforce_keys=False,
    )
    etag = container.upload_blob("a b.txt", b"text").get_blob_properties().etag
    await running.host.quiet(silence=0.5)
    assert "heard" not in running.lines.replace("Functions.heard", "")
    created = {
        **event(1),
        "subject": f"/blobServices/default/containers/{container.container_name}/blobs/a%20b.txt",
        "eventType": "Microsoft.Storage.BlobCreated",
        "data": {"eTag": etag},
    }
    path = "/runtime/webhooks/blobs?functionName=Host.Functions.heard"
    assert (await running.ask(path, "POST", headers=NOTIFICATION, json=[created]))[0] == 202
    await until(lambda: f"heard {container.container_name}/a b.txt" in running.lines)
    assert "New blob detected(EventGrid)" in running.lines
    assert (await running.ask(path, "POST", headers=NOTIFICATION, json=event(2)))[0] == 400


@pytest.mark.covers("Event Grid output: no service here, so the invocation fails and says so")
async def test_an_event_grid_output_fails_honestly(run_app: Any) -> None:
    running = await run_app("""
        @app.route(route="send")
        @app.event_grid_output("out", topic_endpoint_uri="TopicUri", topic_key_setting="TopicKey")
        def send(req: func.HttpRequest, out: func.Out[str]) -> str:
            out.set("event")
            return "sent"
    """)
    assert (await running.ask("/api/send"))[0] == 500
    assert "no local service for the output binding 'out' of type eventGrid" in running.lines
