"""A site with two connectors, and a charge that has just failed there: where holds are passed on."""

from datetime import timedelta
from typing import Any

from api.domain.charging.state import ChargingStatus
from api.models.charging import ChargingSession, Quote
from api.services.deferral import Job
from tests.bench import Bench
from tests.builders import connector_of
from tests.charges import a_quote, reject_start, start

S = ChargingStatus
WINDOW = timedelta(seconds=45)


async def failed(bench: Bench, *, connector: str | None = None) -> ChargingSession:
    """Return a charge that has just failed to start and keeps its hold."""
    charge = await start(bench, await a_quote(bench, connector=connector or connector_of()))
    await bench.run(Job.PLACE_HOLD)
    await reject_start(bench, charge)
    charge = await bench.charge(charge)
    assert (charge.status, charge.hold_status) == (S.START_FAILED, "placed")
    return charge


def reused(quote: Quote) -> Any:
    """Return which hold a quote says that its start will take over."""
    return quote.price["hold"]["reuses_hold"]
