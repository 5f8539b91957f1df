"""What the Cosmos DB service refused, in the words of the extension, and what to do about it."""

from http import HTTPStatus
from typing import TYPE_CHECKING

from localcloud.messages import _

if TYPE_CHECKING:
    from azure.core.exceptions import AzureError

LONGEST = 2_000


class CosmosBindingError(ValueError):
    """A binding's value, or what the service says to it, is wrong; the text says why."""


def explained(error: "AzureError", path: str) -> CosmosBindingError:
    """The error for a request about `path` (database and container) that failed; `error` is azure-core's."""
    status = getattr(error, "status_code", None)
    message = str(getattr(error, "message", None) or error).strip()[:LONGEST]
    if status is None:
        return CosmosBindingError(
            message + " " + _("Does the Cosmos DB account answer? {path} is not reached.").format(path=path)
        )
    substatus = getattr(error, "sub_status", None) or 0
    words = (
        f"Response status code does not indicate success: {_name(status)} ({status}); Substatus: {substatus}; "
        f"Reason: ({message})."
    )
    mend = _mend(status, message)
    return CosmosBindingError(f"{words} {mend}" if mend else words)


def _name(status: int) -> str:
    try:
        return HTTPStatus(status).phrase.title().replace(" ", "")
    except ValueError:
        return "Error"


def _mend(status: int, message: str) -> str | None:
    if status == 401:
        return _("Does the connection's AccountKey belong to its AccountEndpoint?")
    if status == 429:
        return _("The container has no request units left in this second. The heat map shows which partition.")
    if status == 400 and "'id" in message:
        return _("Give every document an id that is text.")
    return None
