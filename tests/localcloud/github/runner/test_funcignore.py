"""`.funcignore` leaves out what .gitignore would: git itself is asked."""

import io
import subprocess
import zipfile
from pathlib import Path

import pytest

from localcloud.azure.packages import pack
from localcloud.github.runner.programs.funcignore import Ignored

PATHS = (
    "host.json", "tests/test_a.py", "deep/tests/test_b.py", ".git/config", ".gitignore", "a.pyc", "deep/a.pyc",
    "build/x", "deep/build/y", "docs/read me.md", "docs/a/b.md", "local.settings.json", "x.log", "keep.log",
    "a/b/c/d.txt", "#file", "!bang", "a1.txt", "b1.txt",
)  # fmt: skip


TEXTS = (
    "tests/\n.git*\n",
    "/tests\n*.pyc\nlocal.settings.json",
    "*.log\n!keep.log\n",
    "docs/*\n!docs/a/\n",
    "build\n# a comment\n\n",
    "a/**/d.txt\n**/build/\n",
    "docs/**\n",
    "[ab]1.txt\n",
    "[!a]1.txt\n",
    "?1.txt\n\\#file\n\\!bang\n",
    "*\n!*.json\n",
    "docs/read me.md   \n",
    "[z-a]1.txt\n",
)


@pytest.mark.parametrize("text", TEXTS)
def test_it_decides_as_git_does(tmp_path: Path, text: str) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".git" / "info" / "exclude").write_text(text)
    paths = [one for one in PATHS if not one.startswith(".git/")]
    for name in paths:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / ".gitignore").write_text("")
    asked = subprocess.run(
        ["git", "check-ignore", "--no-index", "--stdin", "-z"], cwd=tmp_path, input="\0".join(paths) + "\0",
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    ignored = Ignored(text)
    assert [one for one in paths if one in ignored] == [one for one in asked.stdout.split("\0") if one]


@pytest.mark.parametrize("text", TEXTS)
def test_a_package_leaves_out_the_same(tmp_path: Path, text: str) -> None:
    wanted = [one for one in PATHS if not {".git", "local.settings.json"} & set(one.split("/")) and ".pyc" not in one]
    for name in wanted:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / ".funcignore").write_text(text)
    ignored = Ignored(text)
    with zipfile.ZipFile(io.BytesIO(pack(tmp_path))) as archive:
        assert archive.namelist() == sorted(one for one in [*wanted, ".funcignore"] if one not in ignored)
