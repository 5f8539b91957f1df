"""The slides: each deck is one page that needs nothing else, can be read from the last row, and can be spoken to."""

import os
import re
import shutil
import threading
import urllib.error
import urllib.request
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from click.testing import CliRunner
from playwright.async_api import Request, async_playwright

from autograder import deck as decks_module
from autograder import glyphs, project, workspace
from autograder.cli import camp
from autograder.deck import Deck, DeckError, decks, find, make
from autograder.deck_server import serve
from autograder.lab import Lab, labs
from localcloud import extras, messages
from localcloud.supervisor.ledger import Entry, Ledger, born

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or ""
FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
CROWDED = (Path(__file__).parent / "crowded.js").read_text("utf-8")
MOST_WORDS = 65  # on a slide, without its drawing, its source and its notes
MOST_MINUTES = 3  # for one slide
ALL_AT_ONCE = """
.bespoke-marp-parent > svg.bespoke-marp-slide { opacity: 1 !important; visibility: visible !important;
  content-visibility: visible !important; transition: none !important; animation: none !important; }
"""
DECKS = decks()
NAMES = [deck.name for deck in DECKS]
COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
PICTURE = re.compile(r"!\[([^\]]*)\]\([^)]*\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
SHORT_FORM = re.compile(r'For (\d+) minutes (leave out|show only): (.+?")\.(?= For|$)')
NEAR = 0.5  # minutes between what a deck says it takes and what its notes add up to
BOXES = {decks_module.FIRST: (20, {15, 10}), decks_module.LAST: (20, {10})}  # the agendas of docs/workshop.md


class Attributes(HTMLParser):
    """Every attribute in a page: tag, name, value; and all that is in its style sheets."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str, str]] = []
        self.css = ""
        self.in_style = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [(tag, name, value or "") for name, value in attrs]
        self.in_style = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self.in_style = False

    def handle_data(self, data: str) -> None:
        if self.in_style:
            self.css += data


def slides_of(deck: Deck) -> list[str]:
    return re.split(r"^---$", FRONT_MATTER.sub("", deck.source), flags=re.MULTILINE)


def notes_of(slide: str) -> list[str]:
    """The speaker notes: comments that are no directive of Marp's."""
    return [text.strip() for text in COMMENT.findall(slide) if not text.strip().startswith("_")]


def shown_words(slide: str) -> list[str]:
    return re.findall(r"\w[\w'.:/_-]*", PICTURE.sub("", COMMENT.sub("", slide)))


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every deck, made once."""
    extras.ensure("marp", print)
    folder = tmp_path_factory.mktemp("slides")
    return {deck.name: make(deck, folder) for deck in DECKS}


def test_every_lab_has_a_deck() -> None:
    assert [lab.name for lab in labs() if lab.name not in NAMES] == []


def test_no_deck_and_no_drawing_is_left_over() -> None:
    folder = DECKS[0].path.parent
    assert {path.stem for path in folder.glob("*.md")} == set(NAMES)
    used = {name for deck in DECKS for name in re.findall(r"\(drawings/([^)]+)\)", deck.source)}
    assert {path.name for path in (folder / "drawings").iterdir()} == used


@pytest.mark.parametrize("deck", DECKS, ids=NAMES)
def test_the_language_is_set(deck: Deck, pages: dict[str, Path]) -> None:
    assert re.search(r"<html lang=\"?en\"?", pages[deck.name].read_text("utf-8"))


@pytest.mark.parametrize("deck", DECKS, ids=NAMES)
def test_a_page_refers_to_nothing_outside_of_itself(deck: Deck, pages: dict[str, Path]) -> None:
    page = Attributes(pages[deck.name].read_text("utf-8"))
    loading = [
        (tag, value)
        for tag, name, value in page.found
        if name in ("src", "srcset", "data", "poster", "xlink:href") or (name == "href" and tag != "a")
    ]
    assert [one for one in loading if not one[1].startswith(("data:", "#"))] == []
    assert re.findall(r"@import|url\((?!['\"]?(?:data:|#))[^)]*\)", page.css) == []
    assert "emoji" not in {value for _tag, name, value in page.found if name == "class"}


def test_an_emoji_stays_a_letter(tmp_path: Path) -> None:
    deck = Deck(tmp_path / "opening.md")
    shutil.copytree(DECKS[0].path.parent / "theme", tmp_path / "theme")
    deck.path.write_text("---\nmarp: true\nlang: en\n---\n\n# Hello \N{WAVING HAND SIGN} :wave:\n", "utf-8")
    extras.ensure("marp", print)
    page = make(deck, tmp_path).read_text("utf-8")
    assert "\N{WAVING HAND SIGN}" in page and ":wave:" in page and "<img" not in page


@pytest.mark.parametrize("deck", DECKS, ids=NAMES)
def test_every_drawing_has_a_text_for_those_who_cannot_see_it(deck: Deck, pages: dict[str, Path]) -> None:
    for words in PICTURE.findall(deck.source):
        assert len(words.split()) >= 8, words
    page = pages[deck.name].read_text("utf-8")
    drawings = re.findall(r'<svg class="?drawing"? [^>]*>', page)
    assert len(drawings) == len(PICTURE.findall(deck.source))
    assert all("aria-label=" in one and "role=" in one for one in drawings)
    assert "<img" not in page


@pytest.mark.parametrize("deck", DECKS, ids=NAMES)
def test_every_slide_has_notes_with_minutes(deck: Deck) -> None:
    for number, slide in enumerate(slides_of(deck), 1):
        notes = notes_of(slide)
        assert len(notes) == 1, f"slide {number}"
        minutes = re.match(r"(\d+(?:\.\d+)?) min\. \S", notes[0])
        assert minutes and 0 < float(minutes[1]) <= MOST_MINUTES, f"slide {number}"


def minutes_by_heading(deck: Deck) -> dict[str, float]:
    return {HEADING.findall(slide)[0]: float(notes_of(slide)[0].split(" min.")[0]) for slide in slides_of(deck)}


@pytest.mark.parametrize("lab", labs(), ids=lambda lab: lab.name)
def test_the_deck_of_a_lab_takes_what_its_first_note_says(lab: Lab) -> None:
    deck = find(lab.name)
    said = re.search(r"takes (\d+) minutes, these slides ([\d.]+)\.", notes_of(slides_of(deck)[0])[0])
    assert said and int(said[1]) == lab.minutes
    assert abs(float(said[2]) - deck.minutes) <= NEAR
    [work] = re.findall(r"Then (?:\d+ to )?(\d+) minutes of work", deck.source)
    assert deck.minutes + int(work) <= lab.minutes + NEAR


@pytest.mark.parametrize("name", BOXES)
def test_the_opening_and_the_closing_fit_into_their_boxes(name: str) -> None:
    """Whole, and in the short forms for shorter workshops, whose slides are named by their headings."""
    deck, (whole, short) = find(name), BOXES[name]
    note, minutes = notes_of(slides_of(deck)[0])[0], minutes_by_heading(deck)
    assert f"The whole deck takes {whole} minutes." in note and whole - NEAR <= deck.minutes <= whole
    forms = SHORT_FORM.findall(note)
    assert {int(box) for box, _how, _headings in forms} == short
    for box, how, headings in forms:
        named = re.findall(r'"([^"]+)"', headings)
        assert len(named) == len(set(named)) and set(named) <= set(minutes)
        total = sum(minutes[heading] for heading in named)
        assert int(box) - NEAR <= (total if how == "show only" else deck.minutes - total) <= int(box)


@pytest.mark.parametrize("deck", DECKS, ids=NAMES)
def test_no_slide_is_a_wall_of_text(deck: Deck) -> None:
    counts = {number: len(shown_words(slide)) for number, slide in enumerate(slides_of(deck), 1)}
    assert {number: count for number, count in counts.items() if count > MOST_WORDS} == {}


@pytest.mark.parametrize("deck", DECKS, ids=NAMES)
def test_a_deck_has_as_many_slides_as_its_time_allows(deck: Deck) -> None:
    least, most = (
        (20, 30) if deck.name == decks_module.FIRST else (8, 20) if deck.name == decks_module.LAST else (8, 15)
    )
    assert least <= len(slides_of(deck)) <= most
    assert deck.minutes <= 20


def test_drawings_look_alike() -> None:
    """Each has the same styles for whoever opens it alone; on slides it has the theme's."""
    styles = {
        decks_module.OWN_STYLE.findall(path.read_text("utf-8"))[0]
        for path in (DECKS[0].path.parent / "drawings").glob("*.svg")
    }
    assert len(styles) == 1


@pytest.mark.skipif(not CHROMIUM, reason="needs Chromium")
async def test_everything_fits_and_nothing_is_asked_of_the_network(pages: dict[str, Path]) -> None:
    crowded, asked = [], []

    def note(request: Request) -> None:
        asked.append(request.url)

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        context = await browser.new_context(offline=True, viewport={"width": 1280, "height": 720})
        context.on("request", note)
        for name, path in pages.items():
            page = await context.new_page()
            await page.goto(path.as_uri())
            await page.add_style_tag(content=ALL_AT_ONCE)
            crowded += [f"{name}, {line}" for line in await page.evaluate(CROWDED)]
            await page.close()
        await browser.close()
    assert crowded == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []


def test_a_deck_is_found_by_the_number_of_its_lab() -> None:
    lab = labs()[0]
    assert find(str(lab.number)).name == find(lab.name).name == lab.name
    with pytest.raises(DeckError, match=r"There are no slides 'middle'. There are: "):
        find("middle")


def test_a_missing_drawing_is_named(tmp_path: Path) -> None:
    deck = Deck(tmp_path / "opening.md")
    deck.path.write_text("![A picture](drawings/none.svg)\n", "utf-8")
    with pytest.raises(DeckError, match=r"opening.md: there is no drawing drawings/none.svg"):
        deck.markdown()


def test_the_command_lists_the_decks() -> None:
    shown = CliRunner().invoke(camp, ["slides"])
    assert shown.exit_code == 0
    assert [line.split()[0] for line in shown.output.splitlines()] == NAMES


def test_the_command_writes_notes_and_dark_pages(tmp_path: Path) -> None:
    name = NAMES[0]
    for options in (["--notes"], ["--html", "--dark"]):
        done = CliRunner().invoke(camp, ["slides", name, *options, "--out", str(tmp_path)])
        assert done.exit_code == 0, done.output
    assert " min. " in (tmp_path / f"{name}.txt").read_text("utf-8")
    assert "color-scheme:dark" in (tmp_path / f"{name}.html").read_text("utf-8").replace(" ", "")


@pytest.mark.parametrize(
    ("hub", "address"), [("", "http://127.0.0.1:7070/slides/"), ("/user/aiko/", "/user/aiko/camp/slides/")]
)
def test_the_command_says_where_the_open_camp_shows_a_deck(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hub: str, address: str
) -> None:
    monkeypatch.setattr(project, "state", lambda: tmp_path)
    monkeypatch.setenv(workspace.HUB, hub)
    extras.ensure("marp", print)
    closed = CliRunner().invoke(camp, ["slides", NAMES[1], "--html"])
    portal = Entry("portal", os.getpid(), "http://127.0.0.1:7070/", "ready", born(os.getpid()) or 0.0)
    Ledger(tmp_path / "services.json").write([portal], {})
    opened = CliRunner().invoke(camp, ["slides", NAMES[1], "--html"])
    assert closed.exit_code == opened.exit_code == 0, opened.output
    assert "open camp" not in closed.output and f"In the open camp: {address}{NAMES[1]}\n" in opened.output


def test_the_command_refuses_what_does_not_go_together() -> None:
    done = CliRunner().invoke(camp, ["slides", "--serve", "--pdf"])
    assert done.exit_code == 2 and "--serve writes no file" in done.output
    assert CliRunner().invoke(camp, ["slides", "nothing"]).exit_code == 2


@pytest.mark.skipif(not CHROMIUM, reason="needs Chromium")
def test_a_pdf_has_the_slides(tmp_path: Path) -> None:
    extras.ensure("marp", print)
    made = make(DECKS[0], tmp_path, "pdf")
    assert made.read_bytes().startswith(b"%PDF")


def test_decks_are_served_and_made_anew_after_an_edit(tmp_path: Path) -> None:
    extras.ensure("marp", print)
    folder = DECKS[0].path.parent
    shutil.copytree(folder / "theme", tmp_path / "slides" / "theme")
    deck = Deck(tmp_path / "slides" / "opening.md")
    deck.path.write_text("# First words\n", "utf-8")
    with serve([deck], tmp_path / "made", dark=False, port=0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            address = f"http://127.0.0.1:{server.server_address[1]}"
            assert "opening.html" in read(f"{address}/")
            assert "First words" in read(f"{address}/opening.html")
            deck.path.write_text("# Other words\n", "utf-8")
            assert "Other words" in read(f"{address}/opening.html?p=1")
            with pytest.raises(urllib.error.HTTPError, match="404"):
                read(f"{address}/secrets.html")
        finally:
            server.shutdown()
            thread.join()


def test_the_list_of_decks_says_which_language_it_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, catalogue = Catalog(locale="pt"), tmp_path / "pt" / "LC_MESSAGES" / "camp.mo"
    made.add("Slides", "Diapositivos")
    catalogue.parent.mkdir(parents=True)
    with catalogue.open("wb") as file:
        write_mo(file, made)
    monkeypatch.setattr(messages, "LOCALE_DIR", tmp_path)
    monkeypatch.setenv("CAMP_LANG", "pt")
    messages.catalogue.cache_clear()
    try:
        with serve(DECKS, tmp_path, dark=False, port=0) as server:
            thread = threading.Thread(target=server.handle_request)
            thread.start()
            page = read(f"http://127.0.0.1:{server.server_address[1]}/")
            thread.join()
    finally:
        messages.catalogue.cache_clear()
    assert '<html lang="pt">' in page and "<h1>Diapositivos</h1>" in page


def read(url: str) -> str:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=60) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        error.close()
        raise


@pytest.mark.skipif(not CHROMIUM, reason="needs Chromium")
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_no_slide_keeps_anybody_out(pages: dict[str, Path], scheme: str) -> None:
    """axe finds nothing serious, be it in light or in dark."""
    axe = extras.ensure("axe", print).place / "node_modules" / "axe-core" / "axe.min.js"
    found = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        context = await browser.new_context(offline=True, viewport={"width": 1280, "height": 720}, color_scheme=scheme)
        for name, path in pages.items():
            page = await context.new_page()
            await page.goto(path.as_uri())
            await page.add_style_tag(content=ALL_AT_ONCE)
            await page.add_script_tag(path=axe)
            result = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
            assert "color-contrast" in {one["id"] for one in result["passes"]}  # it has looked at the text
            found += [
                f"{name}: {one['id']}, {one['nodes'][0]['html'][:200]}, {one['nodes'][0]['failureSummary'][:300]}"
                for one in result["violations"]
                if one["impact"] in ("serious", "critical")
            ]
            await page.close()
        await browser.close()
    assert found == [], "\n".join(found)


def test_japanese_letters_come_along(tmp_path: Path) -> None:
    deck = Deck(tmp_path / "opening.md")
    shutil.copytree(DECKS[0].path.parent / "theme", tmp_path / "theme")
    deck.path.write_text("---\nmarp: true\nlang: ja\n---\n\n# \u30b5\u30fc\u30d0\u30fc\u30ec\u30b9\n", "utf-8")
    for extra in ("marp", glyphs.EXTRA):
        extras.ensure(extra, print)
    page = Attributes(make(deck, tmp_path).read_text("utf-8"))
    assert page.css.count("font-family:'Noto Sans JP'") + page.css.count("font-family: 'Noto Sans JP'") >= 2
    assert re.findall(r"url\((?!['\"]?(?:data:|#))[^)]*\)", page.css) == []
    assert glyphs.style("no such letter") == ""
