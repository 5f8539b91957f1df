import json
from typing import Any

import pytest

WRITE = """
@app.route(route="write")
@app.table_output("out", "AzureWebJobsStorage", "%TABLE%", partition_key="given", row_key="given")
def write(req: func.HttpRequest, out: func.Out[str]) -> str:
    out.set(req.get_body().decode())
    return "written"
"""


def settings(storage: str, table: Any) -> dict[str, str]:
    return {"AzureWebJobsStorage": storage, "TABLE": table.table_name}


@pytest.mark.covers("Table output: a JSON object or array; keys in the entity override the binding's; makes the table")
async def test_objects_and_arrays_are_inserted(run_app: Any, storage: str, table: Any) -> None:
    running = await run_app(WRITE, settings=settings(storage, table))
    await running.text(
        "/api/write", "POST", data=json.dumps({"Text": "hi", "Count": 3, "Deep": {"a": [1]}, "No": None})
    )
    rows = [{"PartitionKey": "own", "RowKey": str(number), "Ok": True, "Share": 0.5} for number in range(3)]
    await running.text("/api/write", "POST", data=json.dumps([*rows, {"rowkey": "4", "Text": "last"}]))
    found = {(one["PartitionKey"], one["RowKey"]): dict(one) for one in table.list_entities()}
    assert set(found) == {("given", "given"), ("own", "0"), ("own", "1"), ("own", "2"), ("given", "4")}
    first = found["given", "given"]
    assert first["Text"] == "hi" and first["Count"].value == 3 and json.loads(first["Deep"]) == {"a": [1]}
    assert "No" not in first and found["own", "1"]["Ok"] is True and found["own", "1"]["Share"] == 0.5
    written = running.entries("output.written")
    assert written[0]["table"] == table.table_name and written[0]["row_key"] == "given" and len(written) == 5


@pytest.mark.covers('Table output: a plain insert, so a key that is there fails the invocation; ETag "*" replaces')
async def test_a_key_that_is_there_fails_and_an_etag_replaces(run_app: Any, storage: str, table: Any) -> None:
    running = await run_app(WRITE, settings=settings(storage, table))
    await running.text("/api/write", "POST", data='{"Text": "one", "Old": 1}')
    assert (await running.ask("/api/write", "POST", data='{"Text": "two"}'))[0] == 500
    assert "Error while handling parameter out after function returned" in running.lines and "exists" in running.lines
    await running.text("/api/write", "POST", data='{"Text": "three", "ETag": "*"}')
    [kept] = table.list_entities()
    assert kept["Text"] == "three" and "Old" not in kept


@pytest.mark.covers("Table output: what is no entity fails the invocation with the reason")
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("rubbish", "The output is not JSON"),
        ("3", "must be a JSON object"),
        ('[{"RowKey": 7}]', "has no RowKey that is text"),
        ('{"Big": 99999999999999999999}', "does not fit into 64 bits"),
    ],
)
async def test_what_is_no_entity_fails(run_app: Any, storage: str, table: Any, body: str, reason: str) -> None:
    running = await run_app(WRITE, settings=settings(storage, table))
    assert (await running.ask("/api/write", "POST", data=body))[0] == 500
    assert reason in running.lines


@pytest.mark.covers(
    "Table input: a JSON array; partition_key, filter and take are honoured, row_key is not; {expressions}"
)
async def test_an_input_is_an_array_of_what_was_asked_for(run_app: Any, storage: str, table: Any) -> None:
    table.create_table()
    for partition in ("it's", "b"):
        for number in range(3):
            table.create_entity({"PartitionKey": partition, "RowKey": str(number), "Count": number, "Text": "é"})
    running = await run_app(
        """
        @app.route(route="all")
        @app.table_input("rows", "AzureWebJobsStorage", "%TABLE%")
        def all_of_them(req: func.HttpRequest, rows: str) -> str:
            return rows

        @app.route(route="some/{part}")
        @app.table_input("rows", "AzureWebJobsStorage", "%TABLE%", partition_key="{part}", row_key="1", take=2,
                         filter="Count ge {least}")
        def some(req: func.HttpRequest, rows: str) -> str:
            return rows
        """,
        settings=settings(storage, table),
    )
    everything = json.loads(await running.text("/api/all"))
    assert len(everything) == 6 and everything[0] == {"PartitionKey": "b", "RowKey": "0", "Count": 0, "Text": "é"}
    some = json.loads(await running.text("/api/some/it's?least=0"))
    assert [one["RowKey"] for one in some] == ["0", "1"]
    assert [one["RowKey"] for one in json.loads(await running.text("/api/some/it's?least=2"))] == ["2"]


@pytest.mark.covers("Table input: a wrong filter, table, take or connection fails the invocation with the reason")
async def test_a_wrong_filter_and_a_missing_table_fail(run_app: Any, storage: str, table: Any) -> None:
    table.create_table()
    running = await run_app(
        """
        @app.route(route="wrong")
        @app.table_input("rows", "AzureWebJobsStorage", "%TABLE%", filter="this is (no filter")
        def wrong(req: func.HttpRequest, rows: str) -> str:
            return rows

        @app.route(route="missing")
        @app.table_input("rows", "AzureWebJobsStorage", "Nowhere")
        def missing(req: func.HttpRequest, rows: str) -> str:
            return rows

        @app.route(route="take")
        @app.table_input("rows", "AzureWebJobsStorage", "%TABLE%", take="few")
        def take(req: func.HttpRequest, rows: str) -> str:
            return rows

        @app.route(route="connection")
        @app.table_input("rows", "Elsewhere", "%TABLE%")
        def connection(req: func.HttpRequest, rows: str) -> str:
            return rows

        @app.route(route="rubbish")
        @app.table_input("rows", "Rubbish", "%TABLE%")
        def rubbish(req: func.HttpRequest, rows: str) -> str:
            return rows

        @app.route(route="name")
        @app.table_input("rows", "AzureWebJobsStorage", "no-name")
        def name(req: func.HttpRequest, rows: str) -> str:
            return rows
        """,
        settings={**settings(storage, table), "Rubbish": "rubbish"},
    )
    for path in ("wrong", "missing", "take", "connection", "rubbish"):
        assert (await running.ask(f"/api/{path}"))[0] == 500
    assert running.lines.count("Exception binding parameter 'rows'") == 5
    assert "'AzureWebJobsElsewhere' does not exist" in running.lines
    assert "Rubbish is not a storage connection string" in running.lines
    assert "take is 'few'" in running.lines and running.host.state == "Running"
    assert "'no-name' is not a valid Azure Table name" in "\n".join(running.host.errors)
