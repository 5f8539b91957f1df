"""What bubblewrap is asked for: the nursery's file system, with nothing in it that is not named here."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import autograder
import localcloud
from autograder import project
from localcloud import bubblewrap, extras
from localcloud.bubblewrap import Bind, base_of, environment_of, system_binds, system_links
from localcloud.functions.workers.launching import FLAGS

INSIDE = Path(__file__).parent / "inside"
ANSWERS = Path(autograder.__file__).parent / "answers" / "inside"
WORKER = Path(localcloud.__file__).parent / "functions" / "worker"
LAMBDA = Path(localcloud.__file__).parent / "aws" / "worker"
ENGINE = Path(autograder.__file__).parent / "kinds" / "building" / "inside"
PYTHON, NURSERY, WORKER_INSIDE, ANSWERS_INSIDE = "/opt/python", "/opt/cell", "/opt/worker", "/opt/answers"
LAMBDA_INSIDE, ENGINE_INSIDE, TOFU_INSIDE = "/opt/lambda", "/opt/engine", "/opt/tofu"
OURS_INSIDE = (PYTHON, NURSERY, WORKER_INSIDE, ANSWERS_INSIDE, LAMBDA_INSIDE, ENGINE_INSIDE, TOFU_INSIDE)
USER = 1000
TEXTS = {
    "/etc/passwd": f"root:x:0:0:root:/root:/bin/sh\napp:x:{USER}:{USER}:app:/home/app:/bin/sh\n",
    "/etc/group": f"root:x:0:\napp:x:{USER}:\n",
    "/etc/hosts": "127.0.0.1 localhost app\n",
    "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    "/etc/host.conf": "multi off\n",
}
ENVIRON = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": "/home/app"}


def command(python: Path, descriptor: int, texts: Sequence[tuple[str, int]]) -> list[str]:
    """The command that starts a nursery on the socket `descriptor`; `texts` are files to make of descriptors."""
    binds = list(_binds(python))
    return bubblewrap.command(_options(), binds, _over(binds, texts), _nursery(descriptor))


def _options() -> list[str]:
    options = ["--unshare-all", "--unshare-user", "--uid", str(USER), "--gid", str(USER), "--hostname", "app"]
    options += ["--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]
    for variable, value in ENVIRON.items():
        options += ["--setenv", variable, value]
    return options


def _over(binds: Iterable[Bind], texts: Sequence[tuple[str, int]]) -> list[str]:
    """What comes after the binds."""
    options = system_links()
    for place in _hidden(binds):
        options += ["--tmpfs", str(place), "--remount-ro", str(place)]
    for target, descriptor in texts:
        options += ["--ro-bind-data", str(descriptor), target]
    for folder in ("/home/site", "/home/app", "/tmp"):
        options += ["--dir", folder]
    return [*options, "--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev", "--remount-ro", "/"]


def _nursery(descriptor: int) -> list[str]:
    return [f"{PYTHON}/bin/python", *FLAGS, f"{NURSERY}/nursery.py", str(descriptor)]


def _binds(python: Path) -> Iterator[Bind]:
    yield from system_binds()
    base = base_of(python)
    if not base.is_relative_to("/usr"):
        yield Bind(base, str(base))
    yield Bind(environment_of(python), PYTHON)
    yield Bind(WORKER, WORKER_INSIDE)
    yield Bind(INSIDE, NURSERY)
    yield Bind(ANSWERS, ANSWERS_INSIDE)
    yield Bind(LAMBDA, LAMBDA_INSIDE)
    yield from _engine()


def _engine() -> Iterator[Bind]:
    """Only one kind of hand-in needs it, and says so where it is not installed."""
    from localcloud.azurerm.setup import ENGINE_PACKAGE  # it imports what grading another lab does without

    yield Bind(ENGINE, ENGINE_INSIDE)
    tofu = extras.find("tofu")
    if tofu.is_installed:
        yield Bind(tofu.place / "node_modules" / ENGINE_PACKAGE, TOFU_INSIDE)


def _hidden(binds: Iterable[Bind]) -> Iterator[Path]:
    """What is ours below the system's folders: an empty folder stands there instead."""
    ours = {project.root().resolve(), *(Path(one.__file__ or "").resolve().parent for one in (autograder, localcloud))}
    seen = [Path(bind.target) for bind in binds if bind.target not in OURS_INSIDE]
    for one in sorted(ours):
        if any(one.is_relative_to(folder) and one != folder for folder in seen):
            yield one
