"""Filter patterns, with the examples of GitHub's documentation."""

import time

import pytest

from localcloud.github.runs.patterns import PatternError, matches


@pytest.mark.parametrize(
    "pattern, fitting, others",
    [
        ("feature/*", ["feature/my-branch", "feature/your-branch"], ["feature/a/b", "feature"]),
        ("feature/**", ["feature/beta-a/my-branch", "feature/your-branch"], ["features/a"]),
        ("releases/mona-the-octocat", ["releases/mona-the-octocat"], ["releases/mona"]),
        ("*", ["main", "releases"], ["all/the/branches"]),
        ("**", ["all/the/branches", "every/tag"], []),
        ("*feature", ["mona-feature", "feature", "ver-10-feature"], ["feature-x"]),
        ("v2*", ["v2", "v2.0", "v2.9"], ["v1.2"]),
        ("v[12].[0-9]+.[0-9]+", ["v1.10.1", "v2.0.0"], ["v3.0.0", "v1.10", "v1.10.x"]),
        ("*.jsx?", ["page.js", "page.jsx"], ["page.jsxx", "a/page.js"]),
        ("**.js", ["index.js", "js/index.js", "src/js/app.js"], ["index.ts"]),
        ("docs/*", ["docs/README.md"], ["docs/a/b.md"]),
        ("docs/**/*.md", ["docs/README.md", "docs/mona/hello-world.md"], ["docs.md", "docsx/a.md"]),
        ("**/docs/**", ["docs/hello.md", "dir/docs/my-file.txt", "space/docs/plan/space.doc"], ["docs"]),
        ("**/README.md", ["README.md", "js/README.md"], ["xREADME.md"]),
        ("**/*src/**", ["a/src/app.js", "my-src/code/js/app.js"], ["src.js"]),
        ("**/migrate-*.sql", ["migrate-10909.sql", "db/sept/migrate-v1.sql"], ["db/migrate.sql"]),
        (r"a\*b", ["a*b"], ["axb"]),
        ("grüße/*", ["grüße/köln"], ["grusse/koln"]),
    ],
)
def test_patterns_fit_as_github_says(pattern: str, fitting: list[str], others: list[str]) -> None:
    assert [name for name in fitting if not matches([pattern], name)] == []
    assert [name for name in others if matches([pattern], name)] == []


def test_the_last_pattern_that_fits_decides() -> None:
    patterns = ["releases/**", "!releases/**-alpha", "releases/1-alpha"]
    assert matches(patterns, "releases/2")
    assert not matches(patterns, "releases/2-alpha")
    assert matches(patterns, "releases/1-alpha")
    assert not matches(["!main"], "other")  # nothing has let it through


@pytest.mark.parametrize("pattern", ["?x", "+", "a**?", "[a", "[z-a]", "[!a]", "a\\"])
def test_what_is_no_pattern_is_named(pattern: str) -> None:
    with pytest.raises(PatternError, match=r"'.*'"):
        matches([pattern], "a")


def test_many_stars_do_not_take_for_ever() -> None:
    began = time.perf_counter()
    assert not matches(["**a" * 40 + "b"], "a" * 250)
    assert time.perf_counter() - began < 2
