"""The catalogue of car models: taking it over from a source, as often as one likes, and finding a car in it."""

import hashlib
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.domain.ids import Prefix
from api.domain.pricing.vehicle import CurvePoint, Vehicle, VehicleKind
from api.models.vehicle import VehicleModelRow
from api.services.drivers.ev_data import CatalogueCar


class UnknownVehicleModel(NotFound):
    """No such car in the catalogue."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """How many cars were new, were described otherwise before, and were known just so."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0


async def import_vehicle_models(
    *, db: AsyncSession, now: datetime, source: str, cars: Collection[CatalogueCar]
) -> ImportReport:
    """Write the cars of a source. A car that a later file lacks stays: drivers still drive it."""
    known = {row.id: row for row in await db.exec(select(VehicleModelRow).where(VehicleModelRow.source == source))}
    added = changed = 0
    for car in cars:
        values = _values(source, car)
        row = known.get(values["id"])
        if row is None:
            db.add(VehicleModelRow(**values, updated_at=now))
            added += 1
        elif any(getattr(row, name) != value for name, value in values.items()):
            row.sqlmodel_update({**values, "updated_at": now})
            changed += 1
    return ImportReport(added, changed, len(cars) - added - changed)


async def find_vehicle_models(*, db: AsyncSession, words: str, limit: int) -> tuple[list[VehicleModelRow], bool]:
    """Return the cars whose names hold every word, in the order of a list, and whether there are more."""
    query = select(VehicleModelRow)
    for word in folded(words).split():
        query = query.where(col(VehicleModelRow.search_text).contains(word, autoescape=True))
    # Folded brand, model, variant and year first; the id settles what two rows have in common.
    query = query.order_by(col(VehicleModelRow.search_text).collate("C"), col(VehicleModelRow.id)).limit(limit + 1)
    rows = list(await db.exec(query))
    return rows[:limit], len(rows) > limit


async def vehicle_model(*, db: AsyncSession, vehicle_model_id: str) -> Vehicle:
    """Return a car of the catalogue; raises ``UnknownVehicleModel``."""
    row = await db.get(VehicleModelRow, vehicle_model_id)
    if row is None:
        raise UnknownVehicleModel("unknown_vehicle_model")
    return vehicle_of(row)


def vehicle_of(row: VehicleModelRow) -> Vehicle:
    """Return the car that a row describes."""
    return Vehicle(
        name=" ".join(filter(None, (row.brand, row.model, row.variant))),
        kind=VehicleKind(row.kind),
        usable_kwh=row.usable_kwh,
        ac_power_kw=row.ac_power_kw,
        ac_phases=row.ac_phases,
        ac_one_phase_kw=row.ac_one_phase_kw,
        dc_curve=tuple(CurvePoint(Decimal(percent), Decimal(power)) for percent, power in row.dc_curve),
    )


def folded(text: str) -> str:
    """Return text without case and accents: ``Škoda`` is found as ``skoda``."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in plain if not unicodedata.combining(character))


def _values(source: str, car: CatalogueCar) -> dict[str, Any]:
    vehicle = car.vehicle
    digest = hashlib.sha256(f"{source}/{car.source_id}".encode()).hexdigest()[:24]
    return {
        "id": f"{Prefix.VEHICLE_MODEL}_{digest}",
        "source": source,
        "source_id": car.source_id,
        "brand": car.brand,
        "model": car.model,
        "variant": car.variant,
        "release_year": car.release_year,
        "kind": vehicle.kind.value,
        "usable_kwh": vehicle.usable_kwh,
        "ac_power_kw": vehicle.ac_power_kw,
        "ac_phases": vehicle.ac_phases,
        "ac_one_phase_kw": vehicle.ac_one_phase_kw,
        "dc_curve": [[f"{point.percent:f}", f"{point.power_kw:f}"] for point in vehicle.dc_curve],
        "search_text": folded(f"{vehicle.name} {car.release_year or ''}").strip(),
    }
