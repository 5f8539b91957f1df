"""Session tokens: `<range id>:<version>#<LSN>`, one for each physical partition (cosmos-wire.md section 12)."""

from .container import Container
from .errors import CosmosError, bad_request, said

VERSION = -1


def token(container: Container, partition: str) -> str:
    """The token of a partition after its container's last write."""
    return f"{partition}:{VERSION}#{container.lsn}"


def check(container: Container, given: str) -> None:
    """CosmosError 404/1002 when a client has seen more than this container holds, 400 for a malformed token."""
    for one in given.split(","):
        segments = one.rpartition(":")[2].split("#")
        try:
            lsn = int(segments[1] if len(segments) > 1 else segments[0])
        except ValueError:
            raise bad_request(f"The session token '{given[:200]}' is invalid.") from None
        if lsn > container.lsn:
            raise CosmosError(404, None, said("The read session is not available for the input session token."), 1002)
