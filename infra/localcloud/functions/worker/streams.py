"""What an app finds as `sys.stdout` and `sys.stderr`: text streams with all that a program may expect of them."""

import codecs
import io
from typing import Any

ENCODING = "utf-8"


class TextStream(io.TextIOBase):
    """A stream to write to, with a `buffer` for bytes; whoever inherits says in `write` where the text goes."""

    line_buffering = True
    write_through = False

    def __init__(self, name: str, descriptor: int) -> None:
        self.name = name
        self.mode = "w"
        self._descriptor = descriptor
        self._buffer = Bytes(self)

    @property
    def buffer(self) -> "Bytes":
        return self._buffer

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return ENCODING

    @property
    def errors(self) -> str:  # type: ignore[override]
        return "backslashreplace"

    def reconfigure(self, **_options: Any) -> None:
        """Nothing: it is UTF-8 whatever is asked for, and each line goes out when it is whole."""

    def fileno(self) -> int:
        return self._descriptor

    def writable(self) -> bool:
        return True


class Bytes(io.BufferedIOBase):
    """The `buffer` of a text stream: what is written to it is the text's UTF-8, in pieces of any length."""

    def __init__(self, text: TextStream) -> None:
        self._text = text
        self._decoder = codecs.getincrementaldecoder(ENCODING)("backslashreplace")

    @property
    def name(self) -> str:
        return self._text.name

    @property
    def mode(self) -> str:
        return "wb"

    @property
    def raw(self) -> "Bytes":
        return self

    def fileno(self) -> int:
        return self._text.fileno()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        given = bytes(memoryview(data))
        self._text.write(self._decoder.decode(given))
        return len(given)

    def flush(self) -> None:
        self._text.flush()
