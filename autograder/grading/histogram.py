"""How points are spread, drawn as SVG."""

from collections.abc import Sequence

from autograder.grading.markup import Html, joined, tag
from autograder.grading.tally import Bar
from localcloud.messages import _

WIDTH, HEIGHT, TOP, BOTTOM = 720, 200, 18, 22


def histogram(bars: Sequence[Bar]) -> Html:
    """One column for each number of points, or for some of them together; the last one is full points."""
    most = max((bar.count for bar in bars), default=0) or 1
    step = WIDTH / len(bars)
    words = ", ".join(f"{_range(bar)}: {bar.count}" for bar in bars if bar.count)
    title = tag("title", _("Submissions by points: {words}").format(words=words))
    ground = tag("line", x1=0, x2=WIDTH, y1=HEIGHT - BOTTOM, y2=HEIGHT - BOTTOM)
    columns = (_column(bar, place * step, step, most, bar is bars[-1]) for place, bar in enumerate(bars))
    return tag("svg", title, ground, *columns, viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img")


def _column(bar: Bar, left: float, step: float, most: int, is_last: bool) -> Html:
    height = round((HEIGHT - TOP - BOTTOM) * bar.count / most, 1)
    top = HEIGHT - BOTTOM - height
    middle = round(left + step / 2, 1)
    shape = tag(
        "rect",
        x=round(left + step * 0.1, 1),
        y=round(top, 1),
        width=round(step * 0.8, 1),
        height=height,
        rx=2,
        class_="bar full" if is_last else "bar none" if bar.high == 0 else "bar",
    )
    count = tag("text", bar.count, x=middle, y=round(top - 4, 1), text_anchor="middle") if bar.count else None
    points = tag("text", _range(bar), x=middle, y=HEIGHT - 6, text_anchor="middle")
    return joined(shape if bar.count else None, count, points)


def _range(bar: Bar) -> str:
    return str(bar.low) if bar.low == bar.high else f"{bar.low}–{bar.high}"
