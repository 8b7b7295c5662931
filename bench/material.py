"""Sessions and tariffs to price: made up here, and a mix of real ones where the shared folder is at hand."""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from decimal import Decimal
from email.utils import parsedate_to_datetime
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from api.domain.pricing.periods import ChargingPeriod, Dimension, Reading
from api.domain.pricing.price import price
from api.domain.pricing.tariff import ComponentType, DimensionType, PriceComponent, Restrictions, Tariff, TariffElement
from api.domain.quantities import hours
from api.domain.roaming.cdr import Cdr, CdrLocation
from api.domain.roaming.session import Price
from api.domain.roaming.token import CdrToken, TokenType
from clients.ocpi.exact_json import parse
from clients.ocpi.pricing import detect_version, embedded_tariffs, pricing_dialect_for
from clients.ocpi.unreadable import Unreadable

ZONE = "Europe/Berlin"
SHARED = Path(os.environ.get("CHARGEHAND_SHARED") or Path(__file__).resolve().parents[2] / "shared")
START = datetime(2026, 3, 10, 19, 30, tzinfo=UTC)
"""Half past eight in the evening in Berlin: the session runs into the night price."""
MIX = 200
READINGS = 20


@dataclass(frozen=True, slots=True)
class Case:
    """One session under one tariff: as the periods of its bill, as its bill, and as the meter told it while it ran."""

    tariff: Tariff
    periods: tuple[ChargingPeriod, ...]
    ended_at: datetime
    cdr: Cdr
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Workload:
    """Cases that are measured together."""

    name: str
    cases: tuple[Case, ...]


def workloads() -> tuple[Workload, ...]:
    """Return the simplest tariff, one with night price, parking and fee, each on a typical session, and a mix."""
    plain, full = own_tariffs()
    stay = START, START + timedelta(hours=4), START + timedelta(hours=5), Decimal(32)
    real_tariffs, real_stays = tuple(shared_tariffs()), tuple(islice(shared_stays(), MIX))
    pairs = islice(zip(cycle(real_stays or made_up_stays()), cycle(real_tariffs or (plain, full)), strict=False), MIX)
    name = f"mix of {len(real_tariffs) or 2} tariffs, {len(real_stays) or 'made-up'} sessions"
    return (
        Workload("5 periods, kWh only", (a_case(plain, *stay),)),
        Workload("5 periods; night, parking, fee", (a_case(full, *stay),)),
        Workload(name, tuple(a_case(tariff, *each) for each, tariff in pairs)),
    )


def a_case(tariff: Tariff, starts_at: datetime, done_at: datetime, ended_at: datetime, kwh: Decimal) -> Case:
    """Return a session of four charging periods, each with less energy than the one before, and one of parking."""
    quarter = (done_at - starts_at) / 4
    shares = (Decimal("0.3"), Decimal("0.3"), Decimal("0.25"), Decimal("0.15"))
    periods = [
        ChargingPeriod(starts_at + quarter * index, measured(DimensionType.time, quarter, kwh * share))
        for index, share in enumerate(shares)
    ]
    periods.append(ChargingPeriod(done_at, measured(DimensionType.parking_time, ended_at - done_at, None)))
    step = (done_at - starts_at) / READINGS
    readings = tuple(
        Reading(
            starts_at + step * index, (kwh * index / READINGS).quantize(Decimal("0.001")), charging=index < READINGS
        )
        for index in range(READINGS + 1)
    )
    return Case(tariff, tuple(periods), ended_at, bill(tariff, tuple(periods), ended_at, kwh), readings)


def measured(kind: DimensionType, length: timedelta, kwh: Decimal | None) -> tuple[Dimension, ...]:
    """Return the volumes of a period as partners write them: hours with four decimals."""
    timed = Dimension(kind, hours(length).quantize(Decimal("0.0001")))
    return (timed,) if kwh is None else (Dimension(DimensionType.energy, kwh.quantize(Decimal("0.001"))), timed)


