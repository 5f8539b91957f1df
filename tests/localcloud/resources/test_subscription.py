"""Function apps of a subscription, with the real Functions host and the real storage and Cosmos DB."""

import asyncio
import io
import random
import ssl
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from autograder import project
from localcloud.functions.workers.launching import PLAIN, Launcher
from localcloud.journal import Journal
from localcloud.resources.errors import EffectFailed
from localcloud.resources.local.subscription import Subscription

SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
BOT = """
import os
import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
WORD = {word!r}


@app.route(route="hello")
def hello(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(WORD)


@app.route(route="setting/{{name}}")
def setting(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(os.environ.get(req.route_params["name"], "-"))
"""


def bot(word: str, code: str = BOT) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("host.json", '{"version": "2.0"}')
        archive.writestr("function_app.py", code.format(word=word))
    return target.getvalue()


async def plain(_folder: Path) -> Launcher:
    return PLAIN


async def started(folder: Path | None = None) -> Subscription:
    return await Subscription.start(
        folder, random.Random(1), Journal(), project.apps_python(), launcher_for=plain, fast=True
    )


@pytest.fixture
async def subscription() -> AsyncIterator[Subscription]:
    found = await started()
    yield found
    await found.stop()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def made(subscription: Subscription, ids_of: Any, name: str = "rg-camp-dev", label: str = "campdev") -> Any:
    """The ids of all of the camp's resources but storage, which are there now."""
    ids = ids_of(subscription.model, name, label)
    for id, body in ids.bodies().items():
        if not id.startswith(ids.storage):
            await subscription.model.put(id, body)
    return ids


async def said(http: aiohttp.ClientSession, url: str) -> str:
    async with http.get(url) as answer:
        return await answer.text()


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 20.0) -> None:
    for _number in range(int(seconds / 0.05)):
        if await condition():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not come to be")


async def test_an_app_answers_once_it_is_deployed(
    subscription: Subscription, ids_of: Any, http: aiohttp.ClientSession
) -> None:
    await made(subscription, ids_of)
    url = subscription.app_url("func-campdev")
    assert "Nothing has been deployed" in await said(http, f"{url}/api/hello")
    await subscription.deploy("func-campdev", bot("good morning"))
    assert await said(http, f"{url}/api/hello") == "good morning"
    assert await said(http, f"{url}/api/setting/WEBSITE_SITE_NAME") == "func-campdev"


async def test_a_reference_is_resolved_once_the_role_is_there(
    subscription: Subscription, ids_of: Any, http: aiohttp.ClientSession
) -> None:
    ids = await made(subscription, ids_of)
    await subscription.deploy("func-campdev", bot("hi"))
    url = subscription.app_url("func-campdev") + "/api/setting/TOKEN"
    assert (await said(http, url)).startswith("@Microsoft.KeyVault(")
    identity = await subscription.model.get(ids.identity)
    await ids.give(SECRETS_USER, identity["properties"]["principalId"], ids.vault)

    async def resolved() -> bool:
        return await said(http, url) == "xoxb-1"

    await until(resolved)


async def test_a_changed_setting_reaches_the_app(
    subscription: Subscription, ids_of: Any, http: aiohttp.ClientSession
) -> None:
    ids = await made(subscription, ids_of)
    await subscription.deploy("func-campdev", bot("hi"))
    url = subscription.app_url("func-campdev") + "/api/setting/"
    await subscription.model.put(f"{ids.site}/config/appsettings", {"properties": {"GREETING": "hello"}})
    assert await said(http, url + "GREETING") == "hello"
    assert await said(http, url + "TOKEN") == "-"
    await subscription.model.put(ids.site, ids.site_body({"GREETING": "good evening"}))
    assert await said(http, url + "GREETING") == "good evening"


async def test_a_public_address_leads_to_the_local_account(
    subscription: Subscription, ids_of: Any, http: aiohttp.ClientSession
) -> None:
    ids = await made(subscription, ids_of)
    address = "AccountEndpoint=https://cosmos-campdev.documents.azure.com:443/;AccountKey=abc;"
    await subscription.model.put(ids.site, ids.site_body({"CosmosDbConnection": address}))
    await subscription.deploy("func-campdev", bot("hi"))
    found = await said(http, subscription.app_url("func-campdev") + "/api/setting/CosmosDbConnection")
    local = subscription.effects.cosmos.endpoint("cosmos-campdev")
    assert found == f"AccountEndpoint={local}/;AccountKey=abc;"


