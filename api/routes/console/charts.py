"""Charts of the overview as pictures: drawn here, by the server, for the light and the dark of the reader's system."""

import asyncio
import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from api.deps import Now
from api.domain.errors import NotFound
from api.domain.money import Money, format_money
from api.domain.staff.roles import Permission
from api.routes.console.chart_specs import Spec, Theme, bands, major, ranks, rate_by_day, stacked_days
from api.routes.console.kept_figures import Figures
from api.routes.console.signed_in import needs
from api.services.closing.lost_revenue import LOSSES
from api.services.console.hold_figures import Banded
from api.services.console.overview import Overview

router = APIRouter(prefix="/charts")
_KEPT = timedelta(minutes=1)
_MOST_KEPT = 60
_drawn: dict[str, tuple[datetime, str]] = {}


class UnknownChart(NotFound):
    """There is no such chart."""


def _time_left(seen: Overview, theme: Theme) -> Spec:
    return bands(theme, _bars(seen.time_left, seen.currency), title=f"held, {seen.currency}")


def _ages(seen: Overview, theme: Theme) -> Spec:
    return bands(theme, _bars(seen.ages, seen.currency), title=f"held, {seen.currency}")


def _bars(rows: list[Banded], currency: str) -> list[dict[str, Any]]:
    return [
        {
            "name": "not told" if each.band is None else each.band.told,
            "value": major(each.amount_minor, currency),
            "told": "1 hold" if each.holds == 1 else f"{each.holds} holds",
            "tone": "plain" if each.band is None else each.band.tone,
        }
        for each in rows
    ]


def _by_day(seen: Overview, theme: Theme) -> Spec:
    parts = [
        {"day": each.day.isoformat(), "name": name, "value": major(minor, seen.currency)}
        for each in seen.days
        for name, minor in (("captured", each.captured_minor), ("released", each.released_minor))
    ]
    return stacked_days(theme, parts, title=seen.currency, names=("captured", "released"))


def _starts(seen: Overview, theme: Theme) -> Spec:
    points = [
        {"day": each.day.isoformat(), "value": None if each.percent is None else float(each.percent)}
        for each in seen.starts
    ]
    return rate_by_day(theme, points, title="% of starts that charge")


def _findings(seen: Overview, theme: Theme) -> Spec:
    rows = [
        {
            "name": f"{each.reason.replace('_', ' ')}, {each.severity}",
            "value": each.findings,
            "told": str(each.findings),
            "tone": "breach" if each.severity == "breach" else "warning",
        }
        for each in seen.findings[:10]
    ]
    return ranks(theme, rows, title="open findings")


def _lost(seen: Overview, theme: Theme) -> Spec:
    rows = [
        {
            "name": LOSSES[each.reason],
            "value": major(each.amount_minor, seen.currency),
            "told": format_money(Money(each.amount_minor, seen.currency)),
            "tone": "warning" if each.reason == "unpaid" else "breach",
        }
        for each in seen.lost
    ]
    return ranks(theme, rows, title=seen.currency)


def _partners(seen: Overview, theme: Theme) -> Spec:
    rows = [
        {"name": each.name, "value": float(each.percent), "told": f"{each.percent} %", "tone": "good"}
        for each in seen.partners[:8]
        if each.percent is not None
    ]
    return ranks(theme, rows, title="% of starts that charge")


Draw = Callable[[Overview, Theme], Spec]
CHARTS: dict[str, Draw] = {
    "time-left": _time_left,
    "ages": _ages,
    "by-day": _by_day,
    "starts": _starts,
    "findings": _findings,
    "lost": _lost,
    "partners": _partners,
}


@router.get("/{name}.svg", dependencies=[needs(Permission.SEE_OVERVIEW)])
async def show_chart(name: str, seen: Figures, now: Now, theme: Theme = "light") -> Response:
    """Draw one chart."""
    if name not in CHARTS:
        raise UnknownChart("unknown_chart", name=name)
    return await picture(CHARTS[name](seen, theme), now)


async def picture(spec: Spec, now: datetime) -> Response:
    """Return a chart as a picture; the same one is drawn once a minute at most."""
    digest = hashlib.sha256(json.dumps(spec, sort_keys=True).encode()).hexdigest()
    found = _drawn.get(digest)
    if found is None or not now - _KEPT < found[0] <= now:
        if len(_drawn) >= _MOST_KEPT:
            _drawn.clear()
        found = _drawn[digest] = (now, await asyncio.to_thread(_draw, spec))
    return Response(found[1], media_type="image/svg+xml", headers={"Cache-Control": "private, max-age=60"})


def _draw(spec: Spec) -> str:
    """Draw in another thread. The drawing engine takes 100 MB, so a process that draws nothing never loads it."""
    import vl_convert

    return str(vl_convert.vegalite_to_svg(spec, allowed_base_urls=[]))
