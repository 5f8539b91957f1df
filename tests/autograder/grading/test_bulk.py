import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from autograder.grading import bulk
from autograder.grading.gathering import HandedIn, gather
from autograder.grading.unpacking import Refused

MOODLE = "Aiko Sato_4711_assignsubmission_file_/1-slack-bot.zip"
CANVAS = "bianchichloe_LATE_12_99_1-slack-bot.zip"


def download(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def gathered(path: Path, handins: Any) -> dict[str, HandedIn]:
    return {one.student: one for one in gather(path, handins.lab)}


def test_a_bulk_download_is_as_many_submissions_as_are_in_it(tmp_path: Path, handins: Any) -> None:
    data = handins.zip(handins.app(handins.lab.solution))
    found = gathered(download(tmp_path / "all.zip", {MOODLE: data, CANVAS: data, "../evil.zip": data}), handins)
    assert {one.student: (one.data == data, one.lms) for one in found.values()} == {
        "Aiko Sato 4711": (True, "moodle:4711"),
        "bianchichloe 12": (True, "canvas:12"),
    }
    assert [path.name for path in tmp_path.iterdir()] == ["all.zip"]


def test_one_submission_may_be_named_alone(tmp_path: Path, handins: Any) -> None:
    path = tmp_path / "alice.zip"
    path.write_bytes(handins.zip(handins.app(handins.lab.solution)))
    assert list(gathered(path, handins)) == ["alice"]


@pytest.mark.parametrize("files", [{"a.zip": b"x", "a.zip/b": b"y"}, {"a.zip": bytes(5000)}])
def test_what_is_damaged_or_holds_too_much_is_refused(
    tmp_path: Path, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MOST_BYTES", 1000)
    with pytest.raises(Refused):
        bulk.lay_out(download(tmp_path / "all.zip", files), tmp_path / "out")


def test_a_size_that_lies_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "MOST_BYTES", 1000)
    bounded = bulk._Bounded(io.BytesIO(bytes(2000)), 1000)
    with pytest.raises(zipfile.BadZipFile):
        bounded.read(2000)