async def test_two_apps_run_side_by_side(subscription: Subscription, ids_of: Any, http: aiohttp.ClientSession) -> None:
    first = await made(subscription, ids_of)
    await made(subscription, ids_of, "rg-camp-prod", "campprod")
    await subscription.deploy("func-campdev", bot("one"))
    await subscription.deploy("func-campprod", bot("two"))
    words = [await said(http, subscription.app_url(f"func-{one}") + "/api/hello") for one in ("campdev", "campprod")]
    assert words == ["one", "two"]
    await subscription.model.delete(first.group)
    assert await said(http, subscription.app_url("func-campprod") + "/api/hello") == "two"
    with pytest.raises(EffectFailed, match="no function app func-campdev"):
        subscription.app_url("func-campdev")


async def test_a_swap_exchanges_apps_and_settings(
    subscription: Subscription, ids_of: Any, http: aiohttp.ClientSession
) -> None:
    ids = await made(subscription, ids_of)
    staging = f"{ids.site}/slots/staging"
    await subscription.model.put(ids.site, ids.site_body({"WHERE": "old", "SLOT": "production"}))
    await subscription.model.put(staging, ids.site_body({"WHERE": "new", "SLOT": "staging"}))
    sticky = {"properties": {"appSettingNames": ["SLOT"]}}
    assert (await arm(subscription, "PUT", f"{ids.site}/config/slotConfigNames", sticky))[0] == 200
    await subscription.deploy("func-campdev", bot("one"))
    await subscription.deploy("func-campdev", bot("two"), slot="staging")
    status, _answer = await arm(subscription, "POST", f"{staging}/slotsswap", {"targetSlot": "production"})
    assert status == 202
    url = subscription.app_url("func-campdev")

    async def swapped() -> bool:
        return await said(http, f"{url}/api/hello") == "two"

    await until(swapped)
    assert await said(http, f"{url}/api/setting/WHERE") == "new"
    assert await said(http, f"{url}/api/setting/SLOT") == "production"
    site = subscription.apps.app("func-campdev").site
    await until(lambda: _true(site.swapping is None))
    _status, settings = await arm(subscription, "POST", f"{ids.site}/config/appsettings/list")
    assert settings["properties"] == {"WHERE": "new", "SLOT": "production"}
    assert await said(http, subscription.app_url("func-campdev", "staging") + "/api/setting/WHERE") == "old"


async def test_a_publish_profile_that_is_switched_off_publishes_nothing_and_that_outlives_a_restart(
    tmp_path: Path, ids_of: Any
) -> None:
    first = await started(tmp_path)
    ids = await made(first, ids_of)
    policy = f"{ids.site}/basicPublishingCredentialsPolicies/scm"
    try:
        assert await asked_of_kudu(first, ids.site) == 200
        assert (await arm(first, "GET", policy))[1]["properties"] == {"allow": True}
        status, answer = await arm(first, "PUT", policy, {"properties": {"allow": "no"}})
        assert (status, answer["error"]["message"]) == (400, "allow is true or false.")
        assert (await arm(first, "PUT", policy, {"properties": {"allow": False}}))[0] in (200, 201)
        assert await asked_of_kudu(first, ids.site) == 401
    finally:
        await first.stop()
    second = await started(tmp_path)
    try:
        assert (await arm(second, "GET", policy))[1]["properties"] == {"allow": False}
        assert await asked_of_kudu(second, ids.site) == 401
    finally:
        await second.stop()


