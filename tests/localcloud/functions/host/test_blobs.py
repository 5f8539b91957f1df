import base64
import json
import uuid
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError

from localcloud.functions.bindings.blob_path import BlobPath
from localcloud.functions.bindings.blob_receipts import Receipts

HEARD = """
import json, logging

@app.blob_trigger("blob", "%PLACE%/{name}.txt", "AzureWebJobsStorage")
def heard(blob: func.InputStream) -> None:
    logging.info("heard %s", json.dumps(
        {"name": blob.name, "length": blob.length, "uri": blob.uri, "text": blob.read().decode(),
         "type": blob.blob_properties["ContentType"], "metadata": blob.metadata}))
"""


def heard(running: Any) -> list[dict[str, Any]]:
    return [json.loads(line.removeprefix("heard ")) for line in running.host.log.lines if line.startswith("heard ")]


@pytest.mark.covers("Blob trigger: new blobs and those that were there before; name, length, uri, properties, metadata")
async def test_a_blob_that_was_there_before_and_a_new_one_run_the_function(
    run_app: Any, until: Any, storage: str, container: Any
) -> None:
    container.upload_blob("early.txt", b"first", metadata={"by": "Mio"})
    container.upload_blob("other.png", b"not this one")
    settings = {"AzureWebJobsStorage": storage, "PLACE": container.container_name}
    running = await run_app(HEARD, settings=settings, fast=True)
    await until(lambda: len(heard(running)) == 1)
    container.upload_blob("deep/late.txt", "zweité".encode())
    await until(lambda: len(heard(running)) == 2)
    early, late = heard(running)
    place = container.container_name
    assert early["name"] == f"{place}/early.txt" and early["length"] == 5 and early["metadata"] == {"by": "Mio"}
    assert early["uri"].endswith(f"/{place}/early.txt") and early["type"] == "application/octet-stream"
    assert late["name"] == f"{place}/deep/late.txt" and late["text"] == "zweité" and late["length"] == 7
    assert f"Reason='New blob detected(LogsAndContainerScan): {place}/early.txt'" in running.lines
    [started, _later] = running.entries("invocation.started")
    assert started["blob"] == f"{place}/early.txt" and started["dequeue_count"] == 1 and started["etag"]


@pytest.mark.covers("Blob trigger: a changed blob runs the function again, an unchanged one does not")
async def test_a_blob_that_is_written_again_runs_the_function_again(
    run_app: Any, until: Any, storage: str, container: Any
) -> None:
    settings = {"AzureWebJobsStorage": storage, "PLACE": container.container_name}
    running = await run_app(HEARD, settings=settings, fast=True)
    for number in range(1, 3):
        container.upload_blob("same.txt", f"version {number}", overwrite=True)
        await until(lambda wanted=number: len(heard(running)) == wanted)
    await running.host.quiet(silence=0.5)
    assert [one["text"] for one in heard(running)] == ["version 1", "version 2"]


@pytest.mark.covers("Blob trigger: receipts by ETag, so that a restart of the host runs nothing again")
async def test_a_restart_does_not_run_what_ran_before(run_app: Any, until: Any, storage: str, container: Any) -> None:
    settings = {
        "AzureWebJobsStorage": storage,
        "PLACE": container.container_name,
        "AzureFunctionsWebHost__hostid": f"h{uuid.uuid4().hex[:8]}",
    }
    first = await run_app(HEARD, settings=settings, fast=True)
    container.upload_blob("once.txt", b"once")
    await until(lambda: len(heard(first)) == 1)
    await first.host.stop()
    second = await run_app(HEARD, settings=settings, fast=True)
    container.upload_blob("then.txt", b"then")
    await until(lambda: len(heard(second)) == 1)
    await second.host.restart()
    await second.host.quiet(silence=0.5)
    assert [one["text"] for one in heard(second)] == ["then"]


@pytest.mark.covers("Blob trigger: five tries through the internal queue, then webjobs-blobtrigger-poison")
async def test_five_failures_and_the_blob_is_poison(
    run_app: Any, until: Any, storage: str, container: Any, queue: Any
) -> None:
    running = await run_app(
        """
        @app.blob_trigger("blob", "%PLACE%/{name}", "AzureWebJobsStorage")
        def heard(blob: bytes) -> None:
            raise ValueError("never")
        """,
        settings={"AzureWebJobsStorage": storage, "PLACE": container.container_name},
        fast=True,
    )
    container.upload_blob("bad", b"bad")
    await until(lambda: running.entries("queue.poisoned"))
    place = f"{container.container_name}/bad"
    assert [entry["dequeue_count"] for entry in running.entries("invocation.started")] == [1, 2, 3, 4, 5]
    [poisoned] = running.entries("queue.poisoned")
    assert (poisoned["function"], poisoned["blob"]) == ("heard", place)
    texts = [
        json.loads(base64.b64decode(message.content))
        for message in queue("webjobs-blobtrigger-poison").peek_messages(32)
    ]
    [found] = [one for one in texts if one["ContainerName"] == container.container_name]
    assert (
        found["BlobName"] == "bad" and found["FunctionId"] == "Host.Functions.heard" and found["Type"] == "BlobTrigger"
    )


