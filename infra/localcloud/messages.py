"""Message catalogues: every text that a person reads goes through `_`.

English text is the key. A catalogue `locale/<language>/LC_MESSAGES/camp.mo` beside this package translates it; without
one, the key itself is shown. The language is `CAMP_LANG`, else the user's locale; `speaking` sets another for a while,
and `language` says which one the texts are in.
"""

import gettext
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from localcloud.typed import as_typed

LOCALE_DIR = Path(__file__).parent / "locale"
ENGLISH = "en"

_spoken: ContextVar[str | None] = ContextVar("spoken", default=None)


@cache
def catalogue(wanted: str | None = None) -> gettext.NullTranslations:
    """The catalogue of the language `wanted` (a code such as `ja`), or of the user when none is named."""
    path = _path(wanted)
    if path is None:
        return gettext.NullTranslations()
    with path.open("rb") as file:
        return gettext.GNUTranslations(file)


def _path(wanted: str | None) -> Path | None:
    """The file of that catalogue; None when the texts stay in English."""
    named = wanted or os.environ.get("CAMP_LANG")
    found = gettext.find("camp", LOCALE_DIR, [named] if named else None)
    return Path(found) if found else None


def _(text: str) -> str:
    """The text in the reader's language, with commands as the reader types them."""
    return as_typed(catalogue(_spoken.get()).gettext(text))


def ngettext(one: str, many: str, count: int) -> str:
    """The text for this count, with `{count}` filled in: `one` for 1, and for all others as the language wants it."""
    return as_typed(catalogue(_spoken.get()).ngettext(one, many, count)).format(count=count)


def language() -> str:
    """The language that `_` answers in now, as HTML names it (`ja`, `pt-BR`): English where there is no catalogue."""
    path = _path(_spoken.get())
    return path.parent.parent.name.replace("_", "-") if path else ENGLISH


@contextmanager
def speaking(language: str | None) -> Iterator[None]:
    """Texts are in this language inside; None: in the reader's, as ever."""
    token = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(token)
