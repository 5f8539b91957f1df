"""Extras: tools that only some labs or commands need, each in an environment of its own, `.camp/extras/<name>/`.

An extra is a folder `extras/<name>/` with a lock file that has the hash of every package: `requirements.lock` (Python
packages, made of `requirements.in`) or `package-lock.json` (npm packages). With a `wheels.lock` beside the first, the
packages that it names are fetched as wheels and not installed. `ensure` installs an extra at its first use;
`./camp setup --all` installs all extras ahead. Grading never installs: see `never_installing`.

To add one: make the folder. Its lock file comes from `npm install --package-lock-only`, or from
`uv pip compile --universal --python-version 3.10 --no-annotate --generate-hashes requirements.in -o requirements.lock`.
"""

import difflib
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from localcloud import storage
from localcloud.messages import _

NEVER = "CAMP_NEVER_INSTALL"  # an environment variable, so that processes started meanwhile do not install either
STAMP = ".camp-extra"
WHEELS = "wheels"  # the folder, in an extra's place, of the packages that wheels.lock names
LOCK_FILES = ("requirements.lock", "package-lock.json")
NO_NETWORK = re.compile(
    r"name resolution|getaddrinfo|dns error|ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|timed out|unreachable"
    r"|NewConnectionError|failed to connect|error sending request",
    re.IGNORECASE,
)
LINES_OF_LOG = 8

Say = Callable[[str], None]


class ExtraMissing(RuntimeError):
    """An extra is not installed, and cannot or must not be; the text says what to do."""


