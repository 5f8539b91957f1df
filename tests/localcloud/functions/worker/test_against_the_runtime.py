"""Our worker half beside Microsoft's own, `azure-functions-runtime`: the same apps and calls, the same answers."""

import importlib
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

tomllib: Any = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")

HERE = Path(__file__).parent
PROJECT = Path(__file__).parents[4]
ORACLE = PROJECT / ".camp" / "oracle"
HEAD = "import typing\nimport azure.functions as func\napp = func.FunctionApp()\n"
IS_HERE = bool(importlib.util.find_spec("azure_functions_runtime")) or (ORACLE / "azure_functions_runtime").is_dir()

pytestmark = pytest.mark.skipif(
    not IS_HERE,
    reason="azure-functions-runtime is not here: it asks for Python 3.13; .ci/run puts it into .camp/oracle",
)

HTTP = {
    "method": "POST",
    "url": "http://here/api/f?q=1",
    "headers": {"x-a": "b"},
    "query": {"q": "1"},
    "params": {"p": "2"},
    "body": b'{"a": 1}'.hex(),
}
BLOB = {
    "BlobTrigger": ["string", "c/a.txt"],
    "Uri": ["string", "http://here/c/a.txt"],
    "Properties": ["json", '{"ContentLength": 4, "ContentType": "text/plain"}'],
    "Metadata": ["json", '{"by": "Mio"}'],
}
MESSAGE = {
    "Id": ["string", "1"],
    "DequeueCount": ["json", "2"],
    "InsertionTime": ["string", "2026-01-31T09:30:00+00:00"],
    "ExpirationTime": ["string", "2026-02-07T09:30:00+00:00"],
    "NextVisibleTime": ["string", "2026-01-31T09:40:00+00:00"],
    "PopReceipt": ["string", "p"],
}


def answers(bench: str, folder: Path, wanted: dict[str, Any]) -> dict[str, Any]:
    places = [str(PROJECT / "infra"), *([str(ORACLE)] if bench == "bench_microsofts" else [])]
    ended = subprocess.run(
        [sys.executable, "-B", str(HERE / f"{bench}.py"), str(folder)],
        input=json.dumps(wanted),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(places)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr[-3_000:]
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def both(tmp_path: Path, apps: dict[str, str], calls: dict[str, list[dict[str, Any]]]) -> tuple[Any, Any]:
    """What our worker and Microsoft's make of the apps."""
    for name, code in apps.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "function_app.py").write_text(code, encoding="utf-8")
    wanted = {name: calls.get(name, []) for name in apps}
    return answers("bench_ours", tmp_path, wanted), answers("bench_microsofts", tmp_path, wanted)


def app(code: str) -> str:
    return code if "import azure.functions" in code else HEAD + code


SAMPLES = tomllib.loads((HERE / "sample_apps.toml").read_text("utf-8"))
GOOD = {name: app(code) for name, code in SAMPLES["good"].items()}
BAD = {name: app(code) for name, code in SAMPLES["bad"].items()}


LATE = '{"IsPastDue": true, "Schedule": {}, "ScheduleStatus": {"Last": "x"}}'
EVENT = '{"id": "1", "eventTime": "2026-01-31T09:30:00.1234567Z", "data": {"a": 1}}'
CALLS: dict[str, list[dict[str, Any]]] = {
    "http": [
        {"function": name, "inputs": {"req": ["http", HTTP]}}
        for name in ("response", "text", "nothing", "number", "fails", "outputs")
    ],
    "queue": [
        {"function": "Named", "inputs": {"msg": ["string", '{"a": 1}']}, "metadata": MESSAGE},
        {"function": "passed", "inputs": {"msg": ["string", "é"]}, "metadata": MESSAGE},
        {"function": "kept", "inputs": {"msg": ["bytes", "00ff"]}, "metadata": MESSAGE},
        {"function": "returns", "inputs": {"msg": ["string", ""]}, "metadata": MESSAGE},
        {"function": "Named", "inputs": {"msg": ["json", "[1]"]}, "metadata": MESSAGE},
    ],
    "blob": [
        {"function": "stream", "inputs": {"blob": ["string", "tëxt"], "other": ["bytes", "00"]}, "metadata": BLOB},
        {"function": "stream", "inputs": {"blob": ["bytes", "ff"], "other": [None, None]}, "metadata": BLOB},
        {"function": "stream", "inputs": {"blob": ["string", ""], "other": [None, None]}},
        {"function": "text", "inputs": {"blob": ["string", "tëxt"]}, "metadata": BLOB},
        {"function": "text", "inputs": {"blob": ["bytes", "ff"]}, "metadata": BLOB},
        {"function": "copies", "inputs": {"blob": ["bytes", "00ff"]}, "metadata": BLOB},
        {"function": "stream", "inputs": {"blob": ["json", "{}"], "other": [None, None]}, "metadata": BLOB},
    ],
    "others": [
        {"function": "tick", "inputs": {"timer": ["json", LATE]}},
        {"function": "tick", "inputs": {"timer": ["string", "{}"]}},
        {"function": "event", "inputs": {"event": ["json", EVENT]}},
        {"function": "event", "inputs": {"event": ["string", "{}"]}},
        {"function": "event", "inputs": {"event": ["json", '{"eventTime": "yesterday"}']}},
        {"function": "warm_up", "inputs": {"context": ["json", "{}"]}},
        {"function": "warm", "inputs": {"warm": ["json", "{}"], "rows": ["json", "[]"]}},
        {"function": "generic", "inputs": {"thing": ["bytes", "61"]}},
    ],
    "blueprint": [{"function": "inside", "inputs": {"req": ["http", HTTP]}}],
    "asgi": [{"function": "http_app_func", "inputs": {"req": ["http", HTTP]}}],
}  # fmt: skip

