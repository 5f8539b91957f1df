"""Reads az's command line, runs the command, prints what it returns."""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

from .. import web
from . import account, functionapp, output
from .functionapp import Site
from .output import CommandError

VERSION = {
    "azure-cli": "2.91.0", "azure-cli-core": "2.91.0", "azure-cli-telemetry": "1.1.0", "extensions": {},
}  # fmt: skip
HINTS = {  # of commands that are not here: what to use
    "webapp deployment slot swap": "az functionapp deployment slot swap",
    "webapp deploy": "az functionapp deployment source config-zip",
    "functionapp deploy": "az functionapp deployment source config-zip",
    "webapp deployment source config-zip": "az functionapp deployment source config-zip",
    "webapp config appsettings set": "az functionapp config appsettings set",
}


class Parser(argparse.ArgumentParser):
    """Says what is wrong as azure-cli does."""

    def error(self, message: str) -> NoReturn:
        raise CommandError(message, 2)


@dataclass(frozen=True)
class Command:
    """One command: its options, and what it does with them."""

    options: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _main(words)
    except CommandError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return error.code
    except web.Refused as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return 3 if error.status == 404 else 1
    except web.Unreachable as error:
        print(f"ERROR: Please ensure you have network connection. Error detail: {error}", file=sys.stderr)
        return 1


def _main(words: list[str]) -> int:
    if words[:1] in (["--version"], ["-v"]):
        print(f"azure-cli                         {VERSION['azure-cli']}")
        return 0
    name, rest = _command_in(words)
    command = COMMANDS[name]
    parser = Parser(prog=f"az {name}", allow_abbrev=False)
    _global_options(parser)
    command.options(parser)
    given = parser.parse_args([_contents(one) for one in rest])
    result = output.chosen(command.run(given), given.query)
    sys.stdout.write(output.text(result, given.output))
    return 0


def _command_in(words: list[str]) -> tuple[str, list[str]]:
    """The command that the words begin with, and its options; CommandError for another one."""
    count = next((number for number, word in enumerate(words) if word.startswith("-")), len(words))
    for length in range(count, 0, -1):
        if (name := " ".join(words[:length])) in COMMANDS:
            return name, words[length:]
    named = " ".join(words[:count])
    group = [one for one in COMMANDS if one.startswith(f"{named} ") or not named]
    if group:
        raise CommandError(f"az {named}: a command is missing. This runner has: " + ", ".join(sorted(group)), 2)
    near = get_close_matches(named, COMMANDS, 1, 0.75)
    hint = HINTS.get(named) or (f"az {near[0]}" if near else "")
    known = ", ".join(sorted(COMMANDS))
    said = f"'az {named}' is not on this runner, whose az is a small one. It has: {known}."
    raise CommandError(said + (f" Use: {hint}" if hint else ""), 2)


def _contents(word: str) -> str:
    """`@file` is the file's contents, as everywhere in az."""
    if not word.startswith("@") or len(word) == 1:
        return word
    try:
        return Path(word[1:]).read_text("utf-8").rstrip("\n")
    except OSError as error:
        raise CommandError(f"{word[1:]}: {error.strerror}", 1) from error


def _global_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--query")
    parser.add_argument("--output", "-o", choices=output.FORMATS, default="json")
    parser.add_argument("--subscription")
    for name in ("--only-show-errors", "--verbose", "--debug"):
        parser.add_argument(name, action="store_true")


def _login_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--service-principal", action="store_true")
    parser.add_argument("--username", "-u")
    parser.add_argument("--password", "-p")
    parser.add_argument("--tenant", "-t")
    parser.add_argument("--federated-token")
    parser.add_argument("--allow-no-subscriptions", action="store_true")


def _login(given: argparse.Namespace) -> Any:
    if not given.service_principal:
        raise CommandError("This runner has no browser and no identity of its own: az login --service-principal ...", 2)
    if not given.username or not given.tenant or not (given.password or given.federated_token):
        raise CommandError(
            "usage error: --service-principal -u CLIENT -p SECRET (or --federated-token) --tenant TENANT"
        )
    return account.login(
        client=given.username, tenant=given.tenant, secret=given.password, assertion=given.federated_token,
        allow_none=given.allow_no_subscriptions,
    )  # fmt: skip


def _show_account(given: argparse.Namespace) -> dict[str, Any]:
    """The cloud's name is called otherwise here than in a list."""
    found = account.current(given.subscription)
    return {"environmentName": found["cloudName"], **{key: value for key, value in found.items() if key != "cloudName"}}


def _token_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--resource")
    parser.add_argument("--scope", nargs="+")
    parser.add_argument("--tenant", "-t")
    parser.add_argument("--resource-type")


