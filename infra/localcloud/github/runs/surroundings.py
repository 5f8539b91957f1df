"""What the jobs of one GitHub find around them: programs, stores, tokens, and the way to what is outside."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from localcloud import extras

from ..runner import ArtifactStore, CacheStore
from . import contexts, oidc
from .jail import Place
from .jobs import EXTRA
from .masking import Masks
from .model import JobRun, Outside, Run
from .tokens import TokenServer

if TYPE_CHECKING:
    from ..forge import Forge
    from ..runner import Runner


class Surroundings:
    """`folder` is where artifacts and caches are kept; `confined` says whether jobs run in a sandbox."""

    def __init__(
        self,
        forge: "Forge",
        runner: "Runner",
        outside: Outside,
        folder: Path,
        confined: bool,
        make_token: oidc.MakeToken,
    ) -> None:
        self.artifacts = ArtifactStore(folder / "artifacts")
        self.caches = CacheStore(folder / "caches")
        self.confined = confined
        self.outside = outside
        self._forge = forge
        self._runner = runner
        self._tokens = TokenServer(make_token)
        self._readable: list[Path] = []
        self._environments: dict[str, dict[str, str]] = {}

    @property
    def server_url(self) -> str:
        return self._forge.url

    def read_token(self, run: Run) -> str:
        """GITHUB_TOKEN: it reads the run's repository, and writes nothing."""
        return self._forge.read_token(run.repository)

    def place(self, run: Run) -> Place:
        ports = [self._forge.port, *self.outside.ports, *([self._tokens.port] if self._tokens.port else [])]
        return Place(
            readable=[*self.tools(), *self.outside.files],
            cache=self.caches.of(run.repository.full_name),
            artifacts=self.artifacts.of(f"{run.number}"),
            ports=list(dict.fromkeys(port for port in ports if port)),
            hidden=[Path(__file__).resolve().parents[2]],
        )

    def tools(self) -> list[Path]:
        """What a job uses of this computer, besides the system's folders."""
        if not self._readable:  # the runner reads all its sources to say it
            act = Path(extras.environment(EXTRA).command("act")[0])
            self._readable = [*self._runner.readable, act]
        return self._readable

    def environment(self, home: str) -> Mapping[str, str]:
        """Of a job at this home: a new one each time where there is no sandbox."""
        if not self._environments or not self.confined:
            self._environments = {home: self._runner.environment(Path(home))}
        return self._environments[home]

    async def oidc_variables(self, run: Run, job: JobRun, masks: Masks) -> Mapping[str, str]:
        """Where the job asks for identity tokens, and by which token of its own."""
        github = contexts.github(run, self.server_url)
        variables = await self._tokens.variables(lambda audience: oidc.claims(run, job, github, audience, time.time()))
        masks.add(variables["ACTIONS_ID_TOKEN_REQUEST_TOKEN"])
        return variables

    async def stop(self) -> None:
        await self._tokens.stop()
