"""What `camp func start` prints, in the words of Core Tools, and the storage setting that it insists on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from localcloud.messages import _

from .http.keys import Keys
from .loading.settings import DEFAULT_CONNECTION, SettingsError, connection

WITHOUT_STORAGE = (
    "httptrigger",
    "kafkatrigger",
    "rabbitmqtrigger",
    "orchestrationTrigger",
    "activityTrigger",
    "entityTrigger",
)


@dataclass(frozen=True)
class Listed:
    """A function for the list: `url` is empty unless an HTTP request triggers it."""

    name: str
    trigger: str
    url: str = ""
    methods: Sequence[str] = ()


def listing(functions: Iterable[Listed]) -> str:
    """`Functions:` and a line for each, HTTP functions first; each kind by name."""
    ordered = sorted(functions, key=lambda function: (not function.url, function.name.lower()))
    if not ordered:
        return "No job functions found. Try making your job classes and methods public."
    lines = [f"\t{function.name}: {_reached_by(function)}" for function in ordered]
    return "Functions:\n\n" + "\n\n".join(lines) + "\n"


def _reached_by(function: Listed) -> str:
    if not function.url:
        return function.trigger
    methods = f"[{','.join(method.upper() for method in function.methods)}] " if function.methods else ""
    return methods + function.url.replace("//127.0.0.1", "//localhost", 1)


def key_listing(keys: Keys, functions: Iterable[str], kept_in: Path | None) -> str:
    """The keys that requests need, the master and host key first, and where they are kept."""
    host = {f"host key {name}": key for name, key in keys.host.items()}
    own = {f"{function} ({name})": key for function in functions for name, key in keys.functions[function].items()}
    lines = [f"\t{name}: {key}" for name, key in {"master key": keys.master, **host, **own}.items()]
    head = _("Keys, for the header x-functions-key or ?code=:")
    place = _("They are kept in {folder}.").format(folder=kept_in) if kept_in else _("They last until the host ends.")
    return "\n".join([head, "", *lines, "", place]) + "\n"


def missing_storage(triggers: Iterable[str], settings: Mapping[str, str]) -> str | None:
    """Core Tools' refusal when a trigger needs AzureWebJobsStorage and there is none; None when all is well."""
    free = {trigger.lower() for trigger in WITHOUT_STORAGE}
    if all(trigger.lower() in free for trigger in triggers):
        return None
    try:
        connection(DEFAULT_CONNECTION, settings)
    except SettingsError:
        return (
            f"Missing value for {DEFAULT_CONNECTION} in local.settings.json. This is required for all triggers other "
            f"than {', '.join(WITHOUT_STORAGE)}. Specify a connection string in local.settings.json, such as "
            f'"{DEFAULT_CONNECTION}": "UseDevelopmentStorage=true".'
        )
    return None
