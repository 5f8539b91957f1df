"""GitHub's expressions, for what is decided before a job starts: `if` of jobs, matrices, groups, environments.

What stands in steps is evaluated by act. Values are JSON's: None, bool, float or int, str, list, dict.
"""

import itertools
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from localcloud.messages import _

TOKEN = re.compile(
    r"\s*(?:(?P<number>-?(?:0x[0-9a-fA-F]+|0o[0-7]+|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?))"
    r"|(?P<string>'(?:[^']|'')*')|(?P<name>[A-Za-z_][A-Za-z0-9_-]*)"
    r"|(?P<sign>==|!=|<=|>=|&&|\|\||[<>!()\[\].,*]))"
)
PART = re.compile(r"\$\{\{((?:[^'}]|'(?:[^']|'')*'|\}(?!\}))*)\}\}")
DEEPEST, LONGEST, LONGEST_VALUE = 50, 21_000, 1_000_000
STATUS = ("success", "failure", "always", "cancelled")
WORDS = {"true": True, "false": False, "null": None, "nan": math.nan, "infinity": math.inf}

Function = Callable[..., Any]


class ExpressionError(ValueError):
    """An expression that cannot be evaluated; the text says why."""


class Token(NamedTuple):
    kind: str
    text: str


class Results(NamedTuple):
    """What the status functions of a job's `if` are about."""

    needs: Sequence[str]  # the results of all jobs before it: success, failure, cancelled or skipped
    cancelled: bool = False  # whether the run is being cancelled
    failed: bool = False  # whether any job before those has failed


def evaluate(text: str, contexts: Mapping[str, Any], results: Results | None = None) -> Any:
    """The value of an expression without its `${{ }}`; ExpressionError."""
    return _Parser(tokens_of(text), contexts, results).whole()


def value_of(value: Any, contexts: Mapping[str, Any]) -> Any:
    """A value of the file: of any type when it is one `${{ }}` alone, and with the text of each in it otherwise."""
    if isinstance(value, dict):
        return {key: value_of(one, contexts) for key, one in value.items()}
    if isinstance(value, list):
        return [value_of(one, contexts) for one in value]
    if not isinstance(value, str):
        return value
    if (whole := PART.fullmatch(value.strip())) is not None:
        return evaluate(whole[1], contexts)
    return text_of_parts(value, contexts)


def text_of_parts(text: str, contexts: Mapping[str, Any]) -> str:
    """The text, with each `${{ }}` evaluated."""
    found = PART.sub(lambda part: text_of(evaluate(part[1], contexts)), text)
    if len(found) > LONGEST_VALUE:
        raise ExpressionError(_("The value is too long."))
    return found


def literal(text: str) -> str:
    """The text as act must read it: what looks like an expression is none."""
    return text.replace("${{", "${{ '${{' }}")


def condition(text: Any, contexts: Mapping[str, Any], results: Results) -> bool:
    """Whether an `if` holds: `success()` is asked as well, unless it asks for a status itself."""
    if text is None:
        return _success(results)
    if not isinstance(text, str):
        return truth(text) and _success(results)
    stripped = text.strip()
    if (whole := PART.fullmatch(stripped)) is not None:
        inside = whole[1]
    elif "${{" in stripped:
        return truth(text_of_parts(text, contexts)) and _success(results)  # a text that is not empty is true
    else:
        inside = stripped
    tokens = tokens_of(inside)
    if not tokens:
        return _success(results)
    asks = any(
        one.kind == "name" and one.text.lower() in STATUS and after.text == "("
        for one, after in itertools.pairwise(tokens)
    )
    return (asks or _success(results)) and truth(_Parser(tokens, contexts, results).whole())


def truth(value: Any) -> bool:
    return not (
        value is None or value is False or value == "" or (_is_number(value) and (value == 0 or value != value))
    )


