"""Which names and ids the service takes (cosmos-ru.md "Limits to enforce")."""

from typing import Any

from .errors import bad_request

LONGEST_ITEM_ID = 1023
LONGEST_NAME = 255
FORBIDDEN = frozenset("/\\?#")
MISSING = "The input content is invalid because the required properties - 'id; ' - are missing"


def item_id(value: Any) -> str:
    """The id of an item; CosmosError 400 for none, an empty one, one too long or with a forbidden character."""
    return _checked(value, LONGEST_ITEM_ID, frozenset("/\\"))


def name(value: Any) -> str:
    """The id of a database, container or other resource; CosmosError 400."""
    checked = _checked(value, LONGEST_NAME, FORBIDDEN)
    if not checked.isprintable():
        raise bad_request("The resource name must not contain control characters.")
    if checked.endswith(" "):
        raise bad_request("The resource name can't end with space")
    return checked


def _checked(value: Any, longest: int, forbidden: frozenset[str]) -> str:
    if value is None:
        raise bad_request(MISSING)
    if not isinstance(value, str) or not value:
        raise bad_request("The input name is invalid. Ensure to provide a unique non-empty string less than "
                          f"'{longest}' characters.")  # fmt: skip
    if len(value) > longest or (len(value) > longest // 4 and len(value.encode()) > longest):
        raise bad_request(f"The input name '{value[:80]}...' is invalid. Ensure to provide a unique non-empty string "
                          f"less than '{longest}' characters.")  # fmt: skip
    if not forbidden.isdisjoint(value):
        shown = ", ".join(f"'{one}'" for one in sorted(forbidden))
        raise bad_request(f"The input name '{value[:80]}' is invalid. It must not contain {shown}.")
    return value
