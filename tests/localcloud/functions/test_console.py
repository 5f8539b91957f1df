from pathlib import Path

import pytest

from localcloud.functions.console import Listed, key_listing, listing, missing_storage
from localcloud.functions.http.keys import Keys

STORAGE = {"AzureWebJobsStorage": "UseDevelopmentStorage=true"}


@pytest.mark.covers("Core Tools: the list of functions and their addresses")
def test_functions_are_listed_as_core_tools_does() -> None:
    text = listing(
        [
            Listed("tick", "timerTrigger"),
            Listed("x", "httpTrigger", "http://127.0.0.1:7071/api/x", ["get", "POST"]),
            Listed("any", "httpTrigger", "http://127.0.0.1:7071/api/any"),
        ]
    )
    assert text == (
        "Functions:\n\n\tany: http://localhost:7071/api/any\n\n"
        "\tx: [GET,POST] http://localhost:7071/api/x\n\n\ttick: timerTrigger\n"
    )


def test_an_app_without_functions_says_so() -> None:
    assert listing([]).startswith("No job functions found.")


def test_an_http_app_needs_no_storage() -> None:
    assert missing_storage(["httpTrigger"], {}) is None


@pytest.mark.covers("Core Tools: AzureWebJobsStorage is asked for unless all triggers are HTTP-like")
def test_any_other_trigger_needs_storage_and_the_refusal_names_the_setting() -> None:
    assert "Missing value for AzureWebJobsStorage" in (missing_storage(["httpTrigger", "queueTrigger"], {}) or "")
    assert missing_storage(["httpTrigger", "queueTrigger"], STORAGE) is None


@pytest.mark.covers("Core Tools: with --enable-auth the keys, and where they are kept")
def test_keys_are_listed_with_the_place_where_they_are_kept() -> None:
    keys = Keys("m", {"default": "h"}, {"x": {"default": "k"}, "gone": {"default": "g"}})
    assert key_listing(keys, ["x"], Path("/state")) == (
        "Keys, for the header x-functions-key or ?code=:\n\n\tmaster key: m\n"
        "\thost key default: h\n\tx (default): k\n\n"
        "They are kept in /state.\n"
    )
    assert "They last until the host ends." in key_listing(keys, [], None)
