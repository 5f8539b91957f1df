"""The attack corpus: one TOML file for each family, and from each case an app to check."""

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.lab import Lab
from autograder.starters import solution_files

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FAMILIES = ("information", "network", "tampering", "processes", "resources", "persistence", "honest")
CAUGHT = """import attack as the_attack
got = the_attack.attack()
assert not got, f"THE ATTACK WORKED: {str(got)[:300]}"
"""
DISK = """import os, sys
def walk(*tops):
    for top in tops:
        for place, folders, files in os.walk(top):
            if place == sys.base_prefix:  # Python's own installation: as large as its owner likes
                folders.clear()
            yield place, folders, files
"""


@dataclass(frozen=True)
class Case:
    """What a submission tries. `attack` defines `attack()`, which returns what it got, and may `import disk` to walk;
    `before` and `after` go around the solution, `app` replaces it. `points`: those of `checks` it earns, all by
    default; `says`: how it failed."""

    family: str
    name: str
    tries: str
    checks: tuple[str, ...] = ("1.1",)
    points: int | None = None
    says: str = ""
    short: bool = False
    twice: bool = False
    windows: bool = False
    attack: str = ""
    before: str = ""
    after: str = ""
    app: str = ""
    files: dict[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"{self.family}/{self.name}"

    def write(self, lab: Lab, folder: Path) -> None:
        """Lays the app out in `folder`."""
        for file in solution_files(lab.solution):
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_bytes((lab.solution / file).read_bytes())
        for name, text in self.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, "utf-8")
        if self.attack:
            (folder / "attack.py").write_text(self.attack, "utf-8")
            (folder / "disk.py").write_text(DISK, "utf-8")
        main = folder / "function_app.py"
        solution = main.read_text("utf-8")
        text = self.app or (CAUGHT if self.attack else "") + self.before + solution + "\n\n" + self.after
        main.write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig") if self.windows else text.encode())

    def named(self, seen: str) -> bool:
        """Whether the failure says what it should."""
        return re.search(self.says, seen) is not None


def cases() -> list[Case]:
    here = Path(__file__).parent
    found = []
    for family in FAMILIES:
        for facts in tomllib.loads((here / f"{family}.toml").read_text("utf-8"))["case"]:
            found.append(_case(family, facts))
    return found


def _case(family: str, facts: dict[str, Any]) -> Case:
    return Case(family, **{**facts, **({"checks": tuple(facts["checks"])} if "checks" in facts else {})})
