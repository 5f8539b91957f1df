"""For notebooks: the timeline of one message, asked from the camp's portal."""

import base64
import html
import json
import re
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from localcloud.messages import _
from localcloud.trials import Trial

SECONDS = 10.0
WIDTH = "width: 100%; min-width: 54rem; max-width: none"  # of 60rem: letters of 11 pixels
TRACE = re.compile(r"[0-9a-f]{32}")
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback alone: never through a proxy


class NoTimeline(Exception):
    """There is nothing to draw; the text says why, and what to do."""


@dataclass(frozen=True, repr=False)
class Drawing:
    """A timeline: a picture in a notebook, a text elsewhere."""

    svg: str
    text: str
    folded: str = ""  # what is shown until somebody opens it; nothing when it is open

    def __repr__(self) -> str:
        return self.text

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_html_(self) -> str:
        """The picture, never so small that its text cannot be read, in a place that scrolls; and its text below.
        JupyterLab shows a bare SVG at its full width and cuts it off."""
        source = base64.b64encode(self.svg.encode()).decode()
        alternative = html.escape(self.text, quote=True)
        picture = f'<img alt="{alternative}" style="{WIDTH}" src="data:image/svg+xml;base64,{source}">'
        text = f"<details><summary>{_('The same as text')}</summary><pre>{html.escape(self.text)}</pre></details>"
        whole = f'<div style="overflow-x: auto">{picture}</div>{text}'
        return f"<details><summary>{html.escape(self.folded)}</summary>{whole}</details>" if self.folded else whole


def drawing_of_trial(trial: Trial) -> Drawing | None:
    """The timeline of what was said or called last in a check's own cloud; None when there was nothing."""
    from localcloud.portal.timeline.svg import svg_of
    from localcloud.portal.timeline.text import text_of
    from localcloud.portal.trials.story import timelines_of

    found = timelines_of(trial)
    return Drawing(svg_of(found[0]), text_of(found[0]), _("Timeline of this check")) if found else None


def drawing_of(message: str | None = None) -> Drawing:
    """The timeline of the last message that was written in the chat; or of the one with this trace id or `ts`, or with
    this in its text."""
    portal = _portal()
    trace = message if message and TRACE.fullmatch(message) else _found(portal, message)
    text = json.loads(_read(f"{portal}api/timeline?trace={trace}"))["text"]
    return Drawing(_read(f"{portal}api/timeline.svg?trace={trace}"), str(text))


def _found(portal: str, message: str | None) -> str:
    if found := _traces(portal, message or ""):
        return str(found[0]["trace"])
    traces = _traces(portal)
    if not traces:
        raise NoTimeline(_("Nothing has happened yet. Write to your bot in the chat, and run this cell again."))
    last = "\n".join(f"  {one['by']}: {one['title']}" for one in traces[:5])
    raise NoTimeline(
        _(
            "No message in the chat says “{text}” (what a check says is in a cloud of its own, which is gone). "
            "The last ones:\n{last}"
        ).format(text=message, last=last)
    )


def _traces(portal: str, find: str = "") -> list[dict[str, Any]]:
    """The traces of late, newest first; those of a message with this text or `ts`, if one is given."""
    found: list[dict[str, Any]] = json.loads(_read(f"{portal}api/timelines?find={quote(find)}"))["traces"]
    return found


def _portal() -> str:
    from autograder.localcamp import ledger

    entry = ledger().entries().get("portal")
    if entry is None or not entry.alive:
        raise NoTimeline(_("The camp is not open. Open it in a terminal: camp up"))
    return entry.url


def _read(url: str) -> str:
    try:
        with DIRECT.open(url, timeout=SECONDS) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        with error:
            raise NoTimeline(_sentence(error.read())) from None
    except (OSError, ValueError) as error:
        raise NoTimeline(_("The portal does not answer at {url}: {error}").format(url=url, error=error)) from None


def _sentence(content: bytes) -> str:
    """The portal's own words for what is wrong."""
    try:
        return str(json.loads(content)["error"])
    except (ValueError, KeyError, TypeError):
        return _("The portal has no timeline for this.")
