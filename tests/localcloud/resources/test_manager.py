"""Resource Manager through the gate: every resource, and what it says when it refuses."""

import asyncio
import os
import random
import ssl
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest

import localcloud
from autograder import project
from localcloud.journal import Journal
from localcloud.resources.local.subscription import Subscription
from localcloud.resources.roles import by_name

from .test_subscription import bot, plain, said

RUNNER = Path(localcloud.__file__).parent / "github" / "runner"
AZ = "import sys; sys.path.insert(0, sys.argv.pop(1)); from programs.az.main import main; sys.exit(main())"
INSIGHTS = "Microsoft.Insights/components"
WORKSPACE = "Microsoft.OperationalInsights/workspaces"


class Client:
    """Whoever applies, signed in, behind the gate."""

    def __init__(self, subscription: Subscription, http: aiohttp.ClientSession) -> None:
        self.subscription = subscription
        self._http = http
        self._environment = subscription.outside().environment
        self._trusted = ssl.create_default_context(cafile=self._environment["SSL_CERT_FILE"])
        self.token = ""

    async def ask(self, method: str, url: str, **more: Any) -> tuple[int, Any]:
        sent = self._http.request(method, url, proxy=self._environment["HTTPS_PROXY"], ssl=self._trusted, **more)
        async with sent as answer:
            return answer.status, await answer.json() if answer.content_type == "application/json" else None

    async def sign_in(self) -> None:
        known = self.subscription.credentials()
        form = {
            "client_id": known["clientId"], "client_secret": known["clientSecret"],
            "grant_type": "client_credentials", "scope": "https://management.azure.com/.default",
        }  # fmt: skip
        url = f"https://login.microsoftonline.com/{known['tenantId']}/oauth2/v2.0/token"
        self.token = (await self.ask("POST", url, data=form))[1]["access_token"]

    async def arm(self, method: str, path: str, body: Any = None, query: str = "") -> tuple[int, Any]:
        url = f"https://management.azure.com{path}?api-version=2023-12-01{query}"
        return await self.ask(method, url, json=body, headers={"Authorization": f"Bearer {self.token}"})

    async def refused(self, method: str, path: str, body: Any = None) -> tuple[int, str]:
        status, answer = await self.arm(method, path, body)
        assert answer["error"]["message"]
        return status, answer["error"]["code"]

    async def vault(self, method: str, url: str, body: Any = None) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.token}"}
        return await self.ask(method, f"{url}?api-version=7.4", json=body, headers=headers)


@pytest.fixture
async def subscription() -> AsyncIterator[Subscription]:
    found = await Subscription.start(
        None, random.Random(1), Journal(), project.apps_python(), launcher_for=plain, fast=True, warm=True
    )
    yield found
    await found.stop()


@pytest.fixture
async def client(subscription: Subscription) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as http:
        found = Client(subscription, http)
        await found.sign_in()
        yield found


@pytest.fixture
async def ids(client: Client, ids_of: Any) -> Any:
    """The camp's resources, made through Resource Manager."""
    found = ids_of(client.subscription.model)
    for id, body in bodies(found).items():
        status, answer = await client.arm("PUT", id, body)
        assert (status, answer["id"]) == (201, id), answer
    return found


def bodies(ids: Any) -> dict[str, Any]:
    """All that there is, in the order in which it can be made."""
    here = {"location": "japaneast"}
    storage = {
        f"{ids.storage}/blobServices/default/containers/files": {},
        f"{ids.storage}/tableServices/default/tables/rows": {},
    }
    others = {
        ids.of(WORKSPACE, "logs"): here,
        ids.of(INSIGHTS, "insights"): {**here, "kind": "web", "properties": {"Application_Type": "web"}},
        f"{ids.site}/slots/staging": ids.site_body({}),
        ids.lock(ids.plan): {"properties": {"level": "CanNotDelete"}},
    }
    return {**ids.bodies(), **storage, **others}


async def test_every_resource_is_read_written_again_and_deleted(client: Client, ids: Any) -> None:
    everything = bodies(ids)
    for id, body in everything.items():
        status, answer = await client.arm("GET", id)
        assert (status, answer["id"]) == (200, id), answer
        assert (await client.arm("HEAD", id))[0] == 204
        status, again = await client.arm("PUT", id, body)
        assert status == 200, again
    for id in reversed(everything):
        if id.startswith(ids.vault + "/"):
            assert await client.refused("DELETE", id) == (405, "MethodNotAllowed")
            continue
        assert (await client.arm("DELETE", id))[0] == 200, id
        assert (await client.arm("HEAD", id))[0] == 404
    assert await client.refused("DELETE", ids.group) == (404, "ResourceGroupNotFound")


async def test_a_part_is_changed_and_the_rest_stays(client: Client, ids: Any) -> None:
    _status, found = await client.arm("PATCH", ids.storage, {"tags": {"team": "camp"}})
    assert (found["tags"], found["sku"]["name"]) == ({"team": "camp"}, "Standard_LRS")
    await client.arm("PATCH", ids.queue, {"properties": {"metadata": {"what": "jobs"}}})
    assert (await client.arm("GET", ids.queue))[1]["properties"]["metadata"] == {"what": "jobs"}
    _status, config = await client.arm("PATCH", f"{ids.site}/config/web", {"properties": {"http20Enabled": True}})
    assert config["properties"]["http20Enabled"] is True
    assert (await client.arm("GET", f"{ids.site}/config/web"))[1]["properties"]["linuxFxVersion"] == "Python|3.11"


async def test_actions_are_posted(client: Client, ids: Any) -> None:
    _status, keys = await client.arm("POST", f"{ids.storage}/listKeys")
    assert len(keys["keys"]) == 2
    _status, keys = await client.arm("POST", f"{ids.cosmos}/listKeys")
    assert keys["primaryMasterKey"]
    _status, found = await client.arm("POST", f"{ids.site}/config/appsettings/list")
    assert found["properties"]["TOKEN"].startswith("@Microsoft.KeyVault(")
    _status, found = await client.arm("POST", f"{ids.site}/config/publishingcredentials/list")
    assert found["properties"]["publishingUserName"] == "$func-campdev"
    assert (await client.arm("POST", f"{ids.site}/restart"))[0] == 200


async def test_what_is_there_is_listed(client: Client, ids: Any) -> None:
    subscription = ids.group.rpartition("/resourceGroups")[0]
    _status, groups = await client.arm("GET", f"{subscription}/resourcegroups")
    assert [one["name"] for one in groups["value"]] == ["rg-camp-dev"]
    _status, found = await client.arm("GET", f"{ids.group}/resources")
    assert {"func-campdev", "stcampdev", "kv-campdev"} <= {one["name"] for one in found["value"]}
    wanted = "&$filter=resourceType eq 'Microsoft.Web/sites'"
    _status, found = await client.arm("GET", f"{subscription}/resources", query=wanted)
    assert [one["name"] for one in found["value"]] == ["func-campdev"]
    _status, found = await client.arm("GET", f"{ids.database}/containers")
    assert [one["name"] for one in found["value"]] == ["messages"]
    _status, found = await client.arm("GET", "/subscriptions")
    assert [one["id"] for one in found["value"]] == [subscription]


async def test_a_lock_is_named_by_whoever_meets_it(client: Client, ids: Any) -> None:
    await client.arm("PUT", ids.lock(ids.cosmos), {"properties": {"level": "CanNotDelete"}})
    for id in (ids.container, ids.database, ids.cosmos, ids.group):
        assert await client.refused("DELETE", id) == (409, "ScopeLocked")
    assert (await client.arm("GET", ids.container))[0] == 200
    await client.arm("PUT", ids.lock(ids.site), {"properties": {"level": "ReadOnly"}})
    assert await client.refused("POST", f"{ids.site}/restart") == (409, "ScopeLocked")
    assert await client.refused("PUT", f"{ids.site}/config/appsettings", {"properties": {}}) == (409, "ScopeLocked")


