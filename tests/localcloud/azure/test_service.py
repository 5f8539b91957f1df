"""The local Azure as a service: what the portal and other processes get of it."""

from pathlib import Path

from localcloud.azure.service import SECRET, SERVICE
from localcloud.cloud import Opened


def opened(*services: str) -> Opened:
    return Opened(
        services=("azure", *services), ports=dict(SERVICE.ports), secrets={SECRET: "t0ken"}, state=Path("/state"),
        app=Path("/app"), python=Path("/python"), prepared={}, settings={"SLACK_BOT_TOKEN": "xoxb"},
    )  # fmt: skip


def test_slack_calls_the_slot_production_unless_a_functions_host_runs() -> None:
    production = ("--functions-url", "http://127.0.0.1:7081")
    assert SERVICE.portal(opened()).arguments == ("--azure-url", "http://127.0.0.1:7080", *production)
    assert SERVICE.portal(opened("functions")).arguments == ("--azure-url", "http://127.0.0.1:7080")


def test_the_process_knows_what_apps_get_and_nobody_reads_its_token_in_a_list_of_processes() -> None:
    [process] = SERVICE.processes(opened())
    assert process.env["CAMP_AZURE_APP_SETTINGS"] == '{"SLACK_BOT_TOKEN": "xoxb"}'
    assert process.env["CAMP_AZURE_TOKEN"] == "t0ken"
    assert not any("t0ken" in part or "xoxb" in part for part in process.argv)


def test_a_reset_sets_aside_what_was_deployed() -> None:
    assert SERVICE.data(Path("/state")) == Path("/state/azure")
