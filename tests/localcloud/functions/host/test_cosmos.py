import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from localcloud.cosmos.emulator import Emulator

WRITE = """
@app.route(route="write")
@app.cosmos_db_output("out", "C", "camp", "messages")
def write(req: func.HttpRequest, out: func.Out[func.DocumentList]) -> str:
    out.set(func.DocumentList([func.Document(one) for one in req.get_json()]))
    return "written"
"""
READ = """
import json

def shown(documents):
    return "none" if documents is None else json.dumps([one["id"] for one in documents])
"""


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    """An account in memory, with camp/messages by /channel."""
    account = Emulator(None, management=False)
    await account.start()
    await account.create_container("camp", "messages", "/channel")
    yield account
    await account.stop()


def settings(emulator: Emulator) -> dict[str, str]:
    return {"C": emulator.connection_string, "DATABASE": "camp"}


def stored(emulator: Emulator, container: str = "messages") -> dict[str, Any]:
    return {one["id"]: one for one in emulator.documents("camp", container)}


async def post(running: Any, path: str, document: Any) -> int:
    status: int = (await running.ask(path, "POST", data=json.dumps(document)))[0]
    return status


@pytest.mark.covers("Cosmos DB output: a document list; each document is upserted, one after the other")
async def test_every_document_of_a_list_is_upserted(run_app: Any, emulator: Emulator) -> None:
    running = await run_app(WRITE, settings=settings(emulator))
    first = {"id": "1", "channel": "general", "text": "é", "n": 1.5, "deep": {"a": [None, True]}}
    assert await post(running, "/api/write", [first, {"id": "2", "channel": "random"}]) == 200
    assert await post(running, "/api/write", [{"id": "1", "channel": "general", "text": "new"}]) == 200
    assert stored(emulator)["1"]["text"] == "new" and "deep" not in stored(emulator)["1"]
    assert set(stored(emulator)) == {"1", "2"}
    told = running.entries("output.written")[0]
    assert (told["database"], told["container"], told["document_id"]) == ("camp", "messages", "1")
    assert told["partition_key"] == "general" and told["target"] == "camp/messages/1" and told["etag"]


@pytest.mark.covers("Cosmos DB output: Document, JSON text and JSON arrays in text; by return value; sync and async")
async def test_a_document_may_be_given_in_many_ways(run_app: Any, emulator: Emulator) -> None:
    running = await run_app(
        """
        import json
        TARGET = dict(connection="C", database_name="%DATABASE%", container_name="messages")

        @app.route(route="one")
        @app.cosmos_db_output("out", **TARGET)
        async def one(req: func.HttpRequest, out: func.Out[func.Document]) -> str:
            out.set(func.Document.from_dict({"id": "one", "channel": "c"}))
            return "ok"

        @app.route(route="text")
        @app.cosmos_db_output("out", **TARGET)
        def text(req: func.HttpRequest, out: func.Out[str]) -> str:
            out.set(json.dumps({"id": "text", "channel": "c"}))
            return "ok"

        @app.route(route="texts")
        @app.generic_output_binding("out", type="cosmosDB", connection="C", databaseName="camp",
                                    containerName="messages")
        def texts(req: func.HttpRequest, out: func.Out[str]) -> str:
            out.set(json.dumps([{"id": "array", "channel": "c"}, {"id": "array2", "channel": "d"}]))
            return "ok"

        @app.route(route="nothing")
        @app.cosmos_db_output("out", **TARGET)
        def nothing(req: func.HttpRequest, out: func.Out[func.Document]) -> str:
            return "ok"

        @app.queue_trigger("message", "returned", "AzureWebJobsStorage")
        @app.cosmos_db_output("$return", **TARGET)
        async def returned(message: str) -> func.Document:
            return func.Document.from_dict({"id": message, "channel": "c"})
        """,
        settings=settings(emulator),
    )
    for path in ("one", "text", "texts", "nothing"):
        assert await running.text(f"/api/{path}") == "ok"
    function = running.host.functions["returned"]
    from localcloud.functions.worker.values import Value

    assert (await running.host.invoke(function, {"message": Value("string", "returned")}, {}, reason="", details="")).ok
    assert set(stored(emulator)) == {"one", "text", "array", "array2", "returned"}


