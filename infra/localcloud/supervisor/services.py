"""The services of the local cloud, as the supervisor runs them."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from localcloud import storage
from localcloud.loopback import LOOPBACK

from .service import HttpProbe, Service, TcpProbe

USUAL_PORTS = {
    "portal": 7070, "functions": 7071, "slack": 7072, "blob": 10000, "queue": 10001, "table": 10002, "cosmos": 8081,
}  # fmt: skip
LEAN = {"PYTHONUNBUFFERED": "1", "MALLOC_ARENA_MAX": "2"}


@dataclass(frozen=True)
class SlackKeys:
    """What the workspace and the learner's app share; made once per clone."""

    bot_token: str
    signing_secret: str
    outgoing_token: str


def url(port: int) -> str:
    return f"http://{LOOPBACK}:{port}"


def azurite(ports: Mapping[str, int], state: Path) -> Service:
    """Storage, with its data in `state`/azurite."""
    listening = storage.Ports(ports["blob"], ports["queue"], ports["table"])
    location = state / "azurite"
    return Service(
        name="azurite",
        argv=storage.command(listening, location),
        env=storage.environment(),
        ready=TcpProbe((ports["blob"], ports["queue"], ports["table"])),
        url=url(ports["blob"]),
        folders=(location, location / "__blobstorage__", location / "__queuestorage__"),
    )


def storage_connection(ports: Mapping[str, int]) -> str:
    """What goes into `AzureWebJobsStorage`."""
    return storage.connection_string(storage.Ports(ports["blob"], ports["queue"], ports["table"]))


def cosmos(ports: Mapping[str, int], state: Path, containers: Sequence[str]) -> Service:
    """The Cosmos DB emulator, with its data in `state`/cosmos; makes the `containers` that are missing, each written as
    `database/container=/key@throughput`."""
    location = state / "cosmos"
    return Service(
        name="cosmos",
        argv=[
            *(sys.executable, "-m", "localcloud.cosmos", "--port", str(ports["cosmos"]), "--data", str(location)),
            "--lifeline",
            *(part for container in containers for part in ("--container", container)),
        ],
        env=LEAN,
        ready=HttpProbe(ports["cosmos"], below=500),  # without a signature it answers 401
        url=url(ports["cosmos"]),
        folders=(location,),
    )


def portal(
    ports: Mapping[str, int], keys: SlackKeys, state: Path, connections: Mapping[str, str] | None = None
) -> Service:
    """The Slack workspace and the portal's pages; `connections` are the settings that lead to other accounts."""
    return Service(
        name="portal",
        argv=[
            *(sys.executable, "-m", "localcloud.portal"),
            *("--port", str(ports["portal"]), "--slack-port", str(ports["slack"])),
            *("--functions-url", url(ports["functions"]), "--journal-dir", str(state / "journal")),
        ],
        env={
            **LEAN,
            "CAMP_SLACK_BOT_TOKEN": keys.bot_token,
            "CAMP_SLACK_SIGNING_SECRET": keys.signing_secret,
            "CAMP_SLACK_OUTGOING_TOKEN": keys.outgoing_token,
            "AzureWebJobsStorage": storage_connection(ports),
            **(connections or {}),
        },
        ready=HttpProbe(ports["portal"], "/healthz"),
        url=url(ports["portal"]) + "/",
        folders=(state / "journal",),
    )


def app_settings(ports: Mapping[str, int], keys: SlackKeys) -> dict[str, str]:
    """The app settings that every lab's app finds in its environment."""
    return {
        "SLACK_BOT_TOKEN": keys.bot_token,
        "SLACK_SIGNING_SECRET": keys.signing_secret,
        "SLACK_OUTGOING_TOKEN": keys.outgoing_token,
        "SLACK_API_URL": url(ports["slack"]) + "/api/",
        "AzureWebJobsStorage": storage_connection(ports),
    }


def functions(
    ports: Mapping[str, int],
    keys: SlackKeys,
    state: Path,
    app: Path,
    python: Path,
    idle: float | None = None,
    connections: Mapping[str, str] | None = None,
    needs: tuple[str, ...] = (),
) -> Service:
    """Our Functions host with the app in `app`; its workers run with `python`, and end after `idle` seconds without a
    call (scale to zero), if that is given. `connections` are settings more, `needs` services that it waits for."""
    return Service(
        name="functions",
        argv=[
            *(sys.executable, "-m", "localcloud.functions", "--app", str(app), "--port", str(ports["functions"])),
            *("--enforce-keys", "--watch", "--lifeline", "--state-dir", str(state / "functions")),
            *("--python", str(python)),
            *(("--idle-timeout", str(idle)) if idle else ()),
        ],
        env={**LEAN, **app_settings(ports, keys), **(connections or {})},
        ready=HttpProbe(ports["functions"]),
        url=url(ports["functions"]),
        needs=("azurite", *needs),
        folders=(state / "functions",),
    )


def core_tools(
    ports: Mapping[str, int],
    keys: SlackKeys,
    app: Path,
    func: Path,
    connections: Mapping[str, str] | None = None,
    needs: tuple[str, ...] = (),
) -> Service:
    """Azure Functions Core Tools (`func`) in place of our host."""
    tether = (sys.executable, "-m", "localcloud.supervisor.tether")
    return Service(
        name="functions",
        argv=[*tether, str(func), "start", "--port", str(ports["functions"])],
        env={**LEAN, **app_settings(ports, keys), **(connections or {})},
        ready=HttpProbe(ports["functions"]),
        url=url(ports["functions"]),
        needs=("azurite", *needs),
        cwd=app,
        start_seconds=120.0,
    )
