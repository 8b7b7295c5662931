"""Prices for lists and maps from the database: the tariff that a quote would take, our rules in it, in few queries."""

from dataclasses import replace
from decimal import Decimal

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from api.db import UnitOfWork
from api.domain.pricing.rulebook import RetailTerms
from api.services.finding.filters import Filters
from api.services.finding.places import locations_in_box
from api.services.prices.add import add_terms
from api.services.roaming.find import Box, FoundConnector
from api.services.roaming.find_prices import NoPrice
from api.services.roaming.tariffs import store_tariff
from tests.bench import Bench, a_bench
from tests.builders import a_location, a_partner, a_tariff, after, an_evse
from tests.charges import a_quote

EVERYWHERE = Box(Decimal(-180), Decimal(-90), Decimal(180), Decimal(90))


async def listed(bench: Bench) -> list[FoundConnector]:
    """Return every connector as a map shows it now."""
    async with bench.work() as db:
        found, _ = await locations_in_box(
            db=db, policy=bench.ports.policy, now=bench.clock.now(), box=EVERYWHERE, filters=Filters(), limit=200
        )
    return [connector for location in found for connector in location.connectors]


async def test_many_connectors_cost_few_queries(work: UnitOfWork, engine: AsyncEngine) -> None:
    """Twenty locations of three EVSEs under our own rule: whatever is read, is read once for all."""
    bench = a_bench(work)
    terms = RetailTerms(starts_at=bench.clock.now(), markup_percent=Decimal(10))
    async with work() as db:
        await add_terms(db=db, ports=bench.ports, now=bench.clock.now(), terms=terms)
    for number in range(20):
        await a_location(bench, location_id=f"L{number}", evses=[an_evse(f"E{number}-{each}") for each in range(3)])
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    shown = await listed(bench)
    event.remove(engine.sync_engine, "before_cursor_execute", note)

    assert len(shown) == 60
    assert {each.energy_price.per_kwh for each in shown} == {Decimal("0.39") * Decimal("1.1") * Decimal("1.19")}
    assert len(seen) == 9


async def test_the_list_takes_the_tariff_that_a_quote_takes(work: UnitOfWork) -> None:
    """Of several tariffs the regular one that is valid now, in whatever order the operator lists them."""
    bench = a_bench(work)
    (connector,) = an_evse().connectors
    names = ("SOON", "GREEN", "ADHOC", "DAY")
    several = an_evse(connectors=(replace(connector, tariff_ids=names),))
    await a_location(bench, evses=(several,), tariff=None)
    partner = await a_partner(bench)
    tariffs = [
        a_tariff(id="SOON", kwh="0.10", type="REGULAR", starts_at=after(60)),
        a_tariff(id="GREEN", kwh="0.20", type="PROFILE_GREEN"),
        a_tariff(id="ADHOC", kwh="0.30", type="AD_HOC_PAYMENT"),
        a_tariff(id="DAY", kwh="0.40", type="REGULAR"),
    ]
    async with work() as db:
        for each in tariffs:
            await store_tariff(db=db, now=bench.clock.now(), partner=partner, tariff=each, raw="{}")
    (shown,) = await listed(bench)

    assert ((await a_quote(bench)).tariff or {})["id"] == "DAY"
    assert shown.energy_price.per_kwh == Decimal("0.40") * Decimal("1.19")


async def test_a_tariff_that_cannot_be_read_is_no_free_charging(work: UnitOfWork) -> None:
    """A stored tariff in a shape nobody knows any more shows no price, and says why."""
    bench = a_bench(work)
    await a_location(bench)
    await bench.rows("UPDATE tariff SET snapshot = '{}' RETURNING key")
    (shown,) = await listed(bench)

    assert (shown.energy_price.per_kwh, shown.energy_price.reason) == (None, NoPrice.UNREADABLE)
