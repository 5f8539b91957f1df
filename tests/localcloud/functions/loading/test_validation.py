"""What the host refuses of a single function, and its words."""

from typing import Any

import pytest
from azure.functions.decorators import constants
from hypothesis import given
from hypothesis import strategies as st

from localcloud.functions.loading.validation import KNOWN_TYPES, is_disabled, problem_with

TRIGGER = {"direction": "IN", "type": "httpTrigger", "name": "req"}
ANSWER = {"direction": "OUT", "type": "http", "name": "$return"}


def binding(**parts: Any) -> list[dict[str, Any]]:
    return [{**TRIGGER, **parts}, ANSWER]


def test_an_ordinary_function_is_taken() -> None:
    assert problem_with("hello", [TRIGGER, ANSWER]) is None


@pytest.mark.parametrize("name", ["hello_world", "a", "a-b", "Z9", "x" * 128])
def test_a_valid_function_name_is_taken(name: str) -> None:
    assert problem_with(name, [TRIGGER, ANSWER]) is None


@pytest.mark.covers("Indexing: an invalid function name puts that function in error")
@pytest.mark.parametrize("name", ["1st", "_private", "host", "HOST", "a b", "é", "x" * 129, "", "a\n"])
def test_an_invalid_function_name_is_refused(name: str) -> None:
    assert f"'{name}' is not a valid function name." in (problem_with(name, [TRIGGER, ANSWER]) or "")


@pytest.mark.covers("Indexing: an underscore in a binding name is an error, with a name that works")
@pytest.mark.parametrize(
    ("name", "mended"),
    [
        ("in_msg", "inMsg"),
        ("out_queue_item", "outQueueItem"),
        ("_x", "x"),
        ("1st", "st"),
        ("_", "value"),
        ("é", "value"),
    ],
)
def test_an_underscore_in_a_binding_name_is_refused_with_a_name_that_works(name: str, mended: str) -> None:
    problem = problem_with("f", binding(name=name)) or ""
    assert problem.startswith(f"The binding name {name} is invalid. Please assign a valid name to the binding.")
    assert f'Rename arg_name="{name}" to "{mended}"' in problem
    assert problem_with("f", binding(name=mended)) is None


@pytest.mark.covers("Indexing: two bindings of one name are an error")
def test_two_bindings_of_one_name_are_refused() -> None:
    problem = problem_with(
        "f", [TRIGGER, ANSWER, {"direction": "OUT", "type": "queue", "name": "REQ", "queueName": "abc"}]
    )
    assert "Multiple bindings with name 'req' discovered." in (problem or "")


@pytest.mark.covers("Indexing: a binding type outside the extension bundle is an error")
def test_an_unknown_type_is_refused() -> None:
    assert problem_with("f", binding(type="carrierPigeonTrigger")) == (
        "The binding type(s) 'carrierPigeonTrigger' were not found in the configured extension bundle. "
        "Please ensure the type is correct and the correct version of extension bundle is configured."
    )


@pytest.mark.covers("Indexing: every binding type of the SDK is known")
def test_every_type_that_the_sdk_can_emit_is_known() -> None:
    emitted = {value for name, value in vars(constants).items() if name.isupper()}
    assert {one for one in emitted if one.lower() not in KNOWN_TYPES} == set()


@pytest.mark.covers("Indexing: routes that begin with admin or runtime are an error")
@pytest.mark.parametrize("route", ["admin/x", "Administrators", "/runtime", "runtimes/{x}"])
def test_a_reserved_route_is_refused(route: str) -> None:
    assert "conflicts with one or more built in routes" in (problem_with("f", binding(route=route)) or "")


def test_the_name_is_the_route_when_there_is_none() -> None:
    assert "conflicts with one or more built in routes" in (problem_with("admin_page", binding()) or "")


def test_a_malformed_route_is_refused() -> None:
    assert "'integer' could not be resolved" in (problem_with("f", binding(route="x/{id:integer}")) or "")


@pytest.mark.covers("Timer: a schedule that is none puts that function in error")
@pytest.mark.parametrize(
    ("schedule", "taken"),
    [("0 */5 * * * *", True), ("%WHEN%", True), ("00:05:00", True), ("often", False), ("", False)],
)
def test_a_bad_schedule_is_refused(schedule: str, taken: bool) -> None:
    timer = {"direction": "IN", "type": "timerTrigger", "name": "timer", "schedule": schedule}
    assert (problem_with("f", [timer]) is None) is taken


@pytest.mark.covers("Queue trigger: a queue name that is none puts that function in error")
@pytest.mark.parametrize(
    ("queue", "taken"),
    [
        ("in-items", True),
        ("Items", True),
        ("%Q%", True),
        ("{q}", True),
        ("in_items", False),
        ("ab", False),
        ("a--b", False),
    ],
)
def test_a_bad_queue_name_is_refused(queue: str, taken: bool) -> None:
    trigger = {"direction": "IN", "type": "queueTrigger", "name": "msg", "queueName": queue, "connection": "C"}
    assert (problem_with("f", [trigger]) is None) is taken


@pytest.mark.covers("Indexing: incomplete retry options are an error")
def test_incomplete_retry_options_are_refused() -> None:
    assert "delay_interval" in (
        problem_with("f", [TRIGGER, ANSWER], {"strategy": "fixed_delay", "max_retry_count": "3"}) or ""
    )


@pytest.mark.covers("Indexing: AzureWebJobs.<function>.Disabled")
@pytest.mark.parametrize(
    ("settings", "disabled"),
    [
        ({"AzureWebJobs.f.Disabled": "true"}, True),
        ({"AzureWebJobs.F.Disabled": "True"}, True),
        ({"AzureWebJobs_f_Disabled": "1"}, True),
        ({"AzureWebJobs.f.Disabled": "false"}, False),
        ({"AzureWebJobs.g.Disabled": "true"}, False),
        ({}, False),
    ],
)
def test_a_setting_disables_a_function(settings: dict[str, str], disabled: bool) -> None:
    assert is_disabled("f", settings) is disabled


@given(st.text(max_size=20), st.dictionaries(st.sampled_from(["name", "type", "route"]), st.text(max_size=20)))
def test_any_binding_is_judged(name: str, parts: dict[str, str]) -> None:
    problem = problem_with(name, binding(**parts))
    assert problem is None or problem.strip()
