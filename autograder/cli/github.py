"""`camp github`: the repository on the local GitHub, its pull requests, secrets and variables."""

import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import quote

import click

from autograder import localcamp, project
from localcloud.messages import _
from localcloud.supervisor.ledger import read_json

from . import CampError

SECONDS_TO_ANSWER = 60.0
STATES = {"success": "✓", "failure": "✗", "error": "✗", "pending": "●"}


@click.group(
    invoke_without_command=True,
    short_help=_("The local GitHub: address, token, pull requests."),
    help=_(
        "The repository on the local GitHub of the open camp. Without a command: its address and its token. "
        "For example:\n\n"
        "\b\n"
        "camp github pr open --head greeting --title 'Another greeting'\n"
        "camp github pr merge 1\n"
        "camp github secret set API_KEY"
    ),
)
@click.pass_context
def github(context: click.Context) -> None:
    if context.invoked_subcommand is None:
        found = remote()
        click.echo(_("Repository  {name}").format(name=found["repository"]))
        click.echo(_("Remote      {remote}").format(remote=found["remote"]))
        click.echo(_("Token       {token}").format(token=found["token"]))
        click.echo(_("The folder of the lab knows both: git push is enough. Elsewhere the token is the password."))


@github.group(
    invoke_without_command=True,
    short_help=_("List, open, look at, merge and close pull requests."),
    help=_("Pull requests. Without a command: the open ones."),
)
@click.option("--all", "of_all", is_flag=True, help=_("The closed and merged ones too."))
@click.pass_context
def pr(context: click.Context, of_all: bool) -> None:
    if context.invoked_subcommand is not None:
        return
    found = asked("GET", f"/pulls?per_page=100&state={'all' if of_all else 'open'}")
    for one in found:
        click.echo(line(one))
    if not found:
        click.echo(_("No pull request is open. Push a branch, then: camp github pr open --head BRANCH"))


@pr.command("open", help=_("Open a pull request."))
@click.option("--head", required=True, metavar="BRANCH", help=_("The branch with the changes; push it first."))
@click.option("--base", default="main", show_default=True, metavar="BRANCH", help=_("The branch that gets them."))
@click.option("--title", default="", help=_("Default: the name of the branch."))
def open_(head: str, base: str, title: str) -> None:
    made = asked("POST", "/pulls", {"head": head, "base": base, "title": title})
    click.echo(line(made))
    if made["mergeable"] is False:
        click.echo(_("It conflicts with {base}: no checks run until that is resolved.").format(base=base))


@pr.command(help=_("Show a pull request with its checks."))
@click.argument("number", type=int)
def view(number: int) -> None:
    found = asked("GET", f"/pulls/{number}")
    click.echo(line(found))
    if found["conflicts"]:
        click.echo(_("Conflicts in {paths}.").format(paths=", ".join(found["conflicts"])))
    for status in asked("GET", f"/commits/{found['head']['sha']}/status")["statuses"]:
        said = f"  {status['description']}" if status["description"] else ""
        click.echo(f"  {STATES[status['state']]} {status['context']}{said}")
    for file in asked("GET", f"/pulls/{number}/files?per_page=100"):
        click.echo(f"  {file['filename']}  +{file['additions']} -{file['deletions']}")


@pr.command(help=_("Merge a pull request with a merge commit."))
@click.argument("number", type=int)
def merge(number: int) -> None:
    made = asked("PUT", f"/pulls/{number}/merge", {})
    click.echo(_("Merged as {sha}.").format(sha=made["sha"][:7]))


@pr.command(help=_("Close a pull request without merging it."))
@click.argument("number", type=int)
def close(number: int) -> None:
    click.echo(line(asked("PATCH", f"/pulls/{number}", {"state": "closed"})))


@github.command(help=_("List the last runs of workflows."))
def runs() -> None:
    for one in asked("GET", "/actions/runs?per_page=20")["workflow_runs"]:
        state = one["conclusion"] or one["status"]
        click.echo(f"{one['id']}  {state:<11}  {one['event']}  {one['head_branch']}  {one['display_title']}")


@github.command(
    short_help=_("Start a workflow by hand."),
    help=_("Start a workflow that has workflow_dispatch: the name of its FILE in .github/workflows."),
)
@click.argument("file")
@click.option("--ref", default="main", show_default=True, help=_("The branch or tag."))
@click.option("--input", "inputs", multiple=True, metavar="NAME=VALUE", help=_("One of its inputs; repeat it."))
def run(file: str, ref: str, inputs: tuple[str, ...]) -> None:
    given = dict(one.partition("=")[::2] for one in inputs)
    asked("POST", f"/actions/workflows/{quote(file, safe='')}/dispatches", {"ref": ref, "inputs": given})
    click.echo(_("It starts. 'camp github runs' lists the last ones."))


