"""The entries that one version of a document has and the next has not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.cosmos.indexing import Index, leaf_count, normalised

POLICIES = [
    None,
    {"indexingMode": "none", "automatic": False},
    {"includedPaths": [{"path": "/a/?"}, {"path": "/b/[]/c/?"}], "excludedPaths": [{"path": "/*"}]},
    {"includedPaths": [{"path": "/*"}], "excludedPaths": [{"path": "/b/*"}]},
]
SCALARS = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from([0.0, -0.0, 1.0, 1.5]) | st.text(max_size=2)
NAMES = st.sampled_from(["a", "b", "c", "_ts", "_etag"])
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=6
)
DOCUMENTS = st.dictionaries(NAMES, VALUES, max_size=5)


@pytest.mark.parametrize("policy", POLICIES)
@given(old=DOCUMENTS, new=DOCUMENTS)
def test_the_difference_leads_from_the_old_entries_to_the_new(policy, old, new):
    index = Index(normalised(policy))
    gone, come, leaves = index.difference(old, new)
    assert (index.terms(old) - gone) | come == index.terms(new)
    assert not gone & come
    assert leaves == leaf_count(index.terms(new))
