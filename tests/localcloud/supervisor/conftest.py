import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from localcloud.loopback import free_port
from localcloud.supervisor import HttpProbe, ServiceProcess

SERVER = """
import http.server, os, sys
from localcloud.supervisor.lifeline import hold
hold()
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        print("asked for", self.path, flush=True)
        if self.path == "/die":
            print("I was told to die", flush=True)
            os._exit(7)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(os.getpid()).encode())
    def log_message(self, *_): pass
with open(sys.argv[2], "a") as diary:
    diary.write(sys.argv[3] + chr(10))
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Page).serve_forever()
"""


@pytest.fixture
def diary(tmp_path: Path) -> Path:
    """Each small service writes its name here when it starts."""
    return tmp_path / "diary"


@pytest.fixture
def page(diary: Path) -> Callable[..., ServiceProcess]:
    """Makes a small real service: a web server on a free port."""

    def make(name: str, needs: tuple[str, ...] = (), background: bool = False) -> ServiceProcess:
        port = free_port()
        return ServiceProcess(
            name=name,
            argv=[sys.executable, "-c", SERVER, str(port), str(diary), name],
            ready=HttpProbe(port),
            url=f"http://127.0.0.1:{port}",
            needs=needs,
            background=background,
        )

    return make


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """Every test leaves no process behind."""
    before = set(psutil.Process().children(recursive=True))
    yield
    left = [one for one in psutil.Process().children(recursive=True) if one not in before]
    _gone, alive = psutil.wait_procs(left, timeout=5)
    assert not alive
