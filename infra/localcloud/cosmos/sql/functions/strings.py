"""String functions. A value that is no string makes the answer undefined; positions count from zero."""

from typing import Any

from localcloud.cosmos.sql.functions.registry import function
from localcloud.cosmos.sql.functions.types import is_whole
from localcloud.cosmos.sql.operators import MAX_TEXT, joined
from localcloud.cosmos.sql.regex import search
from localcloud.cosmos.undefined import UNDEFINED

# learn.microsoft.com/azure/cosmos-db/nosql/query/replicate: "The maximum length of the result is 10,000 characters".
MAX_REPLICATED = 10_000
WHITESPACE = None


def _texts(*values: Any) -> bool:
    return all(type(value) is str for value in values)


def _folded(left: str, right: str, ignore: Any) -> tuple[str, str]:
    return (left.lower(), right.lower()) if ignore is True else (left, right)


@function("CONTAINS", 2, 3)
def contains(text: Any, part: Any, ignore: Any = False) -> Any:
    """Whether `text` holds `part`, in any case when `ignore` is true."""
    if not _texts(text, part):
        return UNDEFINED
    whole, found = _folded(text, part, ignore)
    return found in whole


@function("STARTSWITH", 2, 3)
def startswith(text: Any, part: Any, ignore: Any = False) -> Any:
    """Whether `text` begins with `part`."""
    if not _texts(text, part):
        return UNDEFINED
    whole, found = _folded(text, part, ignore)
    return whole.startswith(found)


@function("ENDSWITH", 2, 3)
def endswith(text: Any, part: Any, ignore: Any = False) -> Any:
    """Whether `text` ends with `part`."""
    if not _texts(text, part):
        return UNDEFINED
    whole, found = _folded(text, part, ignore)
    return whole.endswith(found)


@function("STRINGEQUALS", 2, 3)
def stringequals(left: Any, right: Any, ignore: Any = False) -> Any:
    """Whether two strings are equal."""
    if not _texts(left, right):
        return UNDEFINED
    one, other = _folded(left, right, ignore)
    return one == other


@function("REGEXMATCH", 2, 3)
def regexmatch(text: Any, pattern: Any, modifiers: Any = "") -> Any:
    """Whether a regular expression is found in `text`; modifiers are of `m`, `s`, `i` and `x`.

    SqlError when the pattern is none, or none that can be matched in bounded time.
    """
    return search(pattern, modifiers)(text) if _texts(text, pattern, modifiers) else UNDEFINED


function("CONCAT", 2, None)(lambda *texts: joined(list(texts)))
function("LOWER", 1)(lambda text: text.lower() if _texts(text) else UNDEFINED)
function("UPPER", 1)(lambda text: text.upper() if _texts(text) else UNDEFINED)
function("LENGTH", 1)(lambda text: len(text) if _texts(text) else UNDEFINED)
function("REVERSE", 1)(lambda text: text[::-1] if _texts(text) else UNDEFINED)


@function("SUBSTRING", 3)
def substring(text: Any, start: Any, length: Any) -> Any:
    """`length` characters from `start`; what is outside of the text is left out."""
    if not (_texts(text) and is_whole(start) and is_whole(length)):
        return UNDEFINED
    first = max(int(start), 0)
    return text[first : first + max(int(length), 0)]


@function("LEFT", 2)
def left(text: Any, length: Any) -> Any:
    """The first characters."""
    return text[: max(int(length), 0)] if _texts(text) and is_whole(length) else UNDEFINED


@function("RIGHT", 2)
def right(text: Any, length: Any) -> Any:
    """The last characters."""
    if not (_texts(text) and is_whole(length)):
        return UNDEFINED
    return text[-int(length) :] if length > 0 else ""


@function("INDEX_OF", 2, 3)
def index_of(text: Any, part: Any, start: Any = 0) -> Any:
    """Where `part` is first found at or after `start`; -1 when it is not."""
    if not (_texts(text, part) and is_whole(start)):
        return UNDEFINED
    return text.find(part, max(int(start), 0))