async def asked_of_kudu(subscription: Subscription, site: str) -> int:
    """The status with which Kudu answers somebody with the app's publish profile."""
    environment = subscription.outside().environment
    proxy, trusted = environment["HTTPS_PROXY"], ssl.create_default_context(cafile=environment["SSL_CERT_FILE"])
    _status, found = await arm(subscription, "POST", f"{site}/config/publishingcredentials/list")
    known = aiohttp.encode_basic_auth(*(found["properties"][f"publishing{one}"] for one in ("UserName", "Password")))
    url = f"https://{site.rpartition('/')[2]}.scm.azurewebsites.net/api/settings"
    async with (
        aiohttp.ClientSession(headers={"Authorization": known}) as http,
        http.get(url, proxy=proxy, ssl=trusted) as answer,
    ):
        return answer.status


async def test_an_app_that_does_not_load_is_named(subscription: Subscription, ids_of: Any) -> None:
    await made(subscription, ids_of)
    with pytest.raises(EffectFailed, match="function_app"):
        await subscription.deploy("func-campdev", bot("hi", "import {word}_is_no_module"))
    with pytest.raises(EffectFailed, match="not a zip file"):
        await subscription.deploy("func-campdev", b"no zip")


async def test_an_app_runs_again_after_a_restart(tmp_path: Path, ids_of: Any, http: aiohttp.ClientSession) -> None:
    first = await started(tmp_path)
    ids = await made(first, ids_of)
    await first.model.put(ids.site, ids.site_body({"GREETING": "hello"}))
    await first.model.put(f"{ids.site}/slots/staging", ids.site_body({}))
    await first.deploy("func-campdev", bot("still here"))
    await first.deploy("func-campdev", bot("staged"), slot="staging")
    url, signing_in = first.app_url("func-campdev"), first.credentials()
    await first.stop()
    broken_off, gone = tmp_path / "apps" / "func-campdev" / "deployments" / "1", tmp_path / "apps" / "func-gone"
    for folder in (broken_off, gone):
        folder.mkdir()
    second = await started(tmp_path)
    assert not broken_off.exists() and not gone.exists()
    assert (second.app_url("func-campdev"), second.credentials()) == (url, signing_in)
    assert await said(http, f"{url}/api/hello") == "still here"
    assert await said(http, f"{url}/api/setting/GREETING") == "hello"
    assert await said(http, second.app_url("func-campdev", "staging") + "/api/hello") == "staged"
    await second.model.delete(f"{ids.site}/slots/staging")
    await second.model.put(f"{ids.site}/slots/staging", ids.site_body({}))
    assert "Nothing" in await said(http, second.app_url("func-campdev", "staging") + "/api/hello")
    await second.stop()


async def test_a_stopped_app_does_not_answer(
    subscription: Subscription, ids_of: Any, http: aiohttp.ClientSession
) -> None:
    ids = await made(subscription, ids_of)
    await subscription.deploy("func-campdev", bot("hi"))
    url = subscription.app_url("func-campdev") + "/api/hello"
    await arm(subscription, "POST", f"{ids.site}/stop")
    assert await said(http, url) == "403: func-campdev is stopped."
    await arm(subscription, "POST", f"{ids.site}/start")
    assert await said(http, url) == "hi"


async def _true(value: bool) -> bool:
    return value


async def arm(subscription: Subscription, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """A request to Resource Manager through the gate, by whoever applies."""
    environment = subscription.outside().environment
    proxy, trusted = environment["HTTPS_PROXY"], ssl.create_default_context(cafile=environment["SSL_CERT_FILE"])
    known = subscription.credentials()
    form = {
        "client_id": known["clientId"], "client_secret": known["clientSecret"], "grant_type": "client_credentials",
        "scope": "https://management.azure.com/.default",
    }  # fmt: skip
    login = f"https://login.microsoftonline.com/{known['tenantId']}/oauth2/v2.0/token"
    async with aiohttp.ClientSession() as http:
        async with http.post(login, data=form, proxy=proxy, ssl=trusted) as answer:
            token = (await answer.json())["access_token"]
        mark = "&" if "?" in path else "?"
        url = f"https://management.azure.com{path}{mark}api-version=2023-12-01"
        headers = {"Authorization": f"Bearer {token}"}
        async with http.request(method, url, json=body, headers=headers, proxy=proxy, ssl=trusted) as answer:
            return answer.status, await answer.json() if answer.content_type == "application/json" else None
