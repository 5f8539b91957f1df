"""The shell knows no page and no service: a page is one folder and one line."""

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from localcloud import messages, portal
from localcloud.portal.application import application
from localcloud.portal.page import Api, Connections, Page
from localcloud.portal.registry import NAMES, all_pages
from localcloud.serving import Server

HERE = Path(portal.__file__).parent
SERVICES = r"\b(cosmos\w*|slack|github|moto|azurite)\b"
NAMED = rf"""["'/_]({"|".join(NAMES)})["'/?.]|[_>"( ]({"|".join(page.title() for page in all_pages())})\b"""


class Bell:
    """A client of a service, made for the test."""

    opened: list[str] = []  # noqa: RUF012

    def __init__(self, setting: str) -> None:
        self.setting = setting

    @classmethod
    def of(cls, connections: Connections) -> "Bell":
        return cls(connections.setting("BELL"))

    async def open(self) -> None:
        self.opened.append(f"open {self.setting}")

    async def close(self) -> None:
        self.opened.append(f"close {self.setting}")


class BellApi:
    def __init__(self, bell: Bell) -> None:
        self._bell = bell

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/api/bell", self.ring)]

    async def ring(self, _request: web.Request) -> web.Response:
        return web.json_response({"rings": self._bell.setting})

    async def close(self) -> None:
        self._bell.opened.append("api closed")


def bell_apis(connections: Connections) -> Sequence[Api]:
    return [BellApi(connections.shared(Bell))]


@pytest.fixture
def bell(tmp_path: Path) -> Page:
    """A page of a service `bells`, as a newcomer writes it."""
    Bell.opened.clear()
    folder = tmp_path / "bell"
    (folder / "static").mkdir(parents=True)
    (folder / "bell.html").write_text(
        '{% extends "shell.html" %}{% block body %}<main id="main"><h1>Ding</h1></main>{% endblock %}'
    )
    (folder / "static" / "bell.js").write_text('import { say } from "../dom.js";')
    return Page("bell", "bell", lambda: "Bell", "bells", folder, bell_apis, lambda: {"ding": "Ding"})


async def asked(pages: Sequence[Page], paths: Sequence[str], **given: Any) -> list[tuple[int, str]]:
    """What a portal with these pages answers."""
    elsewhere = given.pop("elsewhere", {})
    server = Server(application(Connections(**given), elsewhere, pages))
    await server.start()
    found = []
    async with aiohttp.ClientSession() as http:
        for path in paths:
            async with http.get(f"{server.url}/{path}") as answer:
                found.append((answer.status, await answer.text()))
    await server.stop()
    return found


def shell_files() -> list[Path]:
    """What is not a page's own."""
    shared = [*HERE.glob("*.py"), *HERE.glob("*.html"), *(HERE / "static").iterdir()]
    return [path for path in shared if path.name != "registry.py"]


def test_the_shell_names_no_page_and_no_service() -> None:
    assert len(shell_files()) > 15
    for path in shell_files():
        text = path.read_text("utf-8")
        assert not re.search(SERVICES, text, re.IGNORECASE), path
        assert not re.search(NAMED, text), (path, re.search(NAMED, text))


def test_every_page_is_a_folder_with_template_script_and_style() -> None:
    assert tuple(page.name for page in all_pages()) == NAMES
    for page in all_pages():
        own = (
            page.folder / f"{page.name}.html",
            *(page.folder / "static" / f"{page.name}.{end}" for end in ("js", "css")),
        )
        assert all(path.is_file() for path in own), page.name


class Outline(HTMLParser):
    """The main headings of a page, and its landmarks with what labels them."""

    ROLES = {  # noqa: RUF012
        "header": "banner", "nav": "navigation", "main": "main", "aside": "complementary", "footer": "contentinfo"
    }  # fmt: skip
    REGIONS = ("region", "search")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.headings = 0
        self.landmarks: list[tuple[str, str]] = []  # role, and its label or the id of what labels it
        self.ids: list[str] = []
        self.labels: list[str] = []  # the ids that label something
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.headings += tag == "h1"
        self.ids += [given["id"] or ""] if "id" in given else []
        self.labels += (given.get("aria-labelledby") or "").split()
        label = given.get("aria-labelledby") or given.get("aria-label") or ""
        role = given.get("role") or self.ROLES.get(tag) or ("region" if tag == "section" and label else "")
        if role in (*self.ROLES.values(), *self.REGIONS):
            self.landmarks.append((role, label))


