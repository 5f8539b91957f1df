"""Workflow runs, and the secrets, variables and environments that they get."""

import re
from typing import Any

from aiohttp import web

from localcloud.messages import _

from .. import shapes
from ..models import Environment
from ..refs import BRANCHES, TAGS
from ..repository import Repository
from ..runs_api import RunsApi
from .call import ApiError, Call, text

NAME = re.compile(r"(?!GITHUB_)[A-Z_][A-Z0-9_]{0,99}", re.IGNORECASE)
LONGEST_VALUE = 48_000  # as on GitHub
MOST = 100
FILTERS = ("branch", "event", "status", "head_sha", "actor")


def runs_of(call: Call) -> RunsApi:
    if call.forge.runs is None:
        raise ApiError(503, _("No workflows run here now."))
    return call.forge.runs


async def runs(call: Call) -> web.Response:
    filters = {name: call.query(name) for name in FILTERS if call.query(name)}
    found = runs_of(call).listed(call.repository, filters)
    page, headers = call.pages(found)
    return web.json_response({"total_count": len(found), "workflow_runs": list(page)}, headers=headers)


async def run(call: Call) -> web.Response:
    found = runs_of(call).run_json(call.repository, call.number("number"))
    if found is None:
        raise ApiError(404, "Not Found")
    return web.json_response(found)


async def jobs(call: Call) -> web.Response:
    found = runs_of(call).jobs_json(call.repository, call.number("number"))
    if found is None:
        raise ApiError(404, "Not Found")
    return web.json_response({"total_count": len(found), "jobs": found})


async def act(call: Call) -> web.Response:
    """`rerun` or `cancel`."""
    name = call.part("act")
    try:
        if not await runs_of(call).act(call.repository, call.number("number"), name):
            raise ApiError(404, "Not Found")
    except ValueError as error:
        raise ApiError(409, str(error)) from None
    return web.json_response({}, status=202 if name == "cancel" else 201)


async def dispatch(call: Call) -> web.Response:
    """Starts a workflow by hand: the name of its file, `ref` and `inputs`."""
    found, body = call.repository, await call.body()
    name, workflow = text(body, "ref"), call.part("workflow").rpartition("/")[2]
    refs = await found.refs()
    ref = next((one for one in (name, BRANCHES + name, TAGS + name) if one in refs), None)
    if ref is None:
        raise ApiError(422, f"No ref found for: {name}")
    path = f".github/workflows/{workflow}"
    if not any(entry.path == path for entry in await found.entries(await found.commit_of(ref), [path])):
        raise ApiError(404, f"Not Found: there is no workflow {path} on {name}.")
    given = body.get("inputs") or {}
    if not isinstance(given, dict) or not all(isinstance(value, str | bool | int | float) for value in given.values()):
        raise ApiError(422, "Validation Failed", [{"field": "inputs", "code": "invalid"}])
    inputs = {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in given.items()}
    try:
        await runs_of(call).dispatch(found, path, ref, inputs, call.login)
    except ValueError as error:
        raise ApiError(422, str(error)) from None
    return web.Response(status=204)


# -- secrets and variables, of the repository or of one environment


def kept(call: Call, kind: str) -> dict[str, str]:
    """The secrets or variables that the address is of."""
    place: Repository | Environment = call.repository
    if "environment" in call.request.match_info:
        place = environment_of(call)
    found: dict[str, str] = getattr(place, kind)
    return found


def environment_of(call: Call) -> Environment:
    found = call.repository.environments.get(call.part("environment").casefold())
    if found is None:
        raise ApiError(404, "Not Found")
    return found


def may_look(call: Call) -> None:
    """The names of secrets are for the owner alone."""
    if call.access is None or not call.access.writes:
        raise ApiError(403, "Resource not accessible by integration")


async def secrets(call: Call) -> web.Response:
    """Their names: nobody reads a secret's value."""
    may_look(call)
    names = sorted(kept(call, "secrets"))
    return web.json_response({"total_count": len(names), "secrets": [{"name": name} for name in names]})


