"""A learner's git repository as one file: a bundle of its branches and tags, beside the files of its last commit.

Git runs in the learner's own folder here, and never in one that was handed in: a hand-in is a bundle, without
configuration or hooks.
"""

import hashlib
import os
import subprocess
from pathlib import Path

from autograder.appfolder import AppProblem, TooMuch
from autograder.intake import Bound, Over, Policy, is_notebook
from localcloud.messages import _

FILE = "repository.bundle"
BRANCH = "main"
AUTHOR = ("-c", "user.name=Camp", "-c", "user.email=camp@localhost")
QUIET = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "commit.gpgSign=false")
ORDINARY = ("100644", "100755")
LONGEST_LIST = 4


class NoGit(AppProblem):
    """Git refused something; `seen` has its words."""


def is_repository(folder: Path) -> bool:
    return (folder / ".git").exists()


def make(folder: Path, message: str) -> None:
    """Makes the folder a repository whose branch main has one commit of all that is not ignored."""
    git(folder, "init", "--quiet", f"--initial-branch={BRANCH}")
    git(folder, "add", "--all")
    git(folder, *AUTHOR, "commit", "--quiet", "--message", message)


def packed(folder: Path, policy: Policy) -> dict[str, bytes]:
    """The bundle, and the files of the last commit on main, for people and programs to read; AppProblem."""
    if not _has(folder, f"refs/heads/{BRANCH}"):
        raise AppProblem(
            _("The repository has no commit on the branch main."),
            _("git switch -c main, then git add . and git commit."),
        )
    data = git(folder, "bundle", "create", "--quiet", "-", "--branches", "--tags")
    bound = Bound(policy)
    files = {FILE: data, **_files(folder, policy)}
    for name, content in files.items():
        try:
            bound.add(name, len(content))
        except Over as over:
            raise TooMuch(
                str(over), _("A file that was committed stays in the history: rewrite the history, or begin again.")
            ) from over
    return files


def heads(folder: Path) -> str:
    """The branches and tags, each with the object that it names."""
    every = ("--format=%(refname) %(objectname)", "refs/heads", "refs/tags")
    return git(folder, "for-each-ref", *every, check=False).decode("utf-8", "replace")


def notes(folder: Path) -> tuple[str, ...]:
    """What of the folder is not in the last commit of main, and so does not count."""
    if not _has(folder, f"refs/heads/{BRANCH}"):
        return ()
    said = []
    head = git(folder, "symbolic-ref", "--quiet", "--short", "HEAD", check=False).decode().strip()
    if head and head != BRANCH:
        words = _("You are on the branch {branch}: the last commit of main counts.")
        said.append(words.format(branch=head))
    if changed := _changed(folder):
        shown = ", ".join(changed[:LONGEST_LIST]) + (", …" if len(changed) > LONGEST_LIST else "")
        said.append(_("Not committed on main, so it does not count: {files}.").format(files=shown))
    return tuple(said)


def git(folder: Path, *arguments: str, check: bool = True, given: bytes = b"") -> bytes:
    """What git prints in the folder; NoGit when it refuses."""
    settings = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            ["git", *QUIET, *arguments],
            cwd=folder,
            env={**settings, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"},
            input=given,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise NoGit(_("git is not installed."), _("Install git, then try again.")) from error
    if check and done.returncode:
        why = done.stderr.decode("utf-8", "replace").strip()[-500:]
        raise NoGit(_("git {what}: {why}").format(what=arguments[0], why=why), _("Try the same in a terminal."))
    return done.stdout


def _has(folder: Path, ref: str) -> bool:
    return bool(git(folder, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}", check=False).strip())


def _listed(folder: Path) -> dict[str, str]:
    """The ordinary files of main, and the ids of what is in them."""
    found = {}
    for line in git(folder, "ls-tree", "-r", "-z", "--full-tree", f"refs/heads/{BRANCH}").split(b"\0"):
        facts, tab, name = line.partition(b"\t")
        if tab and facts.split()[0].decode() in ORDINARY:
            found[name.decode("utf-8", "replace")] = facts.split()[2].decode()
    return found


def _files(folder: Path, policy: Policy) -> dict[str, bytes]:
    listed = {
        name: id
        for name, id in _listed(folder).items()
        if not is_notebook(name) and not any(map(policy.leaves_out, name.split("/"))) and not policy.problem_of(name)
    }
    wanted = "".join(f"{id}\n" for id in listed.values()).encode()
    data = git(folder, "cat-file", "--batch", given=wanted)
    files, place = {}, 0
    for name in listed:
        end = data.index(b"\n", place)
        size = int(data[place:end].split()[2])
        files[name] = data[end + 1 : end + 1 + size]
        place = end + 1 + size + 1
    return files


def _changed(folder: Path) -> list[str]:
    """The files that are otherwise than on main, or not there at all, those that are ignored left out. Read without
    git's filters, which could be programs."""
    listed = _listed(folder)
    there = git(folder, "ls-files", "-z", "--others", "--exclude-standard").decode("utf-8", "replace").split("\0")
    changed = [name for name in there if name and name not in listed and not is_notebook(name)]
    for name, id in listed.items():
        try:
            content = (folder / name).read_bytes()
        except OSError:
            changed.append(name)
            continue
        if id not in (_id_of(content), _id_of(content.replace(b"\r\n", b"\n"))):
            changed.append(name)
    return sorted(changed)


def _id_of(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
