"""HTML, made of elements whose text is always escaped: what a learner wrote is never markup."""

import html
import unicodedata

EMPTY = frozenset({"meta", "rect", "line", "br", "hr", "path", "circle"})
MOST = 4000  # characters of one text
STEERING = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})


class Html(str):
    """Text that is markup already."""


def tag(name: str, *children: object, **attributes: object) -> Html:
    """An element. Children that are not `Html` are text; `None` is nothing. `class_` is the attribute `class`, and `_`
    within a name is a hyphen."""
    shown = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in EMPTY:
        return Html(f"<{name}{shown}/>")
    return Html(f"<{name}{shown}>{joined(*children)}</{name}>")


def joined(*children: object) -> Html:
    """The children one after the other."""
    return Html("".join(one if isinstance(one, Html) else text(one) for one in children if one is not None))


def text(value: object, most: int = MOST) -> Html:
    """A value as text: bounded, and without the characters that could turn a line around or hide in it."""
    return Html(html.escape(plain(value, most)))


def plain(value: object, most: int = MOST) -> str:
    """The same outside of HTML: what cannot be seen is written as a code, what is too long is cut."""
    whole = str(value)
    kept = "".join(
        char if char in "\n\t" or unicodedata.category(char) not in STEERING else _code(char) for char in whole[:most]
    )
    return f"{kept}…" if len(whole) > most else kept


def page(title: str, style: str, *body: object, language: str = "en") -> str:
    """A whole document that needs nothing from anywhere, and that no script can run in."""
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        Html(f"<style>\n{style}</style>"),
    )
    return f"<!DOCTYPE html>\n{tag('html', head, tag('body', tag('main', *body)), lang=language)}\n"


def _code(char: str) -> str:
    return char if char in "\u200c\u200d" else char.encode("unicode_escape", "surrogatepass").decode("ascii")
