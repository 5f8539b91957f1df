"""`az functionapp`: an app and its slots, settings, swaps and zip deployments, by Resource Manager and Kudu."""

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .. import web
from . import account
from .output import CommandError

API = "2024-11-01"
MANAGEMENT = account.MANAGEMENT
SHORTEST_POLL, LONGEST_POLL = 0.05, 1.0  # seconds; the real one waits longer than a slot here needs
BUILD = "SCM_DO_BUILD_DURING_DEPLOYMENT"
NOT_WITH_BUILD = ("WEBSITE_RUN_FROM_PACKAGE", "ENABLE_ORYX_BUILD")
YES, NO = ("true", "1"), ("false", "0")
REDACTED = "App settings have been redacted. Use `az webapp/logicapp/functionapp config appsettings list` to view."
PATIENCE = 600.0  # seconds for a swap, and for a deployment without --timeout


class Site:
    """One app, or one of its slots, in Resource Manager."""

    def __init__(self, group: str, name: str, slot: str | None = None, subscription: str | None = None) -> None:
        chosen = account.current(subscription)["id"]
        web_of = f"{MANAGEMENT}/subscriptions/{chosen}/resourceGroups/{group}/providers/Microsoft.Web"
        self.app = f"{web_of}/sites/{name}"
        self.url = self.app if slot in (None, "production") else f"{self.app}/slots/{slot}"
        self.group, self.name, self.slot = group, name, slot

    def call(self, method: str, url: str, body: Any = None) -> web.ServiceAnswer:
        """One request to Resource Manager; Refused."""
        absolute = url if url.startswith("https://") else MANAGEMENT + url
        whole = absolute if "api-version=" in absolute else f"{absolute}?api-version={API}"
        headers = {"Authorization": f"Bearer {account.token()['accessToken']}"}
        if body is None and method == "POST":
            body = b""
        return web.wanted(web.request(method, whole, headers=headers, body=body))

    def get(self) -> dict[str, Any]:
        """What Resource Manager knows of it, with the properties beside the rest, as az prints it."""
        return flat(self.call("GET", self.url).json)

    def settings(self) -> dict[str, str]:
        return dict(self.call("POST", f"{self.url}/config/appsettings/list").json["properties"])

    def put_settings(self, settings: Mapping[str, str]) -> None:
        self.call("PUT", f"{self.url}/config/appsettings", {"properties": dict(settings)})

    def sticky(self) -> dict[str, Any]:
        """The names that stay with a slot: of the app, whichever slot this is."""
        return dict(self.call("GET", f"{self.app}/config/slotConfigNames").json.get("properties") or {})

    def put_sticky(self, names: Mapping[str, Any]) -> None:
        self.call("PUT", f"{self.app}/config/slotConfigNames", {"properties": dict(names)})


def flat(found: Mapping[str, Any]) -> dict[str, Any]:
    rest = {name: value for name, value in found.items() if name != "properties"}
    return dict(sorted({**(found.get("properties") or {}), **rest}.items()))


def show(site: Site) -> dict[str, Any]:
    return site.get()


def list_slots(site: Site) -> list[dict[str, Any]]:
    slots = [flat(one) for one in site.call("GET", f"{site.app}/slots").json["value"]]
    for one in slots:
        one["name"] = one["name"].rpartition("/")[2]
    return slots


def swap(site: Site, target: str | None) -> None:
    """Asks for the swap of the site's slot with `target`, and waits until it is done."""
    found = site.call("GET", site.app).json
    plan = (found.get("properties") or {}).get("serverFarmId")
    if plan:  # azure-cli looks at the plan before it swaps
        site.call("GET", plan)
    body = {"targetSlot": target or "production", "preserveVnet": True}
    answer = site.call("POST", f"{site.app}/slots/{site.slot}/slotsswap", body)
    location, wait = answer.headers.get("location"), Waiting(PATIENCE)
    while answer.status == 202 and location:
        wait.once("The swap")
        answer = site.call("GET", location)


def list_settings(site: Site) -> list[dict[str, Any]]:
    sticky = site.sticky().get("appSettingNames") or []
    return [
        {"name": name, "slotSetting": name in sticky, "value": value} for name, value in sorted(site.settings().items())
    ]


def set_settings(site: Site, given: list[str], given_sticky: list[str]) -> list[dict[str, Any]]:
    new = {**_parsed(given, None), **_parsed(given_sticky, True)}
    known = site.sticky()
    before = list(known.get("appSettingNames") or [])
    kept = [name for name in before if new.get(name, ("", None))[1] is not False]
    after = kept + [name for name, (_value, stays) in new.items() if stays and name not in kept]
    if after != before:
        site.put_sticky({**known, "appSettingNames": after})
    site.put_settings({**site.settings(), **{name: value for name, (value, _stays) in new.items()}})
    warn(REDACTED)
    return [{**one, "value": None} for one in list_settings(site)]


