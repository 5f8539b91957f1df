"""What is wrong with a key is said in words."""

import pytest

from localcloud.load.keys import Definition, KeyProblem, definition_of, key_of


def test_a_definition_has_paths_and_perhaps_a_policy():
    assert definition_of({"partition_key": ["/pk"]}) == Definition(("/pk",))
    policy = {"automatic": True}
    assert definition_of({"partition_key": ["/a", "/b/c"], "indexing_policy": policy}) == Definition(
        ("/a", "/b/c"), policy
    )


@pytest.mark.parametrize(
    ("container", "seen"),
    [
        (None, "must be a dict"),
        ({}, "one to three paths"),
        ({"partition_key": "/pk"}, "one to three paths"),
        ({"partition_key": []}, "one to three paths"),
        ({"partition_key": ["/a", "/b", "/c", "/d"]}, "one to three paths"),
        ({"partition_key": ["pk"]}, "no path"),
        ({"partition_key": [7]}, "no path"),
        ({"partition_key": ["/a", "/a"]}, "twice"),
        ({"partition_key": ["/pk"], "throughput": 9}, "throughput"),
        ({"partition_key": ["/pk"], "indexing_policy": "all"}, "indexing_policy"),
    ],
)
def test_a_definition_that_cannot_be_used(container, seen):
    with pytest.raises(KeyProblem, match=seen):
        definition_of(container)


def test_a_key_has_the_values_of_its_paths():
    assert key_of({"id": "x", "a": {"b": 7}, "c": None}, ["/a/b", "/c"]) == (7, None)


@pytest.mark.parametrize(
    ("document", "seen"),
    [
        ({"id": "x"}, "has no /pk"),
        ({"id": "x", "pk": ["C"]}, "of the type list"),
        ({"id": "x", "pk": {"a": 1}}, "of the type dict"),
        ({"id": "x", "pk": float("nan")}, "of the type float"),
        ({"id": "x", "pk": "x" * 2049}, "longer than 2,048 bytes"),
    ],
)
def test_a_key_that_documents_cannot_have(document, seen):
    with pytest.raises(KeyProblem, match=seen):
        key_of(document, ["/pk"])