def place(environment: str | None) -> str:
    return f"/environments/{quote(environment, safe='')}" if environment else "/actions"


def made_environment(environment: str | None) -> None:
    """An environment exists as soon as it is named."""
    if environment:
        known = [one["name"].casefold() for one in asked("GET", "/environments")["environments"]]
        if environment.casefold() not in known:
            asked("PUT", place(environment), {})


@github.group(help=_("Secrets that workflows get, such as secrets.API_KEY."))
def secret() -> None:
    pass


@secret.command("list", help=_("Their names; nobody reads their values."))
@click.option("--env", "environment", metavar="NAME", help=_("Those of an environment."))
def list_secrets(environment: str | None) -> None:
    for one in asked("GET", place(environment) + "/secrets")["secrets"]:
        click.echo(one["name"])


@secret.command("set", help=_("Set a secret. Without a value it is asked for, and not shown."))
@click.argument("name")
@click.argument("value", required=False)
@click.option("--env", "environment", metavar="NAME", help=_("One of an environment."))
def set_secret(name: str, value: str | None, environment: str | None) -> None:
    value = click.prompt(name, hide_input=True) if value is None else value
    made_environment(environment)
    asked("PUT", f"{place(environment)}/secrets/{quote(name, safe='')}", {"value": value})


@secret.command("delete", help=_("Delete a secret."))
@click.argument("name")
@click.option("--env", "environment", metavar="NAME", help=_("One of an environment."))
def delete_secret(name: str, environment: str | None) -> None:
    asked("DELETE", f"{place(environment)}/secrets/{quote(name, safe='')}")


@github.group(help=_("Variables that workflows get, such as vars.FUNCTIONAPP_NAME."))
def variable() -> None:
    pass


@variable.command("list", help=_("Their names and values."))
@click.option("--env", "environment", metavar="NAME", help=_("Those of an environment."))
def list_variables(environment: str | None) -> None:
    for one in asked("GET", place(environment) + "/variables")["variables"]:
        click.echo(f"{one['name']}={one['value']}")


@variable.command("set", help=_("Set a variable."))
@click.argument("name")
@click.argument("value")
@click.option("--env", "environment", metavar="NAME", help=_("One of an environment."))
def set_variable(name: str, value: str, environment: str | None) -> None:
    made_environment(environment)
    where = place(environment) + "/variables"
    if name.upper() in (one["name"] for one in asked("GET", where)["variables"]):
        asked("PATCH", f"{where}/{quote(name, safe='')}", {"value": value})
    else:
        asked("POST", where, {"name": name, "value": value})


@variable.command("delete", help=_("Delete a variable."))
@click.argument("name")
@click.option("--env", "environment", metavar="NAME", help=_("One of an environment."))
def delete_variable(name: str, environment: str | None) -> None:
    asked("DELETE", f"{place(environment)}/variables/{quote(name, safe='')}")


@github.command(help=_("Whether a person must approve each job that uses the environment NAME."))
@click.argument("name")
@click.argument("wanted", type=click.Choice(["on", "off"]))
def approval(name: str, wanted: str) -> None:
    reviewers = [{"type": "User", "id": 1}] if wanted == "on" else []
    asked("PUT", place(name), {"reviewers": reviewers})


def line(pull: dict[str, Any]) -> str:
    state = _("merged") if pull["merged"] else _("open") if pull["state"] == "open" else _("closed")
    return f"#{pull['number']}  {state}  {pull['head']['ref']} -> {pull['base']['ref']}  {pull['title']}"


def remote() -> dict[str, Any]:
    """Where the repository is, and its token; CampError when no GitHub runs."""
    entry = localcamp.ledger().entries().get("github")
    found = read_json(project.state() / "github" / "remote.json", lambda text: click.echo(text, err=True))
    if entry is None or not entry.alive or not found:
        raise CampError(_("The local GitHub does not run. Open a lab that has it: camp up --lab NUMBER"))
    return found


def asked(method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """What the REST API answers below the repository; UsageError when it refuses, CampError when it does not answer."""
    found = remote()
    request = urllib.request.Request(
        f"{found['url']}/api/v3/repos/{found['repository']}{path}",
        None if body is None else json.dumps(body).encode(),
        {"Authorization": f"Bearer {found['token']}", "Content-Type": "application/json"},
        method=method,
    )
    try:
        with urllib.request.urlopen(request, timeout=SECONDS_TO_ANSWER) as answer:
            return json.loads(answer.read() or b"{}")
    except urllib.error.HTTPError as error:
        raise click.UsageError(str(json.loads(error.read() or b"{}").get("message") or error)) from error
    except (OSError, ValueError) as error:
        raise CampError(_("The local GitHub does not answer ({error}). Try again.").format(error=error)) from error
