"""One process with the local providers, which many commands share; what tells an engine to attach to it.

It holds the model's token: an engine, and what an engine runs, never sees it.
"""

import asyncio
import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from localcloud.messages import _

from .client import TOKEN, URL
from .setup import HOSTS, VERSIONS

VARIABLE = "TF_REATTACH_PROVIDERS"
PROTOCOL = 6
READY, TOO_MANY = b"ready", b"too-many"
SECONDS_TO_START, SECONDS_TO_END = 60.0, 5.0
KEPT = ("PATH", "LANG", "TMPDIR")


class ProvidersFailed(RuntimeError):
    """The providers do not start; the text says what they printed."""


class AttachedProviders:
    """Made by `start`; `sockets` are where they listen, by their names: this user alone may connect."""

    def __init__(self, folder: Path, process: asyncio.subprocess.Process) -> None:
        self.sockets = {name: folder / f"{name}.sock" for name in VERSIONS}
        self.on_too_many: Callable[[int, str], None] = lambda most, type: None  # a command plans more than `most`
        self._folder = folder
        self._process = process
        self._hearing: asyncio.Task[None] | None = None

    @classmethod
    async def start(cls, folder: Path, python: Path, url: str, token: str, subscription: str) -> "AttachedProviders":
        """Providers of the model that answers at `url`; `python` is that of the extra `azurerm`. The `folder` is made
        for them; its path must be short, as those of sockets are."""
        folder.mkdir(mode=0o700)  # noqa: ASYNC240 - at once
        environment = {name: os.environ[name] for name in KEPT if name in os.environ}
        environment |= {"PYTHONPATH": str(Path(__file__).parents[2]), URL: url, TOKEN: token}
        environment["ARM_SUBSCRIPTION_ID"] = subscription
        environment["HOME"] = str(folder)  # `tf` writes there
        process = await asyncio.create_subprocess_exec(
            *(str(python), "-m", "localcloud.azurerm", "attached", str(folder)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=environment,
            cwd=folder,
            start_new_session=True,  # Ctrl-C is for whoever started it, who ends it afterwards
        )
        made = cls(folder, process)
        try:
            await asyncio.wait_for(made._ready(), SECONDS_TO_START)
        except BaseException:
            await made.stop()
            raise
        made._hearing = asyncio.create_task(made._hear())
        return made

    @property
    def pid(self) -> int:
        return self._process.pid

    async def stop(self) -> None:
        """Ends them; they end as well when this process does."""
        if self._process.returncode is None:
            assert self._process.stdin
            self._process.stdin.close()
            try:
                await asyncio.wait_for(self._process.wait(), SECONDS_TO_END)
            except asyncio.TimeoutError:
                self._process.kill()
                await self._process.wait()
        if self._hearing:
            await self._hearing
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def _ready(self) -> None:
        assert self._process.stdout
        said = await self._process.stdout.readline()
        if said.strip() != READY:
            said += await self._process.stdout.read(4_000)
            words = _("The local providers do not start: {why}")
            raise ProvidersFailed(words.format(why=said.decode("utf-8", "replace").strip()[-2_000:]))

    async def _hear(self) -> None:
        assert self._process.stdout
        while line := await self._process.stdout.readline():
            if line.startswith(TOO_MANY):
                _word, most, type = line.decode().split()
                self.on_too_many(int(most), type)


def attaching(addresses: Mapping[str, tuple[str, str]], pid: int) -> dict[str, str]:
    """The environment that has an engine attach to the providers at these addresses, each a network (`unix`, `tcp`) and
    a place there. The engine believes that they end with the process `pid`, and ends that one when nobody listens."""
    providers = {
        f"{host}/hashicorp/{name}": {
            "Protocol": "grpc",
            "ProtocolVersion": PROTOCOL,
            "Pid": pid,
            "Test": True,  # it is not to end them
            "Addr": {"Network": network, "String": place},
        }
        for name, (network, place) in addresses.items()
        for host in HOSTS
    }
    return {VARIABLE: json.dumps(providers)}
