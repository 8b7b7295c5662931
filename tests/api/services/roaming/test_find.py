"""Finding connectors in the database: a whole real network by what its posts show, and what a map costs in queries."""

import json
import os
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from api.db import UnitOfWork
from api.domain.money import Money
from api.domain.pricing.retail import RetailRule
from api.domain.pricing.tariff import ComponentType, PriceComponent, Restrictions, Tariff, TariffElement, TaxIncluded
from api.domain.visual_id import normalize
from api.models.location import ConnectorRow, EvseRow, LocationRow
from api.models.partner import Partner
from api.services.finding.filters import Filters
from api.services.finding.places import locations_in_box
from api.services.roaming.find import Box, Outcome, UnknownLocation, resolve_connector
from api.services.roaming.find_prices import NoPrice, energy_price_of
from api.services.roaming.keys import child_key, connector_public_id, object_key
from tests.fakes import START, fake_policy

PLAIN = RetailRule()
SHARED = Path(os.environ.get("CHARGEHAND_SHARED", Path(__file__).resolve().parents[5] / "shared"))
FEED = SHARED / "data" / "locations" / "ludwigsburg.json"
PARTNER = "prt_1"
POLICY = fake_policy()
TOWN = Box(Decimal(8), Decimal(48), Decimal(11), Decimal(50))


def rows_of(item: dict[str, Any]) -> list[LocationRow | EvseRow | ConnectorRow]:
    """Return the rows of one location of the feed."""
    key = object_key(PARTNER, item["country_code"], item["party_id"], item["id"])
    location = LocationRow(
        key=key,
        partner_id=PARTNER,
        country_code=item["country_code"],
        party_id=item["party_id"],
        id=item["id"],
        name=item["name"],
        address=item["address"],
        city=item["city"],
        country=item["country"],
        latitude=float(item["coordinates"]["latitude"]),
        longitude=float(item["coordinates"]["longitude"]),
        time_zone=item["time_zone"],
        last_updated=START,
    )
    rows: list[LocationRow | EvseRow | ConnectorRow] = [location]
    for evse in item["evses"]:
        evse_key = child_key(key, evse["uid"])
        rows.append(
            EvseRow(
                key=evse_key,
                location_key=key,
                uid=evse["uid"],
                evse_id=evse["evse_id"],
                evse_id_normal=normalize(evse["evse_id"]),
                physical_reference=evse["physical_reference"],
                status=evse["status"].lower(),
                capabilities=[each.lower() for each in evse["capabilities"]],
                last_updated=START,
            )
        )
        rows += [_connector(evse_key, each) for each in evse["connectors"]]
    return rows


def _connector(evse_key: str, connector: dict[str, Any]) -> ConnectorRow:
    key = child_key(evse_key, connector["id"])
    return ConnectorRow(
        key=key,
        evse_key=evse_key,
        public_id=connector_public_id(key),
        id=connector["id"],
        standard=connector["standard"].lower(),
        format=connector["format"].lower(),
        power_type=connector["power_type"].lower(),
        last_updated=START,
    )


@pytest.fixture
async def feed(work: UnitOfWork) -> list[dict[str, Any]]:
    """Store a real operator's network and return its locations."""
    if not FEED.exists():
        pytest.skip("no real feed here")
    items: list[dict[str, Any]] = json.loads(FEED.read_text())["items"]
    rows = [row for item in items for row in rows_of(item)]
    async with work() as db:
        db.add(Partner(id=PARTNER, name="SWLB", status="connected", created_at=START))
        await db.flush()
        for kind in (LocationRow, EvseRow, ConnectorRow):
            db.add_all([row for row in rows if isinstance(row, kind)])
            await db.flush()
    return items


async def test_real_posts_are_found_by_what_they_show(work: UnitOfWork, feed: list[dict[str, Any]]) -> None:
    """Every tenth EVSE of a real network, whose physical references are all empty, is found by id and part of it."""
    evses = [(item, evse) for item in feed for evse in item["evses"]][::10]
    assert len(evses) > 20
    async with work() as db:
        for _, evse in evses:
            part = evse["evse_id"].split("*", 2)[2]
            for typed in (evse["evse_id"], evse["evse_id"].replace("*", "-").lower(), part, part.replace("*", "")):
                found = await resolve_connector(db=db, policy=POLICY, now=START, visual_id=typed)
                assert {each.found.evse.uid for each in found.candidates} == {evse["uid"]}, typed
                wanted = Outcome.ONE if len(evse["connectors"]) == 1 else Outcome.CANDIDATES
                assert found.outcome is wanted


async def test_a_real_bare_number_needs_its_place(work: UnitOfWork, feed: list[dict[str, Any]]) -> None:
    """A bare 1 at a location with one station is that post; in the whole town it is a choice."""
    single = next(
        item for item in feed if [each["evse_id"].rsplit("*", 1)[1] for each in item["evses"]] == ["001", "002"]
    )
    key = object_key(PARTNER, single["country_code"], single["party_id"], single["id"])
    async with work() as db:
        here = await resolve_connector(db=db, policy=POLICY, now=START, visual_id="1", location_key=key)
        anywhere = await resolve_connector(db=db, policy=POLICY, now=START, visual_id="1")
    assert here.outcome is Outcome.ONE
    assert here.candidates[0].found.evse.evse_id == single["evses"][0]["evse_id"]
    assert anywhere.outcome is Outcome.CANDIDATES
    assert len(anywhere.candidates) == 20


