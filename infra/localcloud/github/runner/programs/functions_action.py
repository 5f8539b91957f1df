"""What Azure/functions-action does: makes a zip of the package and deploys it by Kudu, with the real one's requests.

It finds its inputs in the environment, as actions do, and prints workflow commands. It waits shorter than the real one.
`functions_target` finds out where to deploy to.
"""

import json
import os
import sys
import tempfile
import time
import urllib.parse
import uuid
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from . import functions_target, web
from .funcignore import Ignored
from .functions_target import (
    PARAMETERS,
    PREPARATION,
    PRODUCTION,
    PUBLISHING,
    RESOURCE,
    ActionFailed,
    Inputs,
    Target,
    reason,
)
from .workflow_commands import error, set_output, warning

DEPLOYER = "GITHUB_ZIP_DEPLOY_FUNCTIONS_V1"
SUCCESS, ENDS = 4, {-1: "cancelled", 3: "failed", 5: "conflict", 6: "partial success"}
SHORTEST_POLL, LONGEST_POLL, PATIENCE = 0.05, 1.0, 600.0  # seconds; the real one asks every 5
TRUE, FALSE = ("1", "true", "t", "yes", "y"), ("0", "false", "f", "no", "n")
BUILD, ORYX = "SCM_DO_BUILD_DURING_DEPLOYMENT", "ENABLE_ORYX_BUILD"
NO_BUILD = (
    "scm-do-build-during-deployment and enable-oryx-build need a publish profile: with the login of az they change "
    "nothing, and Azure installs no requirements.txt. Put the packages into .python_packages/lib/site-packages before "
    "(pip install --target), or set SCM_DO_BUILD_DURING_DEPLOYMENT=true in the app's settings."
)


def main() -> int:
    try:
        deploy(_inputs(os.environ))
    except ActionFailed as failed:
        lines = failed.lines
    except web.Unreachable as unreachable:
        lines = (f"Execution Exception (state: {RESOURCE}) (step: Invocation)", str(unreachable))
    else:
        return 0
    for depth, line in enumerate(lines):
        error("  " * depth + line)
    error("Deployment Failed!")
    return 1


def deploy(inputs: Inputs) -> None:
    """The whole step."""
    target = functions_target.find(inputs)
    _look_at_settings(inputs, target)
    with tempfile.TemporaryDirectory(dir=os.environ.get("RUNNER_TEMP")) as folder:
        archive = _archive(inputs, Path(folder))
        _kudu(target, "GET", "/api/settings")  # the real one warms Kudu up
        _change_settings(inputs, target)
        deployment = _publish(inputs, target, archive)
        _check(target, deployment)
    _restore_settings(target)
    set_output("app-url", target.url)


def _inputs(environment: Mapping[str, str]) -> Inputs:
    def given(name: str) -> str:
        return environment.get(f"INPUT_{name.upper()}", "").strip()

    def build(name: str, kind: str) -> str | None:
        value = given(name).lower()
        if value and value not in TRUE + FALSE:
            raise ActionFailed(PARAMETERS, f"Failed to convert {given(name)} to {kind}")
        return ("true" if value in TRUE else "false") if value else None

    if not given("app-name"):
        raise ActionFailed.by_input("app-name", "should not be empty")
    package = Path(given("package") or ".")
    if not package.exists():
        raise ActionFailed.by_input("package", f"cannot find '{package}'")
    return Inputs(
        app=given("app-name"),
        package=package,
        slot=given("slot-name"),
        profile=given("publish-profile"),
        respect_funcignore=given("respect-funcignore").lower() in TRUE,
        build=build("scm-do-build-during-deployment", "ScmBuild"),
        oryx=build("enable-oryx-build", "EnableOryxBuild"),
        sku=given("sku").lower(),
        remote_build=given("remote-build").lower() in TRUE,
    )


def _look_at_settings(inputs: Inputs, target: Target) -> None:
    package = target.settings.get("WEBSITE_RUN_FROM_PACKAGE", "").strip()
    if package.startswith("http") and not target.flex:
        raise ActionFailed(
            PUBLISHING,
            f"When request Azure resource at {PUBLISHING}, zipDepoy : WEBSITE_RUN_FROM_PACKAGE in your function app is "
            "set to an URL. Please remove WEBSITE_RUN_FROM_PACKAGE app setting from your function app.",
        )
    if package == "0":
        warning(
            "Detected WEBSITE_RUN_FROM_PACKAGE is set to '0'. If you are deploying to a Linux function app, you may "
            "need to remove this app setting."
        )
    wanted = "true" in (inputs.build, inputs.oryx)
    if wanted and not target.by_profile and target.settings.get(BUILD, "").lower() not in TRUE:
        warning(NO_BUILD)


