"""The page "What the emulator covers" is what the tests prove."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).with_name("coverage_page.py")


@pytest.fixture(scope="module")
def made() -> Any:
    """The generator."""
    spec = importlib.util.spec_from_file_location("cosmos_coverage_page", SCRIPT)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_written_from_the_tests(made: Any, request: pytest.FixtureRequest) -> None:
    items = [one for one in request.session.items if SCRIPT.parent in one.path.parents]
    if made.is_whole(items) and not (request.config.option.keyword or request.config.option.markexpr):
        assert made.PAGE.read_text("utf-8") == made.page(items), f"run: python {SCRIPT.relative_to(made.PROJECT)}"
    else:  # only some tests are run: collect all
        subprocess.run([sys.executable, str(SCRIPT), "--check"], check=True)
