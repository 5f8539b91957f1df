import json
from pathlib import Path
from typing import Any

import pytest

from localcloud.functions.loading.settings import (
    SettingsError,
    connection,
    read_local_settings,
    resolve_binding,
    resolve_names,
    with_environment,
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "local.settings.json"


def write(file: Path, **content: Any) -> Path:
    file.write_text(json.dumps({"IsEncrypted": False, **content}, indent=2))
    return file


def test_no_file_means_no_settings(file: Path) -> None:
    assert read_local_settings(file).values == {}


@pytest.mark.covers("Settings and expressions: local.settings.json: Values, Host, ConnectionStrings")
def test_values_host_and_connection_strings_are_read(file: Path) -> None:
    write(
        file,
        Values={"A": "1"},
        Host={"LocalHttpPort": 7072, "CORS": "http://a, http://b", "CORSCredentials": True},
        ConnectionStrings={"Db": "x=1", "Other": {"ConnectionString": "y=2", "ProviderName": "z"}},
    )
    read = read_local_settings(file)
    assert read.values == {"A": "1", "ConnectionStrings:Db": "x=1", "ConnectionStrings:Other": "y=2"}
    assert (read.port, read.cors, read.cors_credentials) == (7072, ["http://a", "http://b"], True)


@pytest.mark.covers("Settings and expressions: without IsEncrypted values count as encrypted")
def test_without_is_encrypted_values_count_as_encrypted(file: Path) -> None:
    file.write_text('{"Values": {"A": "1"}}')
    with pytest.raises(SettingsError, match=r'Failed to decrypt settings.*"IsEncrypted": false'):
        read_local_settings(file)


@pytest.mark.parametrize("value", [[5], {"a": 5}])
def test_a_value_that_holds_others_is_refused_with_its_line(file: Path, value: Any) -> None:
    write(file, Values={"A": "1", "Limit": value})
    with pytest.raises(SettingsError, match=r"local.settings.json, line 5: Limit is .*; expected a string"):
        read_local_settings(file)


@pytest.mark.covers("Settings and expressions: numbers, truth and null in local.settings.json as Core Tools reads them")
def test_numbers_and_truth_become_text_and_null_is_skipped(file: Path) -> None:
    found = read_local_settings(
        write(file, Values={"N": 5, "F": 1.50, "W": 2.0, "T": True, "No": False, "Empty": "", "Null": None, "": "x"})
    )
    assert found.values == {"N": "5", "F": "1.5", "W": "2", "T": "True", "No": "False", "Empty": ""}
    assert found.warnings == ("Skipping 'Null' because value is null", "Skipping local setting with empty key.")


@pytest.mark.parametrize(("encrypted", "readable"), [("false", True), ("False", True), ("true", False), (None, False)])
def test_is_encrypted_may_be_text(file: Path, encrypted: Any, readable: bool) -> None:
    write(file, Values={"A": "1"}, IsEncrypted=encrypted)
    if readable:
        assert read_local_settings(file).values == {"A": "1"}
        return
    with pytest.raises(SettingsError, match="Failed to decrypt"):
        read_local_settings(file)


def test_a_last_comma_is_read_over(file: Path) -> None:
    file.write_text('{"IsEncrypted": false, "Values": {"A": "1,}", /* last */ },}')
    assert read_local_settings(file).values == {"A": "1,}"}


@pytest.mark.covers("Settings and expressions: members of local.settings.json that are not read are named in one line")
def test_members_that_are_not_read_are_named_in_one_line(file: Path) -> None:
    found = read_local_settings(
        write(file, values={"A": "1"}, Extra=1, Host={"localhttpport": 7073, "LocalHttpAddress": "0.0.0.0"})
    )
    assert found.port == 7073 and found.values == {}
    assert found.warnings == ("Not read in local.settings.json: values (write Values), Extra, Host.LocalHttpAddress.",)


def test_credentials_are_text_or_truth_and_not_for_every_origin(file: Path) -> None:
    assert not read_local_settings(write(file, Host={"CORS": "*", "CORSCredentials": "false"})).cors_credentials
    assert read_local_settings(write(file, Host={"CORS": "http://A", "corsCredentials": "True"})).cors == ["http://a"]
    with pytest.raises(SettingsError, match="wildcard"):
        read_local_settings(write(file, Host={"CORS": "*", "CORSCredentials": True}))


def test_malformed_json_is_refused_with_its_line(file: Path) -> None:
    file.write_text('{\n  "IsEncrypted": false,\n  "Values": {"A": }\n}')
    with pytest.raises(SettingsError, match="line 3, column 19: not valid JSON"):
        read_local_settings(file)


def test_comments_and_a_byte_order_mark_are_read_over(file: Path) -> None:
    file.write_bytes(b'\xef\xbb\xbf{"IsEncrypted": false, // why\n "Values": {"Url": "http://x"} /* end */}')
    assert read_local_settings(file).values == {"Url": "http://x"}


@pytest.mark.parametrize("port", [0, 70_000, "seven", True])
def test_a_bad_port_is_refused(file: Path, port: object) -> None:
    with pytest.raises(SettingsError, match="LocalHttpPort"):
        read_local_settings(write(file, Host={"LocalHttpPort": port}))


@pytest.mark.covers("Settings and expressions: the environment wins, with a warning")
def test_the_environment_wins_and_says_so() -> None:
    merged, warnings = with_environment({"A": "file", "B": "file"}, {"A": "shell"})
    assert merged == {"A": "shell", "B": "file"}
    assert warnings == ["Skipping 'A' from local settings as it's already defined in current environment variables."]


def test_an_empty_variable_of_the_environment_does_not_win() -> None:
    assert with_environment({"A": "file"}, {"A": "", "B": ""}) == ({"A": "file", "B": ""}, [])


def test_names_in_percent_signs_are_settings_in_any_case() -> None:
    assert resolve_names("a-%Queue%-%B%", {"QUEUE": "jobs", "B": "2"}) == "a-jobs-2"


def test_a_name_without_a_setting_does_not_resolve() -> None:
    with pytest.raises(SettingsError, match="'%Missing%' does not resolve to a value"):
        resolve_names("%Missing%", {})


def test_an_unclosed_percent_sign_is_told_with_its_position() -> None:
    with pytest.raises(SettingsError, match="The '%' at position 3 does not have a closing '%'"):
        resolve_names("abc%d", {})


def test_only_a_bindings_values_are_resolved() -> None:
    binding = {"type": "queueTrigger", "name": "msg", "queueName": "%Q%", "batch": 3, "route": "100%"}
    assert resolve_binding(binding, {"Q": "jobs"}) == {**binding, "queueName": "jobs"}


@pytest.mark.covers("Settings and expressions: connections in the host's order, identity forms too")
@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"ConnectionStrings:Store": "section", "AzureWebJobsStore": "prefixed", "Store": "bare"}, "section"),
        ({"AzureWebJobsStore": "prefixed", "Store": "bare"}, "prefixed"),
        ({"Store": "bare"}, "bare"),
        ({"Store__queueServiceUri": "https://q"}, "https://q"),
        ({"Store__accountName": "camp"}, "https://camp.queue.core.windows.net"),
    ],
)
def test_a_connection_is_looked_up_in_the_hosts_order(settings: dict[str, str], text: str) -> None:
    found = connection("Store", settings)
    assert found.text == text
    assert found.identity == text.startswith("https")


@pytest.mark.covers("Settings and expressions: no connection name means AzureWebJobsStorage")
def test_no_connection_name_means_the_hosts_own_storage() -> None:
    found = connection("", {"AzureWebJobsStorage": "UseDevelopmentStorage=true"})
    assert "QueueEndpoint=http://127.0.0.1:10001/devstoreaccount1" in found.text


def test_a_missing_connection_says_which_setting_to_add() -> None:
    with pytest.raises(SettingsError, match=r"'AzureWebJobsStore' does not exist.*add \"Store\" to Values"):
        connection("Store", {"Store": ""})
