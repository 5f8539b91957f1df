"""Kudu: zip deployments in the calls that `Azure/functions-action` and people make."""

import asyncio
import io
import stat
import zipfile
from pathlib import Path

import aiohttp
import pytest

from localcloud.azure.azure import Azure

from .conftest import HOST_JSON, Client, basic, bot, made, package, until

TYPO = "import azure.functions as func\napp = func.FunctionApp(\n"


async def ended(client: Client, place: str) -> bool:
    status, deployment, _headers = await client.kudu("GET", place)
    assert status == (200 if deployment["complete"] else 202)
    return bool(deployment["complete"])


async def test_the_calls_of_functions_action_with_a_publish_profile(azure: Azure, client: Client) -> None:
    status, settings, _headers = await client.kudu("GET", "/api/settings")
    assert (status, settings["GREETED_BY"]) == (200, "camp")
    for name in ("SCM_DO_BUILD_DURING_DEPLOYMENT", "ENABLE_ORYX_BUILD"):
        assert (await client.kudu("POST", "/api/settings", json={name: "true"}))[0] == 204
        assert (await client.kudu("GET", "/api/settings"))[1][name] == "true"

    async def chunks():  # type: ignore[no-untyped-def]
        yield bot("hello")

    path = "/api/zipdeploy?isAsync=true&deployer=GITHUB_ZIP_DEPLOY_FUNCTIONS_V1&message=%7B%22sha%22%3A%22abc123%22%7D"
    status, _text, headers = await client.kudu("POST", path, data=chunks())
    assert status == 202
    place = headers["Location"].removeprefix(f"https://{azure.site.slot('staging').scm_host_name}")
    await until(lambda: ended(client, place))
    status, deployment, _headers = await client.kudu("GET", place)
    assert (status, deployment["status"], deployment["complete"], deployment["active"]) == (200, 4, True, True)
    assert deployment["deployer"] == "GITHUB_ZIP_DEPLOY_FUNCTIONS_V1"
    assert (await client.kudu("GET", f"/api/deployments/{deployment['id']}"))[1] == deployment
    log = (await client.kudu("GET", f"/api/deployments/{deployment['id']}/log"))[1]
    assert "Remote build" in " ".join(line["message"] for line in log)
    manifest = (await client.kudu("GET", f"/api/vfs/site/deployments/{deployment['id']}/manifest"))[1]
    assert "function_app.py" in manifest.splitlines()
    for name in ("SCM_DO_BUILD_DURING_DEPLOYMENT", "ENABLE_ORYX_BUILD"):
        assert (await client.kudu("DELETE", f"/api/settings/{name}"))[0] == 204
    assert azure.site.slot("staging").deployments[0].commit == "abc123"
    assert await client.word("staging") == "hello"
    assert [(change.kind, change.slot) for change in azure.changes] == [("files", "staging")]
    assert "Nothing has been deployed" in await client.word("production")


async def test_publish_as_flex_consumption_does_it(client: Client) -> None:
    status, id, _headers = await client.kudu("POST", "/api/publish?remoteBuild=false&deployer=x", data=bot("hello"))
    assert status == 202
    await until(lambda: ended(client, f"/api/deployments/{id}"))
    assert await client.word("staging") == "hello"


async def test_a_deployment_without_is_async_is_answered_when_it_has_ended(client: Client) -> None:
    status, deployment, _headers = await client.kudu("POST", "/api/zipdeploy", data=bot("hello"))
    assert (status, deployment["status"]) == (200, 4)
    assert await client.word("staging") == "hello"


async def test_a_profile_opens_its_own_slot_alone(client: Client, azure: Azure) -> None:
    status, text, _headers = await client.kudu("POST", "/api/zipdeploy", "production", "staging", data=bot("x"))
    assert (status, "production" in text) == (401, True)
    assert (await client.kudu("GET", "/api/settings", headers=basic("$nobody", "wrong")))[0] == 401
    assert (await client.kudu("GET", "/api/settings", headers={}))[0] == 401
    assert not azure.changes


async def test_a_token_opens_kudu_as_well(client: Client) -> None:
    await client.sign_in()
    headers = {"Authorization": f"Bearer {client.token}"}
    assert (await client.kudu("GET", "/api/deployments", headers=headers))[:2] == (200, [])
    assert (await client.kudu("GET", "/api/deployments", headers={"Authorization": "Bearer x"}))[0] == 401