@function("LASTINDEXOF", 2, 3)
def lastindexof(text: Any, part: Any, start: Any = None) -> Any:
    """Where `part` is last found, if need be within the characters up to `start`; -1 when it is not."""
    if not _texts(text, part) or not (start is None or is_whole(start)):
        return UNDEFINED
    return text.rfind(part) if start is None else text.rfind(part, 0, max(int(start) + 1, 0))


def _contains_several(text: Any, parts: tuple[Any, ...], ignore: bool, wanted: bool) -> Any:
    """CONTAINS of each part, joined by OR when `wanted` is true, else by AND, undefined ones as these have them."""
    found = [contains(text, part, ignore) for part in parts]
    if any(one is wanted for one in found):
        return wanted
    return UNDEFINED if any(one is UNDEFINED for one in found) else not wanted


for _suffix, _ignore in (("CI", True), ("CS", False)):
    function(f"CONTAINS_ANY_{_suffix}", 2, None)(
        lambda text, *parts, ignore=_ignore: _contains_several(text, parts, ignore, True)
    )
    function(f"CONTAINS_ALL_{_suffix}", 2, None)(
        lambda text, *parts, ignore=_ignore: _contains_several(text, parts, ignore, False)
    )


def _parted(text: Any, separator: Any, last: bool, after: bool) -> Any:
    """The text before or after a separator; nothing when there is none (the documentation does not say)."""
    if not _texts(text, separator):
        return UNDEFINED
    if separator == "" or separator not in text:
        return ""
    before, _between, rest = text.rpartition(separator) if last else text.partition(separator)
    return rest if after else before


function("SUBSTRINGBEFORE", 2)(lambda text, separator: _parted(text, separator, False, False))
function("SUBSTRINGAFTER", 2)(lambda text, separator: _parted(text, separator, False, True))
function("LASTSUBSTRINGBEFORE", 2)(lambda text, separator: _parted(text, separator, True, False))
function("LASTSUBSTRINGAFTER", 2)(lambda text, separator: _parted(text, separator, True, True))


@function("REPLACE", 3)
def replace(text: Any, part: Any, by: Any) -> Any:
    """`text` with every `part` replaced; undefined when it would grow beyond bounds."""
    if not _texts(text, part, by):
        return UNDEFINED
    if not part:
        return text
    if len(by) > len(part) and len(text) + text.count(part) * (len(by) - len(part)) > MAX_TEXT:
        return UNDEFINED
    return text.replace(part, by)


@function("REPLICATE", 2)
def replicate(text: Any, times: Any) -> Any:
    """`text` several times; undefined for a negative count or beyond 10,000 characters."""
    if not (_texts(text) and is_whole(times)) or times < 0 or len(text) * times > MAX_REPLICATED:
        return UNDEFINED
    return text * (int(times) if text else 0)


def _trimmed(text: Any, signs: Any, start: bool, end: bool) -> Any:
    if not _texts(text) or not (signs is WHITESPACE or _texts(signs)):
        return UNDEFINED
    text = text.lstrip(signs) if start and signs != "" else text
    return text.rstrip(signs) if end and signs != "" else text


function("TRIM", 1, 2)(lambda text, signs=WHITESPACE: _trimmed(text, signs, True, True))
function("LTRIM", 1, 2)(lambda text, signs=WHITESPACE: _trimmed(text, signs, True, False))
function("RTRIM", 1, 2)(lambda text, signs=WHITESPACE: _trimmed(text, signs, False, True))


@function("STRINGJOIN", 2)
def stringjoin(texts: Any, separator: Any) -> Any:
    """The strings of an array with a separator between them."""
    if type(texts) is not list or not _texts(separator, *texts):
        return UNDEFINED
    if sum(map(len, texts)) + len(separator) * len(texts) > MAX_TEXT:
        return UNDEFINED
    return str(separator.join(texts))


@function("STRINGSPLIT", 2)
def stringsplit(text: Any, separator: Any) -> Any:
    """The parts of a text between separators; an empty separator leaves it whole."""
    if not _texts(text, separator):
        return UNDEFINED
    return text.split(separator) if separator else [text]