TRIGGERS = {
    "http": "@app.route()\n",
    "queue": "@app.queue_trigger('one', 'q', 'C')\n",
    "blob": "@app.blob_trigger('one', 'c/n', 'C')\n",
    "timer": "@app.timer_trigger('one', '0 * * * * *')\n",
    "event grid": "@app.event_grid_trigger('one')\n",
    "warm-up": "@app.warm_up_trigger('one')\n",
    "service bus": "@app.service_bus_queue_trigger('one', 'q', 'C')\n",
    "event hub": "@app.event_hub_message_trigger('one', 'h', 'C')\n",
    "cosmos": "@app.cosmos_db_trigger('one', 'd', 'c', 'C')\n",
    "generic": "@app.generic_trigger('one', 'kafkaTrigger')\n",
    "unknown": "@app.generic_trigger('one', 'rabbitMQTrigger')\n",
}
BESIDE = {
    "blob input": "@app.blob_input('two', 'c/n', 'C')\n",
    "table input": "@app.table_input('two', 'C', 'T')\n",
    "cosmos input": "@app.cosmos_db_input('two', 'd', 'c', 'C')\n",
    "queue output": "@app.queue_output('two', 'q', 'C')\n",
    "blob output": "@app.blob_output('two', 'c/n', 'C')\n",
    "table output": "@app.table_output('two', 'C', 'T')\n",
    "event grid output": "@app.event_grid_output('two', connection='C')\n",
    "cosmos output": "@app.cosmos_db_output('two', 'd', 'c', 'C')\n",
    "service bus output": "@app.service_bus_queue_output('two', 'C', 'q')\n",
    "sql output": "@app.sql_output('two', 't', 'C')\n",
}
ANNOTATIONS = (
    *("str", "bytes", "int", "dict", "list", "bytearray", "list[str]", "'str'", "typing.List[str]", "typing.Any"),
    *("typing.Optional[str]", "typing.List[func.EventHubEvent]", "func.Context", "func.InputStream"),
    *("func.QueueMessage", "func.HttpRequest", "func.TimerRequest", "func.EventGridEvent", "func.CloudEvent"),
    *("func.DocumentList", "func.Document", "func.ServiceBusMessage", "func.EventHubEvent", "func.SqlRow"),
)


def annotated() -> dict[str, str]:
    """One app for every binding and annotation."""
    apps = {}
    for annotation in ANNOTATIONS:
        for name, trigger in TRIGGERS.items():
            parameter = "req" if name == "http" else "one"
            apps[f"{name}, {annotation}"] = app(f"{trigger}def f({parameter}: {annotation}): ...\n")
        for name, beside in BESIDE.items():
            kind = f"func.Out[{annotation}]" if name.endswith("output") else annotation
            apps[f"{name}, {kind}"] = app(f"@app.route()\n{beside}def f(req, two: {kind}): ...\n")
            if name.endswith("output"):
                returned = beside.replace("'two'", "'$return'")
                apps[f"{name} returns {annotation}"] = app(
                    f"@app.queue_trigger('m', 'q', 'C')\n{returned}def f(m) -> {annotation}: ...\n"
                )
    return {name.replace("/", " "): code for name, code in apps.items()}


@pytest.mark.covers(
    "Worker: functions, ids, bindings and their order, raw JSON, as azure-functions-runtime indexes them"
)
@pytest.mark.covers("Worker: inputs, outputs and return values, as azure-functions-runtime converts them")
def test_good_apps_are_indexed_and_called_alike(tmp_path: Path) -> None:
    ours, microsofts = both(tmp_path, GOOD, CALLS)
    for name in GOOD:
        for one in (*ours[name].get("functions", []), *microsofts[name].get("functions", [])):
            one["retry"] = bool(one["retry"])
        assert ours[name] == microsofts[name], name
        assert "error" not in ours[name]
    kinds = [one.get("error") for one in ours["http"]["results"]]
    assert kinds == [None, None, "TypeError", "TypeError", "KeyError", None]


@pytest.mark.covers("Worker: what makes an app be refused, and the kind of its error, as azure-functions-runtime")
def test_bad_apps_are_refused_alike(tmp_path: Path) -> None:
    ours, microsofts = both(tmp_path, BAD, {})
    for name in BAD:
        assert ours[name] == microsofts[name], name
        assert "error" in ours[name], name


@pytest.mark.covers("Worker: which annotations fit which binding, as azure-functions-runtime judges")
def test_annotations_are_judged_alike(tmp_path: Path) -> None:
    apps = annotated()
    ours, microsofts = both(tmp_path, apps, {})
    differing = {}
    for name in apps:
        wanted = microsofts[name].get("error")
        if wanted == "TypeError":  # a slip of its own, where Python refuses issubclass(): ours has words for it
            wanted = "FunctionLoadError"
        if ours[name].get("error") != wanted:
            differing[name] = (ours[name].get("error"), wanted)
    assert differing == {}
