import io
import json
import stat
import struct
import zipfile
from typing import Any

import pytest

from autograder.grading import unpacking
from autograder.grading.unpacking import Contents, Limits, Refused, packed, unpack

APP = {"1-slack-bot/function_app.py": b"app", "1-slack-bot/host.json": b"{}"}
NOTEBOOK = {"1-slack-bot/1-slack-bot.ipynb": b"{}"}


def unpacked(handins: Any, files: dict[str, bytes], limits: Limits = unpacking.LIMITS) -> Contents:
    return unpack(handins.zip(files), handins.lab, limits)


def test_a_submission_is_an_app_and_a_notebook(handins: Any) -> None:
    contents = unpacked(handins, {**APP, **NOTEBOOK, "manifest.json": b"{}", "1-slack-bot/bot/talk.py": b"talk"})
    assert contents.app == {"function_app.py": b"app", "host.json": b"{}", "bot/talk.py": b"talk"}
    assert contents.notebooks == {"1-slack-bot.ipynb": b"{}"}
    assert contents.notes == []


@pytest.mark.parametrize("folder", ["", "1-slack-bot-main/1-slack-bot/", "my work/"])
def test_an_app_is_found_where_it_is(handins: Any, folder: str) -> None:
    files = {name.replace("1-slack-bot/", folder, 1): content for name, content in {**APP, **NOTEBOOK}.items()}
    contents = unpacked(handins, {**files, "manifest.json": b"{}"})
    assert set(contents.app) == {"function_app.py", "host.json"}
    assert contents.notebooks == {"1-slack-bot.ipynb": b"{}"}
    assert contents.notes == [f"The app is in {folder or '/'}, not in 1-slack-bot/."]


def test_without_an_app_there_is_still_the_notebook(handins: Any) -> None:
    contents = unpacked(handins, NOTEBOOK)
    assert (contents.app, contents.notebooks) == ({}, {"1-slack-bot.ipynb": b"{}"})