def delete_settings(site: Site, names: list[str]) -> list[dict[str, Any]]:
    kept = {name: value for name, value in site.settings().items() if name not in names}
    site.put_settings(kept)
    known = site.sticky()
    before = known.get("appSettingNames") or []
    if set(before) & set(names):
        site.put_sticky({**known, "appSettingNames": [one for one in before if one not in names]})
    warn(REDACTED)
    return [{**one, "value": None} for one in list_settings(site)]


def _parsed(given: list[str], stay: bool | None) -> dict[str, tuple[str, bool | None]]:
    """Of `NAME=VALUE` and of JSON (as az takes it, also from @file): each value, and whether it stays with the slot;
    None when that is not said."""
    found: dict[str, tuple[str, bool | None]] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if text.lstrip()[:1] in ("{", "["):
            found |= _parsed_json(text, stay)
        elif not equals:
            raise CommandError(f"Invalid setting format: '{text}'. Expected 'key=value' format or valid JSON.")
        else:
            found[name] = (value, stay)
    return found


def _parsed_json(text: str, stay: bool | None) -> dict[str, tuple[str, bool | None]]:
    try:
        value = json.loads(text)
        if isinstance(value, dict):
            return {name: (str(one), stay) for name, one in value.items()}
        return {one["name"]: (str(one["value"]), one.get("slotSetting", stay)) for one in value}
    except (ValueError, KeyError, TypeError) as error:
        raise CommandError(f"Invalid setting format: '{text}'. Expected 'key=value' format or valid JSON.") from error


def config_zip(site: Site, source: str, build_remote: bool, patience: float | None) -> dict[str, Any]:
    """Deploys a zip file by Kudu, and waits until the slot has it."""
    path = Path(source).expanduser()
    if not path.is_file():
        raise CommandError(f"[Errno 2] No such file or directory: '{source}'")
    kudu = _kudu_of(site.get(), site.name)
    _set_remote_build(site, build_remote)
    headers = {"Authorization": f"Bearer {account.token()['accessToken']}", "Content-Type": "application/octet-stream"}
    warn("Getting scm site credentials for zip deployment")
    warn("Starting zip deployment. This operation can take a while to complete ...")
    url = f"{kudu}/api/zipdeploy?isAsync=true&Deployer=az_cli_functions"
    answer = web.request("POST", url, headers=headers, body=path.read_bytes())
    if answer.status == 409:
        raise CommandError("There may be an ongoing deployment. Please track your deployment in Kudu and try again.")
    if answer.status not in (200, 202):
        raise CommandError(
            f"An error occured during deployment. Status Code: {answer.status}, Details: {answer.text.strip()}"
        )
    warn(f"Deployment endpoint responded with status code {answer.status}")
    location = answer.headers.get("location") or f"{kudu}/api/deployments/latest"
    return _deployed(site, location, headers["Authorization"], patience or PATIENCE)


def _deployed(site: Site, location: str, authorization: str, patience: float) -> dict[str, Any]:
    wait = Waiting(patience)
    while True:
        answer = web.wanted(web.request("GET", location, headers={"Authorization": authorization}))
        found = answer.json if isinstance(answer.json, dict) else {}
        if found.get("status") == 3:
            raise CommandError(
                f"Zip deployment failed. {found}. Please run the command az webapp log deployment show\n"
                f"    -n {site.name} -g {site.group}"
            )
        if found.get("status") == 4:
            return found
        wait.once("The deployment")


def _kudu_of(found: Mapping[str, Any], name: str) -> str:
    for one in found.get("hostNameSslStates") or []:
        if one.get("hostType") in ("Repository", 1):
            return f"https://{one['name']}"
    raise CommandError(f"Failed to retrieve Scm Uri of {name}")


def _set_remote_build(site: Site, wanted: bool) -> None:
    """Whether Kudu builds: a setting of the app that stays as it is afterwards, as azure-cli leaves it on Linux."""
    before = site.settings()
    after = dict(before)
    if before.get(BUILD, "").lower() not in (YES if wanted else NO):
        after[BUILD] = str(wanted).lower()
        warn(f"Setting {BUILD} to {after[BUILD]}")
    for name in NOT_WITH_BUILD:
        if wanted and name in after:
            del after[name]
            warn(f"Removing {name} app setting")
    if after != before:
        site.put_settings(after)


class Waiting:
    """The time between one question and the next."""

    def __init__(self, patience: float) -> None:
        self._until = time.monotonic() + patience
        self._pause = SHORTEST_POLL

    def once(self, what: str) -> None:
        if time.monotonic() > self._until:
            raise CommandError(f"{what} has not ended in time.")
        time.sleep(self._pause)
        self._pause = min(self._pause * 1.5, LONGEST_POLL)


def warn(text: str) -> None:
    print(f"WARNING: {text}", file=sys.stderr)
