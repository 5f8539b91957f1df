"""azure/login, Azure/functions-action and az against the local Azure: what they send, and what comes of it."""

import asyncio
import json
import shlex
import time
import zipfile
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest

from localcloud.azure.azure import Azure
from localcloud.azure.federation import AUDIENCE, ISSUER, signed

from ...azure.conftest import bot
from ..running_act import Machine, Step

FILES = {
    "host.json": '{"version": "2.0"}', "requirements.txt": "azure-functions\n", "greeting.txt": "Grüezi\n",
    ".funcignore": ".git*\ntests/\n", "tests/test_a.py": "", "read me.txt": "Hello\n",
}  # fmt: skip
with zipfile.ZipFile(BytesIO(bot(""))) as package:
    FILES["function_app.py"] = package.read("function_app.py").decode()
EMPTY: Mapping[str, str] = {}
FIELDS = ("clientId", "tenantId", "subscriptionId")
WRONG_INPUTS: list[tuple[dict[str, str], str]] = [
    ({"publish_profile": "<broken"}, "publish-profile : should be a valid XML"),
    ({"publish_profile": "<publishData/>"}, "should contain valid SCM credentials"),
    ({"package": "nowhere"}, "package : cannot find 'nowhere'"),
    ({"package": "host.json"}, "only accepts zip or folder"),
    ({"app_name": ""}, "At ValidateParameter, app-name : should not be empty."),
    ({"enable_oryx_build": "maybe"}, "Failed to convert maybe to EnableOryxBuild"),
    ({"slot_name": "blue"}, "SCM credential does not match slot-name blue"),
    ({"publish_profile": ""}, "Add an Azure login action before this action"),
]
WRONG_COMMANDS: list[tuple[str, int, str]] = [
    ("az functionapp show -g GROUP -n nowhere", 3, "(ResourceNotFound)"),
    ("az functionapp deployment slot swap -g GROUP -n APP --slot blue", 3, "blue"),
    ("az functionapp create -g GROUP -n APP", 2, "'az functionapp create' is not on this runner"),
    ("az webapp deployment slot swap -g GROUP -n APP", 2, "Use: az functionapp deployment slot swap"),
    ("az account set --subscription nowhere", 1, "doesn't exist in cloud 'AzureCloud'"),
    ("az account show --query '[['", 2, "invalid jmespath_type value"),
    ("az functionapp show -g GROUP", 2, "the following arguments are required: --name/-n"),
    ("az functionapp", 2, "a command is missing"),
]
WRONG_LOGINS: list[tuple[dict[str, str], str]] = [
    ({"creds": " "}, "Not all values are present. Ensure 'client-id' and 'tenant-id' are supplied."),
    ({"creds": "{"}, "JSON"),
    ({"creds": '{"clientId": "a"}'}, "Not all parameters are provided in 'creds'."),
    (
        {"client_id": "a", "tenant_id": "b"},
        "Ensure 'subscription-id' is supplied or 'allow-no-subscriptions' is 'true'.",
    ),
    ({"client_id": "a", "tenant_id": "b", "environment": "moon"}, "Unsupported value 'moon' for environment"),
    ({"client_id": "a", "auth_type": "moon"}, "Unsupported value 'MOON' for authentication type"),
    (
        {"client_id": "a", "tenant_id": "b", "subscription_id": "c"},
        "Please make sure to give write permissions to id-token in the workflow.",
    ),
]


class Job:
    """A job of a repository that holds a bot: its steps, one at a time."""

    def __init__(self, machine: Machine, azure: Azure) -> None:
        self.machine, self.azure = machine, azure
        machine.commit(FILES)
        machine.environment = azure.outside().environment

    async def login(self, program: str = "main.js", variables: Mapping[str, str] = EMPTY, **inputs: str) -> Step:
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        given = given or {"creds": json.dumps(self.azure.credentials())}
        return await asyncio.to_thread(self.machine.step, "azure/login@v2", given, program=program, **variables)

    async def deploy(self, **inputs: str) -> Step:
        """With the publish profile of staging, unless another one, or none, is given."""
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        usual = {"app-name": self.azure.site.name, "slot-name": "staging"}
        usual["publish-profile"] = self.azure.publish_profile()
        return await asyncio.to_thread(self.machine.step, "Azure/functions-action@v1", {**usual, **given})

    async def run(self, command: str, **variables: str) -> Step:
        """A command line, with the app's group and name in the place of GROUP and APP."""
        site = self.azure.site
        words = shlex.split(command.replace("GROUP", site.resource_group).replace("APP", site.name))
        return await asyncio.to_thread(self.machine.program, *words, **variables)


@pytest.fixture
def job(machine: Machine, azure: Azure) -> Job:
    return Job(machine, azure)


