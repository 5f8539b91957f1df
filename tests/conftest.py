"""How many examples the property tests try: a few in every run, many with `camp test --all`. And what runs first."""

import os

import pytest
from hypothesis import settings

os.environ.pop("CAMP_TYPED", None)  # of the launcher that started the tests: texts name commands as `camp ...`

LONG = frozenset(
    {"test_labs_in_the_browser", "test_batch", "test_chaos", "test_cluster", "test_formgrader", "test_direct_entry"}
    | {"test_postgres", "test_cloud", "test_tofu", "test_camp"}
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long tests first, so that no process waits for the last of them."""
    items.sort(key=lambda item: item.path.stem not in LONG)


settings.register_profile("short", max_examples=25, deadline=None)
settings.register_profile("long", max_examples=500, deadline=None)
settings.load_profile("long" if int(os.environ.get("CAMP_SEEDS", "1")) > 1 else "short")
