import base64
import json
import os
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote

import pytest

from autograder import project
from autograder.notebook import timeline
from localcloud.supervisor.ledger import Entry, Ledger, born

Captured = pytest.CaptureFixture[str]
FIRST, SECOND = "1" * 32, "2" * 32
TRACES = [
    {"trace": SECOND, "title": "@camp again", "by": "mei", "ts": "2.1"},
    {"trace": FIRST, "title": "@camp Hello", "by": "aiko", "ts": "1.1"},
]


@pytest.fixture
def portal(learner: Path) -> Iterator[list[dict[str, str]]]:
    """A camp that is open: what its portal lists."""
    traces = list(TRACES)

    class Portal(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, _mark, trace = self.path.partition("?trace=")
            path, _mark, find = path.partition("?find=")
            wanted = unquote(find)
            listed = [one for one in traces if wanted == one["ts"] or wanted.casefold() in one["title"].casefold()]
            answers = {
                "/api/timelines": json.dumps({"traces": listed}),
                "/api/timeline": json.dumps({"text": f"text of {trace[0]}"} if trace else {}),
                "/api/timeline.svg": f"<svg>{trace}</svg>",
            }
            known = not trace or trace in (FIRST, SECOND)
            content = (answers[path] if known else json.dumps({"error": "Nothing is recorded."})).encode()
            self.send_response(200 if known else 404)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_arguments: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Portal)
    Thread(target=server.serve_forever, daemon=True).start()
    started = born(os.getpid())
    assert started
    url = f"http://127.0.0.1:{server.server_port}/"
    Ledger(project.state() / "services.json").write([Entry("portal", os.getpid(), url, "running", started)], {})
    yield traces
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("message", "shown"),
    [(None, "text of 2"), ("hello", "text of 1"), ("1.1", "text of 1"), (SECOND, "text of 2"), ("2.1", "text of 2")],
)
def test_a_message_is_found(portal: list[dict[str, str]], capsys: Captured, message: str | None, shown: str) -> None:
    timeline(message)
    assert capsys.readouterr().out == shown + "\n"


def test_in_a_notebook_it_is_a_picture(portal: list[dict[str, str]]) -> None:
    from autograder.drawing import drawing_of

    drawing = drawing_of("hello")
    assert drawing._repr_svg_() == f"<svg>{FIRST}</svg>"
    picture = base64.b64encode(drawing._repr_svg_().encode()).decode()
    shown = drawing._repr_html_()
    assert '<img alt="text of 1"' in shown and f'src="data:image/svg+xml;base64,{picture}">' in shown
    assert "min-width: 54rem" in shown and shown.startswith('<div style="overflow-x: auto">')
    assert "<pre>text of 1</pre></details>" in shown


def test_words_that_nobody_said_are_told_with_the_last_messages(portal: list[dict[str, str]], capsys: Captured) -> None:
    timeline("goodbye")
    assert capsys.readouterr().out == (
        "No message in the chat says “goodbye” (what a check says is in a cloud of its own, which is gone). "
        "The last ones:\n  mei: @camp again\n  aiko: @camp Hello\n"
    )


def test_the_portals_own_words_are_shown(portal: list[dict[str, str]], capsys: Captured) -> None:
    timeline("3" * 32)
    assert capsys.readouterr().out == "Nothing is recorded.\n"


def test_before_anything_was_said(portal: list[dict[str, str]], capsys: Captured) -> None:
    portal.clear()
    timeline()
    assert "Nothing has happened yet" in capsys.readouterr().out


def test_a_camp_that_is_not_open_is_a_sentence(learner: Path, capsys: Captured) -> None:
    timeline()
    assert capsys.readouterr().out == "The camp is not open. Open it in a terminal: camp up\n"


def test_a_number_is_no_message() -> None:
    with pytest.raises(TypeError, match=r'timeline\("hello"\)'):
        timeline(1)  # type: ignore[arg-type]
