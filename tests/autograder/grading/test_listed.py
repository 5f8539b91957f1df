import subprocess
from pathlib import Path
from typing import Any

import pytest

from autograder.grading.gathering import HandedIn, gather
from autograder.grading.listed import ListError
from autograder.grading.unpacking import unpack


def repository(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    (folder / "link").symlink_to("/etc/passwd")
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], [*who, "commit", "-q", "-m", "x"], ["tag", "v1"]):
        subprocess.run(["git", "-C", str(folder), *command], check=True)
    return folder


def gathered(tmp_path: Path, handins: Any, text: str) -> list[HandedIn]:
    (tmp_path / "class.csv").write_text(text, "utf-8-sig")
    return list(gather(tmp_path / "class.csv", handins.lab))


def test_repositories_and_paths_side_by_side(tmp_path: Path, handins: Any) -> None:
    url = repository(tmp_path / "répo", handins.app(handins.lab.solution)).as_uri()
    (tmp_path / "bob.zip").write_bytes(handins.zip(handins.app(handins.lab.solution)))
    rows = f"student,source,ref\nalice,{url},\ntagged,{url},v1\nbob,bob.zip,\n,,\ncarol,nowhere.zip,\n"
    alice, tagged, bob, carol = gathered(tmp_path, handins, rows)
    app = unpack(bob.data, handins.lab).app
    assert unpack(alice.data, handins.lab).app == app == unpack(tagged.data, handins.lab).app
    assert carol.problem == "There is no nowhere.zip."


@pytest.mark.parametrize(
    "source", ["file:///nowhere/at/all", "ext::sh://x", "--upload-pack=touch@x:y", "https://127.0.0.1:9/x.git"]
)
def test_a_repository_that_cannot_be_had_is_one_row_with_its_reason(tmp_path: Path, handins: Any, source: str) -> None:
    [one] = gathered(tmp_path, handins, f"student,source\nalice,{source}\n")
    assert one.problem and (one.problem.startswith("git: ") or "no address of a repository" in one.problem)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("name,url\nalice,x\n", "needs the columns student and source"),
        ("student,source\nalice,\n", "line 2: student or source is missing"),
        ("student,source\nalice,x\nalice,y\n", "names alice twice"),
    ],
)
def test_a_wrong_list_says_where(tmp_path: Path, handins: Any, text: str, why: str) -> None:
    with pytest.raises(ListError, match=why):
        gathered(tmp_path, handins, text)
