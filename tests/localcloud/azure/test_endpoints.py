"""The gate, the token endpoint, and what Resource Manager tells of the app."""

import asyncio
import json
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import aiohttp
import pytest

from localcloud import loops
from localcloud.azure.azure import Azure
from localcloud.azure.federation import AUDIENCE, ISSUER, signed

from .conftest import Client, basic, bot, made

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


async def test_a_plain_python_client_reaches_the_app_by_the_variables_alone(azure: Azure) -> None:
    await azure.site.slot("staging").deploy(bot("hello"), "a test")
    outside = azure.outside()
    program = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).read().decode())"
    url = f"https://{azure.site.slot('staging').host_name}/api/hello"
    environment = {**outside.environment, "PATH": "/usr/bin:/bin"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, url, env=environment, stdout=asyncio.subprocess.PIPE
    )
    output, _errors = await process.communicate()
    assert output.decode().strip() == "hello"
    assert (outside.ports, outside.files) == ((azure.gate_port,), (azure.authority,))


@pytest.mark.parametrize(
    "url", ["https://example.com/", "https://pypi.org/simple/", "https://azurewebsites.net.evil.org"]
)
async def test_the_gate_refuses_all_else(azure: Azure, client: Client, url: str) -> None:
    with pytest.raises(aiohttp.ClientHttpProxyError) as caught:
        await client.ask("GET", url)
    assert caught.value.status == 403
    assert azure.refused


async def test_the_gate_says_in_words_why(azure: Azure) -> None:
    for request, words in (
        ("CONNECT example.com:443", "there is no network here"),
        (f"CONNECT {azure.site.name}.azurewebsites.net:80", "on port 443"),
        ("GET http://example.com/", "plain HTTP"),
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", azure.gate_port)
        writer.write(f"{request} HTTP/1.1\r\n\r\n".encode())
        text = (await reader.read()).decode()
        writer.close()
        assert text.startswith("HTTP/1.1 403 ")
        assert words in text


async def test_an_app_of_another_name_is_not_there(client: Client, azure: Azure) -> None:
    status, text, _headers = await client.ask("GET", "https://another.azurewebsites.net/api/hello")
    assert (status, azure.site.slot("staging").host_name in text) == (404, True)


async def test_a_service_principal_signs_in_as_az_does(client: Client, azure: Azure) -> None:
    tenant = azure.known.tenant_id
    configuration = f"https://login.microsoftonline.com/{tenant}/v2.0/.well-known/openid-configuration"
    status, found, _headers = await client.ask("GET", configuration)
    assert (status, found["token_endpoint"]) == (200, f"https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token")
    status, found = await client.sign_in()
    assert (status, found["token_type"], "client_info" in found) == (200, "Bearer", True)
    status, found, _headers = await client.arm("GET", "/subscriptions")
    assert (status, found["value"][0]["subscriptionId"]) == (200, azure.known.subscription_id)


@pytest.mark.parametrize(
    ("fields", "status", "code", "words"),
    [
        ({"client_secret": "wrong"}, 401, 7000215, "Invalid client secret provided. Ensure the secret being sent"),
        ({"client_secret": ""}, 401, 7000216, "is required"),
        ({"client_id": "00000000-0000-4000-8000-000000000000"}, 400, 700016, "was not found in the directory"),
        ({"grant_type": "password"}, 400, 70003, "unsupported grant type"),
        ({"client_assertion": "a.b.c"}, 401, 50027, "malformed"),
    ],
)
async def test_wrong_credentials_are_refused_in_entras_words(
    client: Client, fields: dict[str, str], status: int, code: int, words: str
) -> None:
    seen, found = await client.sign_in(**fields)
    assert (seen, found["error_codes"]) == (status, [code])
    assert found["error_description"].startswith(f"AADSTS{code}: ")
    assert words in found["error_description"]
    assert (await client.arm("GET", ""))[0] == 401


async def test_an_unknown_tenant_is_refused(client: Client, azure: Azure) -> None:
    url = "https://login.microsoftonline.com/11111111-2222-4333-8444-555555555555/oauth2/v2.0/token"
    status, found, _headers = await client.ask("POST", url, data={"grant_type": "client_credentials"})
    assert (status, found["error_codes"]) == (400, [90002])


async def test_an_identity_token_of_the_local_github_signs_in(client: Client, azure: Azure) -> None:
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "repo:camp/bot:ref:refs/heads/main", "exp": now + 60}
    assertion = signed(claims, azure.oidc_key)
    federated = {"client_secret": "", "client_assertion": assertion, "client_assertion_type": ASSERTION_TYPE}
    assert (await client.sign_in(**federated))[0] == 200
    assert (await client.arm("GET", ""))[0] == 200
    for other, key, code in (
        ({"aud": "sts.amazonaws.com"}, azure.oidc_key, 700213),
        ({"exp": now - 10}, azure.oidc_key, 700024),
        ({}, "another key", 700027),
    ):
        wrong = signed({**claims, **other}, key)
        status, found = await client.sign_in(**{**federated, "client_assertion": wrong})
        assert (status, found["error_codes"]) == (401, [code])


