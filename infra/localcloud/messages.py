"""Message catalogues: every text that a person reads goes through `_`.

English text is the key. A catalogue `locale/<language>/LC_MESSAGES/camp.mo` beside this package translates it; without
one, the key itself is shown. The language is `CAMP_LANG`, else the user's locale; `speaking` sets another for a while.
"""

import gettext
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

LOCALE_DIR = Path(__file__).parent / "locale"

_spoken: ContextVar[str | None] = ContextVar("spoken", default=None)


@cache
def catalogue(language: str | None = None) -> gettext.NullTranslations:
    """The catalogue of `language` (a code such as `ja`), or of the user when none is named."""
    wanted = language or os.environ.get("CAMP_LANG")
    return gettext.translation("camp", LOCALE_DIR, [wanted] if wanted else None, fallback=True)


def _(text: str) -> str:
    """The text in the reader's language."""
    return catalogue(_spoken.get()).gettext(text)


@contextmanager
def speaking(language: str | None) -> Iterator[None]:
    """Texts are in this language inside; None: in the reader's, as ever."""
    token = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(token)
