"""Indexing policies: how they come back, what is refused, which paths they hold."""

from typing import Any

import pytest

from localcloud.cosmos.errors import CosmosError
from localcloud.cosmos.indexing import EVERYTHING, Index, normalised

ROOT = {"path": "/*"}
ETAG = {"path": '/"_etag"/?'}


@pytest.mark.covers("Indexing: policy, given back normalised")
@pytest.mark.parametrize("given", [None, {}, {"indexingMode": "Consistent"}, {"includedPaths": [{"path": "/"}]}])
def test_the_default_policy_indexes_everything(given: Any) -> None:
    assert normalised(given) == EVERYTHING


def test_old_index_kinds_are_taken_and_forgotten() -> None:
    kinds = [{"kind": "Range", "dataType": "Number", "precision": -1}]
    assert normalised({"includedPaths": [{"path": "/*", "indexes": kinds}]}) == EVERYTHING


def test_a_normalised_policy_stays_as_it_is() -> None:
    given = {
        "indexingMode": "consistent", "automatic": True, "includedPaths": [ROOT, {"path": "/a/[]/b/?"}],
        "excludedPaths": [{"path": "/c/*"}, ETAG],
        "compositeIndexes": [[{"path": "/a", "order": "ascending"}, {"path": "/b", "order": "descending"}]],
        "spatialIndexes": [{"path": "/at/*", "types": ["Point"]}],
    }  # fmt: skip
    assert normalised(given) == given


def test_no_index_has_no_paths() -> None:
    assert normalised({"indexingMode": "none"}) == {
        "indexingMode": "none", "automatic": False, "includedPaths": [], "excludedPaths": [],
    }  # fmt: skip


@pytest.mark.covers("Indexing: policy, a wrong one is 400 in the service's words")
@pytest.mark.parametrize(
    ("given", "says"),
    [
        ([], "must be an object"),
        ({"indexingMode": "eager"}, "indexing mode 'eager'"),
        ({"automatic": "yes"}, "automatic"),
        ({"includedPaths": [{"path": "/a/?"}]}, 'special mandatory indexing path "/" is not provided'),
        ({"includedPaths": [ROOT], "excludedPaths": [ROOT]}, "more than once"),
        ({"includedPaths": [{"path": "a"}]}, "could not be accepted, failed near position '0'"),
        ({"includedPaths": [{"path": "/a/*/b"}]}, "could not be accepted"),
        ({"includedPaths": [{"path": "/a"}]}, "could not be accepted"),
        ({"includedPaths": [{"path": '/"a/?'}]}, "could not be accepted"),
        ({"includedPaths": [{}]}, "must be a string"),
        ({"includedPaths": ["/*"]}, "must be an object"),
        ({"includedPaths": "/*"}, "must be an array"),
        ({"compositeIndexes": [[{"path": "/a"}]]}, "number of composite paths 1"),
        ({"compositeIndexes": [[{"path": "/a"}, {"path": "/a"}]]}, "same path more than once"),
        ({"compositeIndexes": [[{"path": "/a"}, {"path": "/b", "order": "up"}]]}, "order 'up'"),
        ({"compositeIndexes": [[{"path": "/a/?"}, {"path": "/b"}]]}, "could not be accepted"),
        ({"compositeIndexes": {}}, "array of arrays"),
        ({"spatialIndexes": [{"path": "/a/*", "types": ["Circle"]}]}, "types must be among"),
        ({"indexingMode": "none", "automatic": True}, "If automatic is true"),
    ],
)
def test_a_wrong_policy_is_refused(given: Any, says: str) -> None:
    with pytest.raises(CosmosError) as refused:
        normalised(given)
    assert refused.value.status == 400
    assert says in str(refused.value.message).replace('\\"', '"')


@pytest.mark.covers("Indexing: policy, the most precise path decides")
def test_the_most_precise_path_decides() -> None:
    index = Index(
        normalised({
            "includedPaths": [ROOT, {"path": "/food/ingredients/nutrition/*"}, {"path": "/a/b/?"}],
            "excludedPaths": [{"path": "/food/ingredients/*"}, {"path": "/a/*"}],
        })
    )  # fmt: skip
    held = {
        ("food",): True, ("food", "ingredients"): False, ("food", "ingredients", "name"): False,
        ("food", "ingredients", "nutrition", "fat"): True, ("a", "b"): True, ("a", "b", "c"): False, ("a",): False,
        ("_etag",): False, ("_ts",): True, ("x", 0): True,
    }  # fmt: skip
    assert {path: index.holds(path) for path in held} == held


@pytest.mark.covers("Indexing: policy, composite indexes serve their order and its reverse")
def test_a_composite_index_serves_both_directions() -> None:
    index = Index(normalised({"compositeIndexes": [[{"path": "/a"}, {"path": "/b/c", "order": "descending"}]]}))
    a, bc = ("a",), ("b", "c")
    assert index.serves_order([(a, False), (bc, True)])
    assert index.serves_order([(a, True), (bc, False)])
    assert not index.serves_order([(a, False), (bc, False)])
    assert not index.serves_order([(bc, True), (a, False)])
    assert not index.serves_order([(a, False), (bc, True), (("d",), False)])
