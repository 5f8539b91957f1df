"""What is remarked of a workflow, which runs all the same: secrets and variables that are not set, and permissions
without which a checkout fails on github.com."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from localcloud.messages import _

from .expressions import PART, ExpressionError, Token, tokens_of
from .model import Annotation
from .sources import Sources
from .workflow import Job, Workflow, read_workflow
from .yaml_file import Mapping as YamlMapping
from .yaml_file import Sequence as YamlSequence

if TYPE_CHECKING:
    from ..models import Environment
    from ..repository import Repository

CONTEXTS = ("secrets", "vars")
COMPARING = ("==", "!=", "<", ">", "<=", ">=", "&&", "||", "!")
ALWAYS_SET = ("GITHUB_TOKEN", "ACTIONS_STEP_DEBUG", "ACTIONS_RUNNER_DEBUG")
CHECKOUT = "actions/checkout@"


@dataclass(frozen=True)
class Caller:
    """What a called workflow has of the job that calls it."""

    permissions: Any = None
    secrets: bool = True  # those of the repository; otherwise the ones that it declares, which actionlint looks at


def remarks(workflow: Workflow, sources: Sources, repository: "Repository") -> list[Annotation]:
    """Those of a workflow that is not refused, and of the workflows that it calls."""
    return list(dict.fromkeys(_remarks(workflow, sources, repository, Caller())))


def _remarks(workflow: Workflow, sources: Sources, repository: "Repository", caller: Caller) -> Iterator[Annotation]:
    contexts = CONTEXTS if caller.secrets else ("vars",)
    outside = {key: value for key, value in workflow.raw.items() if key != "jobs"}
    for key, value in outside.items():
        yield from _names(value, workflow.raw.lines[key], contexts, workflow, _Known(repository, None))
    for job in workflow.jobs.values():
        yield from _names(job.raw, job.line, contexts, workflow, _Known(repository, _environment(job)))
        permissions = job.raw.get("permissions", workflow.raw.get("permissions", caller.permissions))
        if job.uses:
            path = job.uses.removeprefix("./")
            inner = Caller(permissions, caller.secrets and job.raw.get("secrets") == "inherit")
            yield from _remarks(read_workflow(path, sources.files[path]), sources, repository, inner)
        elif not _reads(permissions):
            yield from _checkouts(workflow, job)


def _checkouts(workflow: Workflow, job: Job) -> Iterator[Annotation]:
    """The steps that need a permission which their job does not have; one with a token of its own needs none."""
    words = _("The permissions of the job {job} have no contents: on github.com this fails in a private repository.")
    for step in job.steps:
        inputs = step.raw.get("with")
        own = isinstance(inputs, Mapping) and {"token", "ssh-key", "repository"} & set(inputs)
        if step.uses.lower().startswith(CHECKOUT) and not own:
            yield Annotation(
                "warning",
                words.format(job=job.id),
                workflow.path,
                step.line,
                title="permissions",
                hint=_("What permissions does not name, it takes away: add contents: read."),
            )


def _reads(permissions: Any) -> bool:
    """Whether GITHUB_TOKEN may read the repository."""
    if isinstance(permissions, Mapping):
        return permissions.get("contents") in ("read", "write")
    return True  # read-all, write-all, or none are named


def _environment(job: Job) -> str | None:
    """The environment of a job; None when it is known only once the job runs."""
    named = job.raw.get("environment")
    name = named.get("name", "") if isinstance(named, Mapping) else named or ""
    return None if "${{" in str(name) else str(name)


class _Known:
    """The names that are set; with `environment` None those of all environments too."""

    def __init__(self, repository: "Repository", environment: str | None) -> None:
        environments = repository.environments
        wanted = environments if environment is None else [environment.casefold()]
        places: list[Repository | Environment] = [repository]
        places += [environments[name] for name in wanted if name in environments]
        self.names = {
            "secrets": {name.upper() for one in places for name in one.secrets},
            "vars": {name.upper() for one in places for name in one.variables},
        }

    def hint(self, context: str, name: str) -> str:
        """What is set instead, and how to see it."""
        other = "vars" if context == "secrets" else "secrets"
        if name in self.names[other]:
            return _("There is {name}.").format(name=f"{other}.{name}")
        near = difflib.get_close_matches(name, sorted(self.names[context]), n=1)
        command = "camp github secret list" if context == "secrets" else "camp github variable list"
        if near:
            return _("Do you mean {name}? '{command}' prints all names.").format(name=near[0], command=command)
        return _("'{command}' prints all names.").format(command=command)


def _names(value: Any, line: int, contexts: tuple[str, ...], workflow: Workflow, known: _Known) -> Iterator[Annotation]:
    for text, at in _texts(value, line):
        for context, name in _properties(text):
            if context in contexts and name not in known.names[context] and name not in ALWAYS_SET:
                yield Annotation(
                    "warning",
                    _("{name} is not set: an empty text takes its place.").format(name=f"{context}.{name}"),
                    workflow.path,
                    at,
                    title="names",
                    hint=known.hint(context, name),
                )


def _texts(value: Any, line: int) -> Iterator[tuple[str, int]]:
    """All texts in a value, and their lines."""
    if isinstance(value, YamlMapping):
        for key, one in value.items():
            yield from _texts(one, value.lines.get(key, line))
    elif isinstance(value, YamlSequence):
        for one, at in zip(value, value.lines, strict=True):
            yield from _texts(one, at)
    elif isinstance(value, str):
        yield value, line


def _properties(text: str) -> Iterator[tuple[str, str]]:
    """The context and the name of each property that the expressions in a text use. One that compares, or has another
    value for an empty one, may ask for what is not set."""
    for part in PART.finditer(text):
        try:
            found = tokens_of(part[1])
        except ExpressionError:
            continue  # act says so when it comes to it
        if not any(one.text in COMPARING for one in found if one.kind == "sign"):
            yield from _used(found)


def _used(found: list[Token]) -> Iterator[tuple[str, str]]:
    for place, token in enumerate(found[:-2]):
        before = found[place - 1].text if place else ""
        sign, name = found[place + 1], found[place + 2]
        if token.kind != "name" or token.text.lower() not in CONTEXTS or before == ".":
            continue
        if sign.text == "." and name.kind == "name":
            yield token.text.lower(), name.text.upper()
        elif sign.text == "[" and name.kind == "string":
            yield token.text.lower(), name.text[1:-1].upper()
