"""What bubblewrap is asked for: the nursery's file system, with nothing in it that is not named here."""

import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import autograder
import localcloud
from autograder import project
from localcloud.functions.launching import FLAGS
from localcloud.messages import _

INSIDE = Path(__file__).parent / "inside"
ANSWERS = Path(autograder.__file__).parent / "answers" / "inside"
WORKER = Path(localcloud.__file__).parent / "functions" / "worker"
LAMBDA = Path(localcloud.__file__).parent / "aws" / "worker"
PYTHON, NURSERY, WORKER_INSIDE, ANSWERS_INSIDE = "/opt/python", "/opt/cell", "/opt/worker", "/opt/answers"
LAMBDA_INSIDE = "/opt/lambda"
OURS_INSIDE = (PYTHON, NURSERY, WORKER_INSIDE, ANSWERS_INSIDE, LAMBDA_INSIDE)
USER = 1000
STAGE = "/mnt"
HIGH_USER, NOBODY = 2_000_000_000, 65_534
SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin")
FROM_ETC = (
    "/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/etc/pki", "/etc/ca-certificates", "/etc/localtime", "/etc/mime.types",
    "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives",
)  # fmt: skip
TEXTS = {
    "/etc/passwd": f"root:x:0:0:root:/root:/bin/sh\napp:x:{USER}:{USER}:app:/home/app:/bin/sh\n",
    "/etc/group": f"root:x:0:\napp:x:{USER}:\n",
    "/etc/hosts": "127.0.0.1 localhost app\n",
    "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    "/etc/host.conf": "multi off\n",
}
ENVIRON = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": "/home/app"}


class SandboxUnavailable(Exception):
    """This computer cannot keep submissions apart; the text says why, and what to install or to allow."""


@dataclass(frozen=True)
class Bind:
    """A folder or file of this computer, and where it is found inside, read-only."""

    source: Path
    target: str


def command(python: Path, descriptor: int, texts: Sequence[tuple[str, int]]) -> list[str]:
    """The command that starts a nursery on the socket `descriptor`; `texts` are files to make of descriptors."""
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        raise SandboxUnavailable(
            _("bubblewrap is not installed: sudo apt-get install bubblewrap (Linux only; elsewhere use a container).")
        )
    binds = list(_binds(python))
    first: list[str] = []
    if os.geteuid() == 0:
        first, binds = _as_nobody(bwrap, binds)
    return [*first, bwrap, *_options(binds, texts), *_nursery(descriptor)]


def _options(binds: Iterable[Bind], texts: Sequence[tuple[str, int]]) -> list[str]:
    options = ["--unshare-all", "--unshare-user", "--uid", str(USER), "--gid", str(USER), "--hostname", "app"]
    options += ["--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]
    for variable, value in ENVIRON.items():
        options += ["--setenv", variable, value]
    for bind in binds:
        options += ["--ro-bind", str(bind.source), bind.target]
    for name in SYSTEM[1:]:
        if Path(name).is_symlink():
            options += ["--symlink", os.readlink(name), name]
    for place in _hidden(binds):
        options += ["--tmpfs", str(place), "--remount-ro", str(place)]
    for target, descriptor in texts:
        options += ["--ro-bind-data", str(descriptor), target]
    for folder in ("/home/site", "/home/app", "/tmp"):
        options += ["--dir", folder]
    return [*options, "--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev", "--remount-ro", "/"]


def _nursery(descriptor: int) -> list[str]:
    return ["--", f"{PYTHON}/bin/python", *FLAGS, f"{NURSERY}/nursery.py", str(descriptor)]


def _binds(python: Path) -> Iterator[Bind]:
    for name in (*SYSTEM, *FROM_ETC):
        path = Path(name)
        if path.exists() and not (name in SYSTEM and path.is_symlink()):
            yield Bind(path, name)
    base = base_of(python)
    if not base.is_relative_to("/usr"):
        yield Bind(base, str(base))
    yield Bind(environment_of(python), PYTHON)
    yield Bind(WORKER, WORKER_INSIDE)
    yield Bind(INSIDE, NURSERY)
    yield Bind(ANSWERS, ANSWERS_INSIDE)
    yield Bind(LAMBDA, LAMBDA_INSIDE)


def environment_of(python: Path) -> Path:
    """The folder of the virtual environment that `python` belongs to."""
    folder = python.absolute().parents[1]
    if not (folder / "pyvenv.cfg").is_file():
        raise SandboxUnavailable(_("{python} is not in a virtual environment. Run ./camp once.").format(python=python))
    return folder


def base_of(python: Path) -> Path:
    """The installation that the virtual environment was made of."""
    return Path(os.path.realpath(python)).parents[1]


def _hidden(binds: Iterable[Bind]) -> Iterator[Path]:
    """What is ours below the system's folders: an empty folder stands there instead."""
    ours = {project.root().resolve(), *(Path(one.__file__ or "").resolve().parent for one in (autograder, localcloud))}
    seen = [Path(bind.target) for bind in binds if bind.target not in OURS_INSIDE]
    for one in sorted(ours):
        if any(one.is_relative_to(folder) and one != folder for folder in seen):
            yield one


def _as_nobody(bwrap: str, binds: Iterable[Bind]) -> tuple[list[str], list[Bind]]:
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
        stage += ["--ro-bind", str(bind.source), place]
        moved.append(Bind(Path(place), bind.target))
    user = str(_free_user())
    drop = ["setpriv", "--reuid", user, "--regid", user, "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"]
    return [*stage, "--", *drop], moved


def _free_user() -> int:
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
