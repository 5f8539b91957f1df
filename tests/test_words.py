"""What learners read names no lab that is not there, and explains a new word where it first stands."""

import json
import re
from pathlib import Path

import pytest

from autograder.lab import labs

ROOT = Path(__file__).parents[1]
READ = [*ROOT.glob("notebooks/*/*.ipynb"), *ROOT.glob("labs/*/lab.toml")]
EXPLAINED = {
    "1-slack-bot": {"worker": "worker", "challenge": "challenge", "signing secret": "signing secret"},
    "2-keep-messages": {"upsert": "upsert", "ETag": "_etag", "RU": r"\bRU\b"},
    "5-partition-keys": {"RU": r"\bRU\b"},
    "6-infrastructure-as-code": {"provider": "provider", "state": r"\bstate\b", "managed identity": "managed identity"},
}


@pytest.mark.parametrize("path", READ, ids=lambda path: path.name)
def test_no_lab_is_named_that_is_not_there(path: Path) -> None:
    there = {str(lab.number) for lab in labs()}
    named = set(re.findall(r"\bLabs? (\d+)", path.read_text("utf-8")))
    assert named <= there


@pytest.mark.parametrize(("lab", "word"), [(lab, word) for lab, words in EXPLAINED.items() for word in words])
def test_a_new_word_is_explained_where_it_first_stands(lab: str, word: str) -> None:
    notebook = json.loads((ROOT / "notebooks" / lab / f"{lab}.ipynb").read_text("utf-8"))
    texts = ["".join(cell["source"]) for cell in notebook["cells"]]
    first = next(text for text in texts if re.search(EXPLAINED[lab][word], text))
    assert re.search(rf"<details><summary>What is an? {word}\?</summary>.+</details>", first)
