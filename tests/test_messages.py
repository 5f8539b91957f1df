"""Every text that a person reads can be translated."""

import ast
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo

from localcloud import messages

PROJECT = Path(__file__).parents[1]
PACKAGES = (PROJECT / "autograder", PROJECT / "infra" / "localcloud")
SPEAKS = {"echo", "UsageError", "CampError", "AppProblem", "WorkspaceError", "StorageError", "CampFailed", "LabError"}
HELP = {"help", "short_help", "epilog"}


def extracted() -> dict[str, str]:
    """Every message of the packages, with the place where it stands."""
    found = {}
    for package in PACKAGES:
        for name, line, message, _comments, _context in extract_from_dir(str(package), [("**.py", "python")]):
            found[message if isinstance(message, str) else message[0]] = f"{package.name}/{name}:{line}"
    return found


def untranslated(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Texts that are said to a person as they are: line and text."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        said = [*(call.args[:1] if name in SPEAKS else []), *(one.value for one in call.keywords if one.arg in HELP)]
        for text in said:
            if isinstance(text, ast.Constant) and isinstance(text.value, str) and text.value.strip():
                yield text.lineno, text.value


def test_one_and_many_are_told_apart() -> None:
    said = [messages.ngettext("1 file", "{count} files", count) for count in (0, 1, 2)]
    assert said == ["0 files", "1 file", "2 files"]


def test_what_commands_and_errors_say_is_in_the_catalogue() -> None:
    missing = [
        f"{path.relative_to(PROJECT)}:{line}: {text}"
        for package in PACKAGES
        for path in package.rglob("*.py")
        for line, text in untranslated(ast.parse(path.read_text("utf-8")))
    ]
    assert missing == []


def test_messages_name_their_values() -> None:
    found = extracted()
    assert len(found) > 300
    assert [place for text, place in found.items() if "{}" in text] == []


def test_another_language_is_shown_where_there_is_a_catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue = Catalog(locale="ja")
    catalogue.add("The camp is not open.", "キャンプは開いていません。")
    written = io.BytesIO()
    write_mo(written, catalogue)
    folder = tmp_path / "ja" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "camp.mo").write_bytes(written.getvalue())
    monkeypatch.setattr(messages, "LOCALE_DIR", tmp_path)
    monkeypatch.setenv("CAMP_LANG", "ja")
    messages.catalogue.cache_clear()
    try:
        assert messages._("The camp is not open.") == "キャンプは開いていません。"
        assert messages._("Something else.") == "Something else."
    finally:
        messages.catalogue.cache_clear()
