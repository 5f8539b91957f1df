"""The learner's folder as a git repository whose `origin` is the local GitHub."""

import os
import re
import shlex
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from localcloud.loopback import is_local

from . import git
from .git import GitFailed
from .repository import Repository

ORIGIN = "origin"
BRANCH = "main"
OLD_HELPER = re.compile(r"^credential\.http://127\.0\.0\.1:\d+\.helper$", re.MULTILINE)


def is_repository(folder: Path) -> bool:
    return (folder / ".git").exists()


async def connect(folder: Path, remote: str, login: str, token: str, credentials: Path) -> bool:
    """Lets `origin` be `remote`, and git find the token in the file `credentials`, for this folder alone. False when
    the folder is no repository, or its `origin` is elsewhere: a learner's own remote is never touched."""
    if not is_repository(folder):
        return False
    write_credentials(credentials, login, token)
    await _set_helper(folder, remote, credentials)
    known = await _value(folder, f"remote.{ORIGIN}.url")
    if known and not is_ours(known, remote):
        return False
    if known != remote:
        await _config(folder, f"remote.{ORIGIN}.url", remote)
        await _config(folder, f"remote.{ORIGIN}.fetch", f"+refs/heads/*:refs/remotes/{ORIGIN}/*")
    if not await _value(folder, f"branch.{BRANCH}.remote"):
        await _config(folder, f"branch.{BRANCH}.remote", ORIGIN)
        await _config(folder, f"branch.{BRANCH}.merge", f"refs/heads/{BRANCH}")
    return True


async def take_first(repository: Repository, folder: Path) -> None:
    """A repository that is empty begins with what the folder's main has now, without an event; BadHandIn."""
    if await repository.refs():
        return
    try:
        data = await _git(folder, "bundle", "create", "--quiet", "-", BRANCH)
    except GitFailed:  # no commit yet
        return
    with tempfile.NamedTemporaryFile(suffix=".bundle") as file:
        file.write(data)
        file.flush()
        await repository.import_bundle(Path(file.name))
    sha = (await repository.refs())[f"refs/heads/{BRANCH}"]
    await _git(folder, "update-ref", f"refs/remotes/{ORIGIN}/{BRANCH}", sha)


def is_ours(known: str, remote: str) -> bool:
    """Whether an address is that of this repository on a local GitHub, be it at another port."""
    try:
        one, other = urlsplit(known), urlsplit(remote)
    except ValueError:
        return False
    same = one.path.removesuffix(".git") == other.path.removesuffix(".git")
    return one.scheme == "http" and is_local(one.netloc.rpartition("@")[2]) and same


def write_credentials(path: Path, login: str, token: str) -> None:
    """What git's credential helper prints; only its owner may read it."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(f"username={login}\npassword={token}\n")


async def _set_helper(folder: Path, remote: str, credentials: Path) -> None:
    """An empty helper comes first: no other, such as a keychain, is asked or told."""
    names = await _git(folder, "config", "--local", "--name-only", "--list")
    for name in dict.fromkeys(OLD_HELPER.findall(names.decode(errors="replace"))):
        await _git(folder, "config", "--local", "--unset-all", name)
    parts = urlsplit(remote)
    name = f"credential.{parts.scheme}://{parts.netloc}.helper"
    await _config(folder, name, "")
    helper = f'!f() {{ test "$1" = get && cat {shlex.quote(str(credentials))}; }}; f'
    await _git(folder, "config", "--local", "--add", name, helper)


async def _value(folder: Path, name: str) -> str:
    try:
        return (await _git(folder, "config", "--local", "--get", name)).decode(errors="replace").strip()
    except GitFailed:
        return ""


async def _config(folder: Path, name: str, value: str) -> None:
    await _git(folder, "config", "--local", name, value)


async def _git(folder: Path, *arguments: str) -> bytes:
    return await git.output(*arguments, cwd=folder)
