"""A dependency graph as a notebook shows it: the drawing, and a table that says the same."""

import base64
import html
from dataclasses import dataclass

from localcloud.messages import _

from .graph import Graph
from .layout import layout_of
from .svg import svg_of, title_of, width_of

MOST_DRAWN = 80  # boxes; in a larger drawing nobody finds anything
MOST_ROWS = 300
READABLE = 0.8  # of its own size: letters of 10 pixels
CELL = "text-align: left; vertical-align: top; font-weight: normal"


@dataclass(frozen=True, repr=False)
class Picture:
    """A drawing with its table in a notebook, the table elsewhere."""

    graph: Graph

    def __repr__(self) -> str:
        rows = self._rows()
        width = max((len(name) for name, _needs in rows), default=0)
        lines = [f"  {name.ljust(width)}  {needs}".rstrip() for name, needs in rows]
        return "\n".join([title_of(self.graph), *lines])

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th scope="row" style="{CELL}">{html.escape(name)}</th>'
            f'<td style="{CELL}">{html.escape(needs)}</td></tr>'
            for name, needs in self._rows()
        )
        heads = "".join(
            f'<th scope="col" style="{CELL}">{html.escape(text)}</th>' for text in (_("resource"), _("needs"))
        )
        summary = html.escape(_("The same as a table, in an order in which it can be made"))
        table = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        folded = f'<details><summary>{summary}</summary><div style="overflow-x: auto">{table}</div></details>'
        return self._drawing() + folded

    def _drawing(self) -> str:
        """The image, never so small that its text cannot be read, in a place that scrolls."""
        if len(self.graph.needs) > MOST_DRAWN:
            words = _("There are {number} resources: too many for a drawing.").format(number=len(self.graph.needs))
            return f"<p>{html.escape(words)}</p>"
        layout = layout_of(self.graph)
        source = base64.b64encode(svg_of(self.graph, layout).encode()).decode()
        words = html.escape(_("{title}. The table says the same.").format(title=title_of(self.graph)), quote=True)
        width = width_of(layout)
        style = f"width: 100%; min-width: {READABLE * width:.0f}px; max-width: {width:.0f}px"
        image = f'<img alt="{words}" style="{style}" src="data:image/svg+xml;base64,{source}">'
        return f'<div style="overflow-x: auto">{image}</div>'

    def _rows(self) -> list[tuple[str, str]]:
        """Every resource, in an order in which they can be made, and what it needs."""
        order = self.graph.order
        rows = [(name, ", ".join(self.graph.needs[name]) or _("nothing")) for name in order[:MOST_ROWS]]
        if len(order) > MOST_ROWS:
            rows.append((_("and {number} more").format(number=len(order) - MOST_ROWS), ""))
        return rows
