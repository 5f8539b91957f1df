"""Bubblewrap, which gives a process a file system, processes and a network of its own: what all its uses here share."""

import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .messages import _

STAGE = "/mnt"
HIGH_USER, NOBODY = 2_000_000_000, 65_534
SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin")
FROM_ETC = (
    "/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/etc/pki", "/etc/ca-certificates", "/etc/localtime", "/etc/mime.types",
    "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives",
)  # fmt: skip


class SandboxUnavailable(Exception):
    """This computer cannot keep what people hand in apart; the text says why, and what to install or to allow."""


@dataclass(frozen=True)
class Bind:
    """A folder or file of this computer, and where it is found inside."""

    source: Path
    target: str
    writable: bool = False

    @property
    def options(self) -> list[str]:
        return ["--bind" if self.writable else "--ro-bind", str(self.source), self.target]


def program() -> str:
    """The path of bubblewrap."""
    found = shutil.which("bwrap")
    if found is None:
        raise SandboxUnavailable(
            _("bubblewrap is not installed: sudo apt-get install bubblewrap (Linux only; elsewhere use a container).")
        )
    return found


def command(
    options: Sequence[str], binds: Sequence[Bind], more: Sequence[str], inside: Sequence[str], user: int | None = None
) -> list[str]:
    """The command that runs `inside` with these options, then `binds`, then `more` options, which may lie on top of
    them. As root it first becomes `user`, who owns nothing."""
    bwrap = program()
    first: list[str] = []
    if os.geteuid() == 0:
        first, binds = _as_nobody(bwrap, binds, user or free_user())
    mounts = [option for bind in binds for option in bind.options]
    return [*first, bwrap, *options, *mounts, *more, "--", *inside]


def system_binds() -> Iterator[Bind]:
    """The folders of the system that programs need, read-only."""
    for name in (*SYSTEM, *FROM_ETC):
        path = Path(name)
        if path.exists() and not (name in SYSTEM and path.is_symlink()):
            yield Bind(path, name)


def system_links() -> list[str]:
    """Options: those of the system's folders that are links."""
    links: list[str] = []
    for name in SYSTEM[1:]:
        if Path(name).is_symlink():
            links += ["--symlink", os.readlink(name), name]
    return links


def environment_of(python: Path) -> Path:
    """The folder of the virtual environment that `python` belongs to."""
    folder = python.absolute().parents[1]
    if not (folder / "pyvenv.cfg").is_file():
        raise SandboxUnavailable(_("{python} is not in a virtual environment. Run ./camp once.").format(python=python))
    return folder


def base_of(python: Path) -> Path:
    """The installation that the virtual environment was made of."""
    return Path(os.path.realpath(python)).parents[1]


def _as_nobody(bwrap: str, binds: Iterable[Bind], user: int) -> tuple[list[str], list[Bind]]:
    """For root: first, what must be seen is put where everybody may go; then comes a user that owns nothing."""
    if shutil.which("setpriv") is None:
        raise SandboxUnavailable(_("setpriv is not installed: sudo apt-get install util-linux."))
    stage = [bwrap, "--die-with-parent", "--dev-bind", "/", "/", "--perms", "0755", "--tmpfs", STAGE]
    moved = []
    for number, bind in enumerate(binds):
        if bind.target.startswith(("/usr", "/lib", "/bin", "/sbin", "/etc")):
            moved.append(bind)
            continue
        place = f"{STAGE}/{number}"
        stage += Bind(bind.source, place, bind.writable).options
        moved.append(Bind(Path(place), bind.target, bind.writable))
    identity = str(user)
    drop = [
        "setpriv",
        "--reuid",
        identity,
        "--regid",
        identity,
        "--clear-groups",
        "--inh-caps=-all",
        "--bounding-set=-all",
    ]
    return [*stage, "--", *drop], moved


def free_user() -> int:
    """A user that owns nothing, another one for each grader; `nobody` where there are none so high."""
    wanted = HIGH_USER + os.getpid() % 100_000_000
    with open("/proc/self/uid_map") as file:
        ranges = [tuple(map(int, line.split())) for line in file]
    return wanted if any(start <= wanted < start + length for start, _outside, length in ranges) else NOBODY


def explain(said: str) -> str:
    """Why bubblewrap gave up, and what helps."""
    text = said.strip()[-600:] or _("It said nothing.")
    if sys.platform != "linux":
        return _("The sandbox needs Linux.") + " " + text
    return _(
        "The sandbox does not start: {text}\n"
        "User namespaces must be allowed (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone, "
        "kernel.apparmor_restrict_unprivileged_userns); in a container, see docs/grading.md."
    ).format(text=text)


def text_descriptor(text: str) -> int:
    """A descriptor that the text can be read from."""
    if not hasattr(os, "memfd_create"):
        raise SandboxUnavailable(explain(""))
    descriptor = os.memfd_create("camp")
    os.write(descriptor, text.encode())
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor
