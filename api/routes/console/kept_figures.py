"""The figures of the overview, counted once a minute at most: a page and its charts show the same numbers."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Depends, Query, Request

from api.deps import Now, PortsDep, Work
from api.services.console.holds import currencies_held
from api.services.console.overview import Overview, overview

KEPT = timedelta(minutes=1)
_USUAL = ""


@dataclass
class KeptFigures:
    """What was counted last, by currency; one request counts while others wait for it."""

    last: dict[str, tuple[datetime, Overview]] = field(default_factory=dict)
    counting: asyncio.Lock = field(default_factory=asyncio.Lock)


async def _figures(
    request: Request, work: Work, ports: PortsDep, now: Now, currency: Annotated[str, Query(max_length=3)] = _USUAL
) -> Overview:
    kept: KeptFigures = request.app.state.figures
    async with kept.counting:
        at, seen = kept.last.get(currency, (None, None))
        if at is not None and seen is not None and now - KEPT < at <= now:
            return seen
        async with work() as db:
            currencies = await currencies_held(db=db)
            seen = await overview(db=db, issuer=ports.policy.issuer, now=now, currency=currency, currencies=currencies)
        kept.last |= dict.fromkeys({seen.currency, currency} & {*currencies, seen.currency, _USUAL}, (now, seen))
    return seen


Figures = Annotated[Overview, Depends(_figures)]
"""All figures, in the currency that the address asks for."""
