"""Finding the handler for a path: what Kudu and Resource Manager share."""

import re
from collections.abc import Sequence
from typing import Generic, TypeVar

Handler = TypeVar("Handler")
SEGMENT = re.compile(r"\{(\w+)(\*?)\}")


class Routes(Generic[Handler]):
    """Methods and paths with `{parts}` (`{part*}` goes over slashes), in any case as Azure reads them."""

    def __init__(self, table: Sequence[tuple[str, str, Handler]]) -> None:
        self._routes = [(method, re.compile(_pattern(path), re.IGNORECASE), handler) for method, path, handler in table]

    def find(self, method: str, path: str) -> tuple[Handler, dict[str, str]] | None:
        """The handler, and what the path's parts are; None when there is none."""
        plain = path.rstrip("/") or "/"
        for wanted, pattern, handler in self._routes:
            if wanted == method and (match := pattern.fullmatch(plain)):
                return handler, match.groupdict()
        return None


def _pattern(path: str) -> str:
    parts = []
    last = 0
    for match in SEGMENT.finditer(path):
        parts += [re.escape(path[last : match.start()]), f"(?P<{match[1]}>{'.+' if match[2] else '[^/]+'})"]
        last = match.end()
    return "".join([*parts, re.escape(path[last:])])
