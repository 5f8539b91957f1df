import socket
import subprocess
import sys
from pathlib import Path

import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.storage.queue import QueueServiceClient

from localcloud.storage import Azurite, Ports, StorageError


def send(azurite: Azurite, text: str, account: str | None = None) -> None:
    with QueueServiceClient.from_connection_string(azurite.connection_string(account)) as service:
        service.create_queue("reports").send_message(text)


def test_a_queue_in_memory_answers_and_leaves_nothing_on_disk(tmp_path: Path) -> None:
    with Azurite(memory=True) as azurite:
        send(azurite, "hello")
        assert azurite.ports.queue and azurite.ports.blob and azurite.ports.table
    assert not list(tmp_path.iterdir())


def test_what_was_stored_is_there_after_a_restart(tmp_path: Path) -> None:
    with Azurite(tmp_path / "azurite") as azurite:
        send(azurite, "kept")
    with (
        Azurite(tmp_path / "azurite") as again,
        QueueServiceClient.from_connection_string(again.connection_string()) as service,
    ):
        assert [message.content for message in service.get_queue_client("reports").receive_messages()] == ["kept"]


STARTED = """
import sys, time
from pathlib import Path
from localcloud.storage import Azurite
azurite = Azurite(Path(sys.argv[1]))
azurite.start()
print(azurite.connection_string(), flush=True)
time.sleep(600)
"""


def test_what_was_stored_is_there_after_whoever_started_it_was_killed(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", STARTED, str(tmp_path)], stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout
        QueueServiceClient.from_connection_string(killed.stdout.readline().strip()).create_queue("reports")
        killed.kill()
    with Azurite(tmp_path) as azurite:  # the first one may still be writing
        queues = QueueServiceClient.from_connection_string(azurite.connection_string()).list_queues()
        assert [queue.name for queue in queues] == ["reports"]


def test_accounts_are_isolated_from_each_other() -> None:
    accounts = {"checkone": "a2V5b25l", "checktwo": "a2V5dHdv"}
    with Azurite(memory=True, accounts=accounts) as azurite:
        send(azurite, "one", "checkone")
        with QueueServiceClient.from_connection_string(azurite.connection_string("checktwo")) as other:
            assert list(other.list_queues()) == []
        stolen = azurite.connection_string("checkone").replace("a2V5b25l", "a2V5dHdv")
        with QueueServiceClient.from_connection_string(stolen) as thief, pytest.raises(ClientAuthenticationError):
            list(thief.list_queues())


def test_a_taken_port_is_a_clear_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        azurite = Azurite(memory=True, ports=Ports(blob=taken.getsockname()[1]))
        with pytest.raises(StorageError, match="EADDRINUSE"):
            azurite.start()
