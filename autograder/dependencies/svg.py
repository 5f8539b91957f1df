"""A dependency graph drawn as one SVG file: no scripts, no fonts or images from elsewhere, for light and dark."""

import html
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from localcloud.messages import _

from .graph import Graph
from .layout import BOX, HEIGHT, MARGIN, Layout, Spot

STYLE = Path(__file__).parent / "drawing.css"
LONGEST = 15  # letters in a line of a box
LEGEND = 26.0
LEAST_WIDTH = 480.0  # for the legend
TIP = 7.0
LINE = 16.0
BREAK = re.compile(r"[_ ](?=.)")
STEP = re.compile(r'(?:\["[^"]*"\]|[^.\[]|\[)+')


def svg_of(graph: Graph, layout: Layout) -> str:
    width, height = width_of(layout), layout.height + LEGEND
    aside = (width - layout.width) / 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" class="camp-graph" role="img" aria-labelledby="camp-graph-title">',
        f'<title id="camp-graph-title">{html.escape(title_of(graph))}</title>',
        f"<style>{STYLE.read_text('utf-8')}</style>",
        f'<rect class="ground" width="{width:g}" height="{height:g}" rx="10"/>',
        f'<g transform="translate({aside:g} 0)">',
        *(part for edge in layout.edges for part in _edge(edge)),
        *(part for name in layout.boxes for part in _box(name, graph, layout)),
        "</g>",
        f'<text class="soft" x="{width / 2:g}" y="{height - MARGIN / 2 - 4:g}">{html.escape(_legend())}</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def width_of(layout: Layout) -> float:
    return max(layout.width, LEAST_WIDTH)


def title_of(graph: Graph) -> str:
    edges = sum(len(needs) for needs in graph.needs.values())
    return _("Dependency graph: resources {resources}, dependencies {edges}").format(
        resources=len(graph.needs), edges=edges
    )


def parts_of(address: str) -> tuple[str, str]:
    """What a resource is, and which one of these: `module.store.azurerm_storage_queue.jobs` is a `storage_queue`,
    `store: jobs`."""
    *before, kind, name = _steps(address)
    kind = kind.removeprefix("azurerm_")
    if _is_data(address):
        kind = _("data: {kind}").format(kind=kind)
    modules = " · ".join(before[1::2])
    return kind, f"{modules}: {name}" if modules else name


def _legend() -> str:
    return _("An arrow goes from what is made first to what needs it. Dashed: read, not made.")


def _edge(edge: Sequence[Spot]) -> Iterator[str]:
    """A curve between rows, a straight line past the boxes of a row, an arrow's head."""
    first, *rest = edge
    x, y = first.x, first.y + HEIGHT
    way = f"M{x:.1f} {y:.1f}"
    for spot in rest:
        to = spot.y - (TIP if spot is rest[-1] else 0)
        middle = (y + to) / 2
        way += f"C{x:.1f} {middle:.1f} {spot.x:.1f} {middle:.1f} {spot.x:.1f} {to:.1f}"
        x, y = spot.x, spot.y + HEIGHT
        if spot is not rest[-1]:
            way += f"V{y:.1f}"
    yield f'<path class="edge" d="{way}"/>'
    yield f'<path class="head" d="M{x - 4:.1f} {rest[-1].y - TIP:.1f}h8l-4 {TIP:g}z"/>'


def _box(name: str, graph: Graph, layout: Layout) -> Iterator[str]:
    spot = layout.boxes[name]
    kind, which = parts_of(name)
    classes = ["node"]
    classes += ["data"] if _is_data(name) else []
    classes += ["last"] if graph.needs[name] and not graph.height[name] else []
    yield f'<g class="{" ".join(classes)}"><title>{html.escape(name)}</title>'
    yield f'<rect class="box" x="{spot.x - BOX / 2:.1f}" y="{spot.y:.1f}" width="{BOX:g}" height="{HEIGHT:g}" rx="8"/>'
    first, second = _halves(kind)
    lines = [("soft", first), ("soft", second), ("name", which)] if second else [("soft", first), ("name", which)]
    y = spot.y + HEIGHT / 2 - LINE * (len(lines) - 1) / 2 + 4
    for number, (style, text) in enumerate(lines):
        words = html.escape(_shortened(text))
        yield f'<text class="{style}" x="{spot.x:.1f}" y="{y + number * LINE:.1f}">{words}</text>'
    yield "</g>"


def _is_data(address: str) -> bool:
    """Whether it is read, not made. Modules take two steps each, so `data` makes their number odd."""
    return len(_steps(address)) % 2 == 1


def _steps(address: str) -> list[str]:
    """An address at its dots, but for those in the index of a module."""
    return STEP.findall(address)


def _halves(kind: str) -> tuple[str, str]:
    """A type in one line or, if it is long, in two: `cosmosdb_sql_` and `container`."""
    if len(kind) <= LONGEST:
        return kind, ""
    breaks = [at.end() for at in BREAK.finditer(kind)]
    place = min(breaks, key=lambda at: abs(2 * at - len(kind)), default=len(kind))
    return kind[:place].rstrip(), kind[place:]


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
