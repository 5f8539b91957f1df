"""Labelled texts on a bar, and how long things took, in words."""

from localcloud.messages import _

LONGEST = 400

Facts = tuple[tuple[str, str], ...]


def facts(*pairs: tuple[str, object]) -> Facts:
    """The pairs that say something, each text cut to a few lines."""
    return tuple((label, shortened(str(value), LONGEST)) for label, value in pairs if value not in (None, ""))


def shortened(text: str, most: int) -> str:
    """One line of at most so many characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def span(seconds: float) -> str:
    """`12 ms`, `3.05 s` or `5 min 2 s`."""
    if seconds < 0.9995:
        return exact_milliseconds(seconds, 0)
    if seconds < 59.95:
        return _("{number} s").format(number=f"{seconds:.3g}")
    minutes, rest = divmod(round(seconds), 60)
    words = _("{minutes} min {seconds} s") if rest else _("{minutes} min")
    return words.format(minutes=minutes, seconds=rest)


def exact_milliseconds(seconds: float, digits: int) -> str:
    return _("{number} ms").format(number=f"{seconds * 1000:.{digits}f}")


def exact_seconds(seconds: float, digits: int) -> str:
    return _("{number} s").format(number=f"{seconds:.{digits}f}")
