"""Japanese letters for slides: of Noto Sans JP, those pieces of the font that a text needs, as a style sheet."""

import base64
import re
from functools import cache
from pathlib import Path

from localcloud import extras

EXTRA = "noto"
WEIGHTS = (400, 700)
JAPANESE = re.compile("[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
FACE = re.compile(r"url\(\./(?P<file>files/[^)]+\.woff2)\).*?unicode-range: (?P<ranges>[^;]+);", re.DOTALL)
RANGE = re.compile(r"U\+([0-9a-fA-F]+)(?:-([0-9a-fA-F]+))?")


def wanted(text: str) -> bool:
    """Whether the text has Japanese letters, which not every computer can show."""
    return JAPANESE.search(text) is not None


def style(text: str) -> str:
    """`<style>` with the pieces of the font that hold the text's Japanese letters; empty for a text without any. The
    extra `noto` must be installed."""
    letters = {ord(letter) for letter in JAPANESE.findall(text)}
    if not letters:
        return ""
    faces = [
        f"@font-face {{ font-family: 'Noto Sans JP'; font-weight: {weight}; src: url(data:font/woff2;base64,"
        f"{base64.b64encode(file.read_bytes()).decode()}) format('woff2'); unicode-range: {ranges}; }}"
        for weight in WEIGHTS
        for file, ranges, held in pieces(extras.environment(EXTRA).place, weight)
        if letters & held
    ]
    return "\n<style>\n" + "\n".join(faces) + "\n</style>\n"


@cache
def pieces(place: Path, weight: int) -> list[tuple[Path, str, frozenset[int]]]:
    """The font's pieces: the file, its `unicode-range`, and the characters in that."""
    package = place / "node_modules" / "@fontsource" / "noto-sans-jp"
    found = FACE.finditer((package / f"{weight}.css").read_text("utf-8"))
    return [(package / face["file"], face["ranges"], _characters(face["ranges"])) for face in found]


def _characters(ranges: str) -> frozenset[int]:
    found: set[int] = set()
    for first, last in RANGE.findall(ranges):
        found.update(range(int(first, 16), int(last or first, 16) + 1))
    return frozenset(found)
