"""What to do about an import that finds nothing: whose the module would be, and how to mend it. Pure functions."""

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from localcloud.messages import _

from .unsupported import unsupported_import

Report = Mapping[str, Any]

_REQUIREMENT = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)", re.MULTILINE)
_CANNOT_IMPORT = re.compile(r"cannot import name '([^']+)' from '([^']+)' \(unknown location\)")


def missing_module(report: Report, own: Sequence[str], requirements: str) -> str | None:
    """The mend, when the error is that a module is missing; else None. `own` are the app's own modules and folders,
    `requirements` the text of its requirements.txt."""
    if not (name := _missing(report)):
        return None
    if text := unsupported_import(name, str(report.get("text") or "")):
        return text
    parent, kind = str(report.get("parent") or ""), report.get("parent_kind")
    if kind == "own" and report.get("hidden"):
        return _("Your own {own} hides the package {own}. Give it another name.").format(own=name.partition(".")[0])
    top = name.partition(".")[0]
    if kind == "own" or (not parent and top in own):
        return _("{package} is part of the app, but {name} is not in it. Correct the import or add the file.").format(
            package=top, name=name
        )
    if kind == "installed" and name != parent:
        return _("The package {parent} is here, but it has no {name}: check the spelling.").format(
            parent=parent, name=name
        )
    if kind == "namespace":
        package = ".".join(name.split(".")[: parent.count(".") + 2])
        return _not_here(package, requirements)
    if close := difflib.get_close_matches(top, own, n=1):
        return _("The app has no {name}. Is it {close}?").format(name=name, close=close[0])
    if f"{top}." in str(report.get("text") or ""):
        return _not_here(top, requirements)
    return _not_here(
        top, requirements, _("Take the import out; if {package} is a file of yours, put {package}.py beside it.")
    )


def _missing(report: Report) -> str | None:
    """The name of the module that is missing; one of a package that has no file of its own, too."""
    if report.get("type") == "ModuleNotFoundError":
        return str(report.get("name") or "") or None
    found = _CANNOT_IMPORT.search(str(report.get("message") or "")) if report.get("type") == "ImportError" else None
    return f"{found[2]}.{found[1]}" if found else None


def _not_here(package: str, requirements: str, mend: str = "") -> str:
    known = {_normalised(match[1]) for match in _REQUIREMENT.finditer(requirements)}
    name = _normalised(package)
    if any(one == name or one.startswith(f"{name}-") for one in known):
        mend = _("Take it out of requirements.txt and out of the import.")
    text = _("The package {package} is not among the packages an app may use here.")
    return " ".join((text, mend or _("Take the import out."))).format(package=package)


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
