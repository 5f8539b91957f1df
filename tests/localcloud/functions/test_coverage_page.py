"""The page "What the host covers" is what the tests prove."""

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

SPEC = importlib.util.spec_from_file_location("coverage_page", Path(__file__).with_name("coverage_page.py"))


@pytest.fixture(scope="module")
def made() -> Any:
    """The generator."""
    assert SPEC and SPEC.loader
    module = importlib.util.module_from_spec(SPEC)
    sys.modules[SPEC.name] = module  # its dataclass looks there
    SPEC.loader.exec_module(module)
    return module


def test_the_page_is_written_from_the_tests(made: Any) -> None:
    assert made.PAGE.read_text("utf-8") == made.page(), "run: python tests/localcloud/functions/coverage_page.py"


def test_every_section_has_a_capability_and_no_capability_is_told_twice(made: Any) -> None:
    known = made.capabilities()
    assert {one.section for one in known} == set(made.SECTIONS)
    assert len({(one.section, one.text) for one in known}) == len(known)