@pytest.mark.covers("Blob output: overwrites, makes the container, {name} and {rand-guid} and {DateTime} expressions")
@pytest.mark.covers("Blob trigger: a blob that the same host writes runs the function at once, in the same trace")
async def test_an_output_makes_its_container_and_wakes_the_listener(run_app: Any, until: Any, storage: str) -> None:
    place = f"made{uuid.uuid4().hex[:8]}"
    running = await run_app(
        HEARD
        + """
@app.route(route="put/{name}")
@app.blob_output("out", "%PLACE%/{name}.txt", "AzureWebJobsStorage")
@app.blob_output("copy", "%PLACE%/{DateTime:yyyy}/{rand-guid}.txt", "AzureWebJobsStorage")
def put(req: func.HttpRequest, out: func.Out[str], copy: func.Out[bytes]) -> str:
    out.set("kept " + req.params["text"])
    copy.set(b"copied")
    return "put"
""",
        settings={"AzureWebJobsStorage": storage, "PLACE": place},
    )
    for text in ("one", "two"):
        assert await running.text(f"/api/put/a?text={text}") == "put"
        await until(lambda wanted=f"kept {text}": wanted in [one["text"] for one in heard(running)], seconds=9)
    written = [entry for entry in running.entries("output.written") if entry["binding"] == "out"]
    assert [entry["blob"] for entry in written] == [f"{place}/a.txt"] * 2
    traces = {entry["etag"]: entry["trace"] for entry in written}
    started = [one for one in running.entries("invocation.started") if one.get("blob") == f"{place}/a.txt"]
    assert [traces[one["etag"]] for one in started] == [one["trace"] for one in started]
    copies = [one["name"].split("/") for one in heard(running) if one["text"] == "copied"]
    assert len(copies) >= 1 and all(len(parts[2]) == 40 and parts[1].isdigit() for parts in copies)


@pytest.mark.covers(
    "Blob input: str, bytes and InputStream; data_type BINARY, STRING and STREAM; a missing blob is None"
)
async def test_an_input_gives_text_bytes_or_a_stream(run_app: Any, storage: str, container: Any) -> None:
    container.upload_blob("a", "tëxt".encode())
    running = await run_app(
        """
        import json

        @app.route(route="read/{name}")
        @app.blob_input("plain", "%PLACE%/{name}", "AzureWebJobsStorage")
        @app.blob_input("text", "%PLACE%/{name}", "AzureWebJobsStorage", data_type="STRING")
        @app.blob_input("binary", "%PLACE%/{name}", "AzureWebJobsStorage", data_type="BINARY")
        @app.blob_input("stream", "%PLACE%/{name}", "AzureWebJobsStorage", data_type="STREAM")
        def read(req: func.HttpRequest, plain: str, text: str, binary: bytes, stream: func.InputStream) -> str:
            if stream is None:
                return json.dumps([plain, text, binary])
            return plain + text + binary.decode() + stream.read().decode()
        """,
        settings={"AzureWebJobsStorage": storage, "PLACE": container.container_name},
    )
    assert await running.text("/api/read/a") == "tëxt" * 4
    assert json.loads(await running.text("/api/read/none")) == [None, None, None]


@pytest.mark.covers("Blob: without data_type what is not UTF-8 arrives spoilt, as on Azure, and the log says the mend")
async def test_a_binary_blob_without_data_type_is_spoilt(run_app: Any, storage: str, container: Any) -> None:
    container.upload_blob("a.png", b"\x89PNG")
    running = await run_app(
        """
        @app.route(route="read")
        @app.blob_input("image", "%PLACE%/a.png", "AzureWebJobsStorage")
        def read(req: func.HttpRequest, image: func.InputStream) -> str:
            return image.read().hex()
        """,
        settings={"AzureWebJobsStorage": storage, "PLACE": container.container_name},
    )
    assert await running.text("/api/read") == b"\xef\xbf\xbdPNG".hex()
    assert 'Add data_type="BINARY" to the binding' in running.lines


