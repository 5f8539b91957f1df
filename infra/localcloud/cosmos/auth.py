"""Master-key authentication: an HMAC of verb, resource type, resource link and date (cosmos-wire.md section 3)."""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Sequence
from email.utils import parsedate_to_datetime
from functools import lru_cache
from urllib.parse import unquote

from . import rid
from .errors import CosmosError, said
from .exchange import Request

EMULATOR_KEY = "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw=="
MOST_SKEW_SECONDS = 15 * 60
LONGEST_HEADER = 2048
QUOTED_TOKEN = "type%3Dmaster%26ver%3D1.0%26sig%3D"  # as clients send it; `quote` would take longer than the HMAC


class MasterKey:
    """Checks signatures made with a base64 key, or with one of `more`; those of `readonly` may sign reads alone.
    `wall` tells the time that `x-ms-date` is compared with."""

    def __init__(
        self, key: str, wall: Callable[[], float] = time.time, more: Sequence[str] = (), readonly: Sequence[str] = ()
    ) -> None:
        self._more = [MasterKey(one, wall) for one in more]
        self._readonly = [MasterKey(one, wall) for one in readonly]
        self._hmac = hmac.new(base64.b64decode(key), digestmod=hashlib.sha256)
        self._wall = wall
        self._dates: tuple[str, float] = ("", 0.0)
        self._tokens = lru_cache(64)(self._tokens_of)  # a client signs the same text for a second

    def check(self, request: Request) -> None:
        """CosmosError 401 for a missing or wrong signature, 403 for one of another time."""
        given = request.headers.get("authorization", "")
        date = request.headers.get("x-ms-date", "")
        if not given or len(given) > LONGEST_HEADER:
            raise refused("Required Header authorization is missing. Ensure a valid Authorization token is passed.")
        http_date = request.headers.get("date", "") if not date else ""
        signed = texts(request, date, http_date)
        if not any(self._signed(given, text) for text in signed) and not self._by_another(request, given, signed):
            raise refused(
                "The input authorization token can't serve the request. The wrong key is being used or the expected "
                "payload is not built as per the protocol. For more info: https://aka.ms/cosmosdb-tsg-unauthorized."
            )
        self._check_date(date or http_date)

    def _by_another(self, request: Request, given: str, signed: list[str]) -> bool:
        """Whether one of the other keys signed it; CosmosError 403 for a write with a key that only reads."""
        if any(one._signed(given, text) for one in self._more for text in signed):
            return True
        if not any(one._signed(given, text) for one in self._readonly for text in signed):
            return False
        if not _reads(request):
            raise CosmosError(
                403, None, said("The authorization token is not valid for a write: the key is read-only.")
            )
        return True

    def _signed(self, given: str, text: str) -> bool:
        quoted, plain = self._tokens(text)
        if hmac.compare_digest(quoted, given.encode("utf-8", "replace")):
            return True
        return hmac.compare_digest(plain, unquote(given).encode())

    def _tokens_of(self, text: str) -> tuple[bytes, bytes]:
        """The token that signs `text`, as the SDK quotes it and unquoted."""
        mac = self._hmac.copy()
        mac.update(text.encode("utf-8", "replace"))
        signature = base64.b64encode(mac.digest()).decode("ascii")
        quoted = QUOTED_TOKEN + signature.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
        return quoted.encode(), f"type=master&ver=1.0&sig={signature}".encode()

    def _check_date(self, date: str) -> None:
        if date != self._dates[0]:
            try:
                self._dates = (date, parsedate_to_datetime(date).timestamp())
            except (TypeError, ValueError, IndexError, OverflowError) as error:
                raise refused("The x-ms-date header is no HTTP date.") from error
        if abs(self._wall() - self._dates[1]) > MOST_SKEW_SECONDS:
            raise CosmosError(403, None, said("The authorization token is not valid at the current time. "
                                              "Please create another token and retry."))  # fmt: skip


def texts(request: Request, date: str, http_date: str) -> list[str]:
    """What may have been signed: the path's names and, where the path has resource ids, its last one in lower case."""
    segments = request.segments
    if len(segments) % 2:  # a feed of a parent, or a command
        kind, parent = segments[-1], segments[:-1]
    else:
        kind, parent = (segments[-2], segments) if segments else ("", [])
    if "operations" in segments[-2:]:
        kind, parent = "colls", segments[:4]
    links = ["/".join(parent)]
    if parent and (segments[0] == "offers" or rid.is_database(segments[1])):
        links.insert(0, parent[-1].lower())
    tail = f"\n{date.lower()}\n{http_date.lower()}\n"
    return [f"{request.method.lower()}\n{kind.lower()}\n{link}{tail}" for link in links]


def _reads(request: Request) -> bool:
    query = request.flag("x-ms-documentdb-isquery") or "query+json" in request.headers.get("content-type", "")
    return request.method in ("GET", "HEAD") or query


def refused(message: str) -> CosmosError:
    return CosmosError(401, None, said(message))
