"""Where Azure/functions-action deploys to: what a publish profile says, else what the login of az finds."""

import json
import subprocess
import urllib.parse
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from . import web
from .workflow_commands import add_mask, warning

API = "2016-08-01"
MANAGEMENT = "https://management.azure.com"
PRODUCTION = "production"
PARAMETERS, RESOURCE, PREPARATION, PUBLISHING = (
    "ValidateParameter", "ValidateAzureResource", "PreparePublishContent", "PublishContent",
)  # fmt: skip
STORAGE = ("AzureWebJobsStorage", "AzureWebJobsStorage__accountName")
NO_STORAGE = (
    "Neither AzureWebJobsStorage nor AzureWebJobsStorage__accountName exist in app settings. "
    "Please ensure one of them is configured as it is critical for function runtime."
)


class ActionFailed(Exception):
    """The step fails in one of the action's states; `lines` are for the log, from the outside in."""

    def __init__(self, state: str, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.lines = (f"Execution Exception (state: {state}) (step: Invocation)", *lines)

    @classmethod
    def by_input(cls, name: str, expected: str) -> "ActionFailed":
        """An input is not as it must be."""
        return cls(PARAMETERS, f"At {PARAMETERS}, {name} : {expected}.")

    @classmethod
    def by_azure(cls, action: str, text: str, *more: str) -> "ActionFailed":
        """Azure has refused, or is not as it must be."""
        return cls(RESOURCE, f"When request Azure resource at {RESOURCE}, {action} : {text}", *more)


@dataclass(frozen=True)
class Inputs:
    """The inputs of the step."""

    app: str
    package: Path
    slot: str
    profile: str
    respect_funcignore: bool
    build: str | None  # scm-do-build-during-deployment: `true`, `false`, or None to leave the setting as it is
    oryx: str | None  # enable-oryx-build, alike
    sku: str
    remote_build: bool


@dataclass(frozen=True)
class Target:
    """Where to deploy to."""

    kudu: str  # https://<app>.scm.azurewebsites.net
    authorization: str
    url: str  # of the app
    settings: Mapping[str, str]  # as they were before
    by_profile: bool
    flex: bool = False


def find(inputs: Inputs) -> Target:
    """The target of this step; ActionFailed."""
    target = _by_profile(inputs) if inputs.profile else _by_az(inputs)
    if not any(target.settings.get(name) for name in STORAGE):
        warning(NO_STORAGE)
    add_mask(target.settings.get("AzureWebJobsStorage", ""))
    return target


def _by_profile(inputs: Inputs) -> Target:
    user, password, host, url = _credentials(inputs.profile)
    add_mask(user)
    add_mask(password)
    if inputs.slot:
        wanted = inputs.app if inputs.slot.lower() == PRODUCTION else f"{inputs.app}-{inputs.slot}"
        if wanted.lower() not in host.lower():
            raise ActionFailed.by_input(
                "slot-name",
                f"SCM credential does not match slot-name {inputs.slot}. Please ensure the slot-name parameter has "
                "correct casing and the publish-profile is acquired from your function app's slot rather than "
                "your main production site",
            )
    print("Using SCM credential for authentication, GitHub Action will not perform resource validation.")
    authorization = _basic(user, password)
    answer = web.request("GET", f"https://{host}/api/settings", headers={"Authorization": authorization})
    if answer.status != 200 or not isinstance(answer.json, dict):
        raise ActionFailed.by_azure(
            "Get Function App Settings",
            "Failed to acquire app settings from https://<scmsite>/api/settings with publish-profile",
            "Failed to fetch Kudu App Settings.",
            reason(answer),
            *(["The publish profile is not (or no longer) one of this app."] if answer.status == 401 else []),
        )
    flex = inputs.sku == "flexconsumption"
    return Target(f"https://{host}", authorization, url, answer.json, True, flex)


def _credentials(text: str) -> tuple[str, str, str, str]:
    """User, password, Kudu's host and the app's URL in a publish profile: by ZipDeploy, else by MSDeploy."""
    try:
        profiles = [one.attrib for one in ElementTree.fromstring(text).iter("publishProfile")]
    except ElementTree.ParseError as error:
        raise ActionFailed.by_input(
            "publish-profile",
            "should be a valid XML. Please ensure your publish-profile secret is set in your "
            "GitHub repository by heading to GitHub repo -> Settings -> Secrets -> Repository secrets",
        ) from error
    for method in ("ZipDeploy", "MSDeploy"):
        for one in profiles:
            host = one.get("publishUrl", "").partition(":")[0]
            if one.get("publishMethod") == method and ".scm." in host:
                return one.get("userName", ""), one.get("userPWD", ""), host, one.get("destinationAppUrl", "")
    raise ActionFailed.by_input(
        "publish-profile",
        "should contain valid SCM credentials. Please ensure your publish-profile contains 'ZipDeploy' publish or "
        "'MSDeploy' publish method. Ensure 'userName', 'userPWD', and 'publishUrl' exist in the section. You can "
        "always acquire the latest publish-profile from portal -> function app resource -> overview -> get publish "
        "profile",
    )


def _by_az(inputs: Inputs) -> Target:
    """With the login of az: Resource Manager knows the app and gives its publishing credentials."""
    print("Using RBAC for authentication, GitHub Action will perform resource validation.")
    subscription = _az("account", "show")["id"]
    token = _az("account", "get-access-token")["accessToken"]
    add_mask(token)
    rights = Manager(f"Bearer {token}")
    filters = f"resourceType EQ 'Microsoft.Web/sites' AND name EQ '{inputs.app}'"
    listed = rights.get(f"/subscriptions/{subscription}/resources", **{"$filter": filters}, api="2016-07-01")
    if not listed["value"]:
        raise ActionFailed(RESOURCE, f"At {RESOURCE}, app-name : function app should exist.")
    found = listed["value"][0]
    slot = inputs.slot if inputs.slot and inputs.slot.lower() != PRODUCTION else ""
    site = found["id"] + (f"/slots/{slot}" if slot else "")
    credentials = rights.post(f"{site}/config/publishingcredentials/list")["properties"]
    policy = rights.get(f"{site}/basicPublishingCredentialsPolicies/scm")["properties"]
    add_mask(credentials["publishingPassword"])
    basic = _basic(credentials["publishingUserName"], credentials["publishingPassword"])
    authorization = basic if policy.get("allow", True) else f"Bearer {token}"
    scm = urllib.parse.urlsplit(credentials["scmUri"])
    about = rights.get(site)["properties"]
    settings = rights.post(f"{site}/config/appsettings/list")["properties"]
    sku = str(about.get("sku", ""))
    if "linux" in found.get("kind", "") and sku.lower() in ("dynamic", "consumption"):
        raise ActionFailed.by_azure(
            "Get Function App SKU",
            "on Linux Consumption, this action without a publish profile uploads to blob storage, which this runner "
            "does not do. Use publish-profile, or az functionapp deployment source config-zip.",
        )
    url = _application_url(rights.post_text(f"{site}/publishxml"), about)
    return Target(f"https://{scm.hostname}", authorization, url, settings, False, sku.lower() == "flexconsumption")


def _application_url(profiles: str, about: Mapping[str, Any]) -> str:
    """`destinationAppUrl` of the publish profiles, as the real one takes it."""
    try:
        return next(one.attrib["destinationAppUrl"] for one in ElementTree.fromstring(profiles).iter("publishProfile"))
    except (ElementTree.ParseError, KeyError, StopIteration):
        return f"https://{about['defaultHostName']}"


def _az(*words: str) -> dict[str, Any]:
    done = subprocess.run(["az", *words, "-o", "json"], capture_output=True, text=True, check=False)
    if done.returncode:
        raise ActionFailed(
            RESOURCE,
            done.stderr.strip(),
            "No credentials found. Add an Azure login action before this action. "
            "For more details refer https://github.com/azure/login",
        )
    found = json.loads(done.stdout)
    return dict(found)


class Manager:
    """Resource Manager, as the action calls it."""

    def __init__(self, authorization: str) -> None:
        self._headers = {"Authorization": authorization}

    def get(self, path: str, api: str = API, **query: str) -> dict[str, Any]:
        return dict(self._call("GET", path, api, query).json)

    def post(self, path: str) -> dict[str, Any]:
        return dict(self._call("POST", path, API, {}).json)

    def post_text(self, path: str) -> str:
        return self._call("POST", path, API, {}).text

    def _call(self, method: str, path: str, api: str, query: Mapping[str, str]) -> web.ServiceAnswer:
        asked = urllib.parse.urlencode({**query, "api-version": api}, quote_via=urllib.parse.quote)
        body = b"" if method == "POST" else None
        try:
            return web.wanted(web.request(method, f"{MANAGEMENT}{path}?{asked}", headers=self._headers, body=body))
        except web.Refused as error:
            action = path.rpartition("/")[2]
            raise ActionFailed.by_azure(action, f"{error.text} (CODE: {error.status})") from error


def reason(answer: web.ServiceAnswer) -> str:
    """What an answer says of why it is an error."""
    return f"{answer.text.strip()[:2000]} (CODE: {answer.status})".strip()


def _basic(user: str, password: str) -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()
