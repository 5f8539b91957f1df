"""Deliveries in plain words: why one failed, and what the learner can do about it."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from localcloud.messages import _


def explanation(status: int | None, failure: str | None, url: str) -> str:
    """One sentence or two on a failed delivery to `url`; empty for one that was acknowledged."""
    if failure is None:
        return ""
    address = urlsplit(url)
    if status is not None:
        return _of_status(status, address.path)
    sentences = {
        "http_timeout": _("The app did not answer within 3 seconds. Acknowledge first, work afterwards."),
        "connection_failed": _("Nothing listens at {address}. The Functions host is probably not running.").format(
            address=address.netloc
        ),
        "too_many_redirects": _("The app redirected more than twice. Slack follows two redirects at most."),
        "ssl_error": _("The app's certificate was not accepted."),
    }
    return sentences.get(failure, _("The request could not be sent."))


def _of_status(status: int, path: str) -> str:
    exact = {
        400: _("The function refused the request as malformed: 400."),
        401: _("The app did not accept the request: 401. Look at how it checks the signature or its function key."),
        403: _("The app refused the request: 403. Look at how it checks the signature or the token."),
        404: _("No function answers at {path}: 404. Look at the route of your function.").format(path=path),
        405: _("The function at {path} does not take POST: 405. Look at the methods of its route.").format(path=path),
        503: _("The Functions host is not ready: 503. Perhaps your app does not load; see the functions page."),
    }
    if status in exact:
        return exact[status]
    if status >= 500:
        return _("The function failed: {status}. Its log on the functions page tells why.").format(status=status)
    return _("The app answered {status}; Slack takes only a 2xx as an acknowledgement.").format(status=status)


def next_try(attempt: int, kind: str, delays: Sequence[float], no_retry: bool = False) -> str:
    """When the next attempt comes after a failed one."""
    if kind == "slash":
        return _("Slash commands are not repeated.")
    if no_retry:
        return _("The app asked for no retry.")
    if attempt >= len(delays):
        return _("Slack gives up after this attempt.")
    seconds = delays[attempt]
    if seconds < 1:
        return _("Slack tries again at once.")
    if seconds < 60:
        return _("Slack tries again in {seconds} s.").format(seconds=round(seconds))
    return _("Slack tries again in {minutes} min.").format(minutes=round(seconds / 60))
