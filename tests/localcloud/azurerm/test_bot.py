"""The bot of Lab 4 lives on the camp that a configuration has made, with the real engine and the real provider."""

import asyncio
import os
import random
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from azure.cosmos.aio import CosmosClient

from autograder import project
from autograder.inputs import Inputs
from autograder.lab import find_lab
from autograder.private import PrivateCloud
from localcloud.azure.packages import pack
from localcloud.azurerm import setup
from localcloud.resources.local.subscription import Subscription
from localcloud.slack.view import Slack

CAMP = find_lab("6").solution / "main.tf"
APP, COSMOS = "func-abc-dev", "cosmos-abc-dev"
PUBLIC = """
locals {
  secrets = {
    AzureWebJobsStorage = join(";", [
      "DefaultEndpointsProtocol=https",
      "AccountName=${azurerm_storage_account.camp.name}",
      "AccountKey=${azurerm_storage_account.camp.primary_access_key}",
      "EndpointSuffix=core.windows.net",
    ])
    CosmosDbConnection = join(";", [
      "AccountEndpoint=https://${azurerm_cosmosdb_account.camp.name}.documents.azure.com:443/",
      "AccountKey=${azurerm_cosmosdb_account.camp.primary_key}",
    ])
    SLACK_BOT_TOKEN      = var.slack_bot_token
    SLACK_SIGNING_SECRET = var.slack_signing_secret
    SLACK_OUTGOING_TOKEN = var.slack_outgoing_token
  }
}
"""


class World:
    """A Slack, a subscription, and an engine in a folder."""

    def __init__(self, cloud: PrivateCloud, subscription: Subscription, folder: Path, program: Path) -> None:
        self.cloud = cloud
        self.subscription = subscription
        self.folder = folder
        server = subscription.server
        self._engine = setup.engine(program, folder.parent, server.url, server.token, print)

    async def tofu(self, *arguments: str) -> str:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("ARM_", "TF_"))}
        given = {
            "prefix": "abc", "environment": "dev", "report_engine_url": "http://127.0.0.1:1",
            **{
                name.lower(): self.cloud.settings[name]
                for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_OUTGOING_TOKEN", "SLACK_API_URL")
            },
        }  # fmt: skip
        environment = {
            **inherited, **self._engine.environment, "ARM_SUBSCRIPTION_ID": self.subscription.model.subscription,
            **{f"TF_VAR_{name}": value for name, value in given.items()},
        }  # fmt: skip
        process = await asyncio.create_subprocess_exec(
            *self._engine.command(*arguments), "-no-color", cwd=self.folder, env=environment,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        printed, _none = await process.communicate()
        assert process.returncode == 0, printed.decode()
        return printed.decode()


@pytest.fixture
async def world(tmp_path: Path, program: Path) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        cloud = PrivateCloud("1", stack, tmp_path / "tmp")
        await cloud.start(("slack",), find_lab("reactive-queues").prepared)
        subscription = await Subscription.start(
            None, random.Random(1), cloud.journal, project.apps_python(),
            launcher_for=cloud.launcher_for, fast=True, opened=cloud.passage, warm=True,
        )  # fmt: skip
        stack.push_async_callback(subscription.stop)
        folder = tmp_path / "work"
        folder.mkdir()
        shutil.copy(CAMP, folder)
        yield World(cloud, subscription, folder, program)


@pytest.mark.parametrize("override", [None, PUBLIC], ids=["addresses of the provider", "public addresses"])
async def test_the_bot_greets_on_the_camp_that_was_applied(world: World, override: str | None) -> None:
    if override:
        (world.folder / "public_override.tf").write_text(override, "utf-8")
    await world.tofu("init", "-input=false")
    await world.tofu("apply", "-auto-approve", "-input=false")
    solution = find_lab("reactive-queues").solution
    await world.subscription.deploy(APP, await asyncio.to_thread(pack, solution))
    world.cloud.app_at(world.subscription.app_url(APP))
    slack: Any = world.cloud.views[Slack](Inputs(random.Random(1)))
    user = slack.user()
    message = await slack.say(user, slack.channel(), slack.mention("hi"))
    reply = await slack.reply(message, seconds=20)
    assert reply.text == f"Hello, {user.name}"
    assert await _kept(world.subscription, message.channel) == [message.text]
    await world.tofu("plan", "-detailed-exitcode", "-input=false")


async def _kept(subscription: Subscription, channel: str) -> list[str]:
    """The texts of the channel's messages in the applied account."""
    account = subscription.model.by_name("Microsoft.DocumentDB/databaseAccounts", COSMOS)
    assert account
    key = (await subscription.model.act(account.id, "listKeys", {}))["primaryMasterKey"]
    async with CosmosClient(subscription.effects.cosmos.endpoint(COSMOS), key) as client:
        messages = client.get_database_client("camp").get_container_client("messages")
        return [one["text"] async for one in messages.query_items("SELECT c.text FROM c", partition_key=channel)]
