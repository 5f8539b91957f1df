import hashlib
import json
import zipfile

import pytest

from autograder.appfolder import AppProblem
from autograder.lab import Lab
from autograder.submission import submit


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
