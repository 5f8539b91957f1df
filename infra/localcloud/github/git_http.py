"""git's smart HTTP protocol: `git http-backend` behind aiohttp. Bodies go through files, so none is whole in memory."""

import asyncio
import logging
import tempfile
from collections.abc import AsyncIterator
from typing import IO, TYPE_CHECKING, Protocol

from aiohttp import web

from localcloud.http_loopback import is_local
from localcloud.messages import _

from . import git
from .limits import problem_in, take_back
from .packets import MOST_COMMANDS, BadPacket, Result, Wanted, wanted
from .refs import BRANCHES, TAGS, is_name
from .tokens import Access, Tokens

if TYPE_CHECKING:
    from .repository import Repository

MOST_PUSH = 20_000_000  # bytes of one push
MOST_DRAINED = 2_000_000_000  # bytes of a larger push that are read, so that its client hears why it is refused
MOST_REFS = 100  # that one push may change
MOST_ASKED = 10_000_000  # bytes of a fetch's request
MOST_REPORT = 4_000_000
IDLE_SECONDS = 60.0  # without a byte of the request
FETCH_SECONDS = 300.0
RECEIVE_SECONDS = 120.0
CHUNK = 256 * 1024
SERVICES = ("git-upload-pack", "git-receive-pack")
NO_CACHE = {"Cache-Control": "no-cache, max-age=0, must-revalidate"}
log = logging.getLogger("github")


class Directory(Protocol):
    """Where repositories and tokens are: the forge."""

    tokens: Tokens

    def find(self, full_name: str) -> "Repository | None": ...


class TooLong(Exception):
    """The body of a request has more bytes than are taken."""


class CutShort(Exception):
    """The body of a request does not go on, or is not what its headers say."""