async def test_a_workflow_signs_in_deploys_and_swaps(azure: Azure, machine: Machine, job: Job) -> None:
    machine.secrets = azure.secrets()
    text = f"""
on: push
jobs:
  one:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
        with: {{ persist-credentials: false }}
      - uses: azure/login@v2
        with: {{ creds: "${{{{ secrets.AZURE_CREDENTIALS }}}}" }}
      - uses: Azure/functions-action@v1
        id: deployed
        with:
          app-name: {azure.site.name}
          slot-name: staging
          publish-profile: ${{{{ secrets.AZURE_FUNCTIONAPP_PUBLISH_PROFILE }}}}
          respect-funcignore: true
      - run: curl -fsS "${{{{ steps.deployed.outputs.app-url }}}}/api/hello"
      - run: az functionapp deployment slot swap -g {azure.site.resource_group} -n {azure.site.name} -s staging
"""
    ran = await asyncio.to_thread(machine.run, text)
    assert ran.ok, ran.log
    assert "Grüezi" in ran.log and [swap.ok for swap in azure.swaps] == [True]
    assert not (machine.folder / "run-1" / "home" / ".azure" / "azureProfile.json").exists(), "the job has signed out"


async def test_a_publish_profile_deploys_with_the_calls_of_the_real_action(
    azure: Azure, calls: list[str], job: Job
) -> None:
    done = await job.deploy(respect_funcignore="true", scm_do_build_during_deployment="true", enable_oryx_build="true")
    assert done.code == 0, done.log
    assert done.outputs == f"app-url=https://{azure.site.name}-staging.azurewebsites.net\n"
    [deployment] = azure.site.slot("staging").deployments
    assert calls[:6] == ["GET /api/settings"] * 2 + ["POST /api/settings", "GET /api/settings"] * 2
    assert list(dict.fromkeys(calls[6:])) == [
        "POST /api/zipdeploy?deployer&isAsync&message",
        f"GET /api/deployments/{deployment.id}",
        f"GET /api/vfs/site/deployments/{deployment.id}/manifest",
        "DELETE /api/settings/SCM_DO_BUILD_DURING_DEPLOYMENT",
        "DELETE /api/settings/ENABLE_ORYX_BUILD",
    ]
    assert deployment.deployer == "GITHUB_ZIP_DEPLOY_FUNCTIONS_V1"
    assert json.loads(deployment.message)["type"] == "deployment"
    assert azure.site.slot("staging").build_settings == {}
    assert not [name for name in deployment.files if name.startswith((".git", "tests"))]
    assert "read me.txt" in deployment.files


async def test_the_whole_folder_goes_without_respect_funcignore(azure: Azure, calls: list[str], job: Job) -> None:
    done = await job.deploy(enable_oryx_build="", scm_do_build_during_deployment="")
    assert done.code == 0, done.log
    [deployment] = azure.site.slot("staging").deployments
    assert {".git/config", "tests/test_a.py", ".funcignore"} <= set(deployment.files)
    assert "POST /api/settings" not in calls, "empty inputs leave the settings as they are"


async def test_without_slot_name_the_profile_decides(azure: Azure, job: Job) -> None:
    done = await job.deploy(slot_name="")
    assert done.code == 0, done.log
    assert [len(azure.site.slot(name).deployments) for name in ("staging", "production")] == [1, 0]


async def test_flex_consumption_is_published_to_another_way(azure: Azure, calls: list[str], job: Job) -> None:
    done = await job.deploy(sku="flexconsumption", remote_build="true")
    assert done.code == 0, done.log
    [deployment] = azure.site.slot("staging").deployments
    assert list(dict.fromkeys(calls)) == [
        "GET /api/settings",
        "POST /api/publish?deployer&message&remoteBuild",
        f"GET /api/deployments/{deployment.id}",
        f"GET /api/vfs/site/deployments/{deployment.id}/manifest",
    ]


async def test_an_app_that_runs_from_a_package_elsewhere_is_not_deployed_to(azure: Azure, job: Job) -> None:
    staging = azure.site.slot("staging")
    for value, code, words in (
        ("https://localhost/app.zip", 1, "WEBSITE_RUN_FROM_PACKAGE in your function app is set to an URL."),
        ("0", 0, "WEBSITE_RUN_FROM_PACKAGE is set to '0'"),
        ("1", 0, "Successfully"),
    ):
        await azure.site.set_settings(staging, {"WEBSITE_RUN_FROM_PACKAGE": value}, "a test")
        done = await job.deploy()
        assert done.code == code and words in done.log, done.log
    assert [one.ok for one in staging.deployments] == [True, True]


