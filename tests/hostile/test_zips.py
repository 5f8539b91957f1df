"""Submissions whose file is the attack: they are refused or neutralised with a reason, and nothing of ours breaks."""

import io
import json
import os
import struct
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograder.grading.grade import grade
from autograder.lab import Lab
from autograder.sandbox import Sandbox
from autograder.starters import solution_files
from autograder.verdict import ERRORED

LAB = "1-slack-bot"
Files = dict[str, bytes]
LINK, FIFO, DEVICE, SOCKET = 0o120777, 0o010666, 0o060666, 0o140777


def packed(files: Files, modes: dict[str, int] | None = None, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = method
            entry.external_attr = (modes or {}).get(name, 0o100644) << 16
            archive.writestr(entry, content)
    return target.getvalue()


def honest(lab: Lab) -> Files:
    return {f"{LAB}/{file.as_posix()}": (lab.solution / file).read_bytes() for file in solution_files(lab.solution)}


def notebook(**changes: Any) -> Files:
    return {
        f"{LAB}/{LAB}.ipynb": json.dumps(
            {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 4, **changes}
        ).encode()
    }


def app_of(text: str) -> Callable[[Files], bytes]:
    return lambda files: packed({**files, f"{LAB}/function_app.py": text.encode()})


def with_files(more: Files, modes: dict[str, int] | None = None) -> Callable[[Files], bytes]:
    return lambda files: packed({**files, **more}, modes)


def lies_about_size(files: Files) -> bytes:
    data = bytearray(packed({**files, f"{LAB}/zeros.bin": bytes(40_000_000)}))
    place = data.rindex(f"{LAB}/zeros.bin".encode()) - 46
    struct.pack_into("<I", data, place + 24, 10)
    return bytes(data)


def encrypted(files: Files) -> bytes:
    data = bytearray(packed(files))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(mark)
        while place >= 0:
            data[place + offset] |= 1
            place = data.find(mark, place + 4)
    return bytes(data)


ALL, NOTHING = 18, 0
OURS = {"PYTHONPATH": "/tmp", "PYTHONSTARTUP": "/tmp/x", "LD_PRELOAD": "/tmp/owned.so", "PATH": "/tmp", "HOME": "/root"}
SLACKS = {
    "SLACK_BOT_TOKEN": "xoxb-mine",
    "FUNCTIONS_WORKER_PROCESS_COUNT": "10",
    "PYTHON_THREADPOOL_THREAD_COUNT": "99",
}
SETTINGS = {"IsEncrypted": False, "Values": {**OURS, **SLACKS}}
ODD = b'{"version": "2.0", "functionTimeout": "99999:00:00"}'
DEEP = b"[" * 200_000 + b"]" * 200_000
CASES: dict[str, tuple[Callable[[Files], bytes], int | None, str]] = {
    "empty": (lambda _files: b"", NOTHING, "empty"),
    "not-a-zip": (lambda _files: os.urandom(5000), NOTHING, "no zip"),
    "truncated": (lambda files: packed(files)[:900], NOTHING, "no zip"),
    "a-script-called-zip": (lambda _files: b"#!/bin/sh\ntouch /tmp/owned\n", NOTHING, "no zip"),
    "no-app": (lambda _files: packed({"readme.txt": b"hello"}), NOTHING, "no app"),
    "a-zip-in-a-zip": (lambda files: packed({f"{LAB}.zip": packed(files)}), NOTHING, "no app"),
    "encrypted": (encrypted, NOTHING, "encrypted"),
    "bomb": (lambda files: packed({**files, f"{LAB}/zeros.bin": bytes(300_000_000)}), NOTHING, "more than"),
    "bomb-that-lies": (lies_about_size, ALL, "damaged"),
    "too-many-files": (with_files({f"{LAB}/f{number}": b"" for number in range(9000)}), NOTHING, "more than"),
    "environments-without-end": (
        with_files({f"d{number // 2}/{'x' if number % 2 else 'pyvenv.cfg'}": b"" for number in range(6000)}), ALL, "",
    ),
    "apps-without-end": (with_files({f"d{number}/function_app.py": b"" for number in range(3000)}), ALL, "3001 apps"),
    "notebooks-without-end": (
        with_files({f"{LAB}/{LAB} ({number}).ipynb": b'{"cells":[' + b'""' * 500_000 for number in range(30)}), ALL,
        "There are 8 notebooks",
    ),
    "spellings-of-one-name": (
        with_files({f"{LAB}/b\u00e9.py": b"", f"{LAB}/be\u0301.py": b"", f"{LAB}/B\u00c9.PY": b""}), ALL, "twice",
    ),
    "notebook-of-outputs": (
        with_files({f"{LAB}/{LAB}.ipynb": b'{"cells":[{"outputs":["' + b"x" * 63_000_000 + b'"]}]}'}), ALL, "",
    ),
    "notebook-bomb": (with_files({f"{LAB}/{LAB}.ipynb": bytes(200_000_000)}), ALL, "holds more than 10 MB"),
    "traversal": (with_files({"../../../../tmp/owned": b"x", f"{LAB}/../../owned": b"x"}), ALL, "outside"),
    "absolute": (with_files({"/tmp/owned": b"x", "//tmp/owned": b"x"}), ALL, "outside"),
    "of-windows": (with_files({"C:\\owned": b"x", "..\\..\\owned": b"x"}), ALL, "outside"),
    "link-to-a-secret": (
        with_files({f"{LAB}/secret": b"/etc/shadow"}, {f"{LAB}/secret": LINK}), ALL, "link or a special file",
    ),
    "link-for-an-app": (
        lambda files: packed({**files, f"{LAB}/function_app.py": b"/etc/passwd"}, {f"{LAB}/function_app.py": LINK}),
        NOTHING, "link",
    ),
    "pipe-and-device": (
        with_files({f"{LAB}/pipe": b"", f"{LAB}/disk": b"", f"{LAB}/sock": b""},
                   {f"{LAB}/pipe": FIFO, f"{LAB}/disk": DEVICE, f"{LAB}/sock": SOCKET}),
        ALL, "special file",
    ),
    "set-uid": (with_files({f"{LAB}/tool": b"#!/bin/sh\nid"}, {f"{LAB}/tool": 0o106777}), ALL, ""),
    "twice-in-other-case": (with_files({f"{LAB}/Function_App.py": b"raise SystemExit(1)"}), NOTHING, ""),
    "file-and-folder": (with_files({f"{LAB}/function_app.py/x": b"x"}), NOTHING, "file and a folder"),
    "strange-names": (
        with_files({f"{LAB}/a\nb": b"", f"{LAB}/\x1b[2J": b"", f"{LAB}/\u202egpj.exe": b"", f"{LAB}/{'x' * 250}": b""}),
        ALL, "no name for a file",
    ),
    "python-packages": (
        with_files({f"{LAB}/.python_packages/lib/site-packages/slack_sdk.py": b"raise SystemExit(1)"}), ALL, "",
    ),
    "settings-that-are-ours": (with_files({f"{LAB}/local.settings.json": json.dumps(SETTINGS).encode()}), ALL, ""),
    "host-json-deep": (with_files({f"{LAB}/host.json": DEEP}), NOTHING, ""),
    "host-json-odd": (with_files({f"{LAB}/host.json": ODD}), None, ""),
    "app-is-binary": (app_of("\x00\x01\x02"), NOTHING, "does not load"),
    "app-is-deep": (app_of("x = " + "(" * 5000 + ")" * 5000), NOTHING, "does not load"),
    "app-is-long": (app_of("x = 1\n" * 1_000_000 + "raise SystemExit"), NOTHING, ""),
    "notebook-deep": (with_files({f"{LAB}/{LAB}.ipynb": DEEP}), ALL, ""),
    "notebook-of-bytes": (with_files({f"{LAB}/{LAB}.ipynb": b"\xff\xfe\x00\xd8"}), ALL, ""),
    "notebook-with-points": (
        with_files(notebook(cells=[{
            "cell_type": "code", "source": "raise SystemExit", "outputs": [], "execution_count": 1,
            "metadata": {"nbgrader": {"grade_id": "check-1-1", "grade": True, "points": 9999, "schema_version": 99}},
        }])),
        ALL, "Points were changed",
    ),
    "notebook-with-a-kernel": (
        with_files(notebook(metadata={"kernelspec": {"name": "../owned", "argv": ["touch", "/tmp/owned"]}})), ALL, "",
    ),
    "script-in-the-name": (with_files({f"{LAB}/<img src=x onerror=alert(1)>": b""}), ALL, ""),
}  # fmt: skip
SHORT = ("traversal", "link-for-an-app", "bomb", "settings-that-are-ours")
EVERYTHING = int(os.environ.get("CAMP_SEEDS", "1")) > 1


@pytest.mark.parametrize("name", [name for name in CASES if EVERYTHING or name in SHORT])
def test_a_file_is_refused_or_neutralised(name: str, lab: Lab, sandbox: Sandbox, tmp_path: Path) -> None:
    make, points, says = CASES[name]
    data = make(honest(lab))
    started = time.monotonic()
    graded = grade(data, lab, 1, sandbox=sandbox)
    assert time.monotonic() - started < 60
    words = " ".join([str(graded.reason), *graded.notes, *(str(one.seen) for one in graded.verdict.checks)])
    assert ERRORED not in graded.verdict.outcomes(), words
    assert points is None or graded.verdict.points == points, words
    assert says in words
    assert not Path("/tmp/owned").exists()
    assert graded.from_json(json.loads(json.dumps(graded.to_json()))) == graded
    assert sys.getsizeof(json.dumps(graded.to_json())) < 200_000