class GitHttp:
    """The three addresses of a repository that git asks for."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/{owner}/{name}/info/refs", self._advertise),
            web.post("/{owner}/{name}/{service:git-upload-pack|git-receive-pack}", self._serve),
        ]

    async def _advertise(self, request: web.Request) -> web.StreamResponse:
        service = request.query.get("service", "")
        if service not in SERVICES:
            return refused(403, _("This git is too old: the server speaks the smart protocol alone."))
        repository, access = self._allowed(request, service)
        with tempfile.TemporaryFile() as empty:
            return await self._stream(request, repository, access, "info/refs", empty, 0)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        service = request.match_info["service"]
        repository, access = self._allowed(request, service)
        if request.content_type != f"application/x-{service}-request":
            return refused(415, _("Only git may ask here."))
        with tempfile.TemporaryFile() as body:
            if service == "git-receive-pack":
                return await self._push(request, repository, access, body)
            try:
                size = await spooled(request, body, MOST_ASKED)
            except CutShort:
                return refused(400, _("The request stopped in the middle."))
            except TooLong:
                return refused(413, _("The request of this fetch is too long."))
            return await self._stream(request, repository, access, service, body, size)

    def _allowed(self, request: web.Request, service: str) -> "tuple[Repository, Access]":
        """The repository and who asks; an HTTP error for whoever may not. What a repository is called, nobody learns
        without a token."""
        if not is_local(request.host):
            raise plain(web.HTTPForbidden, _("Only this computer may ask."))
        access = self._directory.tokens.access(request.headers)
        repository = self._directory.find(f"{request.match_info['owner']}/{request.match_info['name']}")
        if access is None:
            said = _("Wrong token.") if "Authorization" in request.headers else _("This needs a token.")
            error = plain(web.HTTPUnauthorized, said + " " + _("'camp github' prints it; it is the password."))
            error.headers["WWW-Authenticate"] = 'Basic realm="GitHub"'
            raise error
        if repository is None or not readable(repository, access):
            text = _("Repository {name} not found. 'camp github' prints the address of yours.")
            raise plain(web.HTTPNotFound, text.format(name=request.path.split("/info/")[0].strip("/")))
        if service == "git-receive-pack" and not access.writes:
            raise plain(web.HTTPForbidden, _("This token may only read: nothing in a workflow run pushes here."))
        return repository, access

    # -- fetch

    async def _stream(
        self,
        request: web.Request,
        repository: "Repository",
        access: Access,
        rest: str,
        body: IO[bytes],
        size: int,
    ) -> web.StreamResponse:
        """Hands git's answer on as it comes."""
        process = await backend(request, repository, access, rest, body, size)
        assert process.stdout is not None
        answer = web.StreamResponse()
        try:
            status, headers = await asyncio.wait_for(head_of(process.stdout), IDLE_SECONDS)
            if status >= 400:
                return refused(status, _("git refuses this request."))
            answer.headers.update(headers)
            answer.set_status(status)
            await answer.prepare(request)
            async for chunk in chunks(process.stdout, FETCH_SECONDS):
                await answer.write(chunk)
            await answer.write_eof()
        except (asyncio.TimeoutError, BadPacket):
            log.warning("git gave no answer to a %s of %s", rest, repository.full_name)
            if not answer.prepared:
                return refused(504, _("git took too long."))
            if request.transport:
                request.transport.abort()
        finally:
            git.kill(process)
            await process.wait()
        return answer

    # -- push

    async def _push(
        self, request: web.Request, repository: "Repository", access: Access, body: IO[bytes]
    ) -> web.StreamResponse:
        try:
            size = await spooled(request, body, MOST_PUSH)
            problem = None
        except TooLong:
            size, problem = MOST_PUSH, too_long()
        except CutShort:
            return refused(400, _("The push stopped in the middle."))
        body.seek(0)
        try:
            asked = wanted(body.read(MOST_COMMANDS))
        except BadPacket:
            return refused(400, _("This is no push that git has sent, or it changes too many refs."))
        problem = problem or problem_of(asked)
        if problem:
            note_refused(repository, problem)
            return told(refusal(asked, problem))
        body.seek(0)
        notes: list[str] = []
        actor = access.login

        async def receive() -> bytes | None:
            nonlocal problem
            printed = await received(request, repository, access, body, size)
            problem = _("git could not read it in time") if printed is None else None
            if asked.commands and printed is not None:
                problem = await problem_in(repository, asked.commands)
            if problem:
                await take_back(repository, asked.commands)
            return printed

        printed = await repository.changed_by(receive, actor, notes)
        if printed is None or problem:
            note_refused(repository, problem or "")
            return told(refusal(asked, problem or ""))
        if not asked.commands or not asked.side_band:
            return report(printed)
        result = Result.parsed(printed)
        explain(result)
        if result.unpack != "ok":
            note_refused(repository, result.unpack)
        result.say(notes)
        return told(result)


async def received(
    request: web.Request, repository: "Repository", access: Access, body: IO[bytes], size: int
) -> bytes | None:
    """What `git receive-pack` prints; None when it does not end, or fails."""
    process = await backend(request, repository, access, "git-receive-pack", body, size)
    assert process.stdout is not None
    printed = bytearray()
    try:
        status, _headers = await asyncio.wait_for(head_of(process.stdout), RECEIVE_SECONDS)
        async for chunk in chunks(process.stdout, RECEIVE_SECONDS):
            printed += chunk
            if len(printed) > MOST_REPORT:
                return None
        return bytes(printed) if status < 400 else None
    except (asyncio.TimeoutError, BadPacket):
        return None
    finally:
        git.kill(process)
        await process.wait()


async def backend(
    request: web.Request, repository: "Repository", access: Access, rest: str, body: IO[bytes], size: int
) -> asyncio.subprocess.Process:
    """`git http-backend` as a CGI program. aiohttp has inflated the body: its length is that of the file."""
    environ = {
        "GIT_PROJECT_ROOT": str(repository.path.parent),
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_HTTP_MAX_REQUEST_BUFFER": str(MOST_ASKED),
        "PATH_INFO": f"/{repository.path.name}/{rest}",
        "QUERY_STRING": request.query_string,
        "REQUEST_METHOD": request.method,
        "CONTENT_TYPE": request.headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(size),
        "GIT_PROTOCOL": request.headers.get("Git-Protocol", "")[:100],
        "REMOTE_ADDR": "127.0.0.1",
    }
    if access.writes:
        environ["REMOTE_USER"] = access.login
    body.seek(0)
    return await git.started(
        ["http-backend"], environ=environ, bounded=True, stdin=body, stderr=asyncio.subprocess.DEVNULL
    )


