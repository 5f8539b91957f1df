"""`Set-Cookie` as the host rewrites it: the attributes that the worker read, in ASP.NET's spelling and order."""

from collections.abc import Mapping
from datetime import datetime, timezone
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import quote

from localcloud.messages import _

UNRESERVED = "-_.~"
SAME_SITE = ("lax", "strict", "none")


class CookieError(ValueError):
    """A cookie cannot be sent; the request is answered with 500."""


def set_cookie(cookie: Mapping[str, str]) -> str:
    """The header for a cookie with `name`, `value` and the attributes of `http.cookies.Morsel`.

    Absent domain and path are written empty, as the host does. CookieError for a bad expires or max-age.
    """
    parts = [f"{cookie['name']}={quote(cookie['value'], safe=UNRESERVED)}"]
    if text := cookie.get("expires"):
        parts.append(f"expires={_http_date(text)}")
    if text := cookie.get("max-age"):
        parts.append(f"max-age={_whole_seconds(text)}")
    parts += [f"domain={cookie.get('domain') or ''}", f"path={cookie.get('path') or ''}"]
    if cookie.get("secure"):
        parts.append("secure")
    if (same_site := str(cookie.get("samesite") or "").lower()) in SAME_SITE:
        parts.append(f"samesite={same_site}")
    if cookie.get("httponly"):
        parts.append("httponly")
    return "; ".join(parts)


def _http_date(text: str) -> str:
    """A date of any of the usual spellings as HTTP writes it."""
    try:
        return format_datetime(_moment(text).astimezone(timezone.utc), usegmt=True)
    except (ValueError, OverflowError) as error:
        raise CookieError(
            f"Can not parse value {text} of expires in the cookie due to invalid format. "
            + _("Write it as in {example}.").format(example="Expires=Thu, 12 Jan 2017 13:55:08 GMT")
        ) from error


def _moment(text: str) -> datetime:
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return datetime.fromisoformat(text.strip().replace("Z", "+00:00"))


def _whole_seconds(text: str) -> int:
    try:
        seconds = int(float(text))
    except (ValueError, OverflowError):
        seconds = -1
    if seconds < 0:
        raise CookieError(_("The cookie's max-age is {text}: write it in seconds, 0 or more.").format(text=text))
    return seconds
