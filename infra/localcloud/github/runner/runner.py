"""Lays out the runner once: what is in the PATH of a job, and the actions that workflows may use."""

import contextlib
import hashlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from localcloud import extras, storage
from localcloud.cloud import Finding
from localcloud.messages import _

EXTRA = "runner"
REAL_AZ = "CAMP_REAL_AZ"  # in the camp's environment: `1` for the azure-cli that is installed, in place of our az
SYSTEM = tuple(map(Path, ("/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin")))
NEEDED = ("bash", "sh", "git", "curl", "tar")  # of the machine; zip and unzip have a stand-in, node is the camp's
STAND_INS = ("zip", "unzip")

HERE = Path(__file__).parent
ACTIONS = HERE.parent / "actions"
FOLDERS = {  # by name in lower case, as GitHub's names have any
    "actions/cache": "cache",
    "actions/cache/restore": "cache/restore",
    "actions/cache/save": "cache/save",
    "actions/checkout": "checkout",
    "actions/download-artifact": "download-artifact",
    "actions/setup-python": "setup-python",
    "actions/upload-artifact": "upload-artifact",
    "azure/functions-action": "functions-action",
    "azure/login": "azure-login",
}
SECONDS_TO_KEEP = 24 * 3600
SHARED = ("toolkit.js", "files.js", "store.js")

Say = Callable[[str], None]


class RunnerIncomplete(RuntimeError):
    """A program that workflows need is not on this machine; the text names it."""