async def put_secret(call: Call) -> web.Response:
    """`value` in clear: it does not leave this computer. (GitHub wants it sealed with a key of the repository.)"""
    body = await call.body()
    if "encrypted_value" in body:
        raise ApiError(
            422, _("Send the secret as value: this GitHub, on your own computer, has no key to seal it with.")
        )
    return put_into(call, "secrets", checked_name(call.part("name")), text(body, "value"))


async def variables(call: Call) -> web.Response:
    found = kept(call, "variables")
    listed = [{"name": name, "value": value} for name, value in sorted(found.items())]
    return web.json_response({"total_count": len(listed), "variables": listed})


async def variable(call: Call) -> web.Response:
    found, name = kept(call, "variables"), call.part("name").upper()
    if name not in found:
        raise ApiError(404, "Not Found")
    return web.json_response({"name": name, "value": found[name]})


async def make_variable(call: Call) -> web.Response:
    body = await call.body()
    name = checked_name(text(body, "name"))
    if name in kept(call, "variables"):
        raise ApiError(409, "Already exists - Variable already exists")
    return put_into(call, "variables", name, text(body, "value"))


async def change_variable(call: Call) -> web.Response:
    name = call.part("name").upper()
    if name not in kept(call, "variables"):
        raise ApiError(404, "Not Found")
    return put_into(call, "variables", name, text(await call.body(), "value"))


async def delete_secret(call: Call) -> web.Response:
    return delete_from(call, "secrets")


async def delete_variable(call: Call) -> web.Response:
    return delete_from(call, "variables")


def put_into(call: Call, kind: str, name: str, value: str) -> web.Response:
    found = kept(call, kind)
    if len(value.encode()) > LONGEST_VALUE or (name not in found and len(found) >= MOST):
        raise ApiError(422, _("At most {count} of at most {size} KB each.").format(count=MOST, size=48))
    known = name in found
    found[name] = value
    call.repository.save()
    return web.Response(status=204) if known else web.json_response({}, status=201)


def delete_from(call: Call, kind: str) -> web.Response:
    if kept(call, kind).pop(call.part("name").upper(), None) is None:
        raise ApiError(404, "Not Found")
    call.repository.save()
    return web.Response(status=204)


def checked_name(name: str) -> str:
    """GitHub knows these names in upper case."""
    if not NAME.fullmatch(name):
        raise ApiError(422, _("A name has letters, digits and _, and does not begin with a digit or GITHUB_."))
    return name.upper()


async def environments(call: Call) -> web.Response:
    found = [environment_json(call.repository, one) for one in call.repository.environments.values()]
    return web.json_response({"total_count": len(found), "environments": found})


async def environment(call: Call) -> web.Response:
    return web.json_response(environment_json(call.repository, environment_of(call)))


async def put_environment(call: Call) -> web.Response:
    """`reviewers`: with one, a person must approve each job that uses the environment."""
    found, body, name = call.repository, await call.body(), call.part("environment")
    reviewers = body.get("reviewers") or []
    if not isinstance(reviewers, list) or len(name) > 255:
        raise ApiError(422, "Validation Failed", [{"field": "reviewers", "code": "invalid"}])
    made = found.environment(name)
    made.approval = bool(reviewers)
    found.save()
    return web.json_response(environment_json(found, made))


def environment_json(found: Repository, one: Environment) -> dict[str, Any]:
    reviewer = {"type": "User", "reviewer": shapes.user(found.server_url, found.owner)}
    rules = [{"type": "required_reviewers", "reviewers": [reviewer]}] if one.approval else []
    return {
        "name": one.name,
        "url": f"{shapes.api_url(found)}/environments/{one.name}",
        "html_url": f"{shapes.html_url(found)}/deployments/{one.name}",
        "protection_rules": rules,
        "deployment_branch_policy": None,
    }