async def test_a_zip_goes_as_it_is(azure: Azure, job: Job) -> None:
    assert (await job.run("zip -qr app.zip . -x '.git/*'")).code == 0
    done = await job.deploy(package="app.zip", respect_funcignore="true")
    assert done.code == 0 and "only available when" in done.log
    assert "host.json" in azure.site.slot("staging").deployments[0].files


async def test_inputs_that_do_not_work_are_named(azure: Azure, job: Job) -> None:
    for inputs, words in WRONG_INPUTS:
        done = await job.deploy(**inputs)
        assert done.code == 1 and words in done.log, (inputs, done.log)
    assert azure.changes == []


async def test_a_profile_that_was_reset_is_named(azure: Azure, job: Job) -> None:
    done = await job.deploy(publish_profile=azure.publish_profile().replace('userPWD="', 'userPWD="x'))
    assert done.code == 1 and "not (or no longer) one of this app" in done.log


async def test_a_deployment_that_fails_shows_kudus_log(azure: Azure, job: Job) -> None:
    (job.machine.work / "requirements.txt").write_text("no-such-package-here\n")
    done = await job.deploy(scm_do_build_during_deployment="true", enable_oryx_build="true")
    assert done.code == 1 and "Package deployment using ZIP Deploy failed" in done.log
    [deployment] = azure.site.slot("staging").deployments
    assert all(line.text in done.log for line in deployment.log)


async def test_the_login_of_az_deploys_as_well(azure: Azure, calls: list[str], job: Job) -> None:
    assert (await job.login()).code == 0
    calls.clear()
    done = await job.deploy(publish_profile="")
    assert done.code == 0, done.log
    subscription = f"/subscriptions/{azure.credentials()['subscriptionId']}"
    group = f"{subscription}/resourceGroups/{azure.site.resource_group}"
    site = f"{group}/providers/Microsoft.Web/sites/{azure.site.name}/slots/staging"
    assert [one.removesuffix("?api-version") for one in calls[:8]] == [
        f"GET {subscription}/resources?$filter&api-version",
        f"POST {site}/config/publishingcredentials/list",
        f"GET {site}/basicPublishingCredentialsPolicies/scm",
        f"GET {site}",
        f"POST {site}/config/appsettings/list",
        f"POST {site}/publishxml",
        "GET /api/settings",
        "POST /api/zipdeploy?deployer&isAsync&message",
    ]
    assert done.outputs == f"app-url=https://{azure.site.name}-staging.azurewebsites.net\n"
    again = await job.deploy(publish_profile="", scm_do_build_during_deployment="true", enable_oryx_build="true")
    assert again.code == 0 and "need a publish profile" in again.log, "the real one changes no settings then"
    assert "POST /api/settings" not in calls


async def test_login_and_swap_send_what_azure_cli_sends(azure: Azure, calls: list[str], job: Job) -> None:
    for slot in ("production", "staging"):
        await azure.site.slot(slot).deploy(bot(slot), "test")
    known = azure.credentials()
    assert (await job.login()).code == 0
    done = await job.run("az functionapp deployment slot swap -g GROUP -n APP --slot staging --target-slot production")
    assert done.code == 0, done.log
    group = f"/subscriptions/{known['subscriptionId']}/resourceGroups/{azure.site.resource_group}"
    site = f"{group}/providers/Microsoft.Web/sites/{azure.site.name}"
    assert [one.removesuffix("?api-version") for one in calls[:6]] == [
        f"GET /{known['tenantId']}/v2.0/.well-known/openid-configuration",
        f"POST /{known['tenantId']}/oauth2/v2.0/token",
        "GET /subscriptions",
        f"GET {site}",
        f"GET {group}/providers/Microsoft.Web/serverfarms/camp-plan",
        f"POST {site}/slots/staging/slotsswap",
    ]
    assert [swap.ok for swap in azure.swaps] == [True]


async def test_az_deploys_a_zip(azure: Azure, job: Job) -> None:
    known = azure.credentials()
    who = f"-u {known['clientId']} -p '{known['clientSecret']}' --tenant {known['tenantId']}"
    assert (await job.run(f"az login --service-principal {who} -o none")).code == 0
    await azure.site.set_settings(azure.site.slot("staging"), {"WEBSITE_RUN_FROM_PACKAGE": "1"}, "a test")
    await job.run("zip -qr app.zip . -x '.git/*'")
    done = await job.run(
        "az functionapp deployment source config-zip -g GROUP -n APP -s staging --src app.zip --build-remote true"
    )
    assert done.code == 0 and json.loads(done.log[done.log.index("{") : done.log.rindex("}") + 1])["status"] == 4
    staging = azure.site.slot("staging")
    assert "Removing WEBSITE_RUN_FROM_PACKAGE app setting" in done.log, "as the real one: the build would be in vain"
    assert "WEBSITE_RUN_FROM_PACKAGE" not in staging.settings
    assert staging.deployments[0].ok and staging.settings["SCM_DO_BUILD_DURING_DEPLOYMENT"] == "true"
    done = await job.run("az functionapp deployment source config-zip -g GROUP -n APP -s staging --src app.zip")
    assert "Setting SCM_DO_BUILD_DURING_DEPLOYMENT to false" in done.log, "as the real one: nothing is built then"