class Runner:
    """The machine that jobs run on. `ensure` before anything else."""

    def __init__(self, state: Path) -> None:
        """`state` is the camp's folder `.camp`."""
        self._state = state.absolute()

    @cached_property
    def folder(self) -> Path:
        """Where it is laid out; made anew when our sources, or the Python or the tools of this machine, change."""
        return self._state / "runner" / self._digest()

    def ensure(self, say: Say = print) -> None:
        """Fetches the packages (the extra `runner`) and lays the runner out, unless that is done. ExtraMissing and
        RunnerIncomplete say what to do."""
        extras.ensure(EXTRA, say)
        if missing := [name for name in NEEDED if not shutil.which(name)]:
            raise RunnerIncomplete(
                _("Workflows need {names}. On Debian and Ubuntu, type: sudo apt-get install {names}").format(
                    names=" ".join(missing)
                )
            )
        if self.folder.is_dir():
            return
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=self.folder.parent))
        try:
            self._lay_out(made)
            made.chmod(0o755)
            made.rename(self.folder)
        except OSError:
            shutil.rmtree(made, ignore_errors=True)
            if not self.folder.is_dir():  # otherwise another process was faster
                raise
        self._forget_older()

    def _forget_older(self) -> None:
        """Deletes earlier lay-outs, and what a killed camp left of one; a job may still use one of today."""
        for other in self.folder.parent.iterdir():
            with contextlib.suppress(FileNotFoundError):  # another process renames or deletes it now
                if other != self.folder and other.stat().st_mtime < time.time() - SECONDS_TO_KEEP:
                    shutil.rmtree(other, ignore_errors=True)

    @property
    def path(self) -> tuple[Path, ...]:
        """The folders of a job's PATH, without those of its run; see `environment`."""
        return (self.folder / "bin", *(one for one in SYSTEM if one.is_dir()))

    @property
    def readable(self) -> tuple[Path, ...]:
        """What a job in a sandbox must see at the same path, besides the system's folders and its own."""
        outside = {
            path.resolve().parent
            for name in (*NEEDED, *STAND_INS)
            if (path := Path(shutil.which(name) or "/bin")).parent not in SYSTEM
        }
        parts = [self.folder, extras.find(EXTRA).place, Path(_base_python()).parents[1], storage.node().resolve()]
        return (*parts, *_real_az_folders(), *sorted(outside))

    def environment(self, run_folder: Path) -> dict[str, str]:
        """Of a job whose files, and HOME (`home`), are in `run_folder`. To be added: the folders of caches and
        artifacts, in the variables `stores.CACHE_VARIABLE` and `stores.ARTIFACTS_VARIABLE`."""
        home = run_folder / "home"
        path = (home / ".local" / "bin", *self.path)
        return {
            "PATH": os.pathsep.join(map(str, path)),
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "CAMP_RUNNER": str(self.folder),
            "CI": "true",
            "NO_COLOR": "1",  # act gives steps a terminal, GitHub does not
            "TERM": "dumb",
            "GIT_PAGER": "cat",
            "PAGER": "cat",
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": (extras.find(EXTRA).place / extras.WHEELS).as_uri(),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_PROGRESS_BAR": "off",
            "PIP_ROOT_USER_ACTION": "ignore",
            "PIP_COMPILE": "0",  # a job imports few of the modules that it installs, and only once
            "AZURE_CORE_COLLECT_TELEMETRY": "0",
        }

    def known_action(self, uses: str) -> Path | None:
        """The folder of our action for `owner/name[/path]@ref`; None when there is none."""
        folder = FOLDERS.get(uses.partition("@")[0].strip("/").lower())
        return self.folder / "actions" / folder if folder else None

    def _digest(self) -> str:
        found = hashlib.sha256()
        for path in sorted(one for top in (HERE, ACTIONS) for one in top.rglob("*") if _counts(one)):
            found.update(str(path.relative_to(HERE.parent)).encode() + path.read_bytes())
        tools = [shutil.which(name) for name in (*NEEDED, *STAND_INS)]
        more = [self._state, extras.find(EXTRA).checksum, _base_python(), sys.version, storage.node().resolve(), tools]
        found.update(repr((*map(str, more), _real_az())).encode())
        return found.hexdigest()[:16]

    def _lay_out(self, folder: Path) -> None:
        extra = extras.environment(EXTRA)
        shutil.copytree(HERE / "bin", folder / "bin")
        for program in (folder / "bin").iterdir():
            program.chmod(0o755)  # however the camp was installed
        shutil.copytree(HERE / "programs", folder / "programs", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(ACTIONS, folder / "actions")
        for folder_of_one in {one.partition("/")[0] for one in FOLDERS.values()}:
            for name in SHARED:
                shutil.copy(ACTIONS / name, folder / "actions" / folder_of_one)
        self._lay_out_python(folder, extra)
        links = {"node": storage.node().resolve()}
        for name in (*NEEDED, *STAND_INS):
            found = shutil.which(name)
            if found and Path(found).parent not in SYSTEM:
                links[name] = Path(found).resolve()
            if found or name in NEEDED:
                (folder / "bin" / name).unlink(missing_ok=True)
        if real := _real_az():
            links["az"] = Path(real)
            (folder / "bin" / "az").unlink()
        for name, target in links.items():
            (folder / "bin" / name).symlink_to(target)

    def _lay_out_python(self, folder: Path, extra: extras.Extra) -> None:
        base = Path(_base_python())
        (folder / "python-home").write_text(f"{base.parent}\n", "utf-8")
        (folder / "python-version").write_text(".".join(map(str, sys.version_info[:3])) + "\n", "utf-8")
        for name in ("python3", "pip", "pip3"):
            shutil.copy(HERE / "bin" / "python", folder / "bin" / name)
        (folder / "own-python").write_text(f"{extra.python}\n", "utf-8")
        (folder / "pip").mkdir()
        for package in extra.packages.glob("pip*"):
            (folder / "pip" / package.name).symlink_to(package)


def findings() -> list[Finding]:
    """What `camp doctor` says of the programs that workflows need: those that are missing."""
    return [
        Finding(
            name,
            False,
            _("missing; only needed for workflows of the local GitHub"),
            f"sudo apt-get install {name}",
            needed=False,
        )
        for name in NEEDED
        if name != "git" and not shutil.which(name)
    ]


def _counts(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts


def _base_python() -> str:
    """The interpreter that the camp's environment was made of, by its real path."""
    base = getattr(sys, "_base_executable", sys.executable)
    folder = Path(os.path.realpath(base)).parent
    return str(folder / f"python{sys.version_info[0]}.{sys.version_info[1]}")


def _real_az() -> str | None:
    """The installed azure-cli, when it is asked for."""
    return shutil.which("az") if os.environ.get(REAL_AZ) == "1" else None


def _real_az_folders() -> tuple[Path, ...]:
    """The environment of the installed azure-cli."""
    real = _real_az()
    return (Path(real).resolve().parents[1],) if real else ()
