"""How long a page of a feed is."""

from .errors import bad_request
from .exchange import Request

LONGEST_FEED = 1000


def page_size(request: Request, most: int = LONGEST_FEED) -> int:
    """`x-ms-max-item-count`; -1 and nothing are the most."""
    text = request.headers.get("x-ms-max-item-count", "-1")
    try:
        wanted = int(text)
    except ValueError:
        raise bad_request(
            f"The value '{text[:40]}' specified for the header 'x-ms-max-item-count' is invalid."
        ) from None
    return min(wanted, most) if wanted > 0 else most
