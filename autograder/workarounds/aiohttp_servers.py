"""aiohttp remembers the last thousand handlers of all servers of a process, and with each the whole cloud behind it."""

from aiohttp import web_app

PACKAGE, VERSION = "aiohttp", "3.14.5"


def forget_servers() -> None:
    """To be called when servers have ended: what only aiohttp still remembers is freed."""
    if built := getattr(web_app, "_cached_build_middleware", None):
        built.cache_clear()