def _archive(inputs: Inputs, folder: Path) -> Path:
    """The zip to deploy."""
    package = inputs.package
    if package.is_file() and zipfile.is_zipfile(package):
        if inputs.respect_funcignore:
            warning('The "respect-funcignore" is only available when "package" points to host.json folder.')
        print(f"Will directly deploy {package} as function app content.")
        return package
    if not package.is_dir():
        raise ActionFailed(PREPARATION, f"At {PREPARATION}, validatePackageType : only accepts zip or folder.")
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
        warning(f"The .funcignore file does not exist in your path {package}. Nothing will be changed.")
        warning(
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
            warning(f"Patch Application Settings: Failed to change app settings. {reason(answer)}")
            return
        print(f"Response with status code {answer.status}")
        waiting = Waiting(5.0)
        while (_kudu(target, "GET", "/api/settings").json or {}).get(name) != value:
            if not waiting.once():
                warning(f"App setting {name} fails to propagate to Kudu container")
                break
        else:
            print(f"App setting {name} propagated to Kudu container")


def _temporary(inputs: Inputs) -> dict[str, str]:
    wanted = {BUILD: inputs.build, ORYX: inputs.oryx}
    return {name: value for name, value in wanted.items() if value is not None}


def _restore_settings(target: Target) -> None:
    if not target.by_profile or target.flex:
        return
    for name in (BUILD, ORYX):
        before = target.settings.get(name)
        if before is None:
            answer = _kudu(target, "DELETE", f"/api/settings/{name}")
        else:
            answer = _kudu(target, "POST", "/api/settings", {name: before})
        if answer.status >= 400:
            warning(f"Restore Application Settings: Failed to restore {name}. {reason(answer)}")


def _publish(inputs: Inputs, target: Target, archive: Path) -> dict[str, Any]:
    """Sends the zip and waits for the end; returns what Kudu knows of the deployment."""
    about = {"type": "deployment", "sha": _variable("GITHUB_SHA"), "repoName": _variable("GITHUB_REPOSITORY")}
    about |= {"actor": _variable("GITHUB_ACTOR"), "slotName": (not target.by_profile and inputs.slot) or PRODUCTION}
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
        raise _not_published(archive, reason(answer))
    if target.flex:
        return _ended(target, f"{target.kudu}/api/deployments/{answer.json}")
    location = answer.headers.get("location")
    return _ended(target, location) if location else {"id": "latest", "status": SUCCESS}


def _not_published(archive: Path, *why: str) -> ActionFailed:
    text = f"When request Azure resource at {PUBLISHING}, zipDeploy : Failed to use {archive} as ZipDeploy content"
    return ActionFailed(PUBLISHING, text, "Failed to deploy web package to App Service.", *why)


def _ended(target: Target, location: str) -> dict[str, Any]:
    waiting = Waiting(PATIENCE)
    while True:
        answer = web.request("GET", location, headers={"Authorization": target.authorization})
        found = answer.json if isinstance(answer.json, dict) else {}
        if answer.status >= 400:
            raise ActionFailed(PUBLISHING, "Failed to deploy web package to App Service.", reason(answer))
        if found.get("status") in (SUCCESS, *ENDS):
            return dict(found)
        if not waiting.once():
            raise ActionFailed(PUBLISHING, "The deployment has not ended in time.")


def _check(target: Target, deployment: Mapping[str, Any]) -> None:
    """Looks the deployment up and prints its log when it has failed."""
    found = _kudu(target, "GET", f"/api/deployments/{deployment['id']}").json or deployment
    log = found.get("log_url")
    if deployment.get("status") != SUCCESS:
        if log:
            _print_log(target, log)
        how = ENDS.get(int(deployment.get("status", 3)), "failed")
        error("Failed to deploy web package to App Service.")
        raise ActionFailed(PUBLISHING, f"Package deployment using ZIP Deploy {how}. Refer logs for more details.")
    print(f"Deploy logs can be viewed at {log}")
    print("Successfully deployed web package to App Service.")
    _kudu(target, "GET", f"/api/vfs/site/deployments/{deployment['id']}/manifest")


def _print_log(target: Target, url: str, depth: int = 3) -> None:
    answer = web.request("GET", url, headers={"Authorization": target.authorization})
    for one in answer.json if isinstance(answer.json, list) else []:
        print(one.get("message", ""))
        if one.get("details_url") and depth:
            _print_log(target, one["details_url"], depth - 1)


def _kudu(target: Target, method: str, path: str, body: Any = None) -> web.ServiceAnswer:
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


def _variable(name: str) -> str:
    return os.environ.get(name, "")


if __name__ == "__main__":
    sys.exit(main())
