"""Runs git on repositories that nobody trusts: without configuration of a user or a system, hooks, prompts; bounded."""

import asyncio
import os
import shutil
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from localcloud.messages import _

SECONDS = 60.0
MOST_OUTPUT = 64_000_000
MOST_ERRORS = 1_000_000
CHUNK = 256 * 1024
ZEROS = "0" * 40
CONFIGURATION = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.bigFileThreshold": "16m",  # larger files are streamed: never whole in memory
    "core.attributesFile": os.devnull,
    "core.excludesFile": os.devnull,
    "core.quotePath": "false",
    "credential.helper": "",
    "fetch.recurseSubmodules": "false",
    "gc.auto": "0",
    "http.getanyfile": "false",
    "init.defaultBranch": "main",
    "maintenance.auto": "false",
    "pack.threads": "1",
    "pack.windowMemory": "32m",
    "protocol.allow": "never",
    "receive.advertisePushOptions": "false",
    "receive.autogc": "false",
    "receive.denyCurrentBranch": "ignore",
    "receive.denyDeleteCurrent": "refuse",
    "receive.fsckObjects": "true",
    "receive.hideRefs": "refs/pull",
    "safe.directory": "*",
    "submodule.recurse": "false",
    "transfer.fsckObjects": "true",
    "uploadpack.allowAnySHA1InWant": "true",
    "uploadpack.allowFilter": "true",
}
# The CPU seconds, file size (in units of 512 bytes) and memory (KiB) of a git that reads what somebody sent: a small
# pack can unpack to a very large one. macOS knows no bound of memory.
BOUNDED = 'ulimit -t 60; ulimit -f 400000; ulimit -v 2000000 2>/dev/null; exec "$@"'


class GitFailed(RuntimeError):
    """A git command failed: its exit code, what it wrote to standard error, and what it printed."""

    def __init__(self, arguments: Sequence[str], code: int, errors: str, printed: bytes = b"") -> None:
        super().__init__(f"git {' '.join(arguments[:3])}: {errors.strip() or code}")
        self.code = code
        self.errors = errors
        self.printed = printed


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """All that a git of ours has in its environment."""
    found = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.devnull,
        "LC_ALL": "C",
        "TZ": "UTC",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_AUTHOR_NAME": "Camp",
        "GIT_AUTHOR_EMAIL": "camp@localhost",
        "GIT_COMMITTER_NAME": "Camp",
        "GIT_COMMITTER_EMAIL": "camp@localhost",
        "GIT_CONFIG_COUNT": str(len(CONFIGURATION)),
    }
    for number, (key, value) in enumerate(CONFIGURATION.items()):
        found |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return found | dict(more or {})


def program() -> str:
    """Where git is; GitFailed when it is not there."""
    if found := shutil.which("git"):
        return found
    raise GitFailed((), 127, _("git is not on PATH. Install git 2.38 or newer."))


async def started(
    arguments: Sequence[str],
    *,
    environ: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    bounded: bool = False,
    stdin: IO[bytes] | int = asyncio.subprocess.PIPE,
    stderr: int = asyncio.subprocess.PIPE,
) -> asyncio.subprocess.Process:
    """A git with pipes, as the leader of a process group of its own; GitFailed when it cannot be started."""
    command = [program(), *arguments]
    if bounded:
        command = ["/bin/sh", "-c", BOUNDED, "sh", *command]
    try:
        return await asyncio.create_subprocess_exec(
            *command,
            stdin=stdin,
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
            env=environment(environ),
            cwd=cwd or "/",
            start_new_session=True,
        )
    except ValueError:  # a NUL, or half of a surrogate pair
        raise GitFailed(arguments, -1, _("there is a character in it that git does not take")) from None


def kill(process: asyncio.subprocess.Process) -> None:
    """Ends it, and what it has started."""
    if process.returncode is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


async def output(
    *arguments: str,
    input: bytes = b"",
    environ: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    bounded: bool = False,
    seconds: float = SECONDS,
    stdin: IO[bytes] | None = None,
    most: int = MOST_OUTPUT,
) -> bytes:
    """What a git prints; GitFailed when it fails or takes too long. It reads `input`, or the file `stdin` from where
    that stands now."""
    pipe = asyncio.subprocess.PIPE
    process = await started(
        arguments, environ=environ, cwd=cwd, bounded=bounded, stdin=pipe if stdin is None else stdin
    )
    try:
        printed, errors = await asyncio.wait_for(_said(process, input if stdin is None else None, most), seconds)
    except asyncio.TimeoutError:
        raise GitFailed(arguments, -1, _("no end after {seconds:g} seconds").format(seconds=seconds)) from None
    finally:
        if process.returncode is None:
            kill(process)
            await process.wait()
    if len(printed) > most:
        raise GitFailed(arguments, -1, _("it printed more than {size} bytes").format(size=most))
    if process.returncode:
        raise GitFailed(arguments, process.returncode, errors.decode(errors="replace"), printed)
    return printed


async def _said(process: asyncio.subprocess.Process, input: bytes | None, most: int) -> tuple[bytes, bytes]:
    """What it prints, a little more than `most` bytes of it at the most, and what it writes to standard error."""
    assert process.stdout is not None and process.stderr is not None
    sending = asyncio.ensure_future(_send(process.stdin, input)) if input is not None else None
    errors = asyncio.ensure_future(_read(process.stderr, MOST_ERRORS))
    try:
        printed = await _read(process.stdout, most)
        if len(printed) > most:
            kill(process)
        found = printed, await errors
        await process.wait()
    finally:
        for task in (sending, errors):
            if task is not None:
                task.cancel()
    return found


async def _send(pipe: asyncio.StreamWriter | None, content: bytes) -> None:
    assert pipe is not None
    with suppress(BrokenPipeError, ConnectionResetError):  # it has ended and says why
        pipe.write(content)
        await pipe.drain()
        pipe.close()


async def _read(pipe: asyncio.StreamReader, most: int) -> bytes:
    found = bytearray()
    while len(found) <= most and (chunk := await pipe.read(CHUNK)):
        found += chunk
    return bytes(found)