def linked() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        entry = zipfile.ZipInfo("greeting.txt")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    return target.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (package({"../../escaped.txt": "x"}), "outside the app's folder"),
        (package({"/etc/escaped.txt": "x"}), "outside the app's folder"),
        (package({"a\\..\\..\\escaped.txt": "x"}), "outside the app's folder"),
        (linked(), "is a link"),
        (b"this is no zip file", "not a zip file"),
        (bot("x")[:-40], "not a zip file"),
        (package({"a": "x", "a/b": "y"}), "cannot be unpacked"),
        (package({"a": "x", "./a": "y"}), "holds a twice"),
        (bot("x", **{"requirements.txt": "azure-functions\nnumpy==1.0\n"}), "line 2: the package numpy"),
    ],
)
async def test_a_package_that_cannot_be_deployed_changes_nothing(
    client: Client, azure: Azure, tmp_path: Path, data: bytes, words: str
) -> None:
    assert (await azure.site.slot("staging").deploy(bot("before"), "a test")).ok
    await client.kudu("POST", "/api/settings", json={"SCM_DO_BUILD_DURING_DEPLOYMENT": "1"})
    status, deployment, _headers = await client.kudu("POST", "/api/zipdeploy", data=data)
    assert (status, deployment["status"]) == (400, 3)
    assert words in deployment["status_text"]
    log = (await client.kudu("GET", f"/api/deployments/{deployment['id']}/log"))[1]
    assert words in log[-1]["message"]
    assert await client.word("staging") == "before"
    assert not await asyncio.to_thread(lambda: list(tmp_path.rglob("escaped*")))
    assert not list((azure.folder / "packages").iterdir())
    assert len(azure.changes) == 1


async def test_an_app_that_runs_from_a_url_takes_no_package(client: Client, azure: Azure) -> None:
    staging = azure.site.slot("staging")
    await azure.site.set_settings(staging, {"WEBSITE_RUN_FROM_PACKAGE": "https://localhost/app.zip"}, "a test")
    status, deployment, _headers = await client.kudu("POST", "/api/zipdeploy", data=bot("hello"))
    assert (status, deployment["status"]) == (400, 3)
    assert "WEBSITE_RUN_FROM_PACKAGE is a URL" in deployment["status_text"]
    await azure.site.set_settings(staging, {"WEBSITE_RUN_FROM_PACKAGE": "1"}, "a test")
    assert (await client.kudu("POST", "/api/zipdeploy", data=bot("hello")))[0] == 200
    assert await client.word("staging") == "hello"


async def test_a_package_of_300_mb_is_refused(client: Client, azure: Azure) -> None:
    async def endless():  # type: ignore[no-untyped-def]
        for _number in range(300):
            yield bytes(1_000_000)

    try:
        status, found, _headers = await client.kudu("POST", "/api/zipdeploy?isAsync=true", data=endless())
    except aiohttp.ClientError:
        status, found = 413, {"Message": "100 MB"}  # the connection was closed before the client had sent all of it
    assert (status, "100 MB" in found["Message"]) == (413, True)
    assert not azure.site.slot("staging").deployments
    assert not list((azure.folder / "packages").iterdir())


async def test_a_small_zip_that_unpacks_to_300_mb_is_refused(azure: Azure) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("host.json", HOST_JSON)
        archive.writestr("big.bin", bytes(300_000_000))
    deployment = await azure.site.slot("staging").deploy(target.getvalue(), "a test")
    assert (deployment.ok, "more than 250 MB" in deployment.status_text) == (False, True)
    assert not (azure.folder / "deployments" / deployment.id).exists()


async def test_paths_with_spaces_and_letters_of_all_scripts_are_deployed(azure: Azure) -> None:
    deployment = await azure.site.slot("staging").deploy(bot("x", **{"ein Ordner/größe 数.txt": "x"}), "a test")
    assert deployment.folder
    assert (Path(deployment.folder) / "ein Ordner" / "größe 数.txt").read_text() == "x"


async def test_a_zip_with_a_million_files_is_refused_before_they_are_listed(azure: Azure) -> None:
    entry = b"PK\x01\x02" + bytes(42)
    directory = entry * 1_000_000
    end = b"PK\x05\x06" + bytes(4) + b"\xff\xff" * 2 + len(directory).to_bytes(4, "little") + bytes(6)
    deployment = await azure.site.slot("staging").deploy(directory + end, "a test")
    assert (deployment.ok, "more than 20000 files" in deployment.status_text) == (False, True)


