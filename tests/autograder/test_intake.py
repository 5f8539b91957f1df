"""One policy for what is handed in: what is left out, what is measured, what a bound costs."""

import json
from typing import Any

import pytest

from autograder import intake
from autograder.intake import Bound, Over, Policy, read_notebook, without_outputs


def notebook(*outputs: list[Any], **more: Any) -> dict[str, Any]:
    cells = [
        {"cell_type": "code", "outputs": found, "source": ['print("[{")\n', "x"], "metadata": {}} for found in outputs
    ]
    return {"cells": [{"cell_type": "markdown", "source": '"outputs": [1]'}, *cells], "metadata": {}, **more}


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_outputs_are_cut_out_and_nothing_else(indent: int | None, ascii_only: bool) -> None:
    printed = [{"text": ['"]} \\', "\\\\", "学\u001b"], "outputs": [[]], "cells": [{"outputs": [1]}]}]
    whole = notebook(printed, [], [1], metadata={"outputs": [2], "cells": {"outputs": [3]}})
    found = without_outputs(json.dumps(whole, indent=indent, ensure_ascii=ascii_only).encode())
    assert json.loads(found) == notebook([], [], [], metadata={"outputs": [2], "cells": {"outputs": [3]}})


def test_outputs_of_the_format_before_2015_are_cut_out() -> None:
    old = {"nbformat": 3, "worksheets": [notebook([1, 2])]}
    assert json.loads(without_outputs(json.dumps(old).encode())) == {"nbformat": 3, "worksheets": [notebook([])]}


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"no json [",
        b'{"cells": [{"outputs": []}]}',
        b'{"cells": [{"outputs": [1]}',
        b'{"cells": [{"outputs": [1}]}]',
        b'{"cells": [{"outputs": ["x]}]}',
        b"]" * 100,
        json.dumps(notebook([1])).encode("utf-16"),
        b"[" * 100_000,
    ],
)
def test_what_has_no_outputs_or_is_no_notebook_stays_as_it_is(text: bytes) -> None:
    assert without_outputs(text) is text


def test_a_text_of_backslashes_takes_no_time_that_grows_with_its_square(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MOST_PIECES", 1_000)
    for text in (b'"' + b'\\"' * 1_000_000, b'"' + b"\\" * 1_000_000, b'""' * 1_000_000):
        assert without_outputs(b'{"cells": [{"outputs": [' + text) == b'{"cells": [{"outputs": [' + text


def test_a_bound_names_the_part_and_what_is_largest_in_it() -> None:
    bound = Bound(Policy(files=3, bytes=2_000_000))
    bound.add("function_app.py", 1_000)
    with pytest.raises(Over, match=r"The app holds more than 2 MB; its largest file is data/big\.bin\."):
        bound.add("data/big.bin", 3_000_000)
    with pytest.raises(Over, match=r"The notebook x\.ipynb holds more than 1 MB"):
        read_notebook("x.ipynb", bytes(1_000_001), Policy(notebook=1_000_000))


@pytest.mark.parametrize("name", [".venv", "VENV", "__pycache__", "Node_Modules", "a.PYC", "x~", "._x", ".ds_store"])
def test_a_name_is_left_out_in_any_case(name: str) -> None:
    assert Policy().leaves_out(name)


def test_another_kind_of_hand_in_leaves_out_other_names() -> None:
    policy = Policy(left_out=frozenset({".terraform"}))
    assert policy.leaves_out(".terraform") and not policy.leaves_out(".git")
