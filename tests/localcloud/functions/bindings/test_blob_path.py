import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.functions.bindings.blob_path import BlobPath, BlobPathError, blob_path, blob_pattern


@pytest.mark.covers("Blob trigger: path patterns with parameters; a container alone stands for all its blobs")
@pytest.mark.parametrize(
    ("pattern", "name", "parameters"),
    [
        ("c1c", "any/where.txt", {}),
        ("c1c/a.txt", "a.txt", {}),
        ("c1c/{name}", "deep/er/a.txt", {"name": "deep/er/a.txt"}),
        ("c1c/{name}.{ext}", "a.b.txt", {"name": "a.b", "ext": "txt"}),
        ("c1c/in-{name}.txt", "in-.txt", {"name": ""}),
        ("c1c/{{{id}}}-{Name}", "{7}-x", {"id": "7", "Name": "x"}),
        ("$web/a(+).txt", "a(+).txt", {}),
    ],
)
def test_a_pattern_matches_names(pattern: str, name: str, parameters: dict[str, str]) -> None:
    found = blob_pattern(pattern)
    assert found.match(name) == parameters
    assert name.startswith(found.prefix)


@pytest.mark.parametrize(
    ("pattern", "name"),
    [("c1c/a.txt", "a.txt.bak"), ("c1c/{name}.txt", "a.TXT"), ("c1c/a/{name}", "b/a/x"), ("c1c/a.txt", "axtxt")],
)
def test_other_names_do_not_match(pattern: str, name: str) -> None:
    assert blob_pattern(pattern).match(name) is None


@pytest.mark.parametrize(
    "text",
    ["", "/", "/a", "c1c/", "{c}/a", "C1C/a", "c/a", "c--c/a", "-c1c/a", "c1c/{", "c1c/}", "c1c/{}", "c1c/{a}{a}",
     "c1c/{a}{A}", "c1c/{rand-guid}", "c1c/{a.b}", "c\\c/a"],
)  # fmt: skip
def test_a_malformed_pattern_is_refused(text: str) -> None:
    with pytest.raises(BlobPathError):
        blob_pattern(text)


@pytest.mark.parametrize("text", ["", "c1c", "c1c/", "/a", "Bad/a", "c1c/" + "x" * 1_025, "c1c/a\\b"])
def test_a_malformed_path_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BlobPathError):
        blob_path(text)


def test_a_path_is_a_container_and_a_name() -> None:
    assert blob_path("c1c/a/b.txt") == BlobPath("c1c", "a/b.txt")
    assert str(blob_path("c1c/a/b.txt")) == "c1c/a/b.txt"


@given(st.text(max_size=30))
def test_any_text_is_a_pattern_or_is_refused(text: str) -> None:
    try:
        blob_pattern("c1c/" + text).match(text)
        blob_pattern(text)
    except BlobPathError as error:
        assert str(error)


@given(st.text(min_size=1, max_size=30), st.text(max_size=10))
def test_a_parameter_takes_what_stands_in_its_place(name: str, before: str) -> None:
    template = before.replace("{", "{{").replace("}", "}}") + "{name}"
    assert blob_pattern("c1c/" + template).match(before + name) == {"name": name}
