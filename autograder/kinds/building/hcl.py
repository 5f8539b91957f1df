"""Terraform's language, as far as it must be read to say what is refused where: blocks, attributes, and the tokens of
expressions. Nothing is evaluated: that is the engine's."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

NAME, NUMBER, TEXT, OPEN, CLOSE, SIGN, END = "name", "number", "text", "${", "}", "sign", "end of line"
SPACE = re.compile(r"[ \t\r]+|#[^\n]*|//[^\n]*|/\*.*?\*/", re.DOTALL)
WORD = re.compile(r"[^\W\d][\w-]*")
DIGITS = re.compile(r"\d[\d.]*(?:[eE][+-]?\d+)?")
HEREDOC = re.compile(r"<<-?([^\W\d][\w-]*)[ \t\r]*\n")
PLAIN = {True: re.compile(r"[^\"\\$%\n]+"), False: re.compile(r"[^$%]+")}  # of quoted texts, of heredocs
SIGNS = re.compile(r"\.\.\.|==|!=|<=|>=|&&|\|\||=>|.", re.DOTALL)
QUOTE, STEPS = '"', 100  # how deep blocks, brackets and templates may be in each other


class NotRead(ValueError):
    """The text is not Terraform's language, or nested deeper than anybody writes it."""


@dataclass(frozen=True)
class Token:
    """`text` of a quoted or heredoc text is one literal piece of it; its expressions stand between OPEN and CLOSE."""

    kind: str
    text: str
    line: int


@dataclass
class Body:
    """What stands between the braces of a block, or in a file."""

    attributes: dict[str, "Attribute"] = field(default_factory=dict)
    blocks: list["Block"] = field(default_factory=list)

    def each(self) -> Iterator["Block"]:
        """Its blocks, and those in them."""
        for block in self.blocks:
            yield block
            yield from block.body.each()


@dataclass(frozen=True)
class Attribute:
    """`name = expression`"""

    name: str
    line: int
    tokens: tuple[Token, ...]

    @property
    def text(self) -> str | None:
        """The expression, if it is a text without anything to evaluate."""
        if all(token.kind == TEXT for token in self.tokens) and self.tokens:
            return "".join(token.text for token in self.tokens)
        return None

    @property
    def number(self) -> float | None:
        """The expression, if it is a number."""
        [*more, token] = self.tokens or (Token(END, "", 0),)
        return float(token.text) if token.kind == NUMBER and not more and token.text.count(".") < 2 else None


@dataclass(frozen=True)
class Block:
    """`kind "label" "label" { body }`"""

    kind: str
    labels: tuple[str, ...]
    line: int
    body: Body

    @property
    def title(self) -> str:
        return " ".join([self.kind, *(f'"{label}"' for label in self.labels)])


def read(text: str) -> Body:
    """The blocks and attributes of a file; NotRead."""
    return _Parser(tokens(text)).body(0)


