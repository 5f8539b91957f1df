import hashlib
import json
import zipfile

import pytest

from autograder.appfolder import AppProblem
from autograder.intake import Policy
from autograder.lab import Lab
from autograder.submission import read, submit


def test_a_submission_holds_the_app_the_notebook_and_a_manifest(tiny: Lab) -> None:
    (tiny.work / "1-tiny.ipynb").write_text("{}")
    (tiny.work / "other.ipynb").write_text("{}")
    (tiny.work / "__pycache__").mkdir()
    (tiny.work / "__pycache__" / "x.pyc").write_bytes(b"x")
    done = submit(tiny)
    with zipfile.ZipFile(done.path) as archive:
        names = archive.namelist()
        facts = json.loads(archive.read("manifest.json"))
        digests = {name: hashlib.sha256(archive.read(name)).hexdigest() for name in names if name != "manifest.json"}
    assert sorted(digests) == ["1-tiny/1-tiny.ipynb", "1-tiny/function_app.py", "1-tiny/host.json"]
    assert facts == {"lab": "1-tiny", "camp": facts["camp"], "files": digests}
    assert list(done.files) == ["1-tiny/function_app.py", "1-tiny/host.json", "1-tiny/1-tiny.ipynb"]
    assert done.size == done.path.stat().st_size


def test_an_app_may_have_a_manifest_of_its_own(tiny: Lab) -> None:
    (tiny.work / "manifest.json").write_text("{}")
    with zipfile.ZipFile(submit(tiny).path) as archive:
        assert archive.read("1-tiny/manifest.json") == b"{}"


def test_the_same_files_give_the_same_bytes(tiny: Lab) -> None:
    first, second = submit(tiny), submit(tiny)
    assert first.path != second.path
    assert first.path.read_bytes() == second.path.read_bytes()


def test_a_submission_runs_nothing(tiny: Lab) -> None:
    (tiny.work / "function_app.py").write_text("open(__file__ + '.ran', 'w')\n")
    submit(tiny)
    assert not list(tiny.work.glob("*.ran"))


def test_a_link_is_refused(tiny: Lab) -> None:
    (tiny.work / "secret.txt").symlink_to("/etc/passwd")
    with pytest.raises(AppProblem, match=r"secret\.txt is a link"):
        submit(tiny)


def test_an_empty_folder_is_refused(tiny: Lab) -> None:
    for path in tiny.work.iterdir():
        path.unlink()
    with pytest.raises(AppProblem, match="There is no file"):
        submit(tiny)


def test_what_never_counts_is_neither_packed_nor_counted(tiny: Lab) -> None:
    for folder in (".venv", "Node_Modules", "mine"):
        (tiny.work / folder).mkdir()
        for number in range(10):
            (tiny.work / folder / f"{number}.py").write_text("")
    (tiny.work / "mine" / "pyvenv.cfg").write_text("")
    done = read(tiny, Policy(files=2))
    assert set(done.files) == {"1-tiny/function_app.py", "1-tiny/host.json"}


def test_an_app_that_holds_too_much_is_refused_by_its_name(tiny: Lab) -> None:
    (tiny.work / "data").mkdir()
    (tiny.work / "data" / "big.bin").write_bytes(bytes(2_000_000))
    with pytest.raises(
        AppProblem, match=r"The app holds more than 1 MB; its largest file is data/big\.bin\. Keep only"
    ):
        read(tiny, Policy(bytes=1_000_000))


def test_a_notebook_is_packed_without_its_outputs(tiny: Lab) -> None:
    text = json.dumps({"cells": [{"cell_type": "code", "outputs": ["x" * 30_000_000], "source": "1"}]})
    (tiny.work / "1-tiny.ipynb").write_text(text)
    done = submit(tiny)
    assert done.files["1-tiny/1-tiny.ipynb"] < 100
    assert (tiny.work / "1-tiny.ipynb").read_text() == text


def test_a_notebook_that_is_too_large_costs_the_notebook_alone(tiny: Lab) -> None:
    (tiny.work / "1-tiny.ipynb").write_bytes(bytes(2_000_000))
    done = read(tiny, Policy(notebook=1_000_000))
    assert set(done.files) == {"1-tiny/function_app.py", "1-tiny/host.json"}
    assert done.notes[0].startswith("The notebook 1-tiny.ipynb holds more than 1 MB")


def test_a_copy_of_the_notebook_is_packed_too(tiny: Lab) -> None:
    cell = {"cell_type": "markdown", "metadata": {"nbgrader": {"grade_id": "reflection"}}}
    for name, text in (("1-tiny.ipynb", "YOUR ANSWER HERE"), ("1-tiny (1).ipynb", "Because."), ("mine.ipynb", "x")):
        (tiny.work / name).write_text(json.dumps({"cells": [{**cell, "source": text}]}))
    done = read(tiny)
    assert {"1-tiny/1-tiny.ipynb", "1-tiny/1-tiny (1).ipynb"} < set(
        done.files
    ) and "1-tiny/mine.ipynb" not in done.files
    assert done.notes == ("1-tiny (1).ipynb is the notebook that counts.",)


def test_a_renamed_notebook_is_packed(tiny: Lab) -> None:
    (tiny.work / "final.ipynb").write_text("{}")
    assert "1-tiny/final.ipynb" in read(tiny).files


@pytest.mark.parametrize("name", ["host.JSON", "a\x1bb.py", "x" * 230, "a\udc80b.py", "/".join("abcdefghijklmn")])
def test_a_name_that_would_be_lost_is_refused(tiny: Lab, name: str) -> None:
    (tiny.work / name).parent.mkdir(parents=True, exist_ok=True)
    (tiny.work / name).write_text("")
    with pytest.raises(AppProblem, match="Rename it"):
        read(tiny)
