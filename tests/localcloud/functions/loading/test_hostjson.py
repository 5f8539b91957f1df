"""host.json: what it says, and what is said of a wrong one."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.functions.loading.hostjson import HostConfigError, HostJson, read_host_json, write_default
from localcloud.functions.loading.plain_json import plain


def read(tmp_path: Path, text: str) -> HostJson:
    path = tmp_path / "host.json"
    path.write_text(text)
    return read_host_json(path)


@pytest.mark.covers("host.json: defaults when it is missing")
def test_a_missing_file_means_the_defaults(tmp_path: Path) -> None:
    found = read_host_json(tmp_path / "host.json")
    assert (found.route_prefix, found.function_timeout, found.functions) == ("api", 1800.0, None)


@pytest.mark.covers("host.json: made when it is missing")
def test_the_file_that_the_host_makes_means_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "host.json"
    assert write_default(path)
    assert read_host_json(path) == HostJson(raw=json.loads(path.read_text()))
    assert path.read_text().count("ExtensionBundle") == 1


def test_a_file_that_is_there_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "host.json"
    path.write_text("mine")
    assert not write_default(path)
    assert path.read_text() == "mine"


@pytest.mark.covers("host.json: routePrefix, functionTimeout, functions, logLevel")
@pytest.mark.parametrize(
    ("given_json", "field", "expected"),
    [
        ({"extensions": {"http": {"routePrefix": ""}}}, "route_prefix", ""),
        ({"extensions": {"http": {"routePrefix": "/v1/api/"}}}, "route_prefix", "v1/api"),
        ({"functionTimeout": "00:00:30"}, "function_timeout", 30.0),
        ({"functionTimeout": "-1"}, "function_timeout", None),
        ({"functions": ["a", "b"]}, "functions", frozenset({"a", "b"})),
        (
            {"logging": {"logLevel": {"default": "Warning", "Function.a": "None"}}},
            "log_levels",
            {"default": "Warning", "Function.a": "None"},
        ),
        ({"extensions": {}}, "route_prefix", "api"),
    ],
)
def test_a_setting_is_read(tmp_path: Path, given_json: dict[str, Any], field: str, expected: Any) -> None:
    assert getattr(read(tmp_path, json.dumps({"version": "2.0", **given_json})), field) == expected


@pytest.mark.covers("host.json: comments and last commas are read over")
def test_comments_and_a_last_comma_are_read_over(tmp_path: Path) -> None:
    text = '{ // the host\n "version": "2.0", /* a\n b */ "functions": ["a // no comment", ],\n}'
    assert read(tmp_path, text).functions == frozenset({"a // no comment"})


@pytest.mark.covers("host.json: what is wrong is refused with its line")
@pytest.mark.parametrize(
    ("text", "line", "mend"),
    [
        ("{}", 1, '"version": "2.0"'),
        ('{\n"version": "1.0"}', 2, '"version": "2.0"'),
        ('{\n"version": "2.0",\n"x" 1}', 3, "not valid JSON"),
        ("[]", 1, "an object"),
        ("[" * 100_000, 1, "too deep"),
        ('{"version": "2.0",\n"functionTimeout": "soon"}', 2, "00:05:00"),
        ('{"version": "2.0",\n"functionTimeout": 30}', 2, "00:05:00"),
        ('{"version": "2.0",\n"functionTimeout": "00:00:00.5"}', 2, "a second or more"),
        ('{"version": "2.0",\n"functions": "a"}', 2, "list of function names"),
        ('{"version": "2.0",\n"functions": [1]}', 2, "list of function names"),
        ('{"version": "2.0",\n"extensions": []}', 2, "an object"),
        ('{"version": "2.0",\n"extensions": {\n"http": {\n"routePrefix": 3}}}', 4, 'text such as "api"'),
        ('{"version": "2.0",\n"extensions": {\n"http": {\n"routePrefix": "a b"}}}', 4, "extensions.http.routePrefix"),
        ('{"version": "2.0",\n"extensions": {\n"queues": {\n"batchSize": 33}}}', 4, "from 1 to 32"),
        ('{"version": "2.0",\n"extensions": {\n"queues": 1}}', 3, "an object"),
        (
            '{"version": "2.0",\n"extensions": {\n"blobs": {\n"poisonBlobThreshold": 0}}}',
            4,
            "blobs.poisonBlobThreshold",
        ),
        ('{"version": "2.0",\n"logging": {"logLevel": {\n"default": "loud"}}}', 3, "Warning"),
        ('{"version": "2.0",\n"retry": {"strategy": "fixedDelay"}}', 2, "max_retry_count"),
        ('{"version": "2.0",\n"extensions": {"http": {"customHeaders": {\n"a b": "x"}}}}', 3, "text of a header"),
        ('{"version": "2.0",\n"watchFiles": "a"}', 2, "list of file names"),
        ('{"version": "2.0",\n"fileWatchingEnabled": 1}', 2, "true or false"),
        ('// "functions":\n{"version": "2.0",\n"functions": 1}', 3, "list of function names"),
    ],
)
def test_a_wrong_file_is_refused_with_line_and_mend(tmp_path: Path, text: str, line: int, mend: str) -> None:
    with pytest.raises(HostConfigError) as caught:
        read(tmp_path, text)
    assert str(caught.value).startswith(f"host.json, line {line}: ")
    assert mend in str(caught.value)


@pytest.mark.covers("host.json: AzureFunctionsJobHost__ settings stand over it, in any case and for lists too")
def test_settings_stand_over_the_file(tmp_path: Path) -> None:
    path = tmp_path / "host.json"
    path.write_text('{"version": "2.0", "functions": ["a", "b"], "extensions": {"http": {"routePrefix": "x"}}}')
    found = read_host_json(
        path,
        {
            "AzureFunctionsJobHost__functionTimeout": "00:00:07",
            "azurefunctionsjobhost__Extensions__HTTP__routeprefix": "v1",
            "AzureFunctionsJobHost:logging:logLevel:Function.a": "None",
            "AzureFunctionsJobHost__extensions__queues__batchSize": "3",
            "AzureFunctionsJobHost__functions__1": "c",
            "AzureFunctionsJobHost__functions__2": "d",
            "AzureFunctionsJobHost__watchFiles__0": "w.txt",
            "AzureFunctionsJobHost__fileWatchingEnabled": "false",
            "AzureFunctionsJobHost": "no member",
        },
    )
    assert (found.function_timeout, found.route_prefix, found.log_levels) == (7.0, "v1", {"Function.a": "None"})
    assert found.raw["extensions"]["queues"] == {"batchSize": "3"}
    assert (found.functions, found.watch_files, found.file_watching) == ({"a", "c", "d"}, ("w.txt",), False)
    assert found.unread == ()


def test_they_stand_over_the_defaults_too(tmp_path: Path) -> None:
    settings = {"AzureFunctionsJobHost__extensions__http__routePrefix": "v1"}
    assert read_host_json(tmp_path / "host.json", settings).route_prefix == "v1"


@pytest.mark.parametrize(
    ("member", "value"),
    [("functionTimeout", "soon"), ("extensions__queues__batchSize", "99"), ("logging__logLevel__default", "loud")],
)
def test_a_wrong_setting_is_refused_by_its_name(tmp_path: Path, member: str, value: str) -> None:
    name = f"AzureFunctionsJobHost__{member}"
    with pytest.raises(HostConfigError, match=f"The setting {name}: "):
        read_host_json(tmp_path / "host.json", {name: value})


@pytest.mark.covers("host.json: members and app settings that have no effect here are named in one line")
def test_what_is_not_read_is_named(tmp_path: Path) -> None:
    text = json.dumps(
        {
            "version": "2.0",
            "extensionBundle": {"id": "x", "version": "[4.*, 5.0.0)", "downloadPath": "/x"},
            "healthMonitor": {"enabled": True},
            "fuctionTimeout": "00:01:00",
            "LOGGING": {"loglevel": {"default": "Warning"}, "applicationInsights": {"samplingSettings": {}}},
            "extensions": {
                "Queues": {"BatchSize": 3, "batchsise": 4},
                "http": {"maxConcurrentRequests": 1, "hsts": {"isEnabled": True}},
                "durableTask": {"hubName": "h"},
            },
        }
    )
    (tmp_path / "host.json").write_text(text)
    found = read_host_json(tmp_path / "host.json", {"languageWorkers:python:arguments": "-X dev", "OTHER": "x"})
    assert found.log_levels == {"default": "Warning"} and found.raw["extensions"]["queues"]["batchSize"] == 3
    assert found.unread == (
        "extensionBundle.downloadPath",
        "healthMonitor",
        "fuctionTimeout",
        "logging.applicationInsights",
        "extensions.queues.batchsise",
        "extensions.http.maxConcurrentRequests",
        "extensions.durableTask",
        "languageWorkers__python__arguments",
    )


# https://learn.microsoft.com/azure/azure-functions/functions-host-json: every section of that page.
DOCUMENTED = (
    "aggregator", "concurrency", "customHandler", "functions", "functionTimeout", "healthMonitor", "logging",
    "managedDependency", "retry", "singleton", "telemetryMode", "watchDirectories", "watchFiles",
    "logging.applicationInsights", "logging.console", "logging.fileLoggingMode", "logging.logLevel",
    "extensions.blobs", "extensions.cosmosDB", "extensions.durableTask", "extensions.eventHubs", "extensions.http",
    "extensions.queues", "extensions.sendGrid", "extensions.serviceBus", "extensions.signalR",
)  # fmt: skip
HONOURED = {
    "functions": ["a"],
    "functionTimeout": "00:01:00",
    "retry": {"strategy": "fixedDelay", "maxRetryCount": 2, "delayInterval": "00:00:01"},
    "watchDirectories": ["a"],
    "watchFiles": ["a"],
    "logging.logLevel": {"default": "Warning"},
    "extensions.blobs": {"poisonBlobThreshold": 2},
    "extensions.cosmosDB": {"connectionMode": "Direct"},
    "extensions.http": {"routePrefix": "x"},
    "extensions.queues": {"batchSize": 2},
    "logging": {},
}


@pytest.mark.parametrize("section", DOCUMENTED)
def test_every_documented_section_is_honoured_or_named(tmp_path: Path, section: str) -> None:
    value: Any = HONOURED.get(section, {"some": "value"})
    for name in reversed(section.split(".")):
        value = {name: value}
    found = read(tmp_path, json.dumps({"version": "2.0", **value}))
    assert found.unread == (() if section in HONOURED else (section,))


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "host.json").write_bytes(b"\xff\xfe{}")
    with pytest.raises(HostConfigError, match="UTF-8"):
        read_host_json(tmp_path / "host.json")


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_text_in_quotes_is_never_taken_for_a_comment(value: Any) -> None:
    assert json.loads(plain(json.dumps(value))) == value