async def test_resource_manager_finds_the_app_by_name_and_type(client: Client, azure: Azure) -> None:
    await client.sign_in()
    subscription = f"/subscriptions/{azure.known.subscription_id}"
    filtered = f"{subscription}/resources?$filter=resourceType eq 'Microsoft.Web/Sites' and name eq '{azure.site.name}'"
    status, found, _headers = await client.arm("GET", filtered)
    assert (status, [one["name"] for one in found["value"]]) == (200, [azure.site.name])
    for path in (
        "/resourceGroups/serverless-camp",
        "/providers/Microsoft.Web/sites",
        "/providers/Microsoft.Web/serverfarms",
    ):
        assert (await client.arm("GET", subscription + path))[0] == 200
    status, slots, _headers = await client.arm("GET", "/slots")
    assert [one["properties"]["defaultHostName"] for one in slots["value"]] == [azure.site.slot("staging").host_name]


async def test_what_functions_action_asks_without_a_profile(client: Client, azure: Azure) -> None:
    await client.sign_in()
    _status, found, _headers = await client.arm("POST", "/slots/staging/config/publishingcredentials/list")
    user, password = found["properties"]["publishingUserName"], found["properties"]["publishingPassword"]
    assert (await client.kudu("GET", "/api/deployments", headers=basic(user, password)))[0] == 200
    assert (await client.arm("GET", "/basicPublishingCredentialsPolicies/scm"))[1]["properties"] == {"allow": True}
    _status, text, _headers = await client.arm("POST", "/slots/staging/publishxml")
    assert text == azure.publish_profile()
    profiles = ElementTree.fromstring(text)
    zip_deploy = next(one for one in profiles if one.get("publishMethod") == "ZipDeploy")
    assert zip_deploy.get("publishUrl") == f"{azure.site.name}-staging.scm.azurewebsites.net:443"
    assert zip_deploy.get("userPWD") == password
    assert zip_deploy.get("destinationAppUrl") == f"https://{azure.site.slot('staging').host_name}"


async def test_publish_profiles_can_be_switched_off(client: Client) -> None:
    await client.sign_in()
    path = "/slots/staging/basicPublishingCredentialsPolicies/scm"
    assert (await client.arm("PUT", path, json={"properties": {"allow": False}}))[0] == 200
    status, text, _headers = await client.kudu("GET", "/api/settings")
    assert (status, "switched off" in text) == (401, True)
    assert (await client.kudu("GET", "/api/settings", slot="production"))[0] == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/slots/nowhere", 404, "ResourceNotFound"),
        ("POST", "/slots/staging/slotsswap", 400, "BadRequest"),
        ("DELETE", "/slots/staging", 404, "NotFound"),
        ("GET", "/subscriptions/x", 404, "SubscriptionNotFound"),
    ],
)
async def test_resource_manager_refuses_in_words(
    client: Client, method: str, path: str, status: int, code: str
) -> None:
    await client.sign_in()
    seen, found, _headers = await client.arm(method, path)
    assert (seen, found["error"]["code"]) == (status, code)
    assert found["error"]["message"]


async def test_a_request_without_a_version_is_refused(client: Client) -> None:
    await client.sign_in()
    headers = {"Authorization": f"Bearer {client.token}"}
    status, found, _headers = await client.ask("GET", "https://management.azure.com/subscriptions", headers=headers)
    assert (status, found["error"]["code"]) == (400, "MissingApiVersionParameter")


def test_credentials_are_as_azure_prints_them(azure: Azure) -> None:
    secrets, variables = azure.secrets(), azure.variables()
    assert set(json.loads(secrets["AZURE_CREDENTIALS"])) == {"clientId", "clientSecret", "tenantId", "subscriptionId"}
    assert "userPWD=" in secrets["AZURE_FUNCTIONAPP_PUBLISH_PROFILE"]
    assert variables["FUNCTIONAPP_NAME"] == azure.site.name


def test_it_starts_and_stops_on_the_loop_of_checks_too(tmp_path: Path) -> None:
    async def start_and_stop() -> None:
        azure = made(tmp_path)
        await azure.start()
        _reader, writer = await asyncio.open_connection("127.0.0.1", azure.gate_port)
        await azure.stop()
        writer.close()

    loops.run(start_and_stop())
