import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from localcloud import messages


@pytest.fixture
def japanese(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A catalogue of one word, in Japanese, and another in Brazilian Portuguese."""
    for code, word in (("ja", "見えたもの"), ("pt_BR", "visto")):
        made, target = Catalog(locale=code), io.BytesIO()
        made.add("seen", word)
        write_mo(target, made)
        (tmp_path / code / "LC_MESSAGES").mkdir(parents=True)
        (tmp_path / code / "LC_MESSAGES" / "camp.mo").write_bytes(target.getvalue())
    monkeypatch.setattr(messages, "LOCALE_DIR", tmp_path)
    for name in ("CAMP_LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    messages.catalogue.cache_clear()
    yield
    messages.catalogue.cache_clear()


@pytest.mark.usefixtures("japanese")
@pytest.mark.parametrize(
    ("variable", "code", "word", "language"),
    [
        ("CAMP_LANG", "ja", "見えたもの", "ja"),
        ("CAMP_LANG", "pt_BR", "visto", "pt-BR"),
        ("LANG", "ja_JP.UTF-8", "見えたもの", "ja"),
        ("LANG", "C.UTF-8", "seen", "en"),
        ("CAMP_LANG", "de", "seen", "en"),
    ],
)
def test_texts_and_their_language_agree(
    monkeypatch: pytest.MonkeyPatch, variable: str, code: str, word: str, language: str
) -> None:
    monkeypatch.setenv(variable, code)
    assert (messages._("seen"), messages.language()) == (word, language)


@pytest.mark.usefixtures("japanese")
def test_a_student_may_have_another_language() -> None:
    with messages.speaking("ja"):
        assert (messages._("seen"), messages.language()) == ("見えたもの", "ja")
    assert (messages._("seen"), messages.language()) == ("seen", "en")
