"""The runner, laid out once; a repository and its runs for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud import extras
from localcloud.github.runner import Runner

from ..git_server import GitServer
from ..running_act import PROJECT, TOKEN, Machine


@pytest.fixture(scope="session")
def runner() -> Runner:
    extras.ensure("act", print)
    made = Runner(PROJECT / ".camp")
    made.ensure()
    return made


@pytest.fixture
def machine(tmp_path: Path, runner: Runner) -> Iterator[Machine]:
    made = Machine(tmp_path, runner)
    with GitServer(made.server, TOKEN) as server:
        made.url = server.url
        yield made
