"""Whether an event starts a workflow: branches, tags, paths, types and inputs."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from localcloud.messages import _

from .expressions import evaluate
from .patterns import PatternError, matches
from .workflow import Workflow, WorkflowError

DISPATCH = "workflow_dispatch"
STARTING = ("push", "pull_request", DISPATCH)
KNOWN = (*STARTING, "workflow_call")
USUAL_TYPES = ("opened", "synchronize", "reopened")
SKIPPING = re.compile(r"\[(?:skip ci|ci skip|no ci|skip actions|actions skip)\]", re.IGNORECASE)
MOST_INPUTS, MOST_INPUT_BYTES = 25, 65_535

Changed = Callable[[], Awaitable[Sequence[str] | None]]


class InputError(ValueError):
    """What was given for a workflow's inputs does not fit; the text says why."""


@dataclass(frozen=True)
class Happened:
    """An event, as far as filters look at it."""

    name: str
    ref: str = ""  # of a push: `refs/heads/...` or `refs/tags/...`
    base: str = ""  # of a pull request: the branch that it goes to
    action: str = ""  # of a pull request: `opened`, ...
    message: str = ""  # of the head commit


async def starts(workflow: Workflow, event: Happened, changed: Changed) -> bool:
    """Whether the event starts the workflow; `changed` reads the changed paths (None: not known). WorkflowError."""
    if event.name not in workflow.events:
        return False
    filters = workflow.events[event.name]
    if filters is None:
        filters = {}
    if not isinstance(filters, Mapping):
        raise _wrong(workflow, event.name, _("{event} must be a mapping of filters.").format(event=event.name))
    if event.name == DISPATCH:
        return True
    if SKIPPING.search(event.message):
        return False
    try:
        passes = _push(filters, event.ref) if event.name == "push" else _pull_request(filters, event)
        if not passes or event.ref.startswith("refs/tags/") or not ({"paths", "paths-ignore"} & set(filters)):
            return passes
        return _paths(filters, await changed())
    except (PatternError, _FilterError) as error:
        raise _wrong(workflow, event.name, str(error)) from error


def foreign_events(workflow: Workflow) -> list[str]:
    """The events of the file that start nothing here."""
    return [name for name in workflow.events if name not in KNOWN]


def checked_inputs(workflow: Workflow, given: Mapping[str, Any]) -> dict[str, str]:
    """The inputs of a workflow_dispatch, with defaults; InputError."""
    filters = workflow.events.get(DISPATCH)
    declared = filters.get("inputs") if isinstance(filters, Mapping) else None
    declared = declared if isinstance(declared, Mapping) else {}
    if len(given) > MOST_INPUTS or sum(len(str(one)) for one in given.values()) > MOST_INPUT_BYTES:
        raise InputError(_("Too many inputs."))
    if unexpected := sorted(set(given) - set(declared)):
        raise InputError(_("Unexpected inputs provided: {names}").format(names=", ".join(unexpected)))
    return {name: _input(name, spec if isinstance(spec, Mapping) else {}, given) for name, spec in declared.items()}


def typed_inputs(workflow: Workflow, given: Mapping[str, Any]) -> dict[str, Any]:
    """The same as expressions see them: true, false and numbers are no texts. InputError."""
    found: dict[str, Any] = dict(checked_inputs(workflow, given))
    filters = workflow.events.get(DISPATCH)
    declared = filters.get("inputs") if isinstance(filters, Mapping) else None
    for name, spec in (declared if isinstance(declared, Mapping) else {}).items():
        kind = spec.get("type") if isinstance(spec, Mapping) else None
        if kind == "boolean":
            found[name] = found[name] == "true"
        elif kind == "number" and found[name]:
            found[name] = evaluate(found[name], {})
    return found


def _input(name: str, spec: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    kind = spec.get("type", "string")
    default = spec.get("default", False if kind == "boolean" else "")
    value = given.get(name)
    if value is None or value == "":
        if spec.get("required") and default in ("", None):
            raise InputError(_("Required input '{name}' not provided").format(name=name))
        value = default
    text = str(value).lower() if isinstance(value, bool) else str(value if value is not None else "")
    options = spec.get("options")
    if kind == "choice" and isinstance(options, list):
        choices = [str(one) for one in options]
        text = text or (choices[0] if choices else "")
        if text not in choices:
            raise InputError(
                _("Input '{name}' must be one of: {options}").format(name=name, options=", ".join(choices))
            )
    if kind == "boolean" and text not in ("true", "false"):
        raise InputError(_("Input '{name}' must be true or false").format(name=name))
    if kind == "number" and text and not re.fullmatch(r"-?\d+(\.\d+)?", text):
        raise InputError(_("Input '{name}' must be a number").format(name=name))
    return text


class _FilterError(ValueError):
    pass


def _wrong(workflow: Workflow, event: str, text: str) -> WorkflowError:
    return WorkflowError(text, workflow.line_of_event(event))


def _push(filters: Mapping[str, Any], ref: str) -> bool:
    """Filters for branches alone leave tags out, and the other way round; without any, both pass."""
    kind, other = ("tags", "branches") if ref.startswith("refs/tags/") else ("branches", "tags")
    name = ref.split("/", 2)[-1]
    if not {kind, f"{kind}-ignore"} & set(filters):
        return not {other, f"{other}-ignore"} & set(filters)
    return _name(filters, kind, name)


def _pull_request(filters: Mapping[str, Any], event: Happened) -> bool:
    types = _texts(filters, "types") or list(USUAL_TYPES)
    if event.action not in types:
        return False
    return not {"branches", "branches-ignore"} & set(filters) or _name(filters, "branches", event.base)


def _name(filters: Mapping[str, Any], kind: str, name: str) -> bool:
    _one_of_two(filters, kind)
    if kind in filters:
        return matches(_texts(filters, kind), name)
    return not matches(_texts(filters, f"{kind}-ignore"), name)


def _paths(filters: Mapping[str, Any], paths: Sequence[str] | None) -> bool:
    _one_of_two(filters, "paths")
    if paths is None:
        return True
    if "paths" in filters:
        return any(matches(_texts(filters, "paths"), path) for path in paths)
    return any(not matches(_texts(filters, "paths-ignore"), path) for path in paths)


def _one_of_two(filters: Mapping[str, Any], kind: str) -> None:
    if kind in filters and f"{kind}-ignore" in filters:
        raise _FilterError(
            _("Only one of {kind} and {kind}-ignore may be there: take back with ! in {kind}.").format(kind=kind)
        )


def _texts(filters: Mapping[str, Any], key: str) -> list[str]:
    value = filters.get(key)
    if value is None:
        return []
    if isinstance(value, (str, int, float)):
        return [str(value)]
    if not isinstance(value, list) or not all(isinstance(one, (str, int, float)) for one in value):
        raise _FilterError(_("{key} must be a list of texts.").format(key=key))
    return [str(one) for one in value]
