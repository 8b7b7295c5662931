"""How charts look: Vega-Lite specifications, light and dark. The numbers come from ``services/console``.

A chart tells nothing by color alone: bars have their names and values written, lines their legend; and each stands
above a table with its numbers.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from api.domain.finance.hold_bands import Tone
from api.domain.money import Money

Theme = Literal["light", "dark"]
Spec = dict[str, Any]
Rows = Sequence[Mapping[str, Any]]
_INK = {"light": ("#16202a", "#4a5663", "#dfe5e9"), "dark": ("#e6ebef", "#a9b4be", "#37424c")}
"""Text, names of axes, grid."""
TONES: dict[Theme, dict[Tone, str]] = {
    "light": {"good": "#0b5d3b", "plain": "#3a6ea5", "warning": "#b87400", "breach": "#b3261e"},
    "dark": {"good": "#6fd3a4", "plain": "#82b4e8", "warning": "#f5c26b", "breach": "#ff9b94"},
}
WIDTH, HEIGHT = 440, 220
_SIZE = 14
"""Of letters; on a phone a chart is shown at three quarters of its size."""


def _chart(theme: Theme, rows: Rows, height: int = HEIGHT, **parts: Any) -> Spec:
    ink, muted, grid = _INK[theme]
    text = {
        "labelColor": ink,
        "titleColor": muted,
        "labelFontSize": _SIZE,
        "titleFontSize": _SIZE,
        "titleFontWeight": "normal",
    }
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": WIDTH,
        "height": height,
        "autosize": {"type": "fit", "contains": "padding"},
        "background": None,
        "padding": {"left": 4, "top": 4, "right": 16, "bottom": 4},  # the last day is written past the edge
        "data": {"values": list(rows)},
        "config": {
            "font": "system-ui, -apple-system, Segoe UI, Roboto, sans-serif",
            "view": {"stroke": None},
            "axis": {**text, "gridColor": grid, "domainColor": grid, "tickColor": grid, "labelLimit": 150},
            "legend": {**text, "orient": "top", "title": None, "symbolType": "square"},
        },
        **parts,
    }


def _tones(theme: Theme) -> Spec:
    tones = TONES[theme]
    scale = {"domain": list(tones), "range": list(tones.values())}
    return {"field": "tone", "type": "nominal", "scale": scale, "legend": None}


def bands(theme: Theme, rows: Rows, *, title: str) -> Spec:
    """Return bars side by side in the order given: ``name``, ``value``, ``told`` (above the bar), ``tone``."""
    names: Spec = {"field": "name", "type": "nominal", "sort": None, "axis": {"title": None, "labelAngle": 0}}
    values: Spec = {"field": "value", "type": "quantitative", "title": title, "axis": {"tickCount": 4}}
    ink = _INK[theme][0]
    layers = [
        {"mark": {"type": "bar", "cornerRadiusEnd": 3}, "encoding": {"color": _tones(theme)}},
        {"mark": {"type": "text", "dy": -7, "color": ink, "fontSize": _SIZE}, "encoding": {"text": {"field": "told"}}},
    ]
    return _chart(theme, rows, encoding={"x": names, "y": values}, layer=layers)


def ranks(theme: Theme, rows: Rows, *, title: str) -> Spec:
    """Return bars below each other in the order given: ``name`` (above it), ``value``, ``told`` (beside), ``tone``.

    Names stand in the picture and not at its side, where long ones would be cut off or leave no room for bars.
    """
    ink, most = _INK[theme][0], max((float(row["value"]) for row in rows), default=1.0)
    names: Spec = {"field": "name", "type": "nominal", "sort": None, "axis": None}
    axis: Spec = {"tickCount": 4}
    if all(isinstance(row["value"], int) for row in rows):
        axis = {"values": list(range(0, int(most) + 1, int(most) // 4 + 1)), "format": "d"}
    scale = {"domain": [0, most * 1.3 or 1], "nice": False}
    values: Spec = {"field": "value", "type": "quantitative", "title": title, "axis": axis, "scale": scale}
    word: Spec = {"type": "text", "align": "left", "color": ink, "fontSize": _SIZE}
    layers = [
        {"mark": {"type": "bar", "cornerRadiusEnd": 3, "size": 14, "yOffset": 8}, "encoding": {"color": _tones(theme)}},
        {"mark": word | {"dx": 6, "dy": 9}, "encoding": {"text": {"field": "told"}}},
        {"mark": word | {"dx": 2, "dy": -8}, "encoding": {"text": {"field": "name"}, "x": {"datum": 0}}},
    ]
    return _chart(theme, rows, 50 + 44 * len(rows), encoding={"y": names, "x": values}, layer=layers)


def stacked_days(theme: Theme, rows: Rows, *, title: str, names: Sequence[str]) -> Spec:
    """Return bars of two parts over days: ``day``, ``name`` (one of two), ``value``."""
    tones = TONES[theme]
    days: Spec = {
        "field": "day",
        "type": "temporal",
        "timeUnit": "utcyearmonthdate",
        "axis": {"title": None, "format": "%d %b", "grid": False, "tickCount": 6},
    }
    return _chart(
        theme,
        rows,
        mark={"type": "bar"},
        encoding={
            "x": days,
            "y": {"field": "value", "type": "quantitative", "title": title, "axis": {"tickCount": 4}},
            "color": {
                "field": "name",
                "type": "nominal",
                "scale": {"domain": list(names), "range": [tones["good"], tones["plain"]]},
            },
        },
    )


def stacked_groups(theme: Theme, rows: Rows, *, title: str, parts: Sequence[str]) -> Spec:
    """Return bars of three parts side by side: ``name``, ``part`` (a good one, a bad one, a plain one), ``value``."""
    tones = TONES[theme]
    colors = {"domain": list(parts), "range": [tones["good"], tones["breach"], tones["plain"]]}
    color = {"field": "part", "type": "nominal", "scale": colors}
    names: Spec = {"field": "name", "type": "nominal", "sort": None, "axis": {"title": None, "labelAngle": 0}}
    if len({row["name"] for row in rows}) > 5:
        names["axis"]["labelAngle"] = -45
    values: Spec = {"field": "value", "type": "quantitative", "title": title, "axis": {"tickCount": 4, "format": "d"}}
    mark = {"type": "bar", "cornerRadiusEnd": 2, "width": {"band": 0.6}}
    return _chart(theme, rows, mark=mark, encoding={"x": names, "y": values, "color": color})


def rate_by_day(theme: Theme, rows: Rows, *, title: str) -> Spec:
    """Return a line of percentages over days: ``day``, ``value``; days without a value are gaps."""
    days: Spec = {"field": "day", "type": "temporal", "axis": {"title": None, "format": "%d %b", "tickCount": 6}}
    days["axis"]["grid"], days["scale"] = False, {"type": "utc"}
    axis = {"tickCount": 4}
    values = {"field": "value", "type": "quantitative", "title": title, "scale": {"domain": [0, 100]}, "axis": axis}
    mark = {"type": "line", "color": TONES[theme]["good"], "point": {"color": TONES[theme]["good"], "size": 36}}
    return _chart(theme, rows, mark=mark | {"invalid": "break-paths-show-domains"}, encoding={"x": days, "y": values})


def meter_curve(theme: Theme, rows: Rows) -> Spec:
    """Return the energy of one charge over time: ``at`` (ISO), ``kwh``, ``state``."""
    tones = TONES[theme]
    moments = {"field": "at", "type": "temporal", "scale": {"type": "utc"}}
    moments["axis"] = {"title": "UTC", "format": "%H:%M", "tickCount": 6, "grid": False}
    energy = {"field": "kwh", "type": "quantitative", "title": "kWh", "axis": {"tickCount": 4}}
    shapes = {"domain": ["charging", "plugged in, no energy"], "range": ["circle", "square"]}
    colors = {"domain": shapes["domain"], "range": [tones["good"], tones["warning"]]}
    dots = {
        "color": {"field": "state", "type": "nominal", "scale": colors},
        "shape": {"field": "state", "type": "nominal", "scale": shapes},
    }
    layers = [
        {"mark": {"type": "area", "color": tones["good"], "opacity": 0.15}},
        {"mark": {"type": "line", "color": tones["good"]}},
        {"mark": {"type": "point", "filled": True, "size": 46, "opacity": 1}, "encoding": dots},
    ]
    spec = _chart(theme, rows, encoding={"x": moments, "y": energy}, layer=layers)
    spec["config"]["legend"] |= {"symbolType": "circle"}
    return spec


def major(minor: int, currency: str) -> float:
    """Return an amount as the height of a bar; amounts that are read are written by ``format_money``."""
    return float(Money(minor, currency).to_decimal())