def bill(tariff: Tariff, periods: tuple[ChargingPeriod, ...], ended_at: datetime, kwh: Decimal) -> Cdr:
    """Return a CDR that asks for what its periods cost, as nearly all do."""
    cost = price(periods, tariff, time_zone=ZONE, ended_at=ended_at)
    whole = hours(ended_at - periods[0].starts_at)
    return Cdr(
        country_code="DE",
        party_id="CPO",
        id="CDR1",
        starts_at=periods[0].starts_at,
        ended_at=ended_at,
        cdr_token=CdrToken("UID", TokenType.APP_USER, "DE-CHH-C1"),
        location=CdrLocation("LOC1", "Street 1", "Town", "DEU", "E1", "DE*CPO*E1", "1"),
        currency=tariff.currency,
        charging_periods=periods,
        total_cost=Price(cost.excl_vat, cost.incl_vat),
        total_energy_kwh=kwh,
        total_time_hours=whole,
        last_updated=ended_at,
    )


def own_tariffs() -> tuple[Tariff, Tariff]:
    """Return a tariff of one price, and one that needs most rules."""
    energy = component(ComponentType.energy, "0.49")
    night = Restrictions(start_time=clock_time(22), end_time=clock_time(6))
    after_four_hours = Restrictions(min_duration_seconds=4 * 3600)
    full = (
        TariffElement((component(ComponentType.energy, "0.39"),), night),
        TariffElement((component(ComponentType.parking_time, "6.00", step=300),), after_four_hours),
        TariffElement((energy, component(ComponentType.flat, "0.35")), None),
    )
    return Tariff("plain", "EUR", (TariffElement((energy,), None),)), Tariff("full", "EUR", full)


def component(kind: ComponentType, amount: str, *, step: int = 1) -> PriceComponent:
    """Return a price component with German tax."""
    return PriceComponent(kind, Decimal(amount), step, Decimal(19))


Stay = tuple[datetime, datetime, datetime, Decimal]
"""Plugged in, energy ended, unplugged, kWh."""


def made_up_stays() -> Sequence[Stay]:
    """Return stays of different lengths around the clock."""
    found = []
    for index in range(MIX):
        starts_at = START + timedelta(minutes=37 * index)
        done_at = starts_at + timedelta(minutes=40 + 17 * (index % 20))
        found.append((starts_at, done_at, done_at + timedelta(minutes=10 + 13 * (index % 30)), Decimal(5 + index % 40)))
    return found


def shared_stays() -> Iterator[Stay]:
    """Yield the stays of a public record of sessions, if it is there."""
    record = SHARED / "data" / "sessions" / "acn_caltech.json"
    items: list[dict[str, Any]] = (
        json.loads(record.read_text(), parse_float=Decimal)["_items"] if record.exists() else []
    )
    for each in items:
        if not each.get("doneChargingTime"):
            continue
        names = ("connectionTime", "doneChargingTime", "disconnectTime")
        starts_at, done_at, ended_at = (parsedate_to_datetime(each[name]).astimezone(UTC) for name in names)
        if starts_at < done_at < ended_at:
            yield starts_at, done_at, ended_at, Decimal(each["kWhDelivered"])


def shared_tariffs() -> Iterator[Tariff]:
    """Yield the tariffs of a city's chargers and of the specification's examples, if they are there."""
    feed = SHARED / "data" / "locations" / "ludwigsburg.json"
    locations: Any = parse(feed.read_bytes()) if feed.exists() else {"items": []}
    raws = [raw for location in locations["items"] for raw in embedded_tariffs(location)]
    for version in ("2.2.1", "2.3.0"):
        files = sorted((SHARED / "ocpi" / "examples" / version).glob("tariff_[0-9]*.json"))
        raws += [raw for file in files if isinstance(raw := parse(file.read_bytes()), dict)]
    seen = set()
    for raw in raws:
        try:
            tariff = pricing_dialect_for(detect_version([raw])).read_tariff(raw)
        except Unreadable:
            continue
        if tariff not in seen and tariff.elements:
            seen.add(tariff)
            yield tariff
