"""An engine beside a model of its own, and workspaces in it."""

import random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from autograder import passing
from autograder.kinds.building.engine import Engine
from autograder.kinds.building.workspace import Workspace
from autograder.sandbox import Cell
from localcloud.resources.local import running
from localcloud.resources.server import ResourceServer

INPUTS = {"prefix": "abcdefgh", "environment": "staging", "slack_bot_token": "xoxb-of-the-test"}
FIRST = """terraform {
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.0"
    }
  }
}

provider "azurerm" {
  features {}
}

variable "prefix" {
  type = string
}

variable "environment" {
  type = string
}
"""
GROUP = """
resource "azurerm_resource_group" "camp" {
  name     = "rg-${var.prefix}-${var.environment}"
  location = "japaneast"
}

output "group" {
  value = azurerm_resource_group.camp.name
}
"""


class Site:
    """An engine and the model that it works on."""

    def __init__(self, engine: Engine, server: ResourceServer) -> None:
        self.engine = engine
        self.model = server.model
        self.url, self.token = server.url, server.token
        self._count = 0

    def workspace(self, *texts: str, **inputs: str) -> Workspace:
        """One with these texts in main.tf."""
        self._count += 1
        files = {"main.tf": "".join(texts).encode()}
        return Workspace(self.engine, str(self._count), files, {**INPUTS, **inputs})


MakeSite = Callable[[Cell | None], AbstractAsyncContextManager[Site]]


@asynccontextmanager
async def made(cell: Cell | None) -> AsyncIterator[Site]:
    with passing.folder("camp-check-") as folder:
        async with running(None, rng=random.Random(1)) as server:
            engine = await Engine.start(folder, server, cell)
            try:
                yield Site(engine, server)
            finally:
                await engine.stop()


@pytest.fixture
def make_site() -> MakeSite:
    return made


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with made(None) as one:
        yield one
