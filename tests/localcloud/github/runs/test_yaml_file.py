"""YAML as GitHub reads it."""

from typing import Any

import pytest

from localcloud.github.runs.yaml_file import YamlError, read_yaml


@pytest.mark.parametrize(
    "text, value",
    [
        ("on: push", {"on": "push"}),
        ("a: yes", {"a": "yes"}),
        ("a: off", {"a": "off"}),
        ("a: True", {"a": True}),
        ("a: 3.10", {"a": 3.1}),
        ('a: "3.10"', {"a": "3.10"}),
        ("a: 0x1F", {"a": 31}),
        ("a: 0o17", {"a": 15}),
        ("a: 012", {"a": 12}),
        ("a: 1e3", {"a": 1000.0}),
        ("a: ~", {"a": None}),
        ("a:", {"a": None}),
        ("a: 2024-01-01", {"a": "2024-01-01"}),
        ("a: 1:30", {"a": "1:30"}),
        ("a: &x [1]\nb: *x", {"a": [1], "b": [1]}),
        ("a: |\n  1\n  2\n", {"a": "1\n2\n"}),
        ("\ufeffa: ü", {"a": "ü"}),
        ("", None),
    ],
)
def test_values_are_those_of_yaml_1_2(text: str, value: Any) -> None:
    assert read_yaml(text.encode()) == value


@pytest.mark.parametrize(
    "text, line, words",
    [
        (b"on: push\njobs:\n\ttest: 1\n", 3, "tab"),
        (b"on: push\njobs:\n  test:\n  \t x: 1\n", 4, "tab"),
        (b"a: 1\na: 2\n", 2, "'a' is already defined"),
        (b"a: [1, 2\n", 2, "expected"),
        (b"a: 'x\n", 2, "end of"),
        (b"<<: {a: 1}\n", 1, "merge keys"),
        (b"a: 1\nb: \xff\n", 2, "UTF-8"),
        (b"a: &a [*a]\n", 1, "alias"),
        (b"? [1]\n: 2\n", 1, "key must be a text"),
        (b"[" * 3_000, 1, "nested"),
        (b"a: 1\n---\nb: 2\n", 2, "document"),
        (b"a: " + b"x" * 200_000, 1, "larger"),
    ],
)
def test_errors_have_their_line(text: bytes, line: int, words: str) -> None:
    with pytest.raises(YamlError, match=words) as caught:
        read_yaml(text)
    assert caught.value.line == line


def test_a_billion_laughs_are_not_laughed() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    with pytest.raises(YamlError, match="too many values"):
        read_yaml("\n".join(lines).encode())