async def test_az_changes_and_shows_settings_and_slots(azure: Azure, job: Job) -> None:
    await job.login()
    setting = "az functionapp config appsettings"
    staging = azure.site.slot("staging")
    done = await job.run(f"{setting} set -g GROUP -n APP -s staging --settings A=b WORD='Grüezi = hello'")
    assert done.code == 0 and '"value": null' in done.log and "have been redacted" in done.log
    assert (await job.run(f"{setting} delete -g GROUP -n APP -s staging --setting-names A -o none")).log.count(
        "\n"
    ) == 1
    assert staging.settings["WORD"] == "Grüezi = hello" and "A" not in staging.settings
    done = await job.run(f"{setting} list -g GROUP -n APP -s staging --query \"[?name=='WORD'].value\" -o tsv")
    assert done.log == "Grüezi = hello\n"
    await job.run(f"{setting} set -g GROUP -n APP -s staging --slot-settings COLOUR=green -o none")
    assert azure.site.sticky == ["COLOUR"]
    loose = json.dumps([{"name": "COLOUR", "value": "blue", "slotSetting": False}])
    await job.run(f"{setting} set -g GROUP -n APP -s staging --settings '{loose}' -o none")
    assert azure.site.sticky == [] and staging.settings["COLOUR"] == "blue"
    assert (
        await job.run("az functionapp deployment slot list -g GROUP -n APP --query [].name -o tsv")
    ).log == "staging\n"
    shown = await job.run("az functionapp show -g GROUP -n APP --slot staging --query defaultHostName -o tsv")
    assert shown.log == f"{staging.host_name}\n"


async def test_az_says_what_is_wrong(job: Job) -> None:
    await job.login()
    for command, code, words in WRONG_COMMANDS:
        done = await job.run(command)
        assert done.code == code and words in done.log, (command, done.log)


async def test_az_needs_a_login_and_forgets_it(job: Job) -> None:
    assert "Please run 'az login' to setup account." in (await job.run("az account show")).log
    await job.login()
    token = (await job.run("az account get-access-token --query accessToken -o tsv")).log.strip()
    assert len(token) > 100
    assert (await job.login("post.js")).code == 0
    assert (await job.run("az account show")).code == 1


async def test_az_without_azure_says_so(job: Job) -> None:
    await job.login()
    done = await job.run("az functionapp show -g GROUP -n APP", HTTPS_PROXY="http://127.0.0.1:9", https_proxy="")
    assert done.code == 1 and "Please ensure you have network connection" in done.log


async def test_a_login_that_cannot_work_says_why(job: Job) -> None:
    for inputs, words in WRONG_LOGINS:
        done = await job.login(**inputs)
        assert done.code == 1 and words in done.log, (inputs, done.log)
        assert "::error::Login failed with Error: " in done.log


async def test_a_wrong_client_secret_says_what_entra_says(azure: Azure, job: Job) -> None:
    done = await job.login(creds=json.dumps({**azure.credentials(), "clientSecret": "wrong"}))
    assert done.code == 1 and "AADSTS7000215" in done.log


async def test_a_job_with_an_identity_token_signs_in_without_a_secret(azure: Azure, job: Job) -> None:
    subject = "repo:camp/bot:ref:refs/heads/main"
    token = signed({"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "exp": int(time.time()) + 60}, azure.oidc_key)
    asked: list[str] = []

    class Provider(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.extend(parse_qs(urlsplit(self.path).query)["audience"])
            body = json.dumps({"value": token if self.headers["Authorization"] == "Bearer ask" else ""}).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Provider) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}/token?api-version=2"
        known = [azure.credentials()[name] for name in FIELDS]
        ids = dict(zip(("client_id", "tenant_id", "subscription_id"), known, strict=True))
        variables = {"ACTIONS_ID_TOKEN_REQUEST_URL": url, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "ask"}
        done = await job.login(variables=variables, **ids)
        server.shutdown()
    assert done.code == 0, done.log
    assert asked == [AUDIENCE] and f"subject claim - {subject}" in done.log
    assert done.log.count(token) == 1 and f"::add-mask::{token}" in done.log
    shown = await job.run("az account show --query id -o tsv")
    assert shown.log == f"{known[2]}\n"
