"""From text to syntax tree: lark's LALR parser behind limits that keep hostile text cheap.

lark is imported with the first query, so that an idle emulator does not carry it.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localcloud.cosmos.sql.errors import (
    END_OF_QUERY,
    INVALID_STRING,
    INVALID_TOKEN,
    SYNTAX,
    TEXT_TOO_LONG,
    TOO_COMPLEX,
    SqlError,
)
from localcloud.cosmos.sql.syntax import Query, children

if TYPE_CHECKING:
    from lark import Token

# learn.microsoft.com/azure/cosmos-db/concepts-limits: "Maximum length of SQL query 512 KB".
MAX_TEXT = 512 * 1024
# Ours: brackets within brackets, and operators within operators, that keep every recursive stage far from its limit.
MAX_BRACKETS = 200
MAX_DEPTH = 120
# Ours: words and signs, about a second's parsing; the 8,000 items that the service takes in an IN are well within.
MAX_TOKENS = 50_000
LONG_TEXT = 4_096  # a tree takes a hundred times as much: few of long texts are kept
GRAMMAR = Path(__file__).with_name("grammar.lark")

OPENING, CLOSING = {"LPAR", "LSQB", "LBRACE"}, {"CLOSE", "RSQB", "RBRACE"}  # as lark calls them
KEYWORDS = {
    **{word: f"_{word}" for word in (
        "TOP", "VALUE", "AS", "FROM", "JOIN", "IN", "WHERE", "GROUP", "BY", "ORDER", "OFFSET", "LIMIT", "OR", "AND",
        "BETWEEN", "LIKE", "ESCAPE", "EXISTS", "ARRAY", "UDF",
    )},
    **{word: word for word in ("SELECT", "DISTINCT", "ASC", "DESC", "NOT", "TRUE", "FALSE", "NULL", "UNDEFINED")},
}  # fmt: skip


def parse(text: str) -> Query:
    """The syntax tree of a query. SqlError when it is none, is longer than 512 KB or is nested too deeply."""
    return _remembered(text) if len(text) <= LONG_TEXT else _remembered_long(text)


def _parse(text: str) -> Query:
    if len(text) > MAX_TEXT or len(text.encode("utf-8", "surrogatepass")) > MAX_TEXT:
        raise SqlError(f"The SQL query text exceeded the maximum limit of {MAX_TEXT} characters.", TEXT_TOO_LONG)
    query = _read(text)
    _refuse_deep(query)
    return query


_remembered = lru_cache(maxsize=128)(_parse)
_remembered_long = lru_cache(maxsize=4)(_parse)  # a query that is fanned out comes once for each range


def is_word(text: str) -> bool:
    """Whether `text` can be written as an identifier, being no keyword."""
    return text.isidentifier() and text.upper() not in KEYWORDS


def _read(text: str) -> Query:
    from lark.exceptions import UnexpectedCharacters, UnexpectedToken, VisitError

    try:
        return _parser()(text)
    except UnexpectedToken as error:
        raise _unexpected(error.token, text) from None
    except UnexpectedCharacters as error:
        raise _unreadable(error.pos_in_stream or 0, text) from None
    except VisitError as error:
        raise error.orig_exc from None


def _unexpected(token: "Token", text: str) -> SqlError:
    if token.type == "$END":
        return SqlError("Syntax error, unexpected end-of-file.", END_OF_QUERY, (len(text), len(text)))
    start = token.start_pos or 0
    return SqlError(f"Syntax error, incorrect syntax near '{token}'.", SYNTAX, (start, start + len(token)))


def _unreadable(start: int, text: str) -> SqlError:
    if text[start] in "\"'":
        return SqlError("Syntax error, invalid string literal token.", INVALID_STRING, (start, len(text)))
    return SqlError(f"Syntax error, invalid token '{text[start]}'.", INVALID_TOKEN, (start, start + 1))


@lru_cache(maxsize=1)
def _parser() -> Callable[[str], Query]:
    from lark import Lark

    from localcloud.cosmos.sql.builder import Builder

    made = Lark(
        GRAMMAR.read_text("utf-8"),
        parser="lalr",
        lexer="basic",
        transformer=Builder(),
        lexer_callbacks={"IDENTIFIER": _keyword},
        postlex=_Counter(),
    )
    return made.parse  # type: ignore[return-value]


def _keyword(token: "Token") -> "Token":
    kind = KEYWORDS.get(token.upper())
    return token if kind is None else token.update(type=kind)


class _Counter:
    """Counts brackets and tokens between lexer and parser."""

    always_accept = ()

    def process(self, stream: Iterator["Token"]) -> Iterator["Token"]:
        depth = 0
        for number, token in enumerate(stream):
            if number >= MAX_TOKENS:
                raise SqlError(f"The SQL query has more than {MAX_TOKENS} words and signs.", TOO_COMPLEX)
            if token.type in OPENING:
                depth += 1
                if depth > MAX_BRACKETS:
                    at = token.start_pos or 0
                    raise SqlError("The SQL query is nested too deeply.", TOO_COMPLEX, (at, at + 1))
            elif token.type in CLOSING:
                depth -= 1
            yield token


def _refuse_deep(query: Query) -> None:
    level: list[Any] = [query]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in children(node)]
        if not level:
            return
    raise SqlError("The SQL query is nested too deeply.", TOO_COMPLEX, query.at)
