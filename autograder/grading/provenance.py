"""What a verdict was made with: the camp, the packages of the apps, the interpreter, the system, the sandbox."""

import hashlib
import platform
import subprocess
from functools import cache
from importlib.metadata import version

from autograder import project

PACKAGE = "serverless-camp"


@cache
def environment(sandboxed: bool) -> dict[str, str]:
    """Names and versions. The packages of the apps are told by the SHA-256 of their lock file."""
    return {
        "camp": version(PACKAGE),
        "packages": hashlib.sha256(project.allow_list().read_bytes()).hexdigest(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "sandbox": _bubblewrap() if sandboxed else "none",
    }


def _bubblewrap() -> str:
    done = subprocess.run(["bwrap", "--version"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "bubblewrap"
