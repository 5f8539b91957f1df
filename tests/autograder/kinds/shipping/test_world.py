import asyncio
import io
import zipfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from autograder import bundle
from autograder.appfolder import AppProblem
from autograder.checks.exposed import exposed_in
from autograder.kinds.shipping.visitors import Bot
from autograder.kinds.shipping.world import World
from autograder.lab import find_lab
from autograder.private import PrivateCloud
from localcloud import extras
from localcloud.azure.packages import pack

TOKEN = "t0ken"
IDS = ("AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_SUBSCRIPTION_ID")
SLACK = {"SLACK_BOT_TOKEN": "x", "SLACK_API_URL": "http://127.0.0.1:9/", "SLACK_SIGNING_SECRET": "x"}


@pytest.fixture
async def cloud(tmp_path: Path) -> AsyncIterator[PrivateCloud]:
    for name in ("act", "actionlint", "runner"):
        extras.ensure(name, print)
    async with AsyncExitStack() as stack:
        made = PrivateCloud("1", stack, tmp_path / "tmp", starter=find_lab("ship-it").starter)
        made.settings.update({**SLACK, "SLACK_OUTGOING_TOKEN": TOKEN})
        yield made


async def test_both_slots_hold_the_starters_bot_and_the_repository_what_its_workflow_needs(
    cloud: PrivateCloud, tmp_path: Path
) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "greeting.txt").write_text("Ahoj\n")
    world = await World.start(cloud, tmp_path / "app", cloud.stack)
    assert (await world.production.look()).word == "Hello"
    assert await world.content("greeting.txt") == b"Ahoj\n"
    secrets, variables = world.repository.secrets, world.repository.variables
    assert set(variables) == {"FUNCTIONAPP_NAME", "RESOURCE_GROUP", *IDS}
    assert {name: secrets[name] for name in IDS} == {name: variables[name] for name in IDS}
    assert set(secrets) == {"AZURE_CREDENTIALS", "AZURE_FUNCTIONAPP_PUBLISH_PROFILE", *IDS}
    assert world.secrets()["clientSecret"] in secrets["AZURE_CREDENTIALS"]
    assert world.secrets()["userPWD"] in secrets["AZURE_FUNCTIONAPP_PUBLISH_PROFILE"]
    push = await world.push_head()
    assert (push.runs, push.deployed, push.before.word, push.after.word) == ((), (), "Hello", "Hello")
    assert isinstance(world.production, Bot)


async def test_what_was_deployed_can_be_read_and_what_was_there_by_hand_is_nobodys(
    cloud: PrivateCloud, tmp_path: Path
) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "greeting.txt").write_text("Ahoj\n")
    world = await World.start(cloud, tmp_path / "app", cloud.stack)
    assert list(world.places()) == []
    files = {"host.json": "{}", "credentials.json": world.secrets()["clientSecret"], ".python_packages/m.py": ""}
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    await world._azure.site.slots["staging"].deploy(package.getvalue(), "az")
    assert {name for name, _data in world.places()} == {"deployed file credentials.json", "deployed file host.json"}
    assert [one.where for one in exposed_in(world.places(), world.secrets())] == ["deployed file credentials.json"]


async def test_what_a_push_has_begun_counts_when_nobody_waited_for_it(cloud: PrivateCloud, tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "greeting.txt").write_text("Ahoj\n")
    world = await World.start(cloud, tmp_path / "app", cloud.stack)
    staging = world._azure.site.slots["staging"]
    package = await asyncio.to_thread(pack, find_lab("ship-it").starter)

    begun: list[asyncio.Task[None]] = []

    async def a_run_that_is_over_at_once(_seconds: float) -> None:
        begun.append(asyncio.create_task(staging.finish(staging.begin("az"), package)))

    world._runs.idle = a_run_that_is_over_at_once  # type: ignore[method-assign]
    push = await world.push("main", {"greeting.txt": b"Salut\n"}, "Say Salut")
    assert push.deployed == ("files were deployed to staging",)


@pytest.mark.parametrize("handed_in", [b"", b"no bundle", b"# v2 git bundle\n\n"])
async def test_what_is_no_repository_is_the_learners_to_correct(
    cloud: PrivateCloud, tmp_path: Path, handed_in: bytes
) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / bundle.FILE).write_bytes(handed_in)
    with pytest.raises(AppProblem, match="camp submit"):
        await World.start(cloud, tmp_path / "app", cloud.stack)