@pytest.mark.covers("Cosmos DB output: a document that fails fails the invocation; those before it stay")
@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"channel": "c"}, "Response status code does not indicate success: BadRequest (400)"),
        ({"id": 7, "channel": "c"}, "Id type must be a string"),
        ({"id": "a/b", "channel": "c"}, "contains illegal chars"),
    ],
)
async def test_a_document_that_fails_fails_the_invocation(
    run_app: Any, emulator: Emulator, wrong: Any, reason: str
) -> None:
    running = await run_app(WRITE, settings=settings(emulator))
    assert await post(running, "/api/write", [{"id": "kept", "channel": "c"}, wrong]) == 500
    assert "Error while handling parameter out after function returned" in running.lines and reason in running.lines
    assert set(stored(emulator)) == {"kept"}


@pytest.mark.covers("Cosmos DB output: create_if_not_exists makes database and container, and needs partition_key")
async def test_a_missing_container_is_made_when_asked_for(run_app: Any, emulator: Emulator) -> None:
    code = """
        @app.route(route="{name}")
        @app.cosmos_db_output("out", "C", "{database}", "letters", {options})
        def {name}(req: func.HttpRequest, out: func.Out[func.Document]) -> str:
            out.set(func.Document.from_dict({{"id": "1", "kind": "k"}}))
            return "ok"
        """
    made = 'create_if_not_exists=True, partition_key="/kind", container_throughput=1100'
    running = await run_app(
        code.format(name="made", database="post", options=made)
        + code.format(name="keyless", database="nowhere", options="create_if_not_exists=True")
        + code.format(name="missing", database="nowhere", options=""),
        settings=settings(emulator),
    )
    assert await running.text("/api/made") == "ok" == await running.text("/api/made")
    assert emulator.documents("post", "letters")[0]["kind"] == "k"
    assert (await running.ask("/api/keyless"))[0] == 500
    assert "Value cannot be null. (Parameter 'partitionKeyPath')" in running.lines
    assert (await running.ask("/api/missing"))[0] == 500
    assert "The container 'letters' (in database 'nowhere') does not exist" in running.lines


@pytest.mark.covers("Cosmos DB: the property names of extension v3 too; its output makes ids")
async def test_the_decorators_of_extension_v3_work(run_app: Any, emulator: Emulator) -> None:
    running = await run_app(
        READ
        + """
@app.route(route="write")
@app.cosmos_db_output_v3("out", "camp", "messages", "C")
def write(req: func.HttpRequest, out: func.Out[func.Document]) -> str:
    out.set(func.Document.from_dict({"channel": "c"}))
    return "ok"

@app.route(route="read")
@app.cosmos_db_input_v3("found", "camp", "messages", "C")
def read(req: func.HttpRequest, found: func.DocumentList) -> str:
    return shown(found)
""",
        settings=settings(emulator),
    )
    assert await running.text("/api/write") == "ok"
    [made] = stored(emulator)
    assert len(made) == 36 and json.loads(await running.text("/api/read")) == [made]


@pytest.mark.covers(
    "Cosmos DB input: id and partition_key read one document, None when it is not there; {expressions} and %SETTINGS%"
)
async def test_one_document_is_read_by_id_and_key(run_app: Any, emulator: Emulator) -> None:
    running = await run_app(
        READ
        + """
@app.route(route="one/{channel}/{id}")
@app.cosmos_db_input("found", "C", "%DATABASE%", "messages", id="{id}", partition_key="{channel}")
async def one(req: func.HttpRequest, found: func.DocumentList) -> str:
    return shown(found)

@app.route(route="keyless/{id}")
@app.cosmos_db_input("found", "C", "camp", "messages", id="{id}")
def keyless(req: func.HttpRequest, found: func.DocumentList) -> str:
    return shown(found)

@app.route(route="text/{id}")
@app.cosmos_db_input("found", "C", "camp", "messages", id="{id}", partition_key="c")
def text(req: func.HttpRequest, found: str) -> str:
    return found and json.loads(found)["id"] or "none"
"""
        + WRITE,
        settings=settings(emulator),
    )
    await post(running, "/api/write", [{"id": "1", "channel": "c"}, {"id": "2"}])
    assert json.loads(await running.text("/api/one/c/1")) == ["1"]
    assert await running.text("/api/one/d/1") == "none" == await running.text("/api/one/c/2")
    assert json.loads(await running.text("/api/keyless/2")) == ["2"]
    assert await running.text("/api/keyless/1") == "none"
    assert (await running.text("/api/text/1"), await running.text("/api/text/9")) == ("1", "none")


