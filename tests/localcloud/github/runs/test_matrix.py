"""Matrices."""

from typing import Any

import pytest

from localcloud.github.runs.matrix import MatrixError, combinations, label


def test_axes_are_multiplied_in_order() -> None:
    found = combinations({"os": ["a", "b"], "py": [1, 2]})
    assert [label(one) for one in found] == ["a, 1", "a, 2", "b, 1", "b, 2"]


def test_include_is_as_in_githubs_documentation() -> None:
    found = combinations(
        {
            "fruit": ["apple", "pear"],
            "animal": ["cat", "dog"],
            "include": [
                {"color": "green"},
                {"color": "pink", "animal": "cat"},
                {"fruit": "apple", "shape": "circle"},
                {"fruit": "banana"},
                {"fruit": "banana", "animal": "cat"},
            ],
        }
    )
    assert found == [
        {"fruit": "apple", "animal": "cat", "color": "pink", "shape": "circle"},
        {"fruit": "apple", "animal": "dog", "color": "green", "shape": "circle"},
        {"fruit": "pear", "animal": "cat", "color": "pink"},
        {"fruit": "pear", "animal": "dog", "color": "green"},
        {"fruit": "banana"},
        {"fruit": "banana", "animal": "cat"},
    ]


def test_exclude_comes_before_include() -> None:
    found = combinations({"a": [1, 2], "b": [1, 2], "exclude": [{"a": 1}], "include": [{"a": 1, "b": 9}]})
    assert found == [{"a": 2, "b": 1}, {"a": 2, "b": 2}, {"a": 1, "b": 9}]


def test_include_alone_is_a_list_of_jobs() -> None:
    assert combinations({"include": [{"site": "x"}, {"site": "y"}]}) == [{"site": "x"}, {"site": "y"}]


@pytest.mark.parametrize(
    "matrix, words",
    [
        ([1], "must be a mapping"),
        ({"a": "x"}, "must be a list"),
        ({"a": []}, "not empty"),
        ({"a": [1], "exclude": [{"a": 1}]}, "no combination"),
        ({"a": list(range(20)), "b": list(range(20))}, "256"),
        ({"a": [1], "include": {"x": 1}}, "list of mappings"),
    ],
)
def test_what_is_no_matrix_is_explained(matrix: Any, words: str) -> None:
    with pytest.raises(MatrixError, match=words):
        combinations(matrix)