def _access_token(given: argparse.Namespace) -> dict[str, Any]:
    scope = given.scope[0].removesuffix("/.default") if given.scope else None
    token = account.token(given.resource or scope or account.DEFAULT_RESOURCE)
    chosen = account.current(given.subscription)
    expires = token["expires_on"]
    return {
        "accessToken": token["accessToken"],
        "expiresOn": time.strftime("%Y-%m-%d %H:%M:%S.000000", time.localtime(expires)),
        "expires_on": expires,
        "subscription": chosen["id"],
        "tenant": chosen["tenantId"],
        "tokenType": "Bearer",
    }


def _cloud_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", "-n")
    parser.add_argument("--profile")


def _set_cloud(given: argparse.Namespace) -> None:
    known = {one.lower() for one in account.CLOUDS}
    if (given.name or "").lower() not in known:
        raise CommandError(f"The cloud '{given.name}' is not registered.")
    if given.name.lower() != "azurecloud":
        raise CommandError(f"This runner reaches AzureCloud alone, not '{given.name}'.")


def _nothing(_parser: argparse.ArgumentParser) -> None:
    pass


def _app_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--resource-group", "-g", required=True)
    parser.add_argument("--name", "-n", required=True)
    parser.add_argument("--slot", "-s")


def _swap_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--resource-group", "-g", required=True)
    parser.add_argument("--name", "-n", required=True)
    parser.add_argument("--slot", "-s", required=True)
    parser.add_argument("--target-slot")
    parser.add_argument("--action", choices=("preview", "reset", "swap"), default="swap")
    parser.add_argument("--preserve-vnet")


def _swap(given: argparse.Namespace) -> None:
    if given.action != "swap":
        raise CommandError(f"--action {given.action}: this runner swaps in one step.", 2)
    functionapp.swap(_site(given), given.target_slot)


def _zip_options(parser: argparse.ArgumentParser) -> None:
    _app_options(parser)
    parser.add_argument("--src", required=True)
    parser.add_argument("--build-remote", nargs="?", const="true", default="false")
    parser.add_argument("--timeout", "-t", type=float)


def _config_zip(given: argparse.Namespace) -> dict[str, Any]:
    remote = given.build_remote.lower() in ("true", "1", "yes")
    return functionapp.config_zip(_site(given), given.src, remote, given.timeout)


def _set_options(parser: argparse.ArgumentParser) -> None:
    _app_options(parser)
    parser.add_argument("--settings", nargs="+", default=[])
    parser.add_argument("--slot-settings", nargs="+", default=[])


def _set_settings(given: argparse.Namespace) -> list[dict[str, Any]]:
    if not given.settings and not given.slot_settings:
        raise CommandError("Usage Error: --settings |--slot-settings")
    return functionapp.set_settings(_site(given), given.settings, given.slot_settings)


def _delete_options(parser: argparse.ArgumentParser) -> None:
    _app_options(parser)
    parser.add_argument("--setting-names", nargs="+", required=True)


def _site(given: argparse.Namespace) -> Site:
    return Site(given.resource_group, given.name, given.slot, given.subscription)


COMMANDS = {
    "version": Command(_nothing, lambda _given: VERSION),
    "login": Command(_login_options, _login),
    "logout": Command(lambda parser: void(parser.add_argument("--username")), lambda _given: account.logout()),
    "account show": Command(_nothing, _show_account),
    "account list": Command(_nothing, lambda _given: account.subscriptions()),
    "account set": Command(
        lambda parser: void(parser.add_argument("--name", "-n", "-s", dest="subscription")),
        lambda given: account.use(_required(given.subscription, "--name/--subscription/-n/-s")),
    ),
    "account clear": Command(_nothing, lambda _given: account.clear()),
    "account get-access-token": Command(_token_options, _access_token),
    "cloud show": Command(_cloud_options, lambda _given: account.CLOUD),
    "cloud list": Command(_nothing, lambda _given: [account.CLOUD]),
    "cloud set": Command(_cloud_options, _set_cloud),
    "functionapp show": Command(_app_options, lambda given: functionapp.show(_site(given))),
    "functionapp config appsettings list": Command(
        _app_options, lambda given: functionapp.list_settings(_site(given))
    ),
    "functionapp config appsettings set": Command(_set_options, _set_settings),
    "functionapp config appsettings delete": Command(
        _delete_options, lambda given: functionapp.delete_settings(_site(given), given.setting_names)
    ),
    "functionapp deployment slot list": Command(_app_options, lambda given: functionapp.list_slots(_site(given))),
    "functionapp deployment slot swap": Command(_swap_options, _swap),
    "functionapp deployment source config-zip": Command(_zip_options, _config_zip),
}  # fmt: skip


def void(_made: argparse.Action) -> None:
    """For a lambda that only adds one option."""


def _required(value: str | None, names: str) -> str:
    if not value:
        raise CommandError(f"the following arguments are required: {names}", 2)
    return value
