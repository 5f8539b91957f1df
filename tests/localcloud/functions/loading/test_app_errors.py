"""What an author reads when an app cannot be loaded; the reports are the real worker's."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from localcloud.functions.loading.app_errors import explain

APP = "import os\nimport typing\nimport azure.functions as func\napp = func.FunctionApp()\n"
QUEUE = '@app.queue_trigger(arg_name="msg", queue_name="items", connection="C")\n'
OUT = '@app.queue_output(arg_name="out", queue_name="items", connection="C")\n'
ROUTE = '@app.route(route="x")\n'
HTTP = ROUTE + "def hello(req: func.HttpRequest) -> str:\n    return 'hi'\n"
NOT_HERE = "is not among the packages an app may use here."
LAST = "The host keeps running; save the file when it is corrected."

# What the app is, what the text says of the place, and the mend.
CASES: dict[str, tuple[str | bytes, str, str]] = {
    "syntax": (APP + "def f(:\n    pass\n", "function_app.py, line 5:\n    def f(:", "Correct this line"),
    "utf-16": (APP.encode("utf-16"), "", "Save it as UTF-8"),
    "utf-16 without a mark": (APP.encode("utf-16-le"), "", "Save it as UTF-8"),
    "latin": (APP.encode() + "x = 'é'\n".encode("latin-1"), "", "Save it as UTF-8"),
    "utf-16 elsewhere": (b"import wide\n" + APP.encode(), "", "Save it as UTF-8"),
    "indent": (APP + "def f():\n  x = 1\n   y = 2\n", "function_app.py, line 7:", "four spaces"),
    "package": (
        APP + "import pandas_and_bears\n",
        "line 5:\n    import pandas_and_bears",
        "pandas_and_bears is not among the packages an app may use here. Take the import out; if pandas_and_bears is a",
    ),
    "namespace": (APP + "from azure.servicebus import X\n", "line 5:", f"azure.servicebus {NOT_HERE} Take the import"),
    "deeper": (APP + "import azure.storage.file.share\n", "line 5:", f"azure.storage.file {NOT_HERE} Take the"),
    "out of a namespace": (APP + "from azure import servicebus\n", "line 5:", f"azure.servicebus {NOT_HERE} Take the"),
    "required of a namespace": (
        APP + "import azure.bears.brown\n",
        "line 5:",
        f"azure.bears {NOT_HERE} Take it out of requirements.txt",
    ),
    "unknown namespace": (APP + "import google.cloud\n", "line 5:", f"google {NOT_HERE} Take the import out.\n"),
    "SDK types": (
        APP + "import azurefunctions.extensions.bindings.blob as blob\n",
        "line 5:",
        "SDK-type bindings (a client or message of the SDK as a parameter) are not supported here",
    ),
    "SDK type of a parameter": (
        APP
        + "from azure.storage.blob import BlobClient\n"
        + '@app.blob_trigger(arg_name="client", path="c/b", connection="C")\ndef f(client: BlobClient): pass\n',
        "def f(client",
        "SDK-type bindings",
    ),
    "streams": (
        APP + "from azurefunctions.extensions.http.fastapi import Request\n",
        "line 5:",
        "HTTP streams are not supported here",
    ),
    "durable": (
        APP + "import azure.durable_functions as df\n",
        "line 5:",
        "Durable Functions are not supported here",
    ),
    "durable out of azure": (APP + "from azure import durable_functions\n", "line 5:", "Durable Functions are not"),
    "part of a package": (
        APP + "import urllib.nothing\n",
        "line 5:",
        "The package urllib is here, but it has no urllib.nothing",
    ),
    "own file that hides": (APP + "import colorsys.wheel\n", "line 5:", "Your own colorsys hides the package colorsys"),
    "out of an own folder": (APP + "from helpful import more\n", "line 5:", "helpful is part of the app, but helpful."),
    "own azure.py": (
        "import azure.functions as func\n" + APP + "import azure.bus\n",
        "line 6:",
        f"azure.bus {NOT_HERE}",
    ),
    "required": (APP + "import bears\n", "line 5:", f"bears {NOT_HERE} Take it out of requirements.txt"),
    "own module": (APP + "import helpful.more\n", "line 5:", "helpful is part of the app"),
    "own spelling": (APP + "import helpfull\n", "line 5:", "Is it helpful?"),
    "name in module": (APP + "from json import lods\n", "line 5:", "Check the spelling of lods and that json has it"),
    "circle": (APP + "from circle import x\n", "circle.py, line 1:", "import each other"),
    "in another file": ("import broken\n" + APP, "broken.py, line 2:\n    1 / 0", "the log has the whole traceback"),
    "undefined": (APP + "print(nothing)\n", "line 5:", "Import or define nothing"),
    "no app": ("x = 1\n", "", "app = func.FunctionApp()"),
    "two apps": (APP + "other = func.FunctionApp()\n", "", "Keep one func.FunctionApp()"),
    "no trigger": (APP + OUT + "def f(out): pass\n", "line 6:\n    def f(out)", "Put one trigger above f"),
    "two triggers": (APP + ROUTE + QUEUE + "def f(msg): pass\n", "line 5:", "A function has one trigger"),
    "same name": (APP + HTTP + HTTP.replace('"x"', '"y"'), "line 9:\n    def hello", "Two functions are called hello"),
    "parameter": (
        APP + ROUTE + "def f(request): pass\n",
        "line 6:\n    def f(request)",
        "Name the parameters ['request']",
    ),
    "forgotten": (APP + OUT + ROUTE + "def f(req): pass\n", "line 7:", "Add the parameters ['out']"),
    "list[str]": (APP + OUT + ROUTE + "def f(req, out: func.Out[list[str]]): pass\n", "line 7:", "typing.List[str]"),
    "union": (APP + ROUTE + "def f(req: func.HttpRequest | None): pass\n", "line 6:", "Annotate req with one class"),
    "wrong type": (
        APP + ROUTE + "def f(req: func.TimerRequest): pass\n",
        "line 6:",
        "Annotate req as func.HttpRequest",
    ),
    "wrong return": (APP + ROUTE + "def f(req) -> dict: pass\n", "line 6:", "Annotate return as func.HttpResponse"),
    "no Out": (APP + OUT + ROUTE + "def f(req, out: str): pass\n", "line 7:", "func.Out[str]"),
    "Out comes in": (APP + QUEUE + "def f(msg: func.Out[str]): pass\n", "line 6:", "without func.Out"),
    "context": (APP + ROUTE + "def f(req, context: int): pass\n", "line 6:", "context: func.Context"),
    "keyword": (APP + '@app.route(path="x")\ndef f(req): pass\n', "line 5:", "Take path out"),
    "setting": (APP + 'os.environ["SLACK_TOKEN"]\n', "line 5:", 'Add "SLACK_TOKEN" to Values in local.settings.json'),
    "other key": (APP + '{}["SLACK_TOKEN"]\n', "line 5:", "Correct what the message says"),
    "method": (
        APP + '@app.route(methods=["FETCH"])\ndef f(req): pass\n',
        "",
        "one of the values that the message lists",
    ),
    "nested app": (APP + "app.register_functions(func.FunctionApp())\n", "line 5:", "takes a func.Blueprint()"),
    "exit": (APP + "raise SystemExit(3)\n", "line 5:", "Take the exit out"),
    "no file": ("", "", "Make function_app.py"),
}
LOAD = """
import json, os, sys
from pathlib import Path
from localcloud.functions.worker.loading import load, report
for folder in sys.argv[1:]:
    if os.fork() == 0:
        try:
            load(Path(folder))
            print(json.dumps({"type": "nothing"}), flush=True)
        except BaseException as error:
            print(json.dumps(report(error, Path(folder))), flush=True)
        os._exit(0)
    os.wait()
