"""Ways to write an app that this host does not run: how each is known, and what to do instead. Pure functions, but for
looking into the app's folder."""

import re
from collections.abc import Mapping
from pathlib import Path

from localcloud.messages import _

from .settings import SettingsError, setting

RUNTIME = "FUNCTIONS_WORKER_RUNTIME"
CLIENTS = frozenset(
    {
        "BlobClient", "ContainerClient", "StorageStreamDownloader", "QueueClient", "TableClient", "CosmosClient",
        "DatabaseProxy", "ContainerProxy", "EventData", "ServiceBusReceivedMessage",
    }
)  # fmt: skip
STREAMED = frozenset({"Request", "StreamingResponse", "JSONResponse", "Response"})
_SDK_TYPES = re.compile(r"azurefunctions\.extensions\.bindings")
_STREAMS = re.compile(r"azurefunctions\.extensions\.http|fastapi")
_DURABLE = re.compile(r"azure\.durable_functions|durable_functions.* from 'azure'")
MOST_FOLDERS = 1_000


def check_runtime(settings: Mapping[str, str]) -> None:
    """SettingsError when the app is one for the worker of another language."""
    language = setting(settings, RUNTIME)
    if language and language.lower() != "python":
        raise SettingsError(
            _("{name} is '{language}': this host runs Python apps alone. Write python.").format(
                name=RUNTIME, language=language
            )
        )


def old_functions(app: Path) -> list[str]:
    """The `<folder>/function.json` of an app of the first programming model."""
    try:
        folders = sorted(app.iterdir())[:MOST_FOLDERS]
        return [f"{one.name}/function.json" for one in folders if (one / "function.json").is_file()]
    except OSError:
        return []  # a folder that nobody may read holds no app


def old_model(files: list[str]) -> str:
    """What to do about an app of the first programming model."""
    return _(
        "{file} belongs to the v1 programming model, which this host does not run. Write the functions with decorators "
        "into function_app.py: app = func.FunctionApp(), and above each def its trigger (the v2 model)."
    ).format(file=files[0])


def unsupported_import(module: str, line: str) -> str | None:
    """What to do about an import of a module that only a model needs which is not supported here; None for others."""
    asked = f"{module} {line}"
    if _SDK_TYPES.search(asked):
        return sdk_types()
    if _STREAMS.search(asked):
        return http_streams()
    if _DURABLE.search(asked):
        return _("Durable Functions are not supported here. A queue between two functions keeps their state as well.")
    return None


def unsupported_type(binding: str, annotation: str) -> str | None:
    """What to do about a parameter whose class only such a model fills; None for others."""
    if annotation in CLIENTS:
        return sdk_types()
    return http_streams() if binding in ("httpTrigger", "http") and annotation in STREAMED else None


def sdk_types() -> str:
    return _(
        "SDK-type bindings (a client or message of the SDK as a parameter) are not supported here: take a class of "
        "azure.functions, str or bytes, or make the client in the function."
    )


def http_streams() -> str:
    return _(
        "HTTP streams are not supported here: take func.HttpRequest and return func.HttpResponse, or use "
        "func.AsgiFunctionApp."
    )