@dataclass(frozen=True)
class Extra:
    """One extra, and one place for its environment."""

    name: str
    locks: Path  # the folder with its lock file
    place: Path  # the folder of its environment

    @property
    def is_npm(self) -> bool:
        return (self.locks / "package-lock.json").is_file()

    @property
    def use(self) -> str:
        """What it is for: the first comment of its requirements.in, or the description in its package.json."""
        if self.is_npm:
            return str(json.loads((self.locks / "package.json").read_text("utf-8"))["description"])
        return (self.locks / "requirements.in").read_text("utf-8").splitlines()[0].lstrip("# ")

    @property
    def bin(self) -> Path:
        """The folder of its programs."""
        return self.place / "node_modules" / ".bin" if self.is_npm else self.place / "bin"

    @property
    def python(self) -> Path:
        """The interpreter that can import its packages."""
        return self.bin / "python"

    @property
    def packages(self) -> Path:
        """The folder that its Python imports packages from."""
        return self.place / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"

    @property
    def log(self) -> Path:
        """What the installer printed."""
        return self.place.with_name(f"{self.name}.log")

    def command(self, program: str, *arguments: str) -> list[str]:
        """The command line of one of its programs; npm's run with the camp's Node, which need not be on PATH."""
        node = [str(storage.node())] if self.is_npm else []
        return [*node, str(self.bin / program), *arguments]

    @property
    def checksum(self) -> str:
        """Of all that the environment was made from. Its path counts too: an environment cannot be moved."""
        lock = self.locks / ("package-lock.json" if self.is_npm else "requirements.lock")
        wheels = self._wheels_lock.read_bytes() if self._wheels_lock.is_file() else b""
        return hashlib.sha256(lock.read_bytes() + wheels + os.fsencode(self.place)).hexdigest()

    @property
    def is_installed(self) -> bool:
        """Whether it is installed from the lock file as it is now, and its Python (if it has one) is still there."""
        stamp = self.place / STAMP
        fresh = stamp.is_file() and stamp.read_text("utf-8") == self.checksum
        return fresh and (self.is_npm or self.python.exists())

    def ensure(self, say: Say) -> None:
        """Installs it unless it is installed; ExtraMissing when that fails or must not be. One at a time installs."""
        if self.is_installed:
            return
        if os.environ.get(NEVER):
            raise self.missing()
        self.place.parent.mkdir(parents=True, exist_ok=True)
        with _alone(self.place.parent / "lock", say) as lock:
            if not self.is_installed:  # another process may have installed it while this one waited
                say(_("Installing {name} ({use}), once ...").format(name=self.name, use=self.use))
                self._install(lock)

    def missing(self) -> ExtraMissing:
        """The error that says how to install it."""
        text = _("{name} ({use}) is not installed. With a network, type: camp setup {name} (or camp setup --all)")
        return ExtraMissing(text.format(name=self.name, use=self.use))

    def _install(self, lock: int) -> None:
        """The stamp comes last: an environment without one counts for nothing and is made again."""
        shutil.rmtree(self.place, ignore_errors=True)
        install = self._install_npm if self.is_npm else self._install_pip
        try:
            with self.log.open("wb") as log:
                if not (install(log.fileno(), lock) and self._fetch_wheels(log.fileno(), lock)):
                    raise ExtraMissing(self._failed())
            (self.place / STAMP).write_text(self.checksum, "utf-8")
        except BaseException:
            shutil.rmtree(self.place, ignore_errors=True)
            raise

    def _install_pip(self, log: int, lock: int) -> bool:
        making = [sys.executable, "-m", "venv", "--without-pip", str(self.place)]
        if not _runs(making, log, lock, _quiet_environment()):
            return False
        wanted = ["--require-hashes", "-r", str(self.locks / "requirements.lock")]
        uv = _uv()
        if uv:
            settings = {**_quiet_environment(), **_index_settings()}
            target = ["--python", str(self.python), "--compile-bytecode"]
            if _runs([uv, "pip", "install", "--no-config", *target, *wanted], log, lock, settings):
                return True
            if self._has_no_network():
                return False  # pip would only wait longer
        pip = [sys.executable, "-m", "pip", "--python", str(self.python), "install", "--disable-pip-version-check"]
        return _runs([*pip, *wanted], log, lock, _quiet_environment())

    @property
    def _wheels_lock(self) -> Path:
        return self.locks / "wheels.lock"

    def _fetch_wheels(self, log: int, lock: int) -> bool:
        """With pip: uv cannot fetch without installing."""
        if not self._wheels_lock.is_file():
            return True
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--progress-bar=off"]
        wanted = ["--no-deps", "--only-binary=:all:", "--require-hashes", "-r", str(self._wheels_lock)]
        return _runs([*pip, *wanted, "-d", str(self.place / WHEELS)], log, lock, _quiet_environment())

    def _install_npm(self, log: int, lock: int) -> bool:
        self.place.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copy(self.locks / name, self.place / name)
        program, settings = _npm()
        options = ["--no-audit", "--no-fund", "--loglevel=error", "--fetch-retry-mintimeout=1000"]
        return _runs([*program, "ci", *options], log, lock, settings, self.place)

    def _has_no_network(self) -> bool:
        printed = self.log.read_text("utf-8", "replace")
        return bool(NO_NETWORK.search(" ".join(printed.split())))  # uv breaks lines after 80 characters

    def _failed(self) -> str:
        if self._has_no_network():
            return _(
                "{name} ({use}) is not installed, and there seems to be no network to fetch it. Where there is one, "
                "type: camp setup --all. It fetches all that labs need; they work offline from then on."
            ).format(name=self.name, use=self.use)
        last = "\n".join(
            f"    {line[:200]}" for line in self.log.read_text("utf-8", "replace").splitlines()[-LINES_OF_LOG:]
        )
        return _("Installing {name} failed. The last lines of {log}:\n{lines}\nTo try again: camp setup {name}").format(
            name=self.name, log=self.log, lines=last
        )


def locks() -> Path:
    """The folder of the extras' lock files: the clone's, else the one in the installed package."""
    clone = Path(__file__).parents[2] / "extras"
    return clone if clone.is_dir() else Path(__file__).parent / "locks"


def names() -> list[str]:
    """The extras that there are: the folders with a lock file."""
    return sorted({lock.parent.name for name in LOCK_FILES for lock in locks().glob(f"*/{name}")})


