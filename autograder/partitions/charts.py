"""The pictures of the notebook about partition keys, as vega-lite 5. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from localcloud.load.fleets import FleetCosts
from localcloud.load.report import Report
from localcloud.load.rush import RUSH
from localcloud.messages import _

from .measuring import YEARS, Measured

LIMIT_GIGABYTES = 20
COLOURS = "viridis"  # also for those who do not tell red from green
CATEGORIES = "tableau10"
COST_COLOUR, HEAT_COLOUR = "#4c78a8", "#e45756"
WIDTH, HEIGHT = 360, 260  # with the names of keys beside it, as wide as a notebook beside the editor on 1280 pixels

Spec = dict[str, Any]


def heat(report: Report, key: str) -> Spec:
    """Partitions down, seconds across, the share of the budget as colour."""
    seconds = range(int(RUSH.seconds) + 1)
    heat = {one.id: {second: (share, refused) for second, share, refused in one.seconds} for one in report.partitions}
    rows = [
        {"partition": int(id), "second": second, "used": round(100 * used), "refused": refused}
        for id, known in heat.items()
        for second in seconds
        for used, refused in [known.get(second, (0.0, 0))]
    ]
    title = _("Key {key}: the hottest of {count} partitions used {share:.0%} of all RU")
    encoding = {
        "x": {"field": "second", "type": "ordinal", "title": _("second")},
        "y": {"field": "partition", "type": "ordinal", "title": _("physical partition")},
        "color": {
            "field": "used", "type": "quantitative", "title": _("% of its RU/s"),
            "scale": {"scheme": COLOURS, "domain": [0, 100], "clamp": True},
            "legend": {"orient": "bottom", "gradientLength": WIDTH},
        },
        "tooltip": [{"field": name} for name in ("partition", "second", "used", "refused")],
    }  # fmt: skip
    words = title.format(key=key, count=len(report.partitions), share=report.hottest_share)
    return _chart(words, rows, mark="rect", encoding=encoding)


def costs(found: Mapping[str, Measured]) -> Spec:
    """What each question costs under each key."""
    questions = {_("an hour of a channel"): "history", _("twelve hours of a user"): "user"}
    rows = [
        {"key": key, "question": name, "RU": cost.ru, "partitions": cost.partitions}
        for key, one in found.items()
        for name, field in questions.items()
        for cost in [getattr(one.costs, field)]
    ]
    title = _("What each question costs under each key")
    return _bars(title, rows, "RU", "question", _("request units of one question"), ("partitions",))


def rushes(found: Mapping[str, Measured]) -> Spec:
    """What the rush did under each key."""
    facts = {_("hottest partition, of all RU"): "hottest_share", _("429, of all answers"): "refused_share"}
    rows = [
        {"key": key, "fact": name, "percent": round(100 * getattr(one, field), 1)}
        for key, one in found.items()
        for name, field in facts.items()
    ]
    return _bars(_("What the rush does under each key"), rows, "percent", "fact", "%")


def forces(by_number: Mapping[int, Measured]) -> Spec:
    """The two forces over the number of buckets, each with its own axis."""
    rows = [
        {
            "buckets": number,
            "RU": one.costs.history.ru,
            "partitions": one.costs.history.partitions,
            "hottest": round(100 * one.hottest_share, 1),
        }
        for number, one in by_number.items()
    ]
    x = {"field": "buckets", "type": "ordinal", "title": _("buckets"), "axis": {"labelAngle": 0}}
    lines = (
        ("RU", "● " + _("RU of an hour of the channel"), COST_COLOUR, "circle", [1, 0]),
        ("hottest", "■ " + _("% of RU in the hottest partition"), HEAT_COLOUR, "square", [6, 3]),
    )
    layer = [
        {
            "mark": {"type": "line", "color": colour, "strokeDash": dash, "tooltip": True,
                     "point": {"color": colour, "shape": shape, "size": 60}},
            "encoding": {
                "x": x,
                "y": {"field": field, "type": "quantitative", "scale": {"zero": True}, "axis": {"title": title}},
                "tooltip": [{"field": name} for name in ("buckets", "RU", "partitions", "hottest")],
            },
        }
        for field, title, colour, shape, dash in lines
    ]  # fmt: skip
    title = _("More buckets: a cooler partition, a dearer question")
    return _chart(title, rows, layer=layer, height=HEIGHT, resolve={"scale": {"y": "independent"}})


def growth(grown: Mapping[str, Sequence[float]]) -> Spec:
    """How large the largest key is at the beginning and after each year."""
    rows = [
        {"key": key, "year": year, "GB": round(size, 2)}
        for key, sizes in grown.items()
        for year, size in enumerate(sizes)
    ]
    encoding = {
        "x": {"field": "year", "type": "quantitative", "title": _("years"), "axis": {"tickCount": YEARS}},
        "y": {"field": "GB", "type": "quantitative", "title": _("GB in the largest logical key")},
        "color": {
            "field": "key", "type": "nominal", "sort": None, "title": _("partition key"),
            "legend": {"orient": "bottom", "columns": 3, "labelLimit": WIDTH},
        },
        "tooltip": [{"field": name} for name in ("key", "year", "GB")],
    }  # fmt: skip
    title = _("How the largest key grows; a key takes at most {limit} GB").format(limit=LIMIT_GIGABYTES)
    lines = {"mark": {"type": "line", "point": True, "tooltip": True}, "encoding": encoding}
    limit = {
        "mark": {"type": "rule", "strokeDash": [4, 4], "color": "#888"},
        "encoding": {"y": {"datum": LIMIT_GIGABYTES}},
    }
    return _chart(title, rows, layer=[lines, limit], height=HEIGHT)


def fleets(found: Mapping[str, FleetCosts], *, throttled: bool) -> Spec:
    """What a reading and a building cost under each design of the fleet; with `throttled`, what was refused."""
    figures = {
        "write": _("write units a reading"),
        "read": _("read units a building"),
        "ms": _("ms to read a building"),
        **({"refused": _("changes refused")} if throttled else {}),
    }
    rows = [
        {
            "design": name,
            "write": round(one.write_units, 2),
            "read": one.read_units,
            "ms": round(one.milliseconds),
            "refused": one.refused,
        }
        for name, one in found.items()
    ]
    y = {"field": "design", "type": "nominal", "sort": None, "title": None, "axis": {"labelLimit": WIDTH}}
    colour = {"field": "design", "type": "nominal", "sort": None, "legend": None, "scale": {"scheme": CATEGORIES}}
    parts = [
        {
            "width": WIDTH - 140,  # beside the names of the designs
            "mark": {"type": "bar", "tooltip": True},
            "encoding": {
                "x": {"field": field, "type": "quantitative", "title": title, "axis": {"tickCount": 5}},
                "y": y,
                "color": colour,
                "tooltip": [{"field": name} for name in rows[0]],
            },
        }
        for field, title in figures.items()
    ]
    chart = _chart(_("The fleet in DynamoDB"), rows, vconcat=parts)
    return {name: value for name, value in chart.items() if name != "width"}


def _bars(title: str, rows: list[Spec], value: str, group: str, axis: str, more: Sequence[str] = ()) -> Spec:
    """Bars of each key, grouped."""
    encoding = {
        "x": {"field": value, "type": "quantitative", "title": axis},
        "y": {"field": "key", "type": "nominal", "sort": None, "title": _("partition key")},
        "yOffset": {"field": group, "sort": None},
        "color": {
            "field": group, "type": "nominal", "sort": None, "title": None, "scale": {"scheme": CATEGORIES},
            "legend": {"orient": "bottom", "columns": 1, "labelLimit": WIDTH},
        },
        "tooltip": [{"field": name} for name in ("key", group, value, *more)],
    }  # fmt: skip
    return _chart(title, rows, mark="bar", encoding=encoding)


def _chart(title: str, rows: list[Spec], *, mark: str | None = None, **rest: Any) -> Spec:
    """A picture that is drawn as SVG, with its title as its description."""
    marked = {"mark": {"type": mark, "tooltip": True, "description": title}} if mark else {}
    return {
        "data": {"values": rows},
        "title": title,
        "description": title,
        "width": WIDTH,
        "usermeta": {"embedOptions": {"renderer": "svg", "actions": False}},
        **marked,
        **rest,
    }
