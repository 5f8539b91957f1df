"""Why an app cannot be loaded, for its author: what, in which file and line, and how to mend it."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from localcloud.messages import _

from .app_mends import mend_of
from .missing_modules import missing_module
from .unsupported import old_functions, old_model

Report = Mapping[str, Any]

LONGEST = 2_000
SAVE_IT = _("The host keeps running; save the file when it is corrected.")
MOST_FILES = 50
MOST_BYTES = 1_000_000
_NAMED_FUNCTION = re.compile(r"cannot load the (\S+) function|Function (\S+) does not have")


def explain(report: Report, app_dir: str, folder: Path | None = None) -> str:
    """The host's words for a worker's report of an indexing error, its place in the app, and the mend.

    `report` holds type, message, name, file, line, text and traceback, any of them missing. The app is in `folder`,
    which its worker knows as `app_dir`.
    """
    app, folder = Path(app_dir), folder or Path(app_dir)
    kind = str(report.get("type") or "Error")
    message = _bounded(str(report.get("message") or "")).replace(f"{app}/", "").replace(str(app), "the app's folder")
    file, line, text = _place(report, app, folder)
    own = [file.stem for file in _sources(folder)] + [one.name for one in folder.glob("*/") if one.is_dir()]
    requirements = "\n".join(_lines(folder / "requirements.txt"))
    mend = _old_model(kind, folder) or missing_module(report, own, requirements) or mend_of(report)
    return "\n".join(
        part
        for part in (
            f"Worker failed to index functions. {kind}: {message}",
            _where(file, line),
            f"    {_bounded(text.strip())}" if text.strip() else "",
            mend,
            SAVE_IT,
        )
        if part
    )


def without_save_it(error: str) -> str:
    """An error without the line that asks to save the file, for hosts that do not go on."""
    return error.removesuffix(f"\n{SAVE_IT}")


def _bounded(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST] + " ..."


def _where(file: str | None, line: int | None) -> str:
    if not file:
        return ""
    return _("{file}, line {line}:").format(file=file, line=line) if line else f"{file}:"


def _old_model(kind: str, folder: Path) -> str | None:
    files = old_functions(folder) if kind == "FileNotFoundError" else []
    return old_model(files) if files and not (folder / "function_app.py").exists() else None


def _place(report: Report, app: Path, folder: Path) -> tuple[str | None, int | None, str]:
    """The file (within the app), line and text of the error; of the function's `def` when only that is known."""
    if report.get("file"):
        file = Path(str(report["file"]))
        shown = str(file.relative_to(app)) if file.is_relative_to(app) else file.name
        return shown, report.get("line"), str(report.get("text") or "")
    named = _NAMED_FUNCTION.search(str(report.get("message") or ""))
    if not named:
        return None, None, ""
    return _definition(named[1] or named[2], folder)


def _definition(function: str, app: Path) -> tuple[str | None, int | None, str]:
    """Where a function is defined last, or named by a decorator."""
    name = re.escape(function)
    wanted = (rf"^\s*(?:async\s+)?def\s+{name}\s*\(", rf"function_name\(.*[\"']{name}[\"']")
    for pattern in wanted:
        found = [
            (str(file.relative_to(app)), number, line)
            for file in _sources(app)
            for number, line in enumerate(_lines(file), start=1)
            if re.search(pattern, line)
        ]
        if found:
            return found[-1]
    return None, None, ""


def _sources(app: Path) -> Iterator[Path]:
    """The app's own Python files, `function_app.py` last."""
    files = sorted(app.glob("*.py"), key=lambda file: (file.name == "function_app.py", file.name))
    return iter(files[-MOST_FILES:])


def _lines(file: Path) -> list[str]:
    """A regular file's lines, none when it is anything else or very long."""
    try:
        if not file.is_file() or file.stat().st_size > MOST_BYTES:
            return []
        return file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []  # gone since it was listed: then nothing is defined there
