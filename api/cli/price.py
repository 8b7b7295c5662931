"""``chargehand price``: what a session or CDR costs under a tariff, explained. It needs no database.

Lives here: from the files to the price. Does not live here: the arithmetic (``domain/pricing``), reading OCPI
(``clients/ocpi``), how a price is shown (``price_table``, ``price_json``).
"""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from api.cli.files import (
    BadInput,
    check_time_zone,
    choose_dialect,
    listed,
    one_of,
    read_data,
    read_tariffs,
    saying_what_is_wrong,
)
from api.cli.price_json import price_json
from api.cli.price_table import print_price
from api.cli.refusals import refusal
from api.domain.pricing.breakdown import CostBreakdown, Note, plain
from api.domain.pricing.corrections import SUM_TOLERANCE, volume_of
from api.domain.pricing.local_time import session_start, zone_of
from api.domain.pricing.periods import ParkingReading
from api.domain.pricing.price import price
from api.domain.pricing.refused import PricingRefused
from api.domain.pricing.stay import Stay
from api.domain.pricing.tariff import DimensionType, Tariff, is_valid
from api.domain.roaming.partner import parking_reading_of
from clients.ocpi.pricing import PricingDialect
from clients.ocpi.unreadable import Unreadable

PARKING_READINGS = tuple(each.value for each in ParkingReading)


def price_files(
    tariff: Annotated[Path, typer.Argument(metavar="TARIFF.json", help="A Tariff, or a list of them.")],
    session: Annotated[
        Path,
        typer.Argument(
            metavar="SESSION_OR_CDR.json",
            help="A Session or a CDR, or only its start_date_time, end_date_time and charging_periods.",
        ),
    ],
    time_zone: Annotated[str, typer.Option(metavar="ZONE", help="Where the charger stands, e.g. Europe/Berlin.")],
    version: Annotated[
        str | None, typer.Option(metavar="2.1.1|2.2.1|2.3.0", help="OCPI version; seen from the files when absent.")
    ] = None,
    parking_reading: Annotated[
        str | None,
        typer.Option(metavar="|".join(PARKING_READINGS), help="What PARKING_TIME is taken to mean by the sender."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Exact numbers for programs instead of a table.")] = False,
) -> None:
    """Print what a session costs under a tariff, line by line."""
    with saying_what_is_wrong():
        if parking_reading is not None and parking_reading not in PARKING_READINGS:
            raise BadInput("--parking-reading", f"{parking_reading!r} is none of {', '.join(PARKING_READINGS)}")
        cost, heading = _price(tariff, session, time_zone, version, parking_reading)
    if as_json:
        typer.echo(price_json(cost))
    else:
        print_price(cost, heading)


def _price(
    tariff_path: Path, stay_path: Path, time_zone: str, version: str | None, parking_reading: str | None
) -> tuple[CostBreakdown, str]:
    """Return the price, with the notes on the reading before those of the engine, and what was priced in words."""
    check_time_zone(time_zone)
    raw_tariffs, raw_stay = listed(read_data(tariff_path)), one_of(stay_path, read_data(stay_path))
    dialect = choose_dialect(version, raw_tariffs, raw_stay)
    tariffs = list(dict.fromkeys(read_tariffs(tariff_path, raw_tariffs, dialect)))
    _check_distinct(tariff_path, tariffs)
    stay = _read_stay(stay_path, raw_stay, dialect)
    tariffs.sort(key=lambda each: not is_valid(each, stay.starts_at))  # stable: the first valid one serves by default
    if stay.currency is not None and stay.currency != tariffs[0].currency:
        raise BadInput(
            str(stay_path), f"currency: {stay.currency}, but tariff {tariffs[0].id} is in {tariffs[0].currency}"
        )
    ended_at = stay.ended_at or stay.last_updated
    if ended_at is None:
        raise BadInput(str(stay_path), "end_date_time: missing, and there is no last_updated to count to")
    try:
        cost = price(
            stay.periods,
            tariffs[0],
            time_zone=time_zone,
            started_at=session_start(stay.starts_at, stay.periods[0].starts_at if stay.periods else None),
            ended_at=ended_at,
            other_tariffs=tariffs[1:],
            parking=parking_reading_of(dialect.version, parking_reading),
        )
        times = [f"{at.astimezone(zone_of(time_zone)):%Y-%m-%d %H:%M:%S}" for at in (stay.starts_at, ended_at)]
    except PricingRefused as refused:
        raise _refusal(refused, tariff_path, stay_path) from None
    except ArithmeticError:
        raise BadInput(str(stay_path), "a number or a date in it, or in the tariff, is too large") from None
    notes = _notes_on_reading(stay, ended_at, dialect.version if version is None else None)
    notes += _notes_on_tariffs(tariffs, stay, raw_tariffs if dialect.version == "2.3.0" else [])
    heading = f"OCPI {dialect.version}, from {times[0]} to {times[1]}, {time_zone}"
    return replace(cost, notes=notes + cost.notes), heading


def _read_stay(path: Path, raw: object, dialect: PricingDialect) -> Stay:
    try:
        return dialect.read_stay(raw)
    except Unreadable as error:
        raise BadInput(str(path), f"not a session, a CDR or charging periods: {error.reason}") from None


def _check_distinct(path: Path, tariffs: list[Tariff]) -> None:
    """Refuse an id given to two tariffs: a period that names it could mean either."""
    seen: set[str] = set()
    for tariff in tariffs:
        if tariff.id.lower() in seen:
            raise BadInput(str(path), f"id: two tariffs are called {tariff.id}")
        seen.add(tariff.id.lower())


def _refusal(refused: PricingRefused, tariff_path: Path, stay_path: Path) -> BadInput:
    """Say where the input is wrong, with the engine's reason and its facts."""
    facts = dict(refused.facts)
    source, field = stay_path, "charging_periods"
    if refused.reason == "currency_mixed":
        source, field = tariff_path, "currency"
    elif "period" in facts:
        field = f"charging_periods[{facts.pop('period')}]"
    return BadInput(str(source), f"{field}: {refusal(refused.reason, facts)}")


def _notes_on_reading(stay: Stay, ended_at: datetime, detected: str | None) -> tuple[Note, ...]:
    notes = [] if detected is None else [Note("version_detected", {"version": detected})]
    if stay.ended_at is None:
        notes.append(Note("session_open", {"ended_at": ended_at.isoformat()}))
    if stay.energy_in_wh:
        notes.append(Note("energy_in_wh", {}))
    stated = volume_of(stay.periods, DimensionType.energy)
    if stay.kwh is not None and stated and abs(stated - stay.kwh) > SUM_TOLERANCE:
        notes.append(Note("energy_differs", {"periods": plain(stated), "session": plain(stay.kwh)}))
    return tuple(notes)


def _notes_on_tariffs(tariffs: list[Tariff], stay: Stay, raw: list[object]) -> tuple[Note, ...]:
    """Tell which tariff was taken where the session names none of several, and where a tax was only assumed."""
    notes = []
    if len(tariffs) > 1 and not any(period.tariff_id for period in stay.periods):
        notes.append(Note("tariff_chosen", {"tariff_id": tariffs[0].id}))
    silent = [each for each in raw if isinstance(each, dict) and not each.get("tax_included")]
    if silent:
        notes.append(Note("tax_included_missing", {}))
    return tuple(notes)
