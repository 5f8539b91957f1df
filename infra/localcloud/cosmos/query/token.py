"""Continuation tokens: where a page ended, in terms of documents, so that writes between pages disturb nothing.

A token is of one query: with another it is refused. Opaque to clients; a dot keeps it from being base64 of anything.
"""

import base64
import binascii
import zlib
from dataclasses import dataclass
from typing import Any

import orjson

from ..errors import CosmosError, bad_request
from ..undefined import UNDEFINED

FORM = "camp1."
LONGEST_VALUE = 1000  # characters of a value to order by; headers are short


@dataclass(frozen=True)
class Token:
    """The last thing that was answered or passed over.

    `doc` and `row`: its document, and how many of the document's rows are done. `low` and `high`: the segment it lies
    in. `emitted`: how many rows there were so far, `passed` how many OFFSET has used up. `epk` and `values`: for a
    query with ORDER BY, where in the order.
    """

    doc: int = 0
    row: int = 0
    low: bytes = b""
    high: bytes = b"\xff"
    emitted: int = 0
    passed: int = 0
    epk: bytes = b""
    values: tuple[Any, ...] | None = None

    def text(self, fingerprint: int) -> str:
        """The token as clients get it."""
        values = self.values and [[] if value is UNDEFINED else [_short(value)] for value in self.values]
        parts = [fingerprint, self.doc, self.row, self.low.hex(), self.high.hex(), self.emitted, self.passed]
        raw = orjson.dumps([*parts, self.epk.hex(), values])
        return FORM + base64.urlsafe_b64encode(raw).decode("ascii")


def _short(value: Any) -> Any:
    if isinstance(value, str) and len(value) > LONGEST_VALUE:
        return value[:LONGEST_VALUE]
    if isinstance(value, list | dict) and len(orjson.dumps(value)) > LONGEST_VALUE:
        return type(value)()
    return value


def is_short(value: Any) -> bool:
    """Whether a value of a token may stand for a longer one."""
    return value in ([], {}) or (isinstance(value, str) and len(value) == LONGEST_VALUE)


def read(text: str, fingerprint: int) -> Token:
    """CosmosError 400 for a text that is no token of this query."""
    try:
        parts = orjson.loads(base64.b64decode(text.removeprefix(FORM), altchars=b"-_", validate=True))
        found, doc, row, low, high, emitted, passed, epk, values = parts
        if not text.startswith(FORM) or any(
            not isinstance(one, int) or isinstance(one, bool) or not 0 <= one < 1 << 62
            for one in (doc, row, emitted, passed)
        ):
            raise _refused()
        ends = [bytes.fromhex(one) for one in (low, high, epk)]
        known = None if values is None else tuple(one[0] if one else UNDEFINED for one in values)
    except (binascii.Error, orjson.JSONDecodeError, ValueError, TypeError, KeyError) as error:
        raise _refused() from error
    if found != fingerprint:
        raise _refused()
    return Token(doc, row, ends[0], ends[1], emitted, passed, ends[2], known)


def fingerprint(container: str, text: str, parameters: Any) -> int:
    """What tokens of a query on a container are known by."""
    return zlib.crc32(orjson.dumps([container, text, parameters]))


def _refused() -> CosmosError:
    return bad_request("Invalid Continuation Token")
