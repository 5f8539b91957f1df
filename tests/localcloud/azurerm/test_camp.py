"""The whole camp as one configuration, with the real engine: made, seen, mended, protected and taken away."""

import json
import shutil
from typing import Any

import pytest

from autograder.lab import find_lab
from localcloud.resources.types import web

CAMP = find_lab("6").solution / "main.tf"
SECRETS = {
    "slack_bot_token": "xoxb-very-secret",
    "slack_signing_secret": "signing-very-secret",
    "slack_outgoing_token": "outgoing-very-secret",
}
LIFTED = 'resource "azurerm_cosmosdb_sql_container" "camp" {\n  lifecycle {\n    prevent_destroy = false\n  }\n}\n'


@pytest.fixture
def camp(tofu: Any) -> Any:
    shutil.copy(CAMP, tofu.folder)
    tofu.variables = {"prefix": "abc", "environment": "dev", "report_engine_url": "http://127.0.0.1:1", **SECRETS}
    tofu.init()
    return tofu


def test_the_whole_camp_lives_and_goes(camp: Any) -> None:
    camp("fmt", "-check", "-recursive")
    camp("validate")
    camp.apply()
    assert camp.outputs() == {
        "resource_group_name": "rg-abc-dev",
        "function_app_name": "func-abc-dev",
        "cosmos_account_name": "cosmos-abc-dev",
        "storage_account_name": "stabcdev",
    }
    assert camp.plan() == {}
    _what_the_app_gets(camp)
    _drift_is_seen_and_mended(camp)
    _another_key_is_refused(camp)
    assert "prevent_destroy" in camp.destroy(fails=True)
    (camp.folder / "main_override.tf").write_text(LIFTED, "utf-8")
    camp.destroy()
    assert camp.state() == {} and camp.cloud.model.store.all() == []


def _what_the_app_gets(camp: Any) -> None:
    """References resolved, and nothing secret in the site itself or in what is printed."""
    model = camp.cloud.model
    site = model.by_name(web.SITE, "func-abc-dev")
    settings = web.site(model, site).settings
    assert settings["SLACK_BOT_TOKEN"] == SECRETS["slack_bot_token"]
    assert settings["CosmosDbConnection"].startswith("AccountEndpoint=http://127.0.0.1:")
    assert "QueueEndpoint=http://127.0.0.1:" in settings["AzureWebJobsStorage"]
    assert settings["FUNCTIONS_WORKER_RUNTIME"] == "python"
    kept = json.dumps([site.body, site.hidden])
    printed = camp("show") + camp("plan") + camp("output")
    assert not [value for value in SECRETS.values() if value in kept or value in printed]


def _drift_is_seen_and_mended(camp: Any) -> None:
    storage = camp.cloud.effects.storage
    camp.cloud.run(storage.remove("stabcdev", "queues", "reports"))
    assert camp.plan() == {"azurerm_storage_queue.reports": "create"}
    camp.apply()
    assert camp.cloud.run(storage.names("stabcdev", "queues")) == ["reports"]


def _another_key_is_refused(camp: Any) -> None:
    emulator = camp.cloud.effects.cosmos.emulator("cosmos-abc-dev")
    camp.cloud.run(emulator.put("camp", "messages", [{"id": "1", "channel": "c"}]))
    override = camp.folder / "key_override.tf"
    override.write_text(
        'locals {\n  containers = { messages = "/user", counters = "/id", reports = "/id", deadletters = "/id" }\n}\n'
    )
    assert "prevent_destroy" in camp("plan", fails=True)
    override.unlink()

    async def ids() -> list[str]:
        return [one["id"] for one in emulator.documents("camp", "messages")]

    assert camp.cloud.run(ids()) == ["1"]


def test_environments_stand_side_by_side(camp: Any) -> None:
    camp.apply("-state=dev.tfstate")
    camp.variables = {**camp.variables, "environment": "staging"}
    camp.apply("-state=staging.tfstate")
    assert (
        json.loads(camp("output", "-state=staging.tfstate", "-json"))["storage_account_name"]["value"] == "stabcstaging"
    )
    camp.variables = {**camp.variables, "environment": "dev"}
    assert camp.plan("-state=dev.tfstate") == {}


def test_without_the_role_on_data_the_secrets_are_refused_as_on_azure(camp: Any) -> None:
    text = CAMP.read_text("utf-8")
    start = text.index('resource "azurerm_role_assignment" "deployer"')
    end = text.index('resource "azurerm_role_assignment" "bot"')
    without = (text[:start] + text[end:]).replace("depends_on = [azurerm_role_assignment.deployer]", "")
    (camp.folder / "main.tf").write_text(without, "utf-8")
    printed = camp.apply(fails=True)
    assert "403" in printed and "ForbiddenByRbac" in printed
