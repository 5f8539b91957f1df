"""Extras: tools in environments of their own, installed at first use."""

import hashlib
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud import extras
from localcloud.extras import Extra, ExtraMissing

if sys.version_info >= (3, 11):
    from tomllib import loads
else:
    from tomli import loads

PROJECT = Path(__file__).parents[2]
ENSURE = """
import sys
from pathlib import Path
from localcloud.extras import Extra
extra = Extra("tiny", Path(sys.argv[1]), Path(sys.argv[2]))
extra.ensure(lambda text: print(text, flush=True))
assert extra.is_installed
"""


def wheel(folder: Path, version: str) -> Path:
    """A package of one module, with a program `tiny` that prints the version."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"tiny-{version}-py3-none-any.whl"
    info = f"tiny-{version}.dist-info"
    files = {
        "tiny.py": f"def main():\n    print('tiny {version}')\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[console_scripts]\ntiny = tiny:main\n",
    }
    record = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(name, text)
    return path


def lock(extra: Extra, package: Path, url: str, digest: str = "") -> None:
    """Writes the lock file that asks for this wheel at this URL."""
    digest = digest or hashlib.sha256(package.read_bytes()).hexdigest()
    extra.locks.mkdir(parents=True, exist_ok=True)
    (extra.locks / "requirements.in").write_text("# a tool for tests\ntiny\n")
    (extra.locks / "requirements.lock").write_text(f"tiny @ {url} --hash=sha256:{digest}\n")


@pytest.fixture(autouse=True)
def installers_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing comes from a cache, and no installer tries again."""
    for name, value in {
        "UV_NO_CACHE": "1",
        "UV_HTTP_RETRIES": "0",
        "PIP_NO_CACHE_DIR": "1",
        "PIP_RETRIES": "0",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CAMP_LANG", "en")
    monkeypatch.delenv(extras.NEVER, raising=False)


@pytest.fixture
def tiny(tmp_path: Path) -> Extra:
    extra = Extra("tiny", tmp_path / "locks of tïny", tmp_path / ".camp" / "extras" / "tiny")
    package = wheel(tmp_path / "wheels", "1.0")
    lock(extra, package, package.as_uri())
    return extra


@pytest.fixture
def only_tiny(tiny: Extra, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The tiny extra is the only one that there is."""
    folder = tmp_path / "all extras"
    folder.mkdir()
    (folder / "tiny").symlink_to(tiny.locks)
    monkeypatch.setattr(extras, "locks", lambda: folder)
    monkeypatch.setattr(extras, "_roots", lambda: [tmp_path])


class Registry:
    """Serves one wheel; a request for it waits until it is `free`."""

    def __init__(self, package: Path) -> None:
        self.asked, self.free = threading.Event(), threading.Event()
        registry = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", str(package.stat().st_size))
                self.end_headers()

            def do_GET(self) -> None:
                registry.asked.set()
                registry.free.wait(60)
                self.do_HEAD()
                self.wfile.write(package.read_bytes())

            def log_message(self, format: str, *args: object) -> None:
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, request: object, client_address: object) -> None:
                pass  # the installer was killed

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/{package.name}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.free.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def registry(tiny: Extra, tmp_path: Path) -> Iterator[Registry]:
    package = wheel(tmp_path / "wheels", "1.0")
    serving = Registry(package)
    lock(tiny, package, serving.url)
    yield serving
    serving.close()


def in_a_process(extra: Extra) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", ENSURE, str(extra.locks), str(extra.place)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def printed(extra: Extra) -> str:
    done = subprocess.run(extra.command("tiny"), capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_the_first_use_installs_and_the_next_does_not(
    tiny: Extra, installer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if installer == "pip":
        monkeypatch.setattr(extras, "_uv", lambda: None)
    said: list[str] = []
    assert not tiny.is_installed
    tiny.ensure(said.append)
    tiny.ensure(said.append)
    assert said == ["Installing tiny (a tool for tests), once ..."]
    assert printed(tiny) == "tiny 1.0"
    imported = [str(tiny.python), "-c", "import tiny; tiny.main()"]
    assert subprocess.run(imported, capture_output=True, text=True, check=True).stdout == "tiny 1.0\n"


def test_an_extra_does_not_see_the_packages_of_the_camp(tiny: Extra) -> None:
    tiny.ensure(print)
    code = "import importlib.util as u; print([u.find_spec(n) for n in ('autograder', 'aiohttp', 'pip')])"
    done = subprocess.run([str(tiny.python), "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[None, None, None]"


def test_a_changed_lock_file_installs_again(tiny: Extra, tmp_path: Path) -> None:
    tiny.ensure(print)
    newer = wheel(tmp_path / "wheels", "2.0")
    lock(tiny, newer, newer.as_uri())
    assert not tiny.is_installed
    tiny.ensure(print)
    assert printed(tiny) == "tiny 2.0"


def test_a_moved_environment_is_installed_again(tiny: Extra, tmp_path: Path) -> None:
    tiny.ensure(print)
    moved = Extra("tiny", tiny.locks, tmp_path / "elsewhere")
    tiny.place.rename(moved.place)
    assert not moved.is_installed
    moved.ensure(print)
    assert printed(moved) == "tiny 1.0"


def test_an_environment_without_its_python_is_installed_again(tiny: Extra) -> None:
    tiny.ensure(print)
    for name in ("python", "python3"):
        (tiny.bin / name).unlink()
    assert not tiny.is_installed
    tiny.ensure(print)
    assert printed(tiny) == "tiny 1.0"


def test_of_several_camps_one_installs_and_the_others_wait(tiny: Extra, registry: Registry) -> None:
    first = in_a_process(tiny)
    assert registry.asked.wait(60)
    others = [in_a_process(tiny) for _ in range(2)]
    waiting = [one.stdout.readline() for one in others if one.stdout]
    registry.free.set()
    outputs = [one.communicate(timeout=60) for one in (first, *others)]
    assert [one.returncode for one in (first, *others)] == [0, 0, 0], outputs
    assert waiting == ["Another camp is installing an extra; waiting for it ...\n"] * 2
    assert [out for out, _errors in outputs] == ["Installing tiny (a tool for tests), once ...\n", "", ""]


def test_an_interrupted_installation_leaves_nothing(tiny: Extra, registry: Registry) -> None:
    interrupted = in_a_process(tiny)
    assert registry.asked.wait(60)
    interrupted.send_signal(signal.SIGINT)
    interrupted.communicate(timeout=60)
    assert interrupted.returncode
    assert not tiny.place.exists()
    registry.free.set()
    tiny.ensure(print)
    assert printed(tiny) == "tiny 1.0"


def test_after_a_killed_camp_the_next_waits_for_its_installer_and_begins_anew(tiny: Extra, registry: Registry) -> None:
    killed = in_a_process(tiny)
    assert registry.asked.wait(60)
    killed.kill()
    killed.wait()
    assert not tiny.is_installed
    said: list[str] = []
    installing = threading.Thread(target=tiny.ensure, args=[said.append])
    installing.start()
    while not said:
        time.sleep(0.02)
    registry.free.set()
    installing.join(60)
    assert said == [
        "Another camp is installing an extra; waiting for it ...",
        "Installing tiny (a tool for tests), once ...",
    ]
    assert printed(tiny) == "tiny 1.0"
    for stream in (killed.stdout, killed.stderr):
        assert stream
        stream.close()


@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_without_a_network_the_error_names_the_command_to_type(
    tiny: Extra, tmp_path: Path, installer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if installer == "pip":
        monkeypatch.setattr(extras, "_uv", lambda: None)
    package = wheel(tmp_path / "wheels", "1.0")
    lock(tiny, package, f"http://127.0.0.1:9/{package.name}")
    with pytest.raises(ExtraMissing, match=r"no network.*camp setup --all"):
        tiny.ensure(print)
    assert not tiny.place.exists()


def test_a_package_that_is_not_the_locked_one_is_refused(tiny: Extra, tmp_path: Path) -> None:
    package = wheel(tmp_path / "wheels", "1.0")
    lock(tiny, package, package.as_uri(), digest="0" * 64)
    with pytest.raises(ExtraMissing) as refused:
        tiny.ensure(print)
    assert "hash" in str(refused.value).lower()
    assert str(refused.value).endswith("To try again: camp setup tiny")
    assert not tiny.place.exists()


def test_where_installing_is_forbidden_the_error_says_what_to_type(tiny: Extra) -> None:
    with extras.never_installing():
        with pytest.raises(ExtraMissing, match=r"camp setup tiny \(or camp setup --all\)"):
            tiny.ensure(print)
        child = in_a_process(tiny)
        assert "ExtraMissing" in child.communicate(timeout=60)[1]
    assert not tiny.place.exists()
    tiny.ensure(print)
    with extras.never_installing():
        tiny.ensure(print)  # it is there


def test_an_npm_extra_runs_with_the_camps_node(tmp_path: Path) -> None:
    package = tmp_path / "greeting"
    package.mkdir()
    (package / "package.json").write_text('{"name": "greeting", "version": "1.0.0", "bin": {"greet": "greet.js"}}')
    (package / "greet.js").write_text("#!/usr/bin/env node\nconsole.log('hello', process.argv[2])\n")
    packing = ["npm", "pack", "--silent", "--pack-destination", str(tmp_path), str(package)]
    subprocess.run(packing, check=True, capture_output=True)
    extra = Extra("greeting", tmp_path / "locks", tmp_path / "place")
    extra.locks.mkdir()
    tarball = f"file:{tmp_path / 'greeting-1.0.0.tgz'}"
    wanted = {"name": "x", "description": "says hello", "dependencies": {"greeting": tarball}}
    (extra.locks / "package.json").write_text(json.dumps(wanted))
    locking = ["npm", "install", "--package-lock-only", "--no-audit", "--no-fund", "--offline"]
    subprocess.run(locking, cwd=extra.locks, check=True, capture_output=True)
    said: list[str] = []
    extra.ensure(said.append)
    assert said == ["Installing greeting (says hello), once ..."]
    done = subprocess.run(extra.command("greet", "you"), capture_output=True, text=True, check=True, env={})
    assert done.stdout == "hello you\n"


# --- The extras of the camp -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", extras.names())
def test_an_extra_is_locked_with_hashes_and_says_what_it_is_for(name: str) -> None:
    one = extras.find(name)
    assert 5 < len(one.use) < 100
    if one.is_npm:
        packages = json.loads((one.locks / "package-lock.json").read_text("utf-8"))["packages"]
        assert [path for path, facts in packages.items() if path and "integrity" not in facts] == []
    else:
        locked = (one.locks / "requirements.lock").read_text("utf-8").replace("\\\n", " ").splitlines()
        assert [line for line in locked if not line.startswith("#") and "--hash=sha256:" not in line] == []


PROGRAMS = {
    "act": ["act", "--version"],
    "actionlint": ["actionlint", "-version"],
    "gitleaks": ["gitleaks", "version"],
    "marp": ["marp", "--version"],
    "moto": ["moto_server", "--help"],
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_an_extra_runs(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("UV_NO_CACHE")
    command = extras.ensure(name, print).command(*PROGRAMS[name])
    done = subprocess.run(command, capture_output=True, text=True, env={"PATH": os.defpath, "HOME": str(tmp_path)})
    assert done.returncode == 0, done.stderr


def test_a_mistyped_name_gets_the_nearest() -> None:
    with pytest.raises(ValueError, match=r"no extra 'motto'\. Did you mean 'moto'\?"):
        extras.find("motto")


def test_another_project_folder_uses_what_the_clone_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMP_ROOT", str(tmp_path))
    clone = PROJECT / ".camp" / "extras"
    here = {"act": clone / "act"} if Extra("act", extras.locks() / "act", clone / "act").is_installed else {}
    assert extras.find("act").place == here.get("act", tmp_path / ".camp" / "extras" / "act")


@pytest.mark.usefixtures("only_tiny")
def test_what_is_not_installed_cannot_be_used() -> None:
    assert not extras.is_installed("tiny")
    with pytest.raises(ExtraMissing, match=r"camp setup tiny"):
        extras.environment("tiny")
    assert extras.ensure("tiny", print) == extras.environment("tiny")
    assert printed(extras.environment("tiny")) == "tiny 1.0"


def test_the_wheel_brings_the_lock_files() -> None:
    settings = loads((PROJECT / "pyproject.toml").read_text("utf-8"))
    brought = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert brought["extras"] == "localcloud/locks"


def test_packages_of_wheels_lock_are_fetched_and_not_installed(tiny: Extra) -> None:
    other = wheel(tiny.locks.parent / "wheels", "2.0")
    digest = hashlib.sha256(other.read_bytes()).hexdigest()
    (tiny.locks / "wheels.lock").write_text(f"tiny @ {other.as_uri()} --hash=sha256:{digest}\n")
    assert not tiny.is_installed
    tiny.ensure(print)
    assert [one.name for one in (tiny.place / extras.WHEELS).iterdir()] == [other.name]
    assert (tiny.place / extras.WHEELS / other.name).read_bytes() == other.read_bytes()
    assert subprocess.check_output(tiny.command("tiny"), text=True) == "tiny 1.0\n"
    (tiny.locks / "wheels.lock").write_text(f"tiny @ {other.as_uri()} --hash=sha256:{'0' * 64}\n")
    with pytest.raises(ExtraMissing, match="Installing tiny failed"):
        tiny.ensure(print)
