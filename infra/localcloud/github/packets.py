"""What git and a server say to each other at the end of a push: packet lines, side bands, the report of each ref."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

FLUSH = b"0000"
REPORT, MESSAGE = 1, 2  # side bands
LONGEST = 65_000
MOST_COMMANDS = 2_000_000  # bytes of the list of refs in a push


class BadPacket(ValueError):
    """These bytes are no packet lines."""


@dataclass(frozen=True)
class Command:
    """One ref that a push wants to change."""

    before: str
    after: str
    ref: str


@dataclass(frozen=True)
class Wanted:
    """The beginning of a push: refs, and what the client understands."""

    commands: tuple[Command, ...] = ()
    capabilities: frozenset[str] = field(default_factory=frozenset)

    @property
    def side_band(self) -> bool:
        return "side-band-64k" in self.capabilities


def packet(content: bytes) -> bytes:
    return b"%04x" % (len(content) + 4) + content


def packets(data: bytes) -> Iterator[bytes | None]:
    """Packet lines up to the end of the data; None is a flush."""
    position = 0
    while position < len(data):
        try:
            size = int(data[position : position + 4], 16)
        except ValueError:
            raise BadPacket(data[position : position + 4]) from None
        if size == 0:
            yield None
            position += 4
        elif size < 4 or position + size > len(data):
            raise BadPacket(data[position : position + 4])
        else:
            yield data[position + 4 : position + size]
            position += size


def wanted(start: bytes) -> Wanted:
    """The commands at the beginning of what `git push` sends; BadPacket."""
    commands: list[Command] = []
    capabilities: frozenset[str] = frozenset()
    for line in packets_until_flush(start):
        text, _nul, said = line.rstrip(b"\n").partition(b"\0")
        if said:
            capabilities = frozenset(said.decode(errors="replace").split())
        words = text.decode(errors="replace").split(" ", 2)
        if len(words) == 3 and len(words[0]) == 40:
            commands.append(Command(*words))
    return Wanted(tuple(commands), capabilities)


def packets_until_flush(data: bytes) -> Iterator[bytes]:
    """The lines before the first flush; what comes after it, such as a pack, is not looked at."""
    position = 0
    while True:
        try:
            size = int(data[position : position + 4], 16)
        except ValueError:
            raise BadPacket(data[position : position + 4]) from None
        if size == 0:
            return
        if size < 4 or position + size > len(data):
            raise BadPacket(data[position : position + 4])
        yield data[position + 4 : position + size]
        position += size


@dataclass
class Result:
    """What the client hears: whether its objects were taken, each ref with why it was refused (None: taken), lines."""

    unpack: str = "ok"
    refs: dict[str, str | None] = field(default_factory=dict)
    messages: list[bytes] = field(default_factory=list)

    @classmethod
    def parsed(cls, printed: bytes) -> "Result":
        """What `git receive-pack` printed, with side bands; BadPacket."""
        report, messages = b"", b""
        for one in packets(printed):
            if one and one[0] == REPORT:
                report += one[1:]
            elif one and one[0] == MESSAGE:
                messages += one[1:]
        found = cls(messages=[messages] if messages else [])
        for line in packets(report):
            word, _space, rest = (line or b"").decode(errors="replace").rstrip("\n").partition(" ")
            if word == "unpack":
                found.unpack = rest
            elif word == "ok":
                found.refs[rest] = None
            elif word == "ng":
                ref, _space, why = rest.partition(" ")
                found.refs[ref] = why
        return found

    def say(self, lines: Iterable[str]) -> None:
        self.messages.extend(line.encode("utf-8", "replace") + b"\n" for line in lines)

    def encoded(self) -> bytes:
        report = packet(f"unpack {self.unpack}\n".encode())
        for ref, why in self.refs.items():
            line = f"ok {ref}\n" if why is None else f"ng {ref} {why}\n"
            report += packet(line.encode("utf-8", "replace"))
        return b"".join([*_band(MESSAGE, self.messages), *_band(REPORT, [report + FLUSH]), FLUSH])


def _band(number: int, contents: Sequence[bytes]) -> Iterator[bytes]:
    for content in contents:
        for first in range(0, len(content), LONGEST):
            yield packet(bytes([number]) + content[first : first + LONGEST])