async def test_every_page_has_one_main_heading_and_landmarks_of_its_own(tmp_path: Path) -> None:
    paths = [page.path for page in all_pages()]
    answers = await asked(all_pages(), paths, settings={}, folder=tmp_path)
    absent = await asked(all_pages(), paths[1:2], settings={}, folder=tmp_path, services=[all_pages()[0].service])
    for (_status, text), path in zip([*answers, *absent], [*paths, "absent"], strict=True):
        found = Outline(text)
        assert found.headings == 1, path
        assert [role for role, _label in found.landmarks].count("main") == 1, path
        assert len(found.landmarks) == len(set(found.landmarks)) >= 3, (path, found.landmarks)
        unlabelled = [role for role, label in found.landmarks if not label]
        assert set(unlabelled) <= {"banner", "main"} and len(unlabelled) == len(set(unlabelled)), (path, unlabelled)
        assert set(found.labels) <= set(found.ids) and len(found.ids) == len(set(found.ids)), path


async def test_a_page_is_one_folder_and_one_line(bell: Page, tmp_path: Path) -> None:
    pages = (*all_pages(), bell)
    paths = ("bell", "api/bell", "static/bell/bell.js", "queues")
    settings = {"BELL": "twice"}
    shown, rung, script, other = await asked(
        pages, paths, settings=settings, folder=tmp_path, services=["bells", "storage"]
    )
    assert "<h1>Ding</h1>" in shown[1] and '"ding"' in shown[1] and "<title>Bell" in shown[1]
    assert re.findall(r'<a href="(\w+)"', shown[1]) == ["queues", "storage", "bell"]
    assert 'aria-current="page">Bell' in shown[1]
    assert (rung[0], json.loads(rung[1])) == (200, {"rings": "twice"})
    assert script[0] == 200 and other[0] == 200
    assert Bell.opened == ["open twice", "api closed", "close twice"]


async def test_a_page_whose_service_is_not_there_says_which_lab_has_it(bell: Page, tmp_path: Path) -> None:
    pages = (*all_pages(), bell)
    paths = ("bell", "api/bell", "static/bell/bell.js", "data", "api/data", "queues")
    answers = await asked(pages, paths, settings={}, folder=tmp_path, services=["storage"], elsewhere={"cosmos": "2"})
    assert [status for status, _text in answers] == [404, 404, 404, 404, 404, 200]
    assert "The page Bell shows the service bells, which the open lab does not use.</p>" in answers[0][1]
    assert "Lab 2 has it. Stop the camp, and open that lab with: camp up --lab 2" in answers[3][1]
    assert Bell.opened == []


async def test_the_start_is_the_first_page_that_is_there(tmp_path: Path) -> None:
    answers = await asked(all_pages(), ["", "queues"], settings={}, folder=tmp_path, services=["storage"])
    assert answers[0] == answers[1]


async def test_without_a_list_of_services_all_pages_are_there(tmp_path: Path) -> None:
    settings = {"CAMP_FUNCTIONS_URL": "http://127.0.0.1:9"}
    answers = await asked(all_pages(), [page.path for page in all_pages()], settings=settings, folder=tmp_path)
    assert [status for status, _text in answers] == [200] * len(NAMES)


def started(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "localcloud.portal", "--port", "0", "--journal-dir", ".", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)


def test_a_setting_that_a_page_needs_is_asked_for() -> None:
    done = started("--service", "functions")
    assert done.returncode == 2 and "--functions-url is missing." in done.stderr
    assert "--elsewhere: invalid" in started("--elsewhere", "cosmos").stderr
    assert "--slack-port: invalid int value" in started("--slack-port", "many").stderr


async def test_the_language_of_the_page_is_that_of_its_texts(
    bell: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAMP_LANG", "ja")
    messages.catalogue.cache_clear()
    given = {"settings": {}, "folder": tmp_path, "services": ["bells"]}
    [(_status, page)] = await asked([bell], ["bell"], **given)
    assert '<html lang="en">' in page  # there is no Japanese catalogue
    with messages.speaking("pt_BR"):
        assert messages.language() == "en"
