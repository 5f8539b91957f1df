"""One call of the REST API: who calls, which repository, and answers in GitHub's form."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import web

from localcloud.http_loopback import is_local
from localcloud.messages import _

from ..git import GitFailed
from ..git_http import readable
from ..repository import NotThere, Repository
from ..tokens import Access
from ..writing import BadChange

if TYPE_CHECKING:
    from ..forge import Forge

DOCUMENTATION = "https://docs.github.com/rest"
READS = ("GET", "HEAD")
MOST_PER_PAGE = 100
USUAL_PER_PAGE = 30


class ApiError(Exception):
    """The call is refused, in GitHub's words."""

    def __init__(self, status: int, message: str, errors: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors

    def answer(self) -> web.Response:
        body: dict[str, Any] = {"message": self.message, "documentation_url": DOCUMENTATION, "status": str(self.status)}
        if self.errors:
            body["errors"] = list(self.errors)
        return web.json_response(body, status=self.status)


@dataclass(frozen=True)
class Call:
    """What a handler gets."""

    request: web.Request
    forge: "Forge"
    access: Access | None

    @property
    def repository(self) -> Repository:
        """The repository in the address, if the caller may see it."""
        info = self.request.match_info
        found = self.forge.find(f"{info['owner']}/{info['repo']}")
        if found is None or not (readable(found, self.access)):
            raise ApiError(404, "Not Found")
        return found

    @property
    def login(self) -> str:
        return self.access.login if self.access else ""

    def part(self, name: str) -> str:
        """A part of the address."""
        return self.request.match_info[name]

    def query(self, name: str, default: str = "") -> str:
        return self.request.query.get(name, default)

    def number(self, name: str) -> int:
        """A part of the address that is a number."""
        text = self.part(name)
        if not (text.isascii() and text.isdigit() and len(text) < 16):
            raise ApiError(404, "Not Found")
        return int(text)

    async def body(self) -> dict[str, Any]:
        """The JSON object that the request brings; empty without one."""
        try:
            text = await self.request.read()
            found = json.loads(text) if text.strip() else {}
        except (ValueError, RecursionError, web.RequestPayloadError):
            raise ApiError(400, "Problems parsing JSON") from None
        if not isinstance(found, dict):
            raise ApiError(400, "Body should be a JSON object")
        return found

    def pages(self, found: Sequence[Any]) -> tuple[Sequence[Any], Mapping[str, str]]:
        """The page that is asked for, and the header that leads to the others."""
        first, size = self.window()
        page = first // size + 1
        last = max(1, -(-len(found) // size))
        links = []
        for name, number in (("prev", page - 1), ("next", page + 1), ("last", last), ("first", 1)):
            if 1 <= number <= last and number != page:
                url = self.request.url.update_query(page=str(number))
                links.append(f'<{url}>; rel="{name}"')
        return found[first : first + size], {"Link": ", ".join(links)} if links else {}

    def window(self) -> tuple[int, int]:
        """How many to leave out, and how many to show, of what comes in pages."""
        size = min(max(1, self._positive("per_page", USUAL_PER_PAGE)), MOST_PER_PAGE)
        return (max(1, self._positive("page", 1)) - 1) * size, size

    def _positive(self, name: str, default: int) -> int:
        text = self.query(name)
        return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else default

    def listed(self, found: Sequence[Any]) -> web.Response:
        """A list, in pages."""
        page, headers = self.pages(found)
        return web.json_response(list(page), headers=headers)


Handler = Callable[[Call], Awaitable[web.StreamResponse]]


def text(body: Mapping[str, Any], name: str, default: str | None = None) -> str:
    """A field that must be text."""
    value = body.get(name, default)
    if not isinstance(value, str):
        code = "missing_field" if value is None else "invalid"
        raise ApiError(422, "Validation Failed", [{"field": name, "code": code}])
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can write
        raise ApiError(422, "Validation Failed", [{"field": name, "code": "invalid"}]) from None
    return value


def guarded(forge: "Forge", handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Lets in who may, and turns what is wrong into GitHub's answers."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(Call(request, forge, allowed(forge, request)))
        except ApiError as error:
            return error.answer()
        except NotThere as error:
            return ApiError(404, f"Not Found: {error}").answer()
        except BadChange as error:
            return ApiError(422, str(error)).answer()
        except GitFailed as error:
            return ApiError(422, _("git cannot do this: {reason}").format(reason=error.errors.strip()[:500])).answer()
        except web.HTTPRequestEntityTooLarge:
            return ApiError(413, "Payload Too Large").answer()

    return answer


def allowed(forge: "Forge", request: web.Request) -> Access | None:
    """Whose token came with the request; ApiError for a wrong one, and for a change that it does not allow."""
    if not is_local(request.host):
        raise ApiError(403, _("Only this computer may ask."))
    access = forge.tokens.access(request.headers)
    if access is None and "Authorization" in request.headers:
        raise ApiError(401, "Bad credentials")
    if request.method not in READS:
        if access is None:
            raise ApiError(401, "Requires authentication")
        if not access.writes:
            raise ApiError(403, "Resource not accessible by integration")
    return access
