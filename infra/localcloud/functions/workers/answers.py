"""What a worker says, looked at before it is believed: an app can write whatever it likes on its worker's socket."""

from typing import Any

from ..worker.frames import FrameError

LEVELS = frozenset({"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"})
Header = dict[str, Any]


def checked(header: Header, blob_bytes: int) -> Header:
    """The header, if it is one that our half of the worker sends; else FrameError."""
    kind = header.get("t")
    if not isinstance(kind, str) or kind not in SHAPES or not SHAPES[kind](header, blob_bytes):
        raise FrameError(f"a frame of the kind {str(kind)[:40]!r} that no worker sends")
    return header


def _make_printable(texts: dict[str, Any]) -> None:
    """Half a character (a lone surrogate) cannot be written out: it becomes what stands for it in Python."""
    for name, text in texts.items():
        if isinstance(text, str) and not text.isascii():
            texts[name] = text.encode("utf-8", "backslashreplace").decode()


def _ready(_header: Header, _blob: int) -> bool:
    return True


def _log(header: Header, _blob: int) -> bool:
    level = header.get("level")
    header["level"] = level if isinstance(level, str) and level in LEVELS else "INFO"
    _make_printable(header)
    return isinstance(header.get("message"), str) and isinstance(header.get("id"), (str, type(None)))


def _failed(header: Header, _blob: int) -> bool:
    error = header.get("error")
    if not isinstance(error, dict):
        return False
    _make_printable(error)
    return all(isinstance(value, (str, int, type(None))) for value in error.values())


def _loaded(header: Header, _blob: int) -> bool:
    functions, imported = header.get("functions"), header.get("imported")
    return (
        isinstance(functions, list)
        and all(_is_function(one) for one in functions)
        and isinstance(imported, list)
        and all(isinstance(name, str) for name in imported)
    )


def _is_function(facts: object) -> bool:
    if not isinstance(facts, dict) or not isinstance(facts.get("bindings"), list):
        return False
    return all(isinstance(facts.get(name), str) for name in ("name", "id", "script")) and all(
        isinstance(one, dict) and isinstance(one.get("name"), str) and isinstance(one.get("type"), str)
        for one in facts["bindings"]
    )


def _done(header: Header, blob: int) -> bool:
    if not isinstance(header.get("id"), str):
        return False
    if error := header.get("error"):
        if not isinstance(error, dict):
            return False
        _make_printable(error)
        return all(isinstance(error.get(name), str) for name in ("type", "message", "traceback"))
    outputs, returned = header.get("outputs"), header.get("returned")
    if not isinstance(outputs, dict) or (returned is not None and not _is_part(returned, blob)):
        return False
    return all(_is_part(part, blob) for part in outputs.values())


def _is_part(part: object, blob: int) -> bool:
    if not isinstance(part, dict) or not isinstance(part.get("type"), (str, type(None))):
        return False
    if part.get("type") in ("bytes", "http"):
        at = part.get("at")
        if not (isinstance(at, list) and len(at) == 2 and all(type(place) is int for place in at)):
            return False
        if not 0 <= at[0] <= at[1] <= blob:
            return False
    return part.get("type") != "http" or _is_response(part.get("value"))


def _is_response(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    headers, cookies = value.get("headers"), value.get("cookies")
    return (
        isinstance(value.get("status_code"), (str, int))
        and isinstance(headers, dict)
        and all(isinstance(text, str) for text in headers.values())
        and isinstance(cookies, list)
        and all(isinstance(cookie, dict) and isinstance(cookie.get("name"), str) for cookie in cookies)
    )


SHAPES = {"ready": _ready, "log": _log, "failed": _failed, "loaded": _loaded, "done": _done}