async def test_what_is_replaced_or_still_draining_ends_with_the_site(azure: Azure) -> None:
    hosts = []
    for word in ("one", "two", "three"):
        await azure.site.slot("staging").deploy(bot(word), "a test")
        running = azure.site.slot("staging").content.running
        assert running
        hosts.append(running.host)
    await azure.site.stop()
    assert [host.state for host in hosts] == ["Stopped"] * 3
    assert [host.worker_pids for host in hosts] == [[]] * 3


async def test_an_app_with_a_typo_takes_its_slot_down_and_says_why(client: Client, azure: Azure) -> None:
    for slot in ("production", "staging"):
        assert (await azure.site.slot(slot).deploy(bot("before"), "a test")).ok
    status, deployment, _headers = await client.kudu(
        "POST", "/api/zipdeploy", data=bot("x", **{"function_app.py": TYPO})
    )
    assert (status, deployment["status"]) == (200, 4)
    log = (await client.kudu("GET", f"/api/deployments/{deployment['id']}/log"))[1]
    assert any("function_app.py" in line["message"] and "line 2" in line["message"] for line in log)
    assert azure.site.slot("staging").errors
    assert not any("save the file" in line["message"] for line in log)
    url = f"https://{azure.site.slot('staging').host_name}/api/hello"
    assert (await client.ask("GET", url))[0] == 404
    assert await client.word("production") == "before"


async def test_requests_get_503_while_a_deployment_restarts_the_app(azure: Azure) -> None:
    slot = azure.site.slot("production")
    await slot.deploy(bot("one"), "a test")
    seen: list[int] = []
    async with aiohttp.ClientSession() as http:

        async def look() -> None:
            while True:
                async with http.get(slot.url + "/api/hello") as answer:
                    seen.append(answer.status)
                await asyncio.sleep(0.01)

        looking = asyncio.create_task(look())
        await slot.deploy(bot("two"), "a test")
        looking.cancel()
        async with http.get(slot.url + "/api/hello") as answer:
            assert await answer.text() == "two"
    assert 503 in seen
    assert set(seen) <= {200, 503}


async def test_one_deployment_at_a_time_and_none_during_a_swap(client: Client, azure: Azure) -> None:
    for slot in azure.site.slots.values():
        await slot.deploy(bot(slot.name), "a test")
    await client.sign_in()
    await client.kudu("POST", "/api/zipdeploy?isAsync=true", data=bot("new"))
    status, found, _headers = await client.kudu("POST", "/api/zipdeploy?isAsync=true", data=bot("newer"))
    assert (status, "under way" in found["Message"]) == (409, True)
    status, found, _headers = await client.arm("POST", "/slots/staging/slotsswap", json={"targetSlot": "production"})
    assert (status, found["error"]["code"]) == (409, "Conflict")
    await until(lambda: ended(client, "/api/deployments/latest"))
    held = asyncio.Event()

    async def hold(_swap: object) -> None:
        await held.wait()

    azure.on_swap_asked.append(hold)
    swapping = asyncio.create_task(azure.swap("staging", "production"))
    await asyncio.sleep(0)
    assert (await client.kudu("POST", "/api/zipdeploy?isAsync=true", data=bot("newest")))[0] == 409
    held.set()
    assert (await swapping).ok
    assert await client.word("production") == "new"


async def test_the_slots_hold_after_a_restart_what_they_held_before(tmp_path: Path) -> None:
    azure = made(tmp_path / "azure")
    await azure.start()
    await azure.site.slot("staging").deploy(bot("kept"), "a test")
    await azure.swap("staging", "production")
    known, name = azure.credentials(), azure.site.name
    await azure.stop()
    again = made(tmp_path / "azure", seed=2)
    await again.start()
    try:
        assert (again.credentials(), again.site.name) == (known, name)
        assert (len(again.swaps), again.site.slot("production").content.deployed is not None) == (1, True)
        async with (
            aiohttp.ClientSession() as http,
            http.get(again.site.slot("production").url + "/api/hello") as answer,
        ):
            assert await answer.text() == "kept"
    finally:
        await again.stop()
