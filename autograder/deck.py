"""Decks of slides: where they are, and how Marp makes one page of each that needs no network and no other file."""

import html
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder import glyphs, project
from autograder.lab import LabError, find_lab, lab_names
from localcloud import extras
from localcloud.messages import _

FIRST, LAST = "opening", "closing"
PICTURE = re.compile(r"^!\[(?P<alt>[^\]]*)\]\((?P<file>[^)]+)\)$", re.MULTILINE)
NOTE = re.compile(r"<!--\s*(?P<minutes>\d+(?:\.\d+)?) min\.", re.MULTILINE)
TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
OWN_STYLE = re.compile(
    r"<style>.*?</style>\s*", re.DOTALL
)  # of a drawing that is looked at alone; slides have the theme's
DARK = "\n<style>\n:root { color-scheme: dark; }\n</style>\n"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")


class DeckError(ValueError):
    """A deck that is not there, or that cannot be made; the text says why."""


@dataclass(frozen=True)
class Deck:
    """One Markdown file of slides."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def source(self) -> str:
        return self.path.read_text("utf-8")

    @property
    def title(self) -> str:
        found = TITLE.search(self.source)
        return found[1] if found else self.name

    @property
    def minutes(self) -> float:
        """How long the whole deck takes: the sum of what its speaker notes say."""
        return sum(float(note["minutes"]) for note in NOTE.finditer(self.source))

    def markdown(self, dark: bool = False) -> str:
        """What Marp gets: the slides with their drawings inside, so that the page needs no other file."""
        text = PICTURE.sub(lambda found: self._drawing(found["file"], found["alt"]), self.source)
        return text + DARK if dark else text

    def _drawing(self, file: str, alt: str) -> str:
        """The drawing as a part of the slide: it has the theme's colours, and a screen reader says `alt`."""
        path = self.path.parent / file
        if path.suffix != ".svg" or not path.is_file():
            raise DeckError(_("{deck}: there is no drawing {file}.").format(deck=self.path.name, file=file))
        drawing = OWN_STYLE.sub("", path.read_text("utf-8"))
        lines = [line for line in drawing.splitlines() if line.strip()]  # an empty line ends a block of HTML
        named = f'<svg class="drawing" role="img" aria-label="{html.escape(alt, quote=True)}"'
        return "\n".join(lines).replace("<svg", named, 1)


def decks() -> list[Deck]:
    """All decks in the order of a workshop."""
    folder = project.content("slides")
    order = [FIRST, *lab_names(), LAST]
    paths = [path for path in folder.glob("*.md") if path.stem in order]
    return sorted(map(Deck, paths), key=lambda deck: order.index(deck.name))


def find(wanted: str) -> Deck:
    """The deck of that name, or of the lab with that name or number; DeckError when there is none."""
    found = {deck.name: deck for deck in decks()}
    name = wanted
    if name not in found:
        try:
            name = find_lab(wanted).name
        except LabError:
            name = ""
    if name not in found:
        known = ", ".join(found)
        raise DeckError(_("There are no slides '{wanted}'. There are: {known}").format(wanted=wanted, known=known))
    return found[name]


def make(deck: Deck, into: Path, format: str = "html", dark: bool = False) -> Path:
    """Makes the deck as a file in the folder `into`: a page (html), a document (pdf) or the speaker notes (txt).
    DeckError when Marp refuses; the extra `marp` must be installed, and `noto` for Japanese slides."""
    into.mkdir(parents=True, exist_ok=True)
    made = into / f"{deck.name}.{format}"
    theme = deck.path.parent / "theme"
    settings = dict(os.environ)
    options = ["--config-file", str(theme / "marp.json"), "--theme-set", str(theme / "camp.css"), "--theme", "camp"]
    if format == "pdf":
        options += ["--pdf", "--pdf-notes", "--pdf-outlines", "--browser-path", browser()]
        settings["CHROME_NO_SANDBOX"] = "1"  # the page is ours, and Chromium's sandbox is refused to root
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / deck.path.name
        text = deck.markdown(dark)
        source.write_text(text + glyphs.style(text), "utf-8")
        marp = extras.environment("marp")
        command = marp.command("marp", "--no-stdin", *options, str(source), "--output", str(made))
        done = subprocess.run(command, env=settings, capture_output=True, text=True, check=False)
    if done.returncode or not made.is_file():
        raise DeckError(
            _("Marp made no {format} of {deck}:\n{said}").format(format=format, deck=deck.name, said=done.stderr)
        )
    return made


def browser() -> str:
    """The Chromium that prints; DeckError when there is none."""
    named = os.environ.get("CHROME_PATH")
    found = named or next(filter(None, map(shutil.which, BROWSERS)), None) or next(_applications(), None)
    if found is None:
        raise DeckError(
            _("A PDF needs Chromium, Chrome or Edge. Or open the page (camp slides DECK) in your browser and print it.")
        )
    return found


def _applications() -> Iterator[str]:
    """Browsers of macOS, which are not on PATH."""
    for name in ("Google Chrome", "Chromium", "Microsoft Edge"):
        path = Path("/Applications") / f"{name}.app" / "Contents" / "MacOS" / name
        if path.is_file():
            yield str(path)
