"""Reading car models from the JSON of the Open EV Data project, version 1 (``{"data": [car, ...]}``).

Read generously: unknown fields are ignored, numbers may be texts, and a car that cannot be understood is reported and
loses nobody else. Exactly: numbers never become binary fractions. Does not live here: storing (``vehicles``).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from api.domain.errors import Invalid
from api.domain.pricing.vehicle import ONE_PHASE_KW, CurvePoint, Vehicle, VehicleInvalid, VehicleKind

SOURCE = "open-ev-data"
LONGEST_NAME = 120
# A heavier battery or a stronger charger belongs to no car yet; a figure above it has lost its decimal point.
MOST_KWH = MOST_KW = Decimal(1000)
YEARS = range(1990, 2101)


class VehicleDataUnreadable(Invalid):
    """The file holds no list of cars at all."""


@dataclass(frozen=True, slots=True)
class CatalogueCar:
    """One car of a catalogue: how its source calls it, and what a charger needs to know."""

    source_id: str
    brand: str
    model: str
    variant: str
    release_year: int | None
    vehicle: Vehicle


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The cars of a file, and a sentence about each one that was refused."""

    cars: tuple[CatalogueCar, ...]
    problems: tuple[str, ...]


def read_ev_data(text: str) -> Catalogue:
    """Return the cars in a file's text; raises ``VehicleDataUnreadable`` when it is another kind of file."""
    try:
        document = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    except (ValueError, RecursionError) as error:
        raise VehicleDataUnreadable("vehicle_data_no_json", reason=str(error)[:200]) from error
    rows = document.get("data") if isinstance(document, dict) else None
    if not isinstance(rows, list):
        raise VehicleDataUnreadable("vehicle_data_without_list", expected="data")
    cars: dict[str, CatalogueCar] = {}
    problems = []
    for index, row in enumerate(rows):
        try:
            car = _car(row)
            if car.source_id in cars:
                raise VehicleInvalid("id_repeated", id=car.source_id)
            cars[car.source_id] = car
        except Invalid as error:
            problems.append(f"car {index}{_called(row)}: {error}")
    return Catalogue(tuple(cars.values()), tuple(problems))


def _car(row: Any) -> CatalogueCar:
    if not isinstance(row, dict):
        raise VehicleInvalid("not_an_object")
    brand, model, variant = _text(row, "brand"), _text(row, "model"), _text(row, "variant", required=False)
    kind = str(row.get("type")).lower()
    if kind not in VehicleKind.__members__:
        raise VehicleInvalid("kind_unknown", kind=kind[:20])
    ac = row.get("ac_charger")
    ac_power, phases, one_phase = _ac(ac) if isinstance(ac, dict) else (Decimal(0), 1, Decimal(0))
    vehicle = Vehicle(
        name=" ".join(filter(None, (brand, model, variant))),
        kind=VehicleKind(kind),
        usable_kwh=_number(row.get("usable_battery_size"), "usable_battery_size", MOST_KWH),
        ac_power_kw=ac_power,
        ac_phases=phases,
        ac_one_phase_kw=one_phase,
        dc_curve=_curve(row.get("dc_charger")),
    )
    year = row.get("release_year")
    release_year = int(year) if isinstance(year, Decimal) and year in YEARS else None
    return CatalogueCar(_text(row, "id"), brand, model, variant, release_year, vehicle)


def _ac(ac: Mapping[str, Any]) -> tuple[Decimal, int, Decimal]:
    """Return the most AC power, the phases, and the most from one phase.

    The powers that the source lists by connector are, but for its rounding, the least of the connector's share of
    phases and these two; so the list itself is only needed for what one phase of 7.4 kW gives.
    """
    power = _number(ac.get("max_power"), "max_power", MOST_KW)
    phases = _number(ac.get("usable_phases", Decimal(1)), "usable_phases", Decimal(3))
    if phases not in (1, 2, 3):
        raise VehicleInvalid("number_invalid", field="usable_phases", value=str(phases)[:20])
    listed = ac.get("power_per_charging_point")
    stated = listed.get(str(ONE_PHASE_KW)) if isinstance(listed, dict) else None
    # Unlisted: a single phase gives its share of all, the least that the car can take.
    one_phase = power / phases if stated is None else _number(stated, "power_per_charging_point", MOST_KW)
    return power, int(phases), min(one_phase, power, ONE_PHASE_KW)


def _curve(dc: Any) -> tuple[CurvePoint, ...]:
    """Return the curve; a charger without one takes its maximum all the way."""
    if not isinstance(dc, dict):
        return ()
    points = dc.get("charging_curve")
    if not isinstance(points, list) or not points:
        return (CurvePoint(Decimal(0), _number(dc.get("max_power"), "max_power", MOST_KW)),)
    if not all(isinstance(point, dict) for point in points):
        raise VehicleInvalid("dc_curve_invalid")
    found = (
        CurvePoint(
            _number(point.get("percentage"), "percentage", Decimal(100)), _number(point.get("power"), "power", MOST_KW)
        )
        for point in points
    )
    return tuple(sorted(found))


def _number(value: Any, name: str, most: Decimal) -> Decimal:
    try:
        number = Decimal(value) if isinstance(value, str | Decimal) else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite() or not 0 <= number <= most:
        raise VehicleInvalid("number_invalid", field=name, value=str(value)[:20])
    return number


def _text(row: Mapping[str, Any], name: str, *, required: bool = True) -> str:
    value = row.get(name)
    text = " ".join(value.split()) if isinstance(value, str) else ""
    if (required and not text) or len(text) > LONGEST_NAME or not text.isprintable():
        raise VehicleInvalid("text_invalid", field=name)
    return text


def _called(row: Any) -> str:
    """Return how a refused car is called, as far as that can be told."""
    names = [row.get(each) for each in ("brand", "model")] if isinstance(row, dict) else []
    called = " ".join(each for each in names if isinstance(each, str))[:LONGEST_NAME]
    return f" ({called})" if called.isprintable() and called else ""