@pytest.mark.covers("Cosmos DB input: sql_query, whose {expressions} go in as parameters; partition_key limits it")
async def test_a_query_takes_expressions_as_parameters(run_app: Any, emulator: Emulator) -> None:
    running = await run_app(
        READ
        + """
@app.route(route="by/{channel}")
@app.cosmos_db_input("found", "C", "camp", "messages",
                     sql_query="SELECT * FROM c WHERE c.channel = {channel} AND c.n > StringToNumber({query.least})")
def by(req: func.HttpRequest, found: func.DocumentList) -> str:
    return shown(found)

@app.route(route="within/{channel}")
@app.cosmos_db_input("found", "C", "camp", "messages", partition_key="{channel}", sql_query="SELECT * FROM c")
def within(req: func.HttpRequest, found: func.DocumentList) -> str:
    return shown(found)

@app.route(route="all")
@app.cosmos_db_input("found", "C", "camp", "messages")
def all_of_them(req: func.HttpRequest, found: func.DocumentList) -> str:
    return shown(found)

@app.route(route="wrong")
@app.cosmos_db_input("found", "C", "camp", "messages", sql_query="SELEKT 1")
def wrong(req: func.HttpRequest, found: func.DocumentList) -> str:
    return shown(found)
"""
        + WRITE,
        settings=settings(emulator),
    )
    written = [{"id": str(n), "channel": "ab"[n % 2], "n": n} for n in range(6)]
    await post(running, "/api/write", written)
    assert json.loads(await running.text("/api/by/a?least=1")) == ["2", "4"]
    assert json.loads(await running.text("/api/by/x' OR true OR '?least=0")) == []
    assert json.loads(await running.text("/api/within/b")) == ["1", "3", "5"]
    assert sorted(json.loads(await running.text("/api/all"))) == list("012345")
    assert (await running.ask("/api/by/a"))[0] == 500 and "property doesn't exist" in running.lines
    assert (await running.ask("/api/wrong"))[0] == 500 and "SC1001" in running.lines


@pytest.mark.covers("Cosmos DB: a connection that leads nowhere fails the invocation and says which setting")
@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "Cosmos DB connection configuration 'C' does not exist"),
        ({"C__accountEndpoint": "https://x.documents.azure.com"}, "identity-based connection"),
        ({"C": "AccountEndpoint=http://127.0.0.1:9/;AccountKey=#;"}, "is not a Cosmos DB connection string"),
        ({"C": "AccountEndpoint=http://127.0.0.1:9/;AccountKey=a2V5;"}, "Does the Cosmos DB account answer?"),
    ],
)
async def test_a_connection_that_leads_nowhere_is_told(run_app: Any, given: dict[str, str], reason: str) -> None:
    code = """
        @app.route(route="read")
        @app.cosmos_db_input("found", "C", "camp", "messages")
        def read(req: func.HttpRequest, found: func.DocumentList) -> str:
            return "ok"
        """
    running = await run_app(code, settings=given)
    assert (await running.ask("/api/read"))[0] == 500
    assert reason in running.lines


@pytest.mark.covers("Cosmos DB: a wrong key fails the invocation and says so")
async def test_a_wrong_key_is_told(run_app: Any, emulator: Emulator) -> None:
    wrong = emulator.connection_string.replace("AccountKey=C2y6", "AccountKey=AAAA")
    running = await run_app(WRITE, settings={"C": wrong})
    assert await post(running, "/api/write", [{"id": "1", "channel": "c"}]) == 500
    assert "Unauthorized (401)" in running.lines and "AccountKey belong to its AccountEndpoint" in running.lines