async def head_of(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    """Status and headers of a CGI answer; BadPacket when it has none."""
    status, headers = 200, dict(NO_CACHE)
    while line := (await reader.readline()).strip():
        name, _colon, value = line.decode(errors="replace").partition(":")
        if name.casefold() == "status":
            status = int(value.split()[0])
        else:
            headers[name] = value.strip()
    if "Content-Type" not in headers and status == 200:
        raise BadPacket("no head")
    return status, headers


async def chunks(reader: asyncio.StreamReader, seconds: float) -> AsyncIterator[bytes]:
    while chunk := await asyncio.wait_for(reader.read(CHUNK), seconds):
        yield chunk


async def spooled(request: web.Request, file: IO[bytes], most: int) -> int:
    """Writes the body to the file. TooLong when there is more, once all of it has been read: a client that still sends
    reads no answer. CutShort."""
    size = 0
    while chunk := await next_of(request):
        size += len(chunk)
        if size <= most:
            file.write(chunk)
        elif size > MOST_DRAINED:
            break
    file.flush()
    if size > most:
        raise TooLong
    return size


async def next_of(request: web.Request) -> bytes:
    try:
        return await asyncio.wait_for(request.content.readany(), IDLE_SECONDS)
    except (asyncio.TimeoutError, web.RequestPayloadError):
        raise CutShort from None


def readable(repository: "Repository", access: Access | None) -> bool:
    return access is not None and access.repository in (None, repository.full_name.casefold())


def problem_of(asked: Wanted) -> str | None:
    """Why a push is not taken whatever it holds."""
    if len(asked.commands) > MOST_REFS:
        return _("a push may change at most {count} branches and tags").format(count=MOST_REFS)
    for command in asked.commands:
        name = command.ref.removeprefix(BRANCHES).removeprefix(TAGS)
        if command.ref.startswith((BRANCHES, TAGS)) and not is_name(name):
            return _("{name} is no name of a branch or a tag here").format(name=command.ref[:100])
    return None


def too_long() -> str:
    return _("the push is larger than {size} MB").format(size=MOST_PUSH // 1_000_000)


def note_refused(repository: "Repository", problem: str) -> None:
    log.warning("Refused a push to %s: %s", repository.full_name, problem)
    repository.note_refused(problem)


def refusal(asked: Wanted, problem: str) -> Result:
    """Nothing of the push is taken, and why."""
    result = Result(problem, {command.ref: problem for command in asked.commands})
    result.say([_("Refused: {problem}.").format(problem=problem), *advice(problem)])
    return result


def advice(problem: str) -> list[str]:
    if problem != too_long():
        return []
    return [
        _("Is an environment, a package or a data set among the files? Take it out of the commits as well:"),
        "  git rm -r --cached FOLDER && git commit --amend",
    ]


def explain(result: Result) -> None:
    """Says why objects were refused: git's report alone is `unpacker error`."""
    if result.unpack == "ok":
        return
    said = b"".join(result.messages).decode(errors="replace")
    if "maximum allowed size" in said or "File size limit" in said:
        reason = too_long()
    elif "fsck" in said:
        reason = _("an object in it is broken")
    else:
        reason = _("its objects cannot be read")
    result.unpack = reason
    result.refs = {ref: reason if why == "unpacker error" else why for ref, why in result.refs.items()}
    result.say([_("Refused: {problem}.").format(problem=reason), *advice(reason)])


def told(result: Result) -> web.Response:
    return report(result.encoded())


def report(content: bytes) -> web.Response:
    return web.Response(body=content, content_type="application/x-git-receive-pack-result", headers=NO_CACHE)


def refused(status: int, sentence: str) -> web.Response:
    """git shows a text that comes with an error as `remote: ...`."""
    return web.Response(status=status, text=sentence + "\n", headers=NO_CACHE)


def plain(kind: type[web.HTTPError], sentence: str) -> web.HTTPError:
    return kind(text=sentence + "\n", content_type="text/plain")
