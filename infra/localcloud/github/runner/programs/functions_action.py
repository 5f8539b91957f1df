"""What Azure/functions-action does: makes a zip of the package and deploys it by Kudu, with the real one's requests.

It finds its inputs in the environment, as actions do, and prints workflow commands. It waits shorter than the real one.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.parse
import uuid
import zipfile
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from . import web
from .funcignore import Ignored

DEPLOYER = "GITHUB_ZIP_DEPLOY_FUNCTIONS_V1"
API = "2016-08-01"
MANAGEMENT = "https://management.azure.com"
SUCCESS, ENDS = 4, {-1: "cancelled", 3: "failed", 5: "conflict", 6: "partial success"}
SHORTEST_POLL, LONGEST_POLL, PATIENCE = 0.05, 1.0, 600.0  # seconds; the real one asks every 5
FLAGS = {"true": "true", "1": "true", "false": "false", "0": "false", "": None}


class ActionFailed(Exception):
    """The step fails; the text is for the log."""


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


def main() -> int:
    try:
        deploy(_inputs(os.environ))
    except ActionFailed as error:
        print(f"::error::{_one_line(str(error))}")
    except web.Unreachable as error:
        print(f"::error::{_one_line(f'Execution Exception (state: ValidateAzureResource): {error}')}")
    else:
        return 0
    print("::error::Deployment Failed!")
    return 1


def deploy(inputs: Inputs) -> None:
    """The whole step."""
    target = _by_profile(inputs) if inputs.profile else _by_az(inputs)
    _mask(target.settings["AzureWebJobsStorage"])
    if target.settings.get("WEBSITE_RUN_FROM_PACKAGE", "").strip().startswith("http"):
        raise ActionFailed(
            "WEBSITE_RUN_FROM_PACKAGE in your function app is set to an URL. "
            "Please remove WEBSITE_RUN_FROM_PACKAGE app setting from your function app."
        )
    with tempfile.TemporaryDirectory(dir=os.environ.get("RUNNER_TEMP")) as folder:
        archive = _archive(inputs, Path(folder))
        _kudu(target, "GET", "/api/settings")  # the real one warms Kudu up
        _change_settings(inputs, target)
        deployment = _publish(inputs, target, archive)
        _check(target, deployment)
    _restore_settings(inputs, target)
    _output("app-url", target.url)
    print("Deployment Succeeded!")


def _inputs(environment: Mapping[str, str]) -> Inputs:
    def given(name: str) -> str:
        return environment.get(f"INPUT_{name.upper()}", "").strip()

    def flag(name: str) -> str | None:
        if given(name).lower() not in FLAGS:
            raise ActionFailed(f"When parsing action inputs, {name} should be 'true' or 'false', not '{given(name)}'.")
        return FLAGS[given(name).lower()]

    if not given("app-name"):
        raise ActionFailed("When request Azure resource at ValidateParameter, app-name: should not be empty")
    package = Path(given("package") or ".")
    if not package.exists():
        raise ActionFailed(f"When request Azure resource at ValidateParameter, package: cannot find '{package}'")
    return Inputs(
        given("app-name"), package, given("slot-name"), given("publish-profile"), flag("respect-funcignore") == "true",
        flag("scm-do-build-during-deployment"), flag("enable-oryx-build"), given("sku").lower(),
        flag("remote-build") == "true",
    )  # fmt: skip


def _by_profile(inputs: Inputs) -> Target:
    print("Using SCM credential for authentication, GitHub Action will not perform resource validation.")
    profile = _zip_profile(inputs.profile)
    user, password = profile.get("userName", ""), profile.get("userPWD", "")
    _mask(user)
    _mask(password)
    host = profile.get("publishUrl", "").partition(":")[0]
    if ".scm." not in host:
        raise ActionFailed("When request Azure resource at ValidateParameter, publish-profile: should contain scm URL")
    wanted = f"{inputs.app}-{inputs.slot}" if inputs.slot and inputs.slot.lower() != "production" else inputs.app
    if wanted.lower() not in host.lower():
        raise ActionFailed(
            "When request Azure resource at ValidateParameter, publish-profile: "
            f"it is of '{host.partition('.')[0]}', which does not fit app-name and slot-name ('{wanted}')"
        )
    authorization = "Basic " + b64encode(f"{user}:{password}".encode()).decode()
    settings = _settings_by_kudu(f"https://{host}", authorization)
    flex = inputs.sku == "flexconsumption"
    return Target(f"https://{host}", authorization, profile.get("destinationAppUrl", ""), settings, True, flex)


def _zip_profile(text: str) -> Mapping[str, str]:
    """The profile of ZipDeploy in a publish profile, else that of MSDeploy."""
    try:
        profiles = [one.attrib for one in ElementTree.fromstring(text).iter("publishProfile")]
    except ElementTree.ParseError as error:
        raise ActionFailed(
            "When request Azure resource at ValidateParameter, publish-profile: should be a valid XML"
        ) from error
    for method in ("ZipDeploy", "MSDeploy"):
        for one in profiles:
            if one.get("publishMethod") == method:
                return one
    raise ActionFailed(
        "When request Azure resource at ValidateParameter, publish-profile: "
        "should contain a ZipDeploy or MSDeploy profile"
    )


def _settings_by_kudu(kudu: str, authorization: str) -> Mapping[str, str]:
    answer = web.request("GET", f"{kudu}/api/settings", headers={"Authorization": authorization})
    if answer.status != 200 or not isinstance(answer.json, dict):
        why = _reason(answer)
        hint = " The publish profile is not (or no longer) valid for this app." if answer.status == 401 else ""
        raise ActionFailed(
            "When request Azure resource at ValidateAzureResource, Get Function App Settings : "
            f"Failed to acquire app settings from https://<scmsite>/api/settings with publish-profile\n"
            f"Failed to fetch Kudu App Settings.\n{why}{hint}"
        )
    return _with_storage(answer.json)


def _with_storage(settings: Mapping[str, str]) -> Mapping[str, str]:
    if not settings.get("AzureWebJobsStorage"):
        raise ActionFailed(
            "When request Azure resource at ValidateAzureResource, Get Function App Settings : "
            "AzureWebJobsStorage cannot be empty"
        )
    return settings


def _by_az(inputs: Inputs) -> Target:
    """With the login of az: Resource Manager knows the app and gives its publishing credentials."""
    print("Using RBAC for authentication, GitHub Action will perform resource validation.")
    subscription = _az("account", "show")["id"]
    token = _az("account", "get-access-token")["accessToken"]
    _mask(token)
    rights = Manager(f"Bearer {token}")
    filters = f"resourceType EQ 'Microsoft.Web/sites' AND name EQ '{inputs.app}'"
    listed = rights.get(f"/subscriptions/{subscription}/resources", **{"$filter": filters}, api="2016-07-01")
    if not listed["value"]:
        raise ActionFailed(
            "When request Azure resource at ValidateAzureResource, app-name: function app should exist\n"
            f"Resource '{inputs.app}' doesn't exist."
        )
    found = listed["value"][0]
    slot = inputs.slot if inputs.slot and inputs.slot.lower() != "production" else ""
    site = found["id"] + (f"/slots/{slot}" if slot else "")
    credentials = rights.post(f"{site}/config/publishingcredentials/list")["properties"]
    policy = rights.get(f"{site}/basicPublishingCredentialsPolicies/scm")["properties"]
    _mask(credentials["publishingPassword"])
    basic = f"{credentials['publishingUserName']}:{credentials['publishingPassword']}"
    allowed = policy.get("allow", True)
    authorization = "Basic " + b64encode(basic.encode()).decode() if allowed else f"Bearer {token}"
    scm = urllib.parse.urlsplit(credentials["scmUri"])
    about = rights.get(site)["properties"]
    settings = _with_storage(rights.post(f"{site}/config/appsettings/list")["properties"])
    sku = str(about.get("sku", ""))
    if "linux" in found.get("kind", "") and sku.lower() in ("dynamic", "consumption"):
        raise ActionFailed(
            "On Linux Consumption, this action without a publish profile uploads to blob storage, which this runner "
            "does not do. Use publish-profile, or az functionapp deployment source config-zip."
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
            f"{done.stderr.strip()}\nNo credentials found. Add an Azure login action before this action. "
            "For more details refer https://github.com/azure/login"
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

    def _call(self, method: str, path: str, api: str, query: Mapping[str, str]) -> web.Answer:
        asked = urllib.parse.urlencode({**query, "api-version": api}, quote_via=urllib.parse.quote)
        body = b"" if method == "POST" else None
        try:
            return web.wanted(web.request(method, f"{MANAGEMENT}{path}?{asked}", headers=self._headers, body=body))
        except web.Refused as error:
            raise ActionFailed(
                f"When request Azure resource at ValidateAzureResource, {path.rpartition('/')[2]} : {error.text} "
                f"(CODE: {error.status})"
            ) from error


def _archive(inputs: Inputs, folder: Path) -> Path:
    """The zip to deploy."""
    package = inputs.package
    if package.is_file() and zipfile.is_zipfile(package):
        if inputs.respect_funcignore:
            _warn('The "respect-funcignore" is only available when "package" points to host.json folder.')
        print(f"Will directly deploy {package} as function app content.")
        return package
    if not package.is_dir():
        raise ActionFailed(
            "When request Azure resource at PreparePublishContent, validatePackageType: only accepts zip or folder."
        )
    if inputs.respect_funcignore:
        _remove_ignored(package)
    path = folder / f"temp_web_package_{uuid.uuid4().hex[:12]}.zip"
    print(f"Will archive {package} into {path} as function app content")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1, strict_timestamps=False) as archive:
        for file in _files(package):
            archive.write(file, file.relative_to(package).as_posix())
    return path


def _files(folder: Path) -> Iterator[Path]:
    """The files in a folder, those of linked folders too, but no folder twice."""
    seen: set[str] = set()
    for top, folders, names in os.walk(folder, followlinks=True):
        seen.add(os.path.realpath(top))
        folders[:] = sorted(one for one in folders if os.path.realpath(os.path.join(top, one)) not in seen)
        yield from (Path(top) / one for one in sorted(names) if (Path(top) / one).is_file())


def _remove_ignored(package: Path) -> None:
    """Deletes them from the folder, which is what the real one does, too."""
    listed = package / ".funcignore"
    if not listed.is_file():
        _warn(f"The .funcignore file does not exist in your path {package}. Nothing will be changed.")
        _warn(
            "The .funcignore file shares the same format as .gitignore. "
            "You can use it to exclude files from deployment."
        )
        return
    ignored = Ignored(listed.read_text("utf-8", "replace"))
    for file in list(_files(package)):
        if file.relative_to(package).as_posix() in ignored:
            file.unlink()


def _change_settings(inputs: Inputs, target: Target) -> None:
    """For the time of the deployment: whether Kudu builds."""
    if not target.by_profile or target.flex:
        return
    for name, value in _temporary(inputs).items():
        print(f"Setting {name} in Kudu container to {value}")
        answer = _kudu(target, "POST", "/api/settings", {name: value})
        if answer.status >= 400:
            _warn(f"Patch Application Settings: Failed to change app settings. {_reason(answer)}")
            return
        print(f"Response with status code {answer.status}")
        waiting = Waiting(5.0)
        while (_kudu(target, "GET", "/api/settings").json or {}).get(name) != value:
            if not waiting.once():
                _warn(f"App setting {name} fails to propagate to Kudu container")
                break
        else:
            print(f"App setting {name} propagated to Kudu container")


def _temporary(inputs: Inputs) -> dict[str, str]:
    wanted = {"SCM_DO_BUILD_DURING_DEPLOYMENT": inputs.build, "ENABLE_ORYX_BUILD": inputs.oryx}
    return {name: value for name, value in wanted.items() if value is not None}


def _restore_settings(inputs: Inputs, target: Target) -> None:
    if not target.by_profile or target.flex:
        return
    for name in _temporary(inputs):
        before = target.settings.get(name)
        if before is None:
            answer = _kudu(target, "DELETE", f"/api/settings/{name}")
        else:
            answer = _kudu(target, "POST", "/api/settings", {name: before})
        if answer.status >= 400:
            _warn(f"Restore Application Settings: Failed to restore {name}. {_reason(answer)}")


def _publish(inputs: Inputs, target: Target, archive: Path) -> dict[str, Any]:
    """Sends the zip and waits for the end; returns what Kudu knows of the deployment."""
    about = {"type": "deployment", "sha": _variable("GITHUB_SHA"), "repoName": _variable("GITHUB_REPOSITORY")}
    about |= {"actor": _variable("GITHUB_ACTOR"), "slotName": inputs.slot or "production"}
    query = {"deployer": DEPLOYER, "message": json.dumps(about, separators=(",", ":"))}
    path, form = "/api/zipdeploy", "application/octet-stream"
    query = {"isAsync": "true", **query}
    if target.flex:
        path, form = "/api/publish", "application/zip"
        query = {"remoteBuild": str(inputs.remote_build).lower(), "deployer": DEPLOYER, "message": query["message"]}
    print("Package deployment using ZIP Deploy initiated.")
    headers = {"Authorization": target.authorization, "Content-Type": form, "Transfer-Encoding": "chunked"}
    url = f"{target.kudu}{path}?{urllib.parse.urlencode(query, quote_via=urllib.parse.quote)}"
    with archive.open("rb") as file:
        answer = web.request("POST", url, headers=headers, body=file)
    if answer.status not in (200, 202):
        raise ActionFailed(
            f"Failed to deploy web package to App Service.\n{_reason(answer)}\n"
            f"When request Azure resource at PublishContent, zipDeploy : Failed to use {archive} as ZipDeploy content"
        )
    if target.flex:
        return _ended(target, f"{target.kudu}/api/deployments/{answer.json}")
    location = answer.headers.get("location")
    return _ended(target, location) if location else {"id": "latest", "status": SUCCESS}


def _ended(target: Target, location: str) -> dict[str, Any]:
    waiting = Waiting(PATIENCE)
    while True:
        answer = web.request("GET", location, headers={"Authorization": target.authorization})
        found = answer.json if isinstance(answer.json, dict) else {}
        if answer.status >= 400:
            raise ActionFailed(f"Failed to deploy web package to App Service.\n{_reason(answer)}")
        if found.get("status") in (SUCCESS, *ENDS):
            return dict(found)
        if not waiting.once():
            raise ActionFailed("The deployment has not ended in time.")


def _check(target: Target, deployment: Mapping[str, Any]) -> None:
    """Looks the deployment up and prints its log when it has failed."""
    found = _kudu(target, "GET", f"/api/deployments/{deployment['id']}").json or deployment
    log = found.get("log_url")
    if deployment.get("status") != SUCCESS:
        if log:
            _print_log(target, log)
        how = ENDS.get(int(deployment.get("status", 3)), "failed")
        print("::error::Failed to deploy web package to App Service.")
        raise ActionFailed(f"Package deployment using ZIP Deploy {how}. Refer logs for more details.")
    print(f"Deploy logs can be viewed at {log}")
    print("Successfully deployed web package to App Service.")
    _kudu(target, "GET", f"/api/vfs/site/deployments/{deployment['id']}/manifest")


def _print_log(target: Target, url: str, depth: int = 3) -> None:
    answer = web.request("GET", url, headers={"Authorization": target.authorization})
    for one in answer.json if isinstance(answer.json, list) else []:
        print(one.get("message", ""))
        if one.get("details_url") and depth:
            _print_log(target, one["details_url"], depth - 1)


def _kudu(target: Target, method: str, path: str, body: Any = None) -> web.Answer:
    return web.request(method, target.kudu + path, headers={"Authorization": target.authorization}, body=body)


class Waiting:
    """The time between one question and the next."""

    def __init__(self, patience: float) -> None:
        self._until = time.monotonic() + patience
        self._pause = SHORTEST_POLL

    def once(self) -> bool:
        """Waits; False when there is no patience left."""
        time.sleep(self._pause)
        self._pause = min(self._pause * 1.5, LONGEST_POLL)
        return time.monotonic() < self._until


def _reason(answer: web.Answer) -> str:
    return f"{answer.text.strip()[:2000]} (CODE: {answer.status})".strip()


def _variable(name: str) -> str:
    return os.environ.get(name, "")


def _output(name: str, value: str) -> None:
    with open(os.environ["GITHUB_OUTPUT"], "a", encoding="utf-8") as file:
        file.write(f"{name}={value}\n")


def _warn(text: str) -> None:
    print(f"::warning::{_one_line(text)}")


def _mask(text: str) -> None:
    if text:
        print(f"::add-mask::{_one_line(text)}")


def _one_line(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


if __name__ == "__main__":
    sys.exit(main())
