"""What learners read names no lab that is not there, and explains a new word where it first stands."""

import json
import re
from pathlib import Path

import click
import pytest
from babel.messages.extract import extract_from_dir

from autograder.cli import camp
from autograder.lab import labs

ROOT = Path(__file__).parents[1]
PACKAGES = (ROOT / "autograder", ROOT / "infra" / "localcloud")
PORTAL = PACKAGES[1] / "portal"
READ = [
    *ROOT.glob("notebooks/*/*.ipynb"),
    *ROOT.glob("labs/*/lab.toml"),
    *ROOT.glob("slides/*.md"),
    ROOT / "README.md",
    *ROOT.glob("docs/**/*.md"),
    *PORTAL.rglob("*.html"),
    *PORTAL.rglob("*.js"),
]
COMMAND = re.compile(r"`(?:\./)?camp ([^`]+)`")
NAMED_LAB = re.compile(r"\b[Ll]abs? (\d+)\b")
THERE = {str(lab.number) for lab in labs()}
WORDS = [
    ("notebooks/1-slack-bot/1-slack-bot.ipynb", "Keep state in a service, not in the function."),
    (
        "infra/localcloud/portal/functions/functions.html",
        "stops the workers after their current request, as the cloud may do at any time",
    ),
]
REQUEST_UNIT = r"\bRU\b|request unit"
EXPLAINED = {
    "1-slack-bot": {"worker": "worker", "challenge": "challenge", "signing secret": "signing secret"},
    "2-keep-messages": {"upsert": "upsert", "ETag": "_etag", "RU": REQUEST_UNIT, "partition key": "partition key"},
    "3-ship-it": {"slot": r"\bslot", "swap": r"\bswap"},
    "4-reactive-queues": {"dead letter": r"\b[Dd]ead letter", "poison queue": "poison queue"},
    "5-partition-keys": {"RU": REQUEST_UNIT, "ETag": r"`etag`"},
    "6-infrastructure-as-code": {"provider": "provider", "state": r"\bstate\b", "managed identity": "managed identity"},
}


def named(text: str) -> set[str]:
    """The numbers of the labs that a text names."""
    return set(NAMED_LAB.findall(text))


@pytest.mark.parametrize("path", READ, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_lab_is_named_that_is_not_there(path: Path) -> None:
    assert named(path.read_text("utf-8")) <= THERE


def test_no_message_names_a_lab_that_is_not_there() -> None:
    for package in PACKAGES:
        for name, line, message, _comments, _context in extract_from_dir(str(package), [("**.py", "python")]):
            texts = (message,) if isinstance(message, str) else message
            assert set().union(*(named(text) for text in texts if text)) <= THERE, f"{name}:{line}"


@pytest.mark.parametrize(("where", "words"), WORDS)
def test_what_learners_stumble_over_is_said_in_plain_words(where: str, words: str) -> None:
    assert words in (ROOT / where).read_text("utf-8")


@pytest.mark.parametrize(("lab", "word"), [(lab, word) for lab, words in EXPLAINED.items() for word in words])
def test_a_new_word_is_explained_where_it_first_stands(lab: str, word: str) -> None:
    notebook = json.loads((ROOT / "notebooks" / lab / f"{lab}.ipynb").read_text("utf-8"))
    texts = ["".join(cell["source"]) for cell in notebook["cells"]]
    first = next(text for text in texts if re.search(EXPLAINED[lab][word], text))
    assert re.search(rf"<details><summary>What is an? {word}\?</summary>.+</details>", first)


@pytest.mark.parametrize("rule", ["more than 40,000 characters", "percent-encoded bytes that are not UTF-8"])
def test_the_notebook_tells_the_rules_that_check_1_8_judges_by(rule: str) -> None:
    notebook = json.loads((ROOT / "notebooks" / "1-slack-bot" / "1-slack-bot.ipynb").read_text("utf-8"))
    texts = ["".join(cell["source"]) for cell in notebook["cells"]]
    before = texts[: next(number for number, text in enumerate(texts) if 'check("1.8")' in text)]
    assert rule in before[-1]


@pytest.mark.parametrize("path", [path for path in READ if path.suffix == ".ipynb"], ids=lambda path: path.stem)
def test_a_notebook_names_commands_that_are_there(path: Path) -> None:
    for line in COMMAND.findall(path.read_text("utf-8")):
        command: click.Command | None = camp
        words = line.split()
        while isinstance(command, click.Group) and words:
            command = command.get_command(click.Context(command), words.pop(0))
            assert command, f"camp {line}"


def test_the_notebook_of_lab_3_says_how_an_environment_gets_an_approval() -> None:
    text = (ROOT / "notebooks" / "3-ship-it" / "3-ship-it.ipynb").read_text("utf-8")
    assert "`camp github approval production on`" in text and "[runs page](/camp/runs)" in text
