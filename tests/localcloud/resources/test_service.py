"""A subscription as a service: what the portal and other processes get of it."""

import fcntl
from pathlib import Path

from localcloud.cloud import Opened
from localcloud.resources.service import SECRET, SERVICE


def opened(*services: str) -> Opened:
    return Opened(
        services=("resources", *services), ports=dict(SERVICE.ports), secrets={SECRET: "t0ken"}, state=Path("/state"),
        app=Path("/work/6-as-code"), python=Path("/python"), prepared={}, settings={"SLACK_BOT_TOKEN": "xoxb"},
    )  # fmt: skip


def test_slack_calls_the_app_that_was_deployed_last_unless_another_host_runs() -> None:
    alone = SERVICE.portal(opened()).arguments
    assert alone[-2:] == ("--functions-url", "http://127.0.0.1:7091")
    assert alone[:4] == ("--resources-url", "http://127.0.0.1:7090", "--opened", "6-as-code")
    assert "--functions-url" not in SERVICE.portal(opened("functions")).arguments


def test_nobody_reads_its_token_or_the_inputs_in_a_list_of_processes() -> None:
    [process] = SERVICE.processes(opened())
    assert process.env["CAMP_RESOURCES_TOKEN"] == "t0ken"
    assert process.env["CAMP_RESOURCES_INPUTS"] == '{"SLACK_BOT_TOKEN": "xoxb"}'
    assert not any("t0ken" in part or "xoxb" in part for part in process.argv)


def test_a_reset_sets_aside_what_was_applied_unless_somebody_applies_now(tmp_path: Path) -> None:
    data = SERVICE.data(tmp_path)
    assert data == tmp_path / "tofu"
    assert SERVICE.in_use(data) is None
    lock = data / "model" / "resources.lock"
    lock.parent.mkdir(parents=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert "camp tofu" in str(SERVICE.in_use(data))
    assert SERVICE.in_use(data) is None