def tokens(text: str) -> list[Token]:
    """All tokens of a file; NotRead."""
    return _Scanner(text).all()


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text.removeprefix("\ufeff")
        self._place = 0
        self._line = 1
        self._found: list[Token] = []

    def all(self) -> list[Token]:
        self._expression(0)
        self._add(END, "\n")
        return self._found

    def _add(self, kind: str, text: str) -> None:
        self._found.append(Token(kind, text, self._line))

    def _take(self, match: "re.Match[str]") -> str:
        self._place = match.end()
        self._line += match[0].count("\n")
        return match[0]

    def _expression(self, depth: int) -> None:
        """Up to the end, or to the brace that closes a template's expression."""
        if depth > STEPS:
            raise NotRead(self._line)
        braces = 0
        while self._place < len(self._text):
            char = self._text[self._place]
            if found := SPACE.match(self._text, self._place):
                self._take(found)
            elif self._text.startswith("/*", self._place):
                raise NotRead(self._line)  # a comment without an end
            elif found := WORD.match(self._text, self._place):
                self._add(NAME, found[0])
                self._take(found)
            elif found := DIGITS.match(self._text, self._place):
                self._add(NUMBER, found[0])
                self._take(found)
            elif char == "\n":
                self._add(END, char)
                self._place += 1
                self._line += 1
            elif char == QUOTE:
                self._place += 1
                self._template(QUOTE, depth + 1)
            elif found := HEREDOC.match(self._text, self._place):
                self._take(found)
                self._heredoc(found[1], depth + 1)
            elif char == "}" and depth and not braces:
                return
            else:
                braces += (char == "{") - (char == "}")
                found = SIGNS.match(self._text, self._place)
                assert found
                self._add(SIGN, found[0])
                self._take(found)
        if depth:
            raise NotRead(self._line)

    def _heredoc(self, word: str, depth: int) -> None:
        """Up to a line with nothing but the word."""
        end = re.compile(rf"^[ \t]*{re.escape(word)}[ \t\r]*$", re.MULTILINE).search(self._text, self._place)
        if end is None:
            raise NotRead(self._line)
        self._template(None, depth, end.start())
        self._place = end.end()

    def _template(self, quote: str | None, depth: int, end: int | None = None) -> None:
        """The literal pieces and the expressions of a text, up to the quote or to the place `end`."""
        piece, line = "", self._line
        last = len(self._text) if end is None else end
        while True:
            if self._place >= last:
                if end is None:
                    raise NotRead(self._line)
                break
            if found := PLAIN[quote is not None].match(self._text, self._place, last):
                piece += self._take(found)
                continue
            char, two, three = (self._text[self._place : self._place + size] for size in (1, 2, 3))
            if char == quote:
                self._place += 1
                break
            if quote and char == "\n":
                raise NotRead(self._line)
            if quote and char == "\\":
                piece += two
                self._place += 2
            elif three in ("$${", "%%{"):
                piece += three[1:]
                self._place += 3
            elif two in ("${", "%{"):
                self._found.append(Token(TEXT, piece, line))
                self._add(OPEN, two)
                self._place += 2
                self._expression(depth)
                self._add(CLOSE, "}")
                self._place += 1
                piece, line = "", self._line
            else:
                piece += char
                self._place += 1
                self._line += char == "\n"
        self._found.append(Token(TEXT, piece, line))


class _Parser:
    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._place = 0

    def body(self, depth: int) -> Body:
        """Up to the closing brace, or to the end of the file."""
        made = Body()
        while True:
            if depth > STEPS:
                raise NotRead(depth)
            while self._here and self._here.kind == END:
                self._place += 1
            token = self._here
            if token is None or (token.kind, token.text) == (SIGN, "}"):
                if (token is None) != (depth == 0):
                    raise NotRead(token.line if token else "the end")
                return made
            if token.kind != NAME:
                raise NotRead(token.line)
            self._place += 1
            if self._here and (self._here.kind, self._here.text) == (SIGN, "="):
                self._place += 1
                made.attributes[token.text] = Attribute(token.text, token.line, self._value())
            else:
                made.blocks.append(self._block(token, depth))

    @property
    def _here(self) -> Token | None:
        return self._tokens[self._place] if self._place < len(self._tokens) else None

    def _block(self, kind: Token, depth: int) -> Block:
        labels = []
        while (token := self._here) and token.kind in (NAME, TEXT):
            labels.append(token.text)
            self._place += 1
        if token is None or (token.kind, token.text) != (SIGN, "{"):
            raise NotRead(kind.line)
        self._place += 1
        body = self.body(depth + 1)
        self._place += 1  # the brace that ends it
        return Block(kind.text, tuple(labels), kind.line, body)

    def _value(self) -> tuple[Token, ...]:
        """The tokens of an expression, up to the end of its line, or of its block."""
        first, open_brackets = self._place, 0
        while token := self._here:
            if token.kind == SIGN and token.text in "([{":
                open_brackets += 1
            elif token.kind == SIGN and token.text in ")]}":
                if not open_brackets:
                    break
                open_brackets -= 1
            elif token.kind == OPEN:
                open_brackets += 1
            elif token.kind == CLOSE:
                open_brackets -= 1
            elif token.kind == END and not open_brackets:
                break
            self._place += 1
        return tuple(one for one in self._tokens[first : self._place] if one.kind != END)
