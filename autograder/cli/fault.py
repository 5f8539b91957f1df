"""`camp fault`: something goes wrong in the camp that is open, on request."""

import json
import urllib.error
import urllib.request
from typing import Any

import click

from autograder import localcamp
from localcloud.messages import _

from . import CampError

SECONDS_TO_ANSWER = 90.0
ALL = "all"


@click.command(
    short_help=_("Make something go wrong in the open camp."),
    help=_(
        "Make something go wrong in the camp that is open. Without a name: list what may go wrong, and what is wrong "
        "now. For example:\n\n"
        "\b\n"
        "camp fault workers crash\n"
        "camp fault queues twice --target reports\n"
        "camp fault engine down --seconds 20\n"
        "camp fault engine down --end"
    ),
)
@click.argument("of", required=False)
@click.argument("name", required=False)
@click.option("--target", help=_("A queue's name, or a topic of the engine; default: all."))
@click.option("--seconds", type=click.FloatRange(0.1, 600), help=_("For how long; default: until --end."))
@click.option("--times", type=click.IntRange(1, 100), help=_("How often."))
@click.option("--by", type=click.FloatRange(0.1, 60), help=_("A delay in seconds."))
@click.option("--end", is_flag=True, help=_("End this fault now; without --target, for all targets."))
def fault(
    of: str | None,
    name: str | None,
    target: str | None,
    seconds: float | None,
    times: int | None,
    by: float | None,
    end: bool,
) -> None:
    sources = asked(ALL)
    if of is None or name is None:
        if end or of is not None:
            raise click.UsageError(
                _("Name a fault, and of what, such as: camp fault workers crash. 'camp fault' lists all.")
            )
        click.echo(listed(sources))
        return
    says = known(sources, of, name)
    if end:
        for one in [target] if target else active_targets(sources, of, name):
            asked(f"{of}/{name}/end", {"target": one})
        click.echo(_("It is over."))
        return
    given = {"target": target, "seconds": seconds, "times": times, "by": by}
    asked(f"{of}/{name}/begin", {field: value for field, value in given.items() if value is not None})
    click.echo(says + ".")


def known(sources: list[dict[str, Any]], of: str, name: str) -> str:
    """What the fault does; UsageError when there is none of that name."""
    source = next((one for one in sources if one["of"] == of), None)
    if source is None:
        names = ", ".join(one["of"] for one in sources)
        raise click.UsageError(_("Faults are of {names}, not of {of}.").format(names=names, of=of))
    if problem := source.get("problem"):
        raise CampError(str(problem))
    kinds = {kind["name"]: str(kind["says"]) for kind in source["kinds"]}
    if name not in kinds:
        text = _("There is no fault {name}; the faults of {of} are {names}.")
        raise click.UsageError(text.format(name=name, of=of, names=", ".join(kinds)))
    return kinds[name]


def active_targets(sources: list[dict[str, Any]], of: str, name: str) -> list[str]:
    """The targets for which the fault is active now; [""] when it is not active, so that the service reports that."""
    active = [one for source in sources if source["of"] == of for one in source["active"] if one["name"] == name]
    return [one["target"] or "" for one in active] or [""]


def listed(sources: list[dict[str, Any]]) -> str:
    """All that may go wrong, and what is wrong now."""
    lines = []
    for source in sources:
        lines += ["", source["title"]]
        if problem := source.get("problem"):
            lines.append("  " + str(problem))
        for kind in source["kinds"]:
            options = " ".join(f"--{field}" for field in kind["takes"])
            lines.append(f"  camp fault {source['of']} {kind['name']:<14} {kind['says']}  {options}".rstrip())
    active = [(source["of"], one) for source in sources for one in source["active"]]
    lines += ["", _("On now:") if active else _("Nothing is wrong now.")]
    for of, one in active:
        left = _("{seconds} s left").format(seconds=one["secondsLeft"]) if one["secondsLeft"] is not None else ""
        lines.append(f"  {of} {one['name']} {one['target'] or ''} {left}".rstrip())
    return "\n".join(lines).strip()


def asked(path: str, body: dict[str, Any] | None = None) -> Any:
    """What the portal of the open camp answers; CampError when there is none, UsageError when it refuses."""
    entry = localcamp.ledger().entries().get("portal")
    if entry is None or not entry.alive:
        raise CampError(_("The camp is not open. Open it with: camp up"))
    request = urllib.request.Request(
        f"{entry.url.rstrip('/')}/api/faults/{path}",
        None if body is None else json.dumps(body).encode(),
        {"X-Camp": "1", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=SECONDS_TO_ANSWER) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        refusal = json.loads(error.read() or b"{}").get("error") or str(error)
        if error.code == 404 and path == ALL:
            raise CampError(_("Nothing can be made to fail in the open lab.")) from error
        if error.code in (400, 404):
            raise click.UsageError(str(refusal)) from error
        raise CampError(str(refusal)) from error
    except (OSError, ValueError) as error:
        raise CampError(_("The camp does not answer ({error}). Try again.").format(error=error)) from error
