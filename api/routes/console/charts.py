"""Charts of the overview as pictures: drawn here, by the server, for the light and the dark of the reader's system."""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.responses import Response

from api.deps import Now, Work
from api.domain.errors import NotFound
from api.domain.money import Money, format_money
from api.domain.staff.roles import Permission
from api.routes.console.chart_specs import Spec, Theme, bands, major, ranks, rate_by_day, stacked_days
from api.routes.console.signed_in import needs
from api.services.console.charge_figures import open_findings, partner_scores, starts_by_day
from api.services.console.hold_figures import (
    Banded,
    holds_by_age,
    holds_by_day,
    holds_by_time_left,
    lost_money,
)

router = APIRouter(prefix="/charts")
Currency = Annotated[str, Query(pattern="^[A-Z]{3}$")]
_KEPT = timedelta(minutes=1)
_MOST_KEPT = 60
_drawn: dict[str, tuple[datetime, str]] = {}


class UnknownChart(NotFound):
    """There is no such chart."""


async def _time_left(db: AsyncSession, now: datetime, currency: str, theme: Theme) -> Spec:
    rows = await holds_by_time_left(db=db, now=now, currency=currency)
    return bands(theme, _bars(rows, currency), title=f"held, {currency}")


async def _ages(db: AsyncSession, now: datetime, currency: str, theme: Theme) -> Spec:
    rows = await holds_by_age(db=db, now=now, currency=currency)
    return bands(theme, _bars(rows, currency), title=f"held, {currency}")


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


async def _by_day(db: AsyncSession, now: datetime, currency: str, theme: Theme) -> Spec:
    rows = await holds_by_day(db=db, now=now, currency=currency)
    parts = [
        {"day": each.day.isoformat(), "name": name, "value": major(minor, currency)}
        for each in rows
        for name, minor in (("captured", each.captured_minor), ("released", each.released_minor))
    ]
    return stacked_days(theme, parts, title=currency, names=("captured", "released"))


async def _starts(db: AsyncSession, now: datetime, currency: str, theme: Theme) -> Spec:  # noqa: ARG001 - one shape
    rows = await starts_by_day(db=db, now=now)
    points = [
        {"day": each.day.isoformat(), "value": None if each.percent is None else float(each.percent)} for each in rows
    ]
    return rate_by_day(theme, points, title="% of starts that charge")


async def _findings(db: AsyncSession, now: datetime, currency: str, theme: Theme) -> Spec:  # noqa: ARG001 - as above
    rows = [
        {
            "name": f"{each.reason.replace('_', ' ')}, {each.severity}",
            "value": each.findings,
            "told": str(each.findings),
            "tone": "breach" if each.severity == "breach" else "warning",
        }
        for each in (await open_findings(db=db))[:10]
    ]
    return ranks(theme, rows, title="open findings")


async def _lost(db: AsyncSession, now: datetime, currency: str, theme: Theme) -> Spec:
    rows = [
        {
            "name": each.why,
            "value": major(each.amount_minor, currency),
            "told": format_money(Money(each.amount_minor, currency)),
            "tone": "warning" if each.why == "still unpaid" else "breach",
        }
        for each in await lost_money(db=db, now=now, currency=currency)
    ]
    return ranks(theme, rows, title=currency)


async def _partners(db: AsyncSession, now: datetime, currency: str, theme: Theme) -> Spec:  # noqa: ARG001 - as above
    rows = [
        {"name": each.name, "value": float(each.percent), "told": f"{each.percent} %", "tone": "good"}
        for each in (await partner_scores(db=db, now=now))[:8]
        if each.percent is not None
    ]
    return ranks(theme, rows, title="% of starts that charge")


Draw = Callable[[AsyncSession, datetime, str, Theme], Awaitable[Spec]]
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
async def show_chart(name: str, work: Work, now: Now, theme: Theme = "light", currency: Currency = "EUR") -> Response:
    """Draw one chart."""
    if name not in CHARTS:
        raise UnknownChart("unknown_chart", name=name)
    async with work() as db:
        spec = await CHARTS[name](db, now, currency, theme)
    return await picture(spec, now)


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