@pytest.mark.covers("Blob: a malformed path or connection puts that function in error, the others run")
async def test_bad_paths_and_connections_lose_one_function(run_app: Any, until: Any, storage: str) -> None:
    running = await run_app(
        """
        @app.blob_trigger("blob", "no/", "AzureWebJobsStorage")
        def one(blob: bytes) -> None: ...

        @app.blob_trigger("blob", "{where}/a", "AzureWebJobsStorage")
        def two(blob: bytes) -> None: ...

        @app.blob_trigger("blob", "Upper/{name}", "AzureWebJobsStorage")
        def three(blob: bytes) -> None: ...

        @app.route(route="four")
        @app.blob_output("out", "nocontainer", "AzureWebJobsStorage")
        def four(req: func.HttpRequest, out: func.Out[str]) -> str: ...

        @app.blob_trigger("blob", "fine/{name}", "Broken")
        def five(blob: bytes) -> None: ...

        @app.route(route="six")
        @app.blob_input("blob", "fine/{missing}", "AzureWebJobsStorage")
        def six(req: func.HttpRequest, blob: bytes) -> str:
            return "never"

        @app.blob_trigger("blob", "fine/{name}", "BadKey")
        def seven(blob: bytes) -> None: ...

        @app.blob_trigger("blob", "%WHERE%/{name}", "AzureWebJobsStorage")
        def eight(blob: bytes) -> None: ...

        @app.generic_trigger("blob", "blobTrigger", connection=7)
        def nine(blob: bytes) -> None: ...

        @app.route(route="hello")
        def hello(req: func.HttpRequest) -> str:
            return "hello"
        """,
        settings={
            "AzureWebJobsStorage": storage,
            "Broken": "rubbish",
            "BadKey": "AccountName=x;AccountKey=!!!;BlobEndpoint=http://127.0.0.1:9/x",
            "WHERE": "Not A Container",
        },
        fast=True,
    )
    assert await running.text("/api/hello") == "hello"
    errors = "\n".join(running.host.errors)
    assert set(running.host.functions) == {"five", "six", "seven", "eight", "hello"}
    assert "Paths must be in the format 'container/blob'" in errors and "cannot contain {resolve} tokens" in errors
    assert "The given container name 'Upper' is invalid" in errors and "Blob identifiers must be" in errors
    assert "Broken is not a storage connection string" in running.lines
    assert "'Functions.eight' was unable to start. The given container name 'Not A Container'" in running.lines
    await until(lambda: "An error occurred while scanning container 'fine'" in running.lines)
    assert (await running.ask("/api/six"))[0] == 500
    assert "Exception binding parameter 'blob': No value for named parameter 'missing'" in running.lines


@pytest.mark.covers("Blob: names with spaces, signs and other scripts")
async def test_any_name_is_found_and_read(run_app: Any, until: Any, storage: str, container: Any) -> None:
    settings = {"AzureWebJobsStorage": storage, "PLACE": container.container_name}
    running = await run_app(HEARD, settings=settings, fast=True)
    names = {"a b.txt", "50%.txt", "q?x=1&y#z.txt", "日本/語.txt", "'quoted\".txt", "a+b;c@d=e.txt", "x" * 900 + ".txt"}
    for name in names:
        container.upload_blob(name, name.encode())
    await until(lambda: {one["text"] for one in heard(running)} == names)
    assert {one["name"] for one in heard(running)} == {f"{container.container_name}/{name}" for name in names}


@pytest.mark.covers("Blob trigger: a blob whose receipt is refused is told of and left out, the others run")
async def test_a_blob_without_a_receipt_is_left_out(
    run_app: Any, until: Any, storage: str, container: Any, monkeypatch: Any
) -> None:
    has = Receipts.has

    async def refuse(self: Receipts, path: BlobPath, etag: str) -> bool:
        if path.name == "a.txt":
            raise HttpResponseError("The resource name length is not within the permissible limits.")
        return await has(self, path, etag)

    monkeypatch.setattr(Receipts, "has", refuse)
    settings = {"AzureWebJobsStorage": storage, "PLACE": container.container_name}
    for name in ("a.txt", "b.txt"):
        container.upload_blob(name, name.encode())
    running = await run_app(HEARD, settings=settings, fast=True)
    await until(lambda: [one["text"] for one in heard(running)] == ["b.txt"])
    assert running.lines.count("a.txt' is left out: the service refuses a receipt for it") == 1


@pytest.mark.covers("Blob trigger: a storage service that is away is told of once, and looked for again")
async def test_a_storage_service_that_is_away_is_told_of_once(run_app: Any, until: Any) -> None:
    away = "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=a2V5;" + "".join(
        f"{name}Endpoint=http://127.0.0.1:9/devstoreaccount1;" for name in ("Blob", "Queue", "Table")
    )
    running = await run_app(
        HEARD
        + """
@app.route(route="put")
@app.blob_output("out", "%PLACE%/a.txt", "AzureWebJobsStorage")
def put(req: func.HttpRequest, out: func.Out[str]) -> str:
    out.set("text")
    return "put"
""",
        settings={"AzureWebJobsStorage": away, "PLACE": "nowhere"},
        fast=True,
    )
    await until(lambda: "An error occurred while scanning container 'nowhere'" in running.lines)
    assert (await running.ask("/api/put"))[0] == 500
    assert "Error while handling parameter out after function returned" in running.lines
    assert running.host.state == "Running"