async def test_a_map_of_a_town_costs_few_queries(
    work: UnitOfWork, engine: AsyncEngine, feed: list[dict[str, Any]]
) -> None:
    """A hundred locations with all connectors come in a handful of statements, however many they are."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    async with work() as db:
        found, more = await locations_in_box(db=db, policy=POLICY, now=START, box=TOWN, filters=Filters(), limit=200)
    event.remove(engine.sync_engine, "before_cursor_execute", note)
    assert len(found) == len(feed)
    assert not more
    assert sum(len(each.connectors) for each in found) == sum(
        len(evse["connectors"]) for item in feed for evse in item["evses"] if evse["status"] != "REMOVED"
    )
    assert len(seen) <= 7


async def test_an_unknown_location_is_told(work: UnitOfWork) -> None:
    """A location nobody has is an error, not an empty answer."""
    async with work() as db:
        with pytest.raises(UnknownLocation):
            await resolve_connector(db=db, policy=POLICY, now=START, visual_id="1", location_key="prt_1/DE/ABC/9")


def a_tariff(*elements: TariffElement, included: TaxIncluded = TaxIncluded.no) -> Tariff:
    """Return a tariff of these elements."""
    return Tariff("T", "EUR", elements, tax_included=included)


def energy(price: str, vat: str | None = None, rules: Restrictions | None = None) -> TariffElement:
    """Return an element with a price per kWh."""
    rate = Decimal(vat) if vat is not None else None
    return TariffElement((PriceComponent(ComponentType.energy, Decimal(price), 1, rate),), rules)


NIGHT = Restrictions(start_time=datetime(2026, 1, 1, 22).time(), end_time=datetime(2026, 1, 1, 6).time())  # noqa: DTZ001 - times of the wall clock at the charger


def test_the_price_shown_is_the_one_that_would_apply_now() -> None:
    """By day and by night the tariff gives its own price, and says that it varies."""
    tariff = a_tariff(energy("0.39", rules=NIGHT), energy("0.59"))
    by_day = energy_price_of(tariff, PLAIN, datetime(2026, 3, 2, 12))  # noqa: DTZ001 - local to the charger
    by_night = energy_price_of(tariff, PLAIN, datetime(2026, 3, 2, 23))  # noqa: DTZ001 - local to the charger
    assert (by_day.per_kwh, by_night.per_kwh) == (Decimal("0.59"), Decimal("0.39"))
    assert by_day.varies


@pytest.mark.parametrize(
    ("vat", "stated", "ours", "paid", "rate", "included"),
    [
        (None, TaxIncluded.no, None, "0.5", None, None),
        (None, TaxIncluded.no, "20", "0.6", "20", True),
        ("10", TaxIncluded.no, "20", "0.55", "10", True),
        ("0", TaxIncluded.no, None, "0.5", "0", True),
        ("19", TaxIncluded.yes, None, "0.5", "19", True),
        (None, TaxIncluded.yes, None, "0.5", None, True),
        (None, TaxIncluded.not_applicable, "20", "0.5", None, True),
    ],
)
def test_a_tax_is_in_the_price_where_it_is_known(
    vat: str | None, stated: TaxIncluded, ours: str | None, paid: str, rate: str | None, included: bool | None
) -> None:
    """Drivers read what they pay: the partner's tax, else the location's; one that nobody knows stays unknown."""
    noon = datetime(2026, 3, 2, 12)  # noqa: DTZ001 - local to the charger
    retail = RetailRule(vat_percent=None if ours is None else Decimal(ours))
    shown = energy_price_of(a_tariff(energy("0.5", vat), included=stated), retail, noon)
    assert (shown.per_kwh, shown.tax_included) == (Decimal(paid), included)
    assert shown.vat_percent == (None if rate is None else Decimal(rate))


def test_the_price_shown_has_our_markup_and_names_our_fees() -> None:
    """Ten percent on top of 0.50, and who reads the list learns that minutes and sessions cost something too."""
    retail = RetailRule(Decimal(10), Money(50, "EUR"), Decimal("0.02"), vat_percent=Decimal(20))
    shown = energy_price_of(a_tariff(energy("0.5")), retail, datetime(2026, 3, 2, 12))  # noqa: DTZ001 - local to the charger
    assert (shown.per_kwh, shown.also) == (Decimal("0.66"), ("minute_fee", "session_fee"))


def test_the_price_shown_is_for_the_power_of_the_connector() -> None:
    """A tariff that tells fast from slow by power is read with the power that the connector gives."""
    tariff = a_tariff(energy("0.79", rules=Restrictions(min_power=Decimal(50))), energy("0.59"))
    noon = datetime(2026, 3, 2, 12)  # noqa: DTZ001 - local to the charger
    prices = [energy_price_of(tariff, PLAIN, noon, power_w=power).per_kwh for power in (150_000, 22_000, None)]
    assert prices == [Decimal("0.79"), Decimal("0.59"), Decimal("0.59")]


def test_a_price_in_words_is_no_price() -> None:
    """A tariff without elements has nothing to show, and says why (P13)."""
    shown = energy_price_of(a_tariff(), PLAIN, datetime(2026, 3, 2, 12))  # noqa: DTZ001 - local to the charger
    assert (shown.per_kwh, shown.reason) == (None, NoPrice.ONLY_IN_WORDS)


def test_no_energy_price_is_not_free() -> None:
    """A tariff by the hour only has no kWh price: null with the reason, and what else it charges for (P13)."""
    hourly = TariffElement((PriceComponent(ComponentType.time, Decimal("4.8"), 60),))
    shown = energy_price_of(a_tariff(hourly), PLAIN, datetime(2026, 3, 2, 12))  # noqa: DTZ001 - local to the charger
    assert (shown.per_kwh, shown.reason, shown.also) == (None, NoPrice.NO_ENERGY_PRICE, ("time",))
