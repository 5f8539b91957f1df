"""The engine in the sandbox's cell: what a hostile configuration finds there, where nothing has refused it by name."""

import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from autograder.sandbox import Cell, Sandbox
from localcloud import extras
from localcloud.cloud import NotAsExpected

from .conftest import FIRST, GROUP, MakeSite, Site

HERE = Path(__file__).resolve()
HIDDEN = """
locals {
  path = join("", ["PA", "TH"])
}

output "there" {
  value = fileexists(local.path)
}

output "text" {
  value = try(file(local.path), "cannot be read")
}
"""
EATS = """
locals {
  some = format("%01000000d", 1)
  more = join("", [for one in range(64) : local.some])
  most = join("", [for one in range(64) : local.more])
}

output "most" {
  value = length(local.most)
}
"""
RUNS = """
resource "terraform_data" "one" {
  provisioner "local-exec" {
    command = <<-EOT
    COMMAND
    EOT
  }
}
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    extras.ensure("tofu", print)  # what is installed when the sandbox starts can be run in it
    with Sandbox() as running:
        yield running


@pytest.fixture
async def cell(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Cell]:
    made = await sandbox.cell(tmp_path)
    yield made
    await made.close()


@pytest.fixture
async def site(cell: Cell, make_site: MakeSite) -> AsyncIterator[Site]:
    async with make_site(cell) as one:
        yield one


async def test_it_plans_and_applies_through_providers_that_are_outside(site: Site) -> None:
    workspace = site.workspace(FIRST, GROUP)
    assert (await workspace.init()).code == (await workspace.validated()).code == 0
    assert (await workspace.plan()).code == 2
    assert (await workspace.apply()).code == 0
    assert (await workspace.outputs())["group"].value == "rg-abcdefgh-staging"
    assert (await workspace.plan()).code == 0
    assert (await workspace.destroy()).code == 0


async def test_no_environment_holds_the_models_token_or_its_place(site: Site) -> None:
    own = await _read(site, "/proc/self/environ")
    assert "HOME=/tmp/engine" in own and "TF_REATTACH_PROVIDERS" in own
    for secret in (site.token, site.url, "CAMP_", str(HERE.parents[4])):
        assert secret not in own
    assert await _read(site, "/proc/1/environ") == "cannot be read"


async def test_no_file_of_this_computer_is_there(site: Site) -> None:
    for path in (str(HERE), "/root/.bashrc", "/etc/shadow"):
        assert await _read(site, path) == "cannot be read"


async def test_what_a_provisioner_starts_sees_nothing_either(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        looks = f"""
    (env; cat -v /proc/[0-9]*/environ /proc/[0-9]*/cmdline) > all.txt 2>&1
    port={listener.getsockname()[1]}
    /opt/python/bin/python -c "import socket; socket.create_connection(('127.0.0.1', $port), 2)" 2>> all.txt
    ls / /opt /home /tmp >> all.txt; id >> all.txt
"""
        workspace = site.workspace(FIRST, RUNS.replace("COMMAND", looks), HIDDEN.replace('"PA", "TH"', '"all", ".txt"'))
        await workspace.init()
        assert (await workspace.apply()).code == 0
        assert (await workspace.apply()).code == 0  # now the file is there
        found = str((await workspace.outputs())["text"].value)
        assert "ConnectionRefusedError" in found and "uid=1000" in found
        assert site.token not in found and str(HERE.parents[4]) not in found
        listener.settimeout(0.1)
        with pytest.raises(TimeoutError):
            listener.accept()


async def test_a_fork_bomb_ends_its_own_cell_alone(site: Site, cell: Cell) -> None:
    workspace = site.workspace(FIRST, RUNS.replace("COMMAND", "bomb() { bomb | bomb & }; bomb; sleep 30"))
    await workspace.init()
    with contextlib.suppress(NotAsExpected):
        assert (await workspace.apply()).code
    await cell.settle()
    assert cell.told == "Too many processes: the app had more than 256 processes and threads."
    with pytest.raises(NotAsExpected, match="Too many processes"):
        await workspace.plan()


async def test_a_configuration_that_eats_memory_is_told_so(site: Site) -> None:
    workspace = site.workspace(FIRST, EATS)
    await workspace.init()
    with pytest.raises(NotAsExpected, match=r"[Oo]ut of memory"):
        await workspace.plan()


async def _read(site: Site, path: str) -> str:
    """What a configuration finds in a file whose path it has put together."""
    half = len(path) // 2
    workspace = site.workspace(FIRST, HIDDEN.replace("PA", path[:half]).replace("TH", path[half:]))
    await workspace.init()
    ran = await workspace.apply()
    assert ran.code == 0, ran.text
    return str((await workspace.outputs())["text"].value)
