from pathlib import Path

import pytest

from autograder import bundle
from autograder.checks.history import secrets_in
from autograder.checks.secrets.forms import PUBLISHED
from localcloud import extras

TOKEN = "dQ8~rT2vXz9LmT4wYb8NcD5sFgH3jKpQe6uAiW1o"
PROFILE = '<publishProfile userName="$bot" userPWD="{password}" />'


@pytest.fixture(autouse=True)
def gitleaks() -> None:
    extras.ensure("gitleaks", print)


def repository(folder: Path, *commits: dict[str, str | None]) -> Path:
    """A bare repository with these commits, each of files and their texts (None takes one away)."""
    work = folder / "work"
    work.mkdir()
    (work / "README.md").write_text("A bot.\n")
    bundle.make(work, "Start")
    for files in commits:
        for name, text in files.items():
            if text is None:
                (work / name).unlink()
            else:
                (work / name).write_text(text)
        bundle.git(work, "add", "--all", "--force")
        bundle.git(work, *bundle.AUTHOR, "commit", "--quiet", "--message", "More")
    bundle.git(work, "clone", "--quiet", "--bare", ".", str(folder / "bare.git"))
    return folder / "bare.git"


async def found_in(folder: Path, *commits: dict[str, str | None]) -> set[str]:
    """The files of all commits in which there is a secret."""
    return {found.file for found in await secrets_in(repository(folder, *commits), folder / "report.json")}


async def test_what_was_deleted_is_found(tmp_path: Path) -> None:
    file = "credentials.json"
    assert await found_in(tmp_path, {file: f'{{"clientSecret": "{TOKEN}"}}\n'}, {file: None}) == {file}


async def test_a_secret_on_another_branch_is_found(tmp_path: Path) -> None:
    made = repository(tmp_path, {"key.json": f'{{"clientSecret": "{TOKEN}"}}\n'}, {"key.json": None})
    bundle.git(made, "update-ref", "refs/heads/idea", "refs/heads/main~1")
    bundle.git(made, "update-ref", "refs/heads/main", "refs/heads/main~2")
    assert [found.file for found in await secrets_in(made, tmp_path / "report.json")] == ["key.json"]


async def test_a_publish_profile_is_found(tmp_path: Path) -> None:
    assert await found_in(tmp_path, {"bot.xml": PROFILE.format(password=TOKEN)}) == {"bot.xml"}


async def test_a_secret_in_utf_16_is_found(tmp_path: Path) -> None:
    made = repository(tmp_path)
    (tmp_path / "work" / "bot.xml").write_text(PROFILE.format(password=TOKEN), "utf-16")
    bundle.git(tmp_path / "work", "add", "--all")
    bundle.git(tmp_path / "work", *bundle.AUTHOR, "commit", "--quiet", "--message", "More")
    bundle.git(tmp_path / "work", "push", "--quiet", str(made), "HEAD:main")
    assert {found.file for found in await secrets_in(made, tmp_path / "report.json")} == {"bot.xml"}


async def test_placeholders_commits_and_keys_of_the_emulators_are_none(tmp_path: Path) -> None:
    connection = f"AccountEndpoint=http://127.0.0.1:8081/;AccountKey={PUBLISHED[0]}"
    files: dict[str, str | None] = {
        "local.settings.json": f'{{"Values": {{"CosmosDbConnection": "{connection}", "KEY": "{PUBLISHED[1]}"}}}}\n',
        "commit.txt": "5c1f0e6f4d3b2a190817f6e5d4c3b2a190817f6e\n",
        "profile.xml": PROFILE.format(password="your-password-goes-here"),
        "notes.md": "SLACK_BOT_TOKEN=xoxb-from-your-slack-app\n",
    }
    assert await found_in(tmp_path, files) == set()


async def test_the_repository_cannot_say_what_is_no_secret(tmp_path: Path) -> None:
    key = "AKIAQ3EGTJ7XW5LM2VNP"
    files: dict[str, str | None] = {
        ".gitleaks.toml": "[allowlist]\npaths = ['.*']\n",
        "aws.txt": f"{key} # gitleaks:allow\n",
    }
    assert "aws.txt" in await found_in(tmp_path, files)