def find(name: str) -> Extra:
    """The extra of that name, where it is installed, else where it would be; ValueError when there is none."""
    if name not in names():
        near = difflib.get_close_matches(name, names(), 1)
        hint = _(" Did you mean '{near}'?").format(near=near[0]) if near else ""
        raise ValueError(_("There is no extra '{name}'.").format(name=name) + hint)
    places = [Extra(name, locks() / name, root / ".camp" / "extras" / name) for root in _roots()]
    return next((one for one in places if one.is_installed), places[0])


def is_installed(name: str) -> bool:
    return find(name).is_installed


def environment(name: str) -> Extra:
    """The installed extra of that name; ExtraMissing when it is not. It never installs."""
    extra = find(name)
    if not extra.is_installed:
        raise extra.missing()
    return extra


def must_be_installed(wanted: Iterable[str]) -> None:
    """ExtraMissing for the first of these extras that is not installed."""
    for name in wanted:
        environment(name)


def ensure(name: str, say: Say) -> Extra:
    """The extra of that name, installed now unless it was; `say` gets a line of progress. ExtraMissing when it cannot
    be installed, or must not be."""
    extra = find(name)
    extra.ensure(say)
    return extra


@contextmanager
def never_installing() -> Iterator[None]:
    """Inside, `ensure` raises ExtraMissing instead of installing, in this process and in those that it starts."""
    before = os.environ.get(NEVER)
    os.environ[NEVER] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[NEVER]
        else:
            os.environ[NEVER] = before


def _roots() -> list[Path]:
    """The project folders whose `.camp/extras` count, the one to install in first."""
    clone = Path(__file__).parents[2]
    named = os.environ.get("CAMP_ROOT")
    found = ([Path(named)] if named else []) + ([clone] if (clone / "camp").is_file() else [])
    return found or [Path.cwd()]


@contextmanager
def _alone(path: Path, say: Say) -> Iterator[int]:
    """Holds the lock file. The installer inherits the descriptor, so that the lock lasts as long as an installer whose
    camp was killed."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(_("Another camp is installing an extra; waiting for it ..."))
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _runs(command: list[str], log: int, lock: int, settings: Mapping[str, str], cwd: Path | None = None) -> bool:
    """Whether the command succeeds; what it prints goes to the log."""
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=settings, cwd=cwd, pass_fds=(lock,), check=False
    )
    return done.returncode == 0


def _quiet_environment() -> dict[str, str]:
    """This process's environment without what would lead an installer to other packages."""
    misleading = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "NODE_PATH", "NODE_OPTIONS"}
    return {name: value for name, value in os.environ.items() if name not in misleading}


def _uv() -> str | None:
    own = Path(sys.prefix) / "bin" / "uv"
    return str(own) if own.is_file() else shutil.which("uv")


def _index_settings() -> dict[str, str]:
    """uv does not read pip's configuration: hand on the index, as the launcher does, and use the system's CAs."""
    asked = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"], capture_output=True, text=True, check=False
    )
    index = os.environ.get("PIP_INDEX_URL") or asked.stdout.strip()
    usual = {"UV_SYSTEM_CERTS": "1", "UV_HTTP_TIMEOUT": "120", **({"UV_DEFAULT_INDEX": index} if index else {})}
    return {name: os.environ.get(name, value) for name, value in usual.items()}


def _npm() -> tuple[list[str], dict[str, str]]:
    """The command line of npm, and its environment. The Node that came as a wheel has its npm beside it, which needs
    that Node on PATH."""
    node = storage.node().resolve()
    settings = _quiet_environment()
    settings["PATH"] = os.pathsep.join([str(node.parent), settings.get("PATH", os.defpath)])
    beside = node.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if beside.is_file():
        return [str(node), str(beside)], settings
    found = shutil.which("npm")
    if not found:
        raise ExtraMissing(_("npm is not installed. Delete node_modules and .venv, then type: ./camp"))
    return [found], settings