@pytest.mark.parametrize(
    "name", ["../function_app.py", "1-slack-bot/../../evil.py", "/etc/cron.d/evil", "C:/evil.py", "..\\..\\evil.py"]
)
def test_no_name_leads_outside(handins: Any, name: str) -> None:
    contents = unpacked(handins, {**APP, name: b"evil"})
    assert set(contents.app) == {"function_app.py", "host.json"}
    assert len(contents.notes) == 1 and contents.notes[0].endswith(
        "names a place outside of the archive; it was left out."
    )


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_special_files_are_left_out(handins: Any, kind: int) -> None:
    target = io.BytesIO(handins.zip(APP))
    with zipfile.ZipFile(target, "a") as archive:
        entry = zipfile.ZipInfo("1-slack-bot/secret.txt")
        entry.create_system, entry.external_attr = 3, (kind | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    contents = unpack(target.getvalue(), handins.lab)
    assert set(contents.app) == {"function_app.py", "host.json"}
    assert contents.notes == ["1-slack-bot/secret.txt is a link or a special file; it was left out."]


def test_what_is_no_part_of_an_app_is_left_out_without_a_word(handins: Any) -> None:
    odd = ("__MACOSX/1-slack-bot/._host.json", "1-slack-bot/.git/config", "1-slack-bot/__pycache__/x.pyc")
    contents = unpacked(handins, {**APP, **dict.fromkeys(odd, b"")})
    assert (set(contents.app), contents.notes) == ({"function_app.py", "host.json"}, [])


@pytest.mark.parametrize("name", ["1-slack-bot/a\x1b[2Jb", "1-slack-bot/a\u202eb", "1-slack-bot/" + "x" * 300])
def test_names_that_no_file_should_have_are_left_out(handins: Any, name: str) -> None:
    contents = unpacked(handins, {**APP, name: b""})
    assert len(contents.app) == 2
    assert "is no name for a file here" in contents.notes[0] and contents.notes[0].isprintable()


def test_of_two_files_with_one_name_the_last_counts(handins: Any) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        target = io.BytesIO(handins.zip(APP))
        with zipfile.ZipFile(target, "a") as archive:
            archive.writestr("1-slack-bot/host.json", b"last")
    contents = unpack(target.getvalue(), handins.lab)
    assert contents.app["host.json"] == b"last"
    assert contents.notes == ["1-slack-bot/host.json is in the archive twice; the last one counts."]


def test_a_file_that_is_also_a_folder_is_left_out(handins: Any) -> None:
    contents = unpacked(handins, {**APP, "1-slack-bot/bot": b"", "1-slack-bot/bot/talk.py": b""})
    assert set(contents.app) == {"function_app.py", "host.json", "bot/talk.py"}


def test_a_bomb_costs_the_app_before_it_goes_off(handins: Any) -> None:
    bomb = handins.zip({**APP, **NOTEBOOK, "1-slack-bot/bomb": b"0" * 30_000_000})
    assert len(bomb) < 100_000
    contents = unpack(bomb, handins.lab)
    assert (contents.app, contents.notebooks) == ({}, {"1-slack-bot.ipynb": b"{}"})
    assert contents.problem == "The app holds more than 20 MB; its largest file is bomb."


def test_a_size_that_lies_is_not_believed(handins: Any) -> None:
    bomb = bytearray(handins.zip({"1-slack-bot/host.json": b"0" * 3_000_000}))
    size = struct.pack("<L", 3_000_000)
    while (place := bomb.find(size)) >= 0:
        bomb[place : place + 4] = struct.pack("<L", 10)
    contents = unpack(bytes(bomb), handins.lab, Limits(bytes=1_000_000))
    assert sum(map(len, contents.app.values())) <= 1_000_000


def test_too_many_files_cost_the_app(handins: Any) -> None:
    files = {f"1-slack-bot/data/{number}": b"" for number in range(10)}
    contents = unpacked(handins, {**APP, **NOTEBOOK, **files}, Limits(files=10))
    assert (contents.app, contents.notebooks) == ({}, {"1-slack-bot.ipynb": b"{}"})
    assert contents.problem == "The app holds more than 10 files, 9 of them in data/."


def test_what_never_counts_is_not_counted(handins: Any) -> None:
    files = {
        f"1-slack-bot/{folder}/lib/{number}.py": b""
        for folder in (".venv", "VENV", "Node_Modules", "my own")
        for number in range(15)
    }
    contents = unpacked(handins, {**APP, **files, "1-slack-bot/my own/pyvenv.cfg": b""}, Limits(files=2))
    assert (set(contents.app), contents.problem, contents.notes) == ({"function_app.py", "host.json"}, None, [])


def test_entries_without_end_are_refused(handins: Any) -> None:
    with pytest.raises(Refused, match="more than 20 files"):
        unpacked(handins, {f"1-slack-bot/.venv/{number}": b"" for number in range(21)}, Limits(entries=20))


def test_a_file_outside_of_the_app_costs_nothing(handins: Any) -> None:
    contents = unpacked(handins, {**APP, "holiday.mov": bytes(3_000_000)}, Limits(bytes=1_000_000))
    assert set(contents.app) == {"function_app.py", "host.json"}
    assert contents.problem is None


def test_printed_output_is_taken_out_before_a_notebook_is_measured(handins: Any) -> None:
    notebook = handins.answered()
    printed = {"name": "stdout", "output_type": "stream", "text": [f"line {number}\n" for number in range(200_000)]}
    handins.cell(notebook, "check-1-1")["outputs"] = [printed]
    contents = unpacked(handins, {**APP, **handins.notebook(notebook)}, Limits(notebook=100_000))
    handins.cell(notebook, "check-1-1")["outputs"] = []
    assert json.loads(contents.notebooks["1-slack-bot.ipynb"]) == notebook
    assert contents.notes == []


def test_a_notebook_that_is_too_large_costs_the_notebook_alone(handins: Any) -> None:
    notebook = handins.notebook(handins.answered("x" * 2_000_000))
    contents = unpacked(handins, {**APP, **notebook}, Limits(notebook=1_000_000))
    assert (len(contents.app), contents.notebooks) == (2, {})
    words = "The notebook 1-slack-bot.ipynb holds more than 1 MB, what its cells printed not counted."
    assert contents.notes == [words]


def test_two_spellings_of_a_name_are_one_file(handins: Any) -> None:
    files = {"1-slack-bot/Re\u0301sume.py": b"1", "1-slack-bot/R\u00e9sume.py": b"2", "1-slack-bot/HOST.json": b"3"}
    contents = unpacked(handins, {**APP, **files})
    assert contents.app == {"function_app.py": b"app", "R\u00e9sume.py": b"2", "HOST.json": b"3"}
    assert len(contents.notes) == 2


@pytest.mark.parametrize(
    ("data", "why"),
    [(b"", "empty"), (b"no zip", "no zip"), (b"PK\x05\x06" + b"\x00" * 10, "no zip"), (b"\x1f\x8b tar", "no zip")],
)
def test_what_is_no_zip_is_refused(handins: Any, data: bytes, why: str) -> None:
    with pytest.raises(Refused, match=why):
        unpack(data, handins.lab)


def test_a_truncated_zip_is_refused(handins: Any) -> None:
    with pytest.raises(Refused, match="damaged"):
        unpack(handins.zip({**APP, **NOTEBOOK})[:-40], handins.lab)


def test_one_damaged_file_does_not_take_the_others_with_it(handins: Any) -> None:
    data = bytearray(handins.zip({**APP, "1-slack-bot/notes.py": bytes(range(256)) * 8}))
    place = data.find(b"notes.py") + 20
    data[place : place + 40] = b"\xff" * 40
    contents = unpack(bytes(data), handins.lab)
    assert set(contents.app) == {"function_app.py", "host.json"}
    assert contents.notes == ["1-slack-bot/notes.py cannot be read: it is damaged or encrypted."]


def test_packing_the_same_files_gives_the_same_bytes() -> None:
    assert packed({"b": b"1", "a": b"2"}) == packed({"a": b"2", "b": b"1"})