"""


@pytest.fixture(scope="module")
def apps(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, dict[str, Any]]]:
    """Each case's folder and the worker's report of it."""
    root = tmp_path_factory.mktemp("apps")
    folders = [root / str(number) for number in range(len(CASES))]
    for folder, (code, _place, _mend) in zip(folders, CASES.values(), strict=True):
        (folder / "helpful").mkdir(parents=True)
        (folder / "broken.py").write_text("x = 1\n1 / 0\n")
        (folder / "wide.py").write_text("x = 1\n", "utf-16")
        (folder / "colorsys.py").write_text("x = 1\n")
        (folder / "azure.py").write_text("x = 1\n")
        (folder / "circle.py").write_text("from function_app import late\nx = 1\n")
        (folder / "requirements.txt").write_text("# mine\nazure-functions\nBears>=1\nazure-bears\n")
        if code:
            (folder / "function_app.py").write_bytes(code.encode() if isinstance(code, str) else code)
    run = subprocess.run(
        [sys.executable, "-c", LOAD, *map(str, folders)], capture_output=True, text=True, timeout=60, check=True
    )
    reports = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
    return dict(zip(CASES, zip(folders, reports, strict=True), strict=True))


@pytest.mark.covers("Indexing: an app that does not load is explained with file, line and mend")
@pytest.mark.parametrize("case", CASES)
def test_an_error_is_explained(apps: dict[str, tuple[Path, dict[str, Any]]], case: str) -> None:
    folder, report = apps[case]
    _code, place, mend = CASES[case]
    text = explain(report, str(folder))
    assert text.startswith(f"Worker failed to index functions. {report['type']}: ")
    assert place in text
    assert mend in text
    assert text.endswith(LAST)
    assert str(folder) not in text


@pytest.mark.covers(
    "Indexing: models that are not supported are named: v1 apps, SDK-type bindings, HTTP streams, Durable"
)
def test_an_app_of_the_first_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "Hello").mkdir()
    (tmp_path / "Hello" / "function.json").write_text("{}")
    report = {"type": "FileNotFoundError", "message": f"Could not find function_app.py in {tmp_path}"}
    assert "Hello/function.json belongs to the v1 programming model" in explain(report, str(tmp_path))
    assert "Hello/function.json" in explain(report, "/elsewhere", tmp_path)


def test_a_report_of_nothing_still_has_words(tmp_path: Path) -> None:
    assert explain({}, str(tmp_path)).endswith(LAST)


def test_an_app_that_takes_too_long_is_explained(tmp_path: Path) -> None:
    report = {"type": "TimeoutError", "message": "The app was not loaded after 60 seconds."}
    assert "do it in a function" in explain(report, str(tmp_path))


def test_a_long_message_is_cut(tmp_path: Path) -> None:
    assert len(explain({"type": "ValueError", "message": "x" * 100_000}, str(tmp_path))) < 3_000


def test_what_is_not_a_file_is_not_read(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "pipe.py")
    report = {"type": "ValueError", "message": "Function f does not have a trigger."}
    assert "Put one trigger above f" in explain(report, str(tmp_path))


@pytest.mark.parametrize(
    "odd", [None, 0, -7, "", "\0", "a" * 5_000, "/\0/x", "{0} {name} %s", "\udcff", "../..", "(" * 50]
)
def test_no_report_is_too_odd_to_explain(tmp_path: Path, odd: Any) -> None:
    (tmp_path / "function_app.py").write_text("x = 1\n")
    for kind in ("KeyError", "ModuleNotFoundError", "ImportError", "SyntaxError", odd):
        fields = ("message", "name", "file", "line", "text", "traceback")
        assert LAST in explain({"type": kind, **dict.fromkeys(fields, odd)}, str(tmp_path))