def text_of(value: Any) -> str:
    """A value as text, as GitHub writes it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return _number_text(value)
    if isinstance(value, (dict, list)):
        return "Object" if isinstance(value, dict) else "Array"
    return str(value)


def _number_text(value: float) -> str:
    if value != value:
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))


def tokens_of(text: str) -> list[Token]:
    if len(text) > LONGEST:
        raise ExpressionError(_("The expression is longer than {limit} characters.").format(limit=LONGEST))
    found, at, end = [], 0, len(text.rstrip())
    while at < end:
        match = TOKEN.match(text, at)
        if match is None:
            raise ExpressionError(_("Unexpected '{what}' in: {text}").format(what=text[at:].strip()[:20], text=text))
        found.append(Token(str(match.lastgroup), match[str(match.lastgroup)]))
        at = match.end()
    return found


class _Parser:
    """Evaluates while it reads."""

    def __init__(self, tokens: list[Token], contexts: Mapping[str, Any], results: Results | None) -> None:
        self._tokens = tokens
        self._contexts = contexts
        self._results = results
        self._at = 0
        self._depth = 0

    def whole(self) -> Any:
        value = self._either()
        if self._at < len(self._tokens):
            raise self._unexpected()
        return value

    def _peek(self) -> str:
        token = self._tokens[self._at] if self._at < len(self._tokens) else None
        return token.text if token and token.kind == "sign" else ""

    def _takes(self, *signs: str) -> str:
        sign = self._peek()
        if sign and sign in signs:
            self._at += 1
            return sign
        return ""

    def _expect(self, sign: str) -> None:
        if not self._takes(sign):
            raise self._unexpected()

    def _unexpected(self) -> ExpressionError:
        text = " ".join(token.text for token in self._tokens)
        if self._at >= len(self._tokens):
            return ExpressionError(_("The expression ends too early: {text}").format(text=text))
        return ExpressionError(_("Unexpected '{what}' in: {text}").format(what=self._tokens[self._at].text, text=text))

    def _either(self) -> Any:
        self._depth += 1
        if self._depth > DEEPEST:
            raise ExpressionError(_("The expression is nested too deeply."))
        value = self._both()
        while self._takes("||"):
            other = self._both()
            value = value if truth(value) else other
        self._depth -= 1
        return value

    def _both(self) -> Any:
        value = self._equal()
        while self._takes("&&"):
            other = self._equal()
            value = other if truth(value) else value
        return value

    def _equal(self) -> Any:
        value = self._ordered()
        while sign := self._takes("==", "!="):
            value = _equals(value, self._ordered()) == (sign == "==")
        return value

    def _ordered(self) -> Any:
        value = self._not()
        while sign := self._takes("<", "<=", ">", ">="):
            value = _compares(sign, value, self._not())
        return value

    def _not(self) -> Any:
        count = 0
        while self._takes("!"):
            count += 1
        value = self._reached()
        return value if not count else truth(value) != bool(count % 2)

    def _reached(self) -> Any:
        """A value, and what is reached from it by `.name`, `[...]` and `.*`."""
        value, many = self._value(), False
        while sign := self._takes(".", "["):
            if self._takes("*"):
                value, many = _members(value, many), True
                if sign == "[":
                    self._expect("]")
                continue
            key = self._name() if sign == "." else self._either()
            if sign == "[":
                self._expect("]")
            value = (
                [one for one in (_get(item, key) for item in value) if one is not None] if many else _get(value, key)
            )
        return value

    def _name(self) -> str:
        if self._at < len(self._tokens) and self._tokens[self._at].kind == "name":
            self._at += 1
            return self._tokens[self._at - 1].text
        raise self._unexpected()

    def _value(self) -> Any:
        if self._takes("("):
            value = self._either()
            self._expect(")")
            return value
        if self._at >= len(self._tokens) or self._tokens[self._at].kind == "sign":
            raise self._unexpected()
        kind, text = self._tokens[self._at]
        self._at += 1
        if kind == "number":
            return _number(text)
        if kind == "string":
            return text[1:-1].replace("''", "'")
        if self._takes("("):
            return self._call(text)
        if text.lower() in WORDS:
            return WORDS[text.lower()]
        if text.lower() not in self._contexts:
            known = ", ".join(sorted(self._contexts))
            raise ExpressionError(_("There is no '{name}' here; there are: {known}").format(name=text, known=known))
        return self._contexts[text.lower()]

    def _call(self, name: str) -> Any:
        arguments: list[Any] = []
        while not self._takes(")"):
            if arguments:
                self._expect(",")
            arguments.append(self._either())
        if name.lower() in STATUS:
            return self._status(name.lower())
        if name.lower() not in FUNCTIONS:
            raise ExpressionError(_("There is no function {name} here.").format(name=name))
        function, least, most = FUNCTIONS[name.lower()]
        if not least <= len(arguments) <= most:
            raise ExpressionError(_("{name} has another number of arguments.").format(name=name))
        return function(*arguments)

    def _status(self, name: str) -> bool:
        if self._results is None:
            raise ExpressionError(_("There is no function {name} here.").format(name=name))
        results = self._results
        if name == "success":
            return _success(results)
        if name == "failure":
            return not results.cancelled and (results.failed or "failure" in results.needs)
        return name == "always" or results.cancelled


def _success(results: Results) -> bool:
    return not results.cancelled and all(one == "success" for one in results.needs)


def _get(value: Any, key: Any) -> Any:
    if isinstance(value, dict):
        wanted = text_of(key).lower()
        if text_of(key) in value:
            return value[text_of(key)]
        return next((one for name, one in value.items() if name.lower() == wanted), None)
    if isinstance(value, list) and _is_number(_as_number(key)):
        at = _as_number(key)
        return value[int(at)] if at == at and 0 <= at < len(value) else None
    return None


def _members(value: Any, many: bool) -> list[Any]:
    found: list[Any] = []
    for one in value if many else [value]:
        found += one.values() if isinstance(one, dict) else one if isinstance(one, list) else []
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _number(text: str) -> float:
    if re.fullmatch(r"-?0[xo].*", text):
        return int(text, 0)
    number = float(text)
    return int(number) if number == number and abs(number) < 1e15 and number == int(number) else number


def _as_number(value: Any) -> float:
    if value is None:
        return 0
    if isinstance(value, (bool, int, float)):
        return float(value)
    if isinstance(value, str):
        try:
            return _number(value.strip()) if value.strip() else 0
        except ValueError:
            return math.nan
    return math.nan


def _equals(one: Any, other: Any) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return one.lower() == other.lower()
    if isinstance(one, (dict, list)) or isinstance(other, (dict, list)):
        return one is other
    if type(one) is type(other):
        return bool(one == other)
    return _as_number(one) == _as_number(other)


def _compares(sign: str, one: Any, other: Any) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        first: Any = one.lower()
        second: Any = other.lower()
    else:
        first, second = _as_number(one), _as_number(other)
    return bool({"<": first < second, "<=": first <= second, ">": first > second, ">=": first >= second}[sign])


def _contains(where: Any, what: Any) -> bool:
    if isinstance(where, list):
        return any(_equals(one, what) for one in where)
    return text_of(what).lower() in text_of(where).lower()


def _format(template: Any, *values: Any) -> str:
    def one(part: "re.Match[str]") -> str:
        if part[0] in ("{{", "}}"):
            return part[0][0]
        if part[1] is None or int(part[1]) >= len(values):
            raise ExpressionError(_("format has another number of arguments than its text wants."))
        return text_of(values[int(part[1])])

    return re.sub(r"\{\{|\}\}|\{(\d{1,3})\}|[{}]", one, text_of(template))


def _join(values: Any, separator: Any = ",") -> str:
    return text_of(separator).join(text_of(one) for one in values) if isinstance(values, list) else text_of(values)


def _case(*arguments: Any) -> Any:
    """`case(condition, value, ..., default)`."""
    for condition, value in zip(arguments[0:-1:2], arguments[1:-1:2], strict=False):
        if truth(condition):
            return value
    return arguments[-1]


def _from_json(text: Any) -> Any:
    try:
        return json.loads(text_of(text))
    except (ValueError, RecursionError):
        raise ExpressionError(_("fromJSON: not JSON: {text}").format(text=text_of(text)[:80])) from None


FUNCTIONS: dict[str, tuple[Function, int, int]] = {
    "case": (_case, 3, 250),
    "contains": (_contains, 2, 2),
    "startswith": (lambda text, start: text_of(text).lower().startswith(text_of(start).lower()), 2, 2),
    "endswith": (lambda text, end: text_of(text).lower().endswith(text_of(end).lower()), 2, 2),
    "format": (_format, 1, 250),
    "join": (_join, 1, 2),
    "tojson": (lambda value: json.dumps(value, indent=2, ensure_ascii=False), 1, 1),
    "fromjson": (_from_json, 1, 1),
}
