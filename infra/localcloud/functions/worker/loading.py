"""Importing an app and finding its functions, as the real worker indexes the v2 programming model."""

import importlib.machinery
import importlib.util
import json
import os
import re
import sys
import traceback
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

import azure.functions as func

from .cosmos_threads import keep_apart
from .signature import Signature, signature_of
from .telling import attempt, frames_of, kind_of, message_of, number, text, trace_of

SCRIPT = "function_app.py"
OWN, INSTALLED, NAMESPACE = "own", "installed", "namespace"
SHARED = "azure"  # the worker holds the SDK that is in it: an app's own would be another one
_SCRIPT_NAME = re.compile(r"^[a-zA-Z0-9_][a-zA-Z0-9_\-]*\.py$")


@dataclass(frozen=True)
class Loaded:
    """One function, ready to be called, and what the host needs to know of it."""

    name: str
    call: Callable[..., Any]
    signature: Signature
    directory: str
    facts: dict[str, Any]


def load(app: Path) -> list[Loaded]:
    """The functions of the app in `app`; raises whatever its code raises, ValueError and FunctionLoadError included."""
    os.chdir(app)
    packages = app / ".python_packages" / "lib" / "site-packages"
    sys.path[:0] = [str(app), *([str(packages)] if packages.is_dir() else [])]
    forget_shadowed(app)
    script = os.environ.get("PYTHON_SCRIPT_FILE_NAME") or SCRIPT
    if not _SCRIPT_NAME.match(script):
        raise ValueError(f"Invalid file name: {script}")
    module = _import(app / script)
    keep_apart()
    register = _register(module, script)
    return [loaded(function, script) for function in register.get_functions()]


def forget_shadowed(app: Path) -> None:
    """Forgets modules that were imported ahead of the app and that the app has of its own."""
    own = {path.stem for path in app.iterdir() if path.stem in sys.modules} - {SHARED}
    if not own:
        return  # looking at every module would make a forked worker copy the memory of all of them
    for name in [name for name in sys.modules if name.partition(".")[0] in own and _is_installed(sys.modules[name])]:
        del sys.modules[name]


def _is_installed(module: ModuleType) -> bool:
    return "site-packages" in (getattr(module, "__file__", None) or "")


def imported() -> list[str]:
    """The installed modules that are imported now: what a fresh worker may import ahead."""
    return [name for name, module in list(sys.modules.items()) if _is_installed(module)]


def _import(path: Path) -> ModuleType:
    if not path.is_file():
        raise FileNotFoundError(f"Could not find {path.name} in {path.parent}")
    return importlib.import_module(path.stem)


def _register(module: ModuleType, script: str) -> Any:
    found = [one for one in vars(module).values() if isinstance(one, func.FunctionRegister)]
    distinct = {id(one): one for one in found}
    if not distinct:
        raise ValueError(f"Could not find top level function app instances in {script}.")
    if len(distinct) > 1:
        raise ValueError(f"More than one top level function app instances are defined in {script}.")
    return found[0]


def loaded(function: Any, script: str) -> Loaded:
    """A function of the SDK's, as it is called; `script` is the file that it stands in."""
    name = function.get_function_name()
    call = function.get_user_function()
    bindings = [json.loads(text) for text in function.get_raw_bindings()]
    facts = {
        "name": name,
        "id": str(uuid.uuid5(uuid.NAMESPACE_OID, name)),
        "bindings": bindings,
        "retry": function.get_settings_dict("retry_policy"),
        "script": script,
    }
    return Loaded(name, call, signature_of(name, call, function.get_bindings()), os.getcwd(), facts)


def report(error: BaseException, app: Path) -> dict[str, Any]:
    """What went wrong while loading: type, message, and the file, line and text of the app's code it happened in."""
    frames = frames_of(error)
    nowhere: dict[str, Any] = {"file": None, "line": None, "text": None}
    name = attempt(lambda: error.name if isinstance(error, ImportError) else None, None)
    return {
        "type": kind_of(error),
        "message": attempt(lambda: text(error.msg) if isinstance(error, SyntaxError) else None, None)
        or message_of(error),
        "name": text(name),
        **attempt(lambda: _parent_of(text(name) or "", app), {}),
        **attempt(lambda: _place_in_source(error) or _place_of_frames(frames, app) or nowhere, nowhere),
        "traceback": trace_of(error, frames),
    }


def _parent_of(name: str, app: Path) -> dict[str, Any]:
    """The imported package that a missing module would be in, and whose it is: `parent`, `parent_kind`; nothing when
    there is none. `hidden` is set when one of the app's own stands before an installed one of its name."""
    parts = name.split(".")
    known = [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
    parent = next((one for one in known if one in sys.modules), None)
    if parent is None:
        return {}
    module = sys.modules[parent]
    file = getattr(module, "__file__", None)
    places = [Path(file)] if file else [Path(place) for place in getattr(module, "__path__", ())]
    if any(place.is_relative_to(app) for place in places):
        elsewhere = [place for place in sys.path if not Path(place).absolute().is_relative_to(app)]
        hidden = importlib.machinery.PathFinder.find_spec(parts[0], elsewhere) is not None
        return {"parent": parent, "parent_kind": OWN, "hidden": int(hidden)}
    return {"parent": parent, "parent_kind": INSTALLED if file or not places else NAMESPACE}


def _place_in_source(error: BaseException) -> dict[str, Any] | None:
    """Where the syntax is wrong."""
    if not isinstance(error, SyntaxError) or not (file := text(error.filename)):
        return None
    return {"file": file, "line": number(error.lineno), "text": (text(error.text) or "").rstrip("\n")}


def _place_of_frames(frames: TracebackType | None, app: Path) -> dict[str, Any] | None:
    """The last place in the app's code that the error passed."""
    found = None
    for frame in traceback.extract_tb(frames):
        if Path(frame.filename).is_relative_to(app):
            found = {"file": text(frame.filename), "line": number(frame.lineno), "text": text(frame.line)}
    return found
