"""moto as a process of its own: SQS, SNS and DynamoDB of one empty account, in memory, on a loopback port."""

import os
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType

from localcloud import extras
from localcloud.loopback import LOOPBACK, is_free
from localcloud.messages import _

from .account import settings

EXTRA = "moto"
SERVE = Path(__file__).parent / "server" / "serve.py"
FLAGS = ("-B", "-I", "-X", "utf8")
SECONDS_TO_START, SECONDS_TO_STOP = 60.0, 5.0
LISTENING = f"listening on {LOOPBACK}:"
LEAN = {"MALLOC_ARENA_MAX": "1", "MALLOC_TRIM_THRESHOLD_": "100000"}
PASSED_ON = ("PATH", "LANG", "LC_ALL", "TMPDIR")


class MotoError(RuntimeError):
    """moto does not start; the text says why."""


def command(python: Path, port: int) -> list[str]:
    """moto's command line; `python` is that of moto's own environment. It ends when its standard input does."""
    return [str(python), *FLAGS, str(SERVE), str(port)]


class Moto:
    """One moto process: an account that nobody else sees. It ends with `stop()`, on leaving a `with` block, and when
    this process dies in whatever way. When `port` is taken it is on a free one, and `say` gets a line about that. The
    extra `moto` must be installed."""

    def __init__(self, port: int = 0, say: Callable[[str], None] = lambda line: None) -> None:
        self.port = port
        self.log: deque[str] = deque(maxlen=200)
        self._say = say
        self._process: subprocess.Popen[str] | None = None
        self._listening = threading.Event()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def endpoint(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def settings(self) -> Mapping[str, str]:
        return settings(self.endpoint)

    def start(self) -> None:
        """Starts moto and waits until it answers; MotoError when it does not, ExtraMissing."""
        wanted = self.port
        taken = wanted != 0 and not is_free(wanted)
        try:
            self._process = subprocess.Popen(
                command(extras.environment(EXTRA).python, 0 if taken else wanted),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                errors="replace",
                env={**{name: os.environ[name] for name in PASSED_ON if name in os.environ}, **LEAN},
                start_new_session=True,
            )
        except OSError as error:
            raise MotoError(_("moto cannot be started: {error}").format(error=error)) from error
        threading.Thread(target=self._read, args=(self._process,), daemon=True).start()
        if not self._listening.wait(SECONDS_TO_START) or not self.port:
            self.stop()
            raise MotoError(_("moto did not start. Its last words:\n{log}").format(log="\n".join(self.log)))
        if taken:
            self._say(
                _("Port {taken} is in use by another program; AWS is on {port} instead.").format(
                    taken=wanted, port=self.port
                )
            )

    def _read(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout
        self.port = 0
        with process.stdout:
            for line in process.stdout:
                self.log.append(line.rstrip())
                if line.startswith(LISTENING) and not self._listening.is_set():
                    self.port = int(line.removeprefix(LISTENING))
                    self._listening.set()
        self._listening.set()

    def stop(self) -> None:
        """Stops moto; all that was in it is gone."""
        if process := self._process:
            assert process.stdin
            process.stdin.close()
            try:
                process.wait(SECONDS_TO_STOP)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            self._process = None
            self._listening.clear()

    def __enter__(self) -> "Moto":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
