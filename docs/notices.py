"""Makes THIRD-PARTY-NOTICES.md from the lock files: `.venv/bin/python docs/notices.py`. `--check` only compares.

Names and versions come from the lock files. So do npm packages' licences; a Python package's comes from the metadata of
the installed package. A line that the file has stays, since a version's licence does not change. Of a new package that
this system does not install (such as one for Windows) the licence is written by hand once.
"""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path

from packaging.utils import canonicalize_name

from localcloud import extras

PROJECT = Path(__file__).parents[1]
TARGET = PROJECT / "THIRD-PARTY-NOTICES.md"
UNKNOWN = "?"
LONGEST = 80

HEAD = """# Third-party notices

What Serverless Camp installs from PyPI and npm, each under its own licence. None of it is part of this repository. The
licence is the one that the package itself declares; its full text comes with the package.

Made by `docs/notices.py` from the lock files; do not edit, except a licence of a package that is not installed here.
"""
CLASSIFIER = re.compile(r"License :: (?:OSI Approved :: )?(?P<licence>.+)")
ROW = re.compile(r"\| (?P<name>\S+) \| (?P<version>\S+) \| (?P<licence>[^|]+) \|")

SPDX = {
    "Apache 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD 3-Clause License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}


@dataclass(frozen=True, order=True)
class Package:
    """One line of a lock file."""

    name: str
    version: str
    licence: str


def declared(package: Distribution) -> str:
    """The licence in the package's metadata: an expression, else classifiers, else the first line of a text."""
    metadata = package.metadata
    if expression := metadata.get("License-Expression"):
        return str(expression)
    classifiers = [CLASSIFIER.fullmatch(one) for one in metadata.get_all("Classifier") or []]
    if found := [one["licence"] for one in classifiers if one and one["licence"] != "OSI Approved"]:
        return " OR ".join(sorted(SPDX.get(one, one) for one in found))
    first = (metadata.get("License") or UNKNOWN).strip().partition("\n")[0][:LONGEST]
    return SPDX.get(first, first)


def licences(site_packages: list[str]) -> dict[tuple[str, str], str]:
    """The licences of what is installed there, by name and version; with the version "", those of any version."""
    found = {}
    for one in distributions(path=site_packages):
        for version in ("", one.version):
            found[canonicalize_name(one.name), version] = declared(one)
    return found


def site_packages(environment: Path) -> list[str]:
    return [str(one) for one in environment.glob("lib/python3*/site-packages")]


def written() -> dict[tuple[str, str], str]:
    """The licences in the file as it is, by name and version; with the version "", those of any version."""
    if not TARGET.exists():
        return {}
    rows = [one for line in TARGET.read_text("utf-8").splitlines() if (one := ROW.match(line))]
    return {key: one["licence"] for one in rows for key in ((one["name"], ""), (one["name"], one["version"]))}


def python_packages(lock: Path, installed: dict[tuple[str, str], str]) -> Iterator[Package]:
    before = written()
    for name, version in sorted(set(re.findall(r"^([\w.-]+)==([^\s;]+)", lock.read_text("utf-8"), re.MULTILINE))):
        exact, any_version = (name := canonicalize_name(name), version), (name, "")
        found = (before.get(exact), installed.get(exact), before.get(any_version), installed.get(any_version))
        yield Package(name, version, next((one for one in found if one and one != UNKNOWN), UNKNOWN))


def npm_packages(lock: Path) -> list[Package]:
    packages = json.loads(lock.read_text("utf-8"))["packages"]
    found = {
        (path.rpartition("node_modules/")[2], facts["version"]): facts.get("license", UNKNOWN)
        for path, facts in packages.items()
        if path
    }
    before = written()
    return [
        Package(*key, licence if licence != UNKNOWN else before.get(key, UNKNOWN))
        for key, licence in sorted(found.items())
    ]


def section(title: str, packages: list[Package]) -> str:
    rows = "".join(f"| {one.name} | {one.version} | {one.licence} |\n" for one in packages)
    return f"\n## {title}\n\n| package | version | licence |\n|---|---|---|\n{rows}"


def page() -> str:
    """The whole file."""
    camp, apps = licences([one for one in sys.path if one]), licences(site_packages(PROJECT / ".venv-apps"))
    parts = [
        section("The camp (requirements.lock)", list(python_packages(PROJECT / "requirements.lock", camp))),
        section(
            "Learners' apps (requirements-apps.lock)",
            list(python_packages(PROJECT / "requirements-apps.lock", {**camp, **apps})),
        ),
        section("Storage emulator (package-lock.json)", npm_packages(PROJECT / "package-lock.json")),
    ]
    for one in map(extras.find, extras.names()):
        if one.is_npm:
            packages = npm_packages(one.locks / "package-lock.json")
        else:
            known = {**camp, **apps, **licences(site_packages(one.place))}
            packages = sorted(
                {package for lock in one.locks.glob("*.lock") for package in python_packages(lock, known)}
            )
        parts.append(section(f"Extra {one.name}", packages))
    return HEAD + "".join(parts)


def main() -> int:
    made = page()
    missing = sorted(
        {one["name"] for line in made.splitlines() if (one := ROW.match(line)) and one["licence"] == UNKNOWN}
    )
    if "--check" not in sys.argv[1:]:
        TARGET.write_text(made, "utf-8")
    elif not TARGET.exists() or TARGET.read_text("utf-8") != made:
        print("THIRD-PARTY-NOTICES.md is not up to date. Type: .venv/bin/python docs/notices.py", file=sys.stderr)
        return 1
    if missing:
        print(f"Write the licence of these by hand: {', '.join(missing)}", file=sys.stderr)
    return bool(missing)


if __name__ == "__main__":
    sys.exit(main())