async def test_refusals_have_azures_form(client: Client, ids: Any) -> None:
    other = ids.of("Microsoft.Web/sites", "func-none")
    assert await client.refused("GET", other) == (404, "ResourceNotFound")
    assert await client.refused("POST", f"{other}/restart") == (404, "ResourceNotFound")
    assert await client.refused("GET", ids.group + "x") == (404, "ResourceGroupNotFound")
    assert await client.refused("PUT", ids.storage, {"location": "moon"}) == (
        400, "LocationNotAvailableForResourceType"
    )  # fmt: skip
    assert await client.refused("GET", ids.of("Microsoft.Sql/servers", "x")) == (400, "InvalidResourceType")
    assert (await client.refused("PUT", ids.container.replace("camp/", "none/", 1), {}))[0] == 400
    assert await client.refused("POST", f"{ids.storage}/explode") == (400, "InvalidResourceType")
    status, answer = await client.ask(
        "PUT", f"https://management.azure.com{ids.group}?api-version=1", data=b"{",
        headers={"Authorization": f"Bearer {client.token}"},
    )  # fmt: skip
    assert (status, answer["error"]["code"]) == (400, "InvalidRequestContent")
    url = f"https://management.azure.com{ids.group}"
    status, answer = await client.ask("GET", url, headers={"Authorization": f"Bearer {client.token}"})
    assert (status, answer["error"]["code"]) == (400, "MissingApiVersionParameter")
    client.token = client.subscription.server.token  # the provider's is none of Azure's
    assert await client.refused("GET", ids.group) == (401, "InvalidAuthenticationToken")


async def test_secrets_of_a_vault_need_a_role(client: Client, ids: Any) -> None:
    secret = "https://kv-campdev.vault.azure.net/secrets/token"
    status, answer = await client.vault("GET", secret)
    assert (status, answer["error"]["code"]) == (403, "ForbiddenByRbac")
    role = by_name("Key Vault Secrets Officer")
    assert role
    await ids.give(role.id, client.subscription.model.deployer, ids.vault)
    assert (await client.vault("GET", secret))[1]["value"] == "xoxb-1"
    await client.vault("PUT", secret, {"value": "xoxb-2"})
    assert (await client.vault("GET", secret))[1]["value"] == "xoxb-2"


async def test_az_shows_deploys_and_swaps(client: Client, ids: Any, tmp_path: Path) -> None:
    known = client.subscription.credentials()
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "AZURE_CONFIG_DIR": str(tmp_path / "azure"),
        **client.subscription.outside().environment,
    }  # fmt: skip

    async def az(*arguments: str) -> str:
        return await _run(tmp_path, environment, sys.executable, "-c", AZ, str(RUNNER), *arguments)

    await az(
        "login", "--service-principal", "-u", known["clientId"], "-p", known["clientSecret"],
        "--tenant", known["tenantId"],
    )  # fmt: skip
    (tmp_path / "bot.zip").write_bytes(bot("from az"))
    named = ("-g", "rg-camp-dev", "-n", "func-campdev")
    assert "func-campdev.azurewebsites.net" in await az("functionapp", "show", *named)
    await az("functionapp", "deployment", "source", "config-zip", *named, "--slot", "staging", "--src", "bot.zip")
    await az("functionapp", "deployment", "slot", "swap", *named, "--slot", "staging", "--target-slot", "production")
    async with aiohttp.ClientSession() as http:
        assert await said(http, client.subscription.app_url("func-campdev") + "/api/hello") == "from az"


async def _run(folder: Path, environment: Mapping[str, str], *command: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=dict(environment),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _none = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()
