"""Which handler answers which address."""

from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from ..forge import Forge


def rest_routes(forge: "Forge") -> list[web.RouteDef]:
    """All routes of the REST API of a forge."""
    return []
