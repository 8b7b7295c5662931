"""The catalogue in the database: taken over as often as one likes, and searched as people type."""

from datetime import timedelta

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.models.vehicle import VehicleModelRow
from api.services.drivers.ev_data import SOURCE, read_ev_data
from api.services.drivers.vehicles import (
    ImportReport,
    UnknownVehicleModel,
    find_vehicle_models,
    import_vehicle_models,
    vehicle_model,
)
from tests.api.services.drivers.cars import a_car, a_file, a_hybrid
from tests.fakes import START

LATER = START + timedelta(days=1)


async def take_over(db: AsyncSession, *cars: object, later: bool = False) -> ImportReport:
    """Import made-up cars and let the database see them."""
    found = read_ev_data(a_file(*cars))
    report = await import_vehicle_models(db=db, now=LATER if later else START, source=SOURCE, cars=found.cars)
    await db.flush()
    return report


async def names(db: AsyncSession, words: str, limit: int = 10) -> list[str]:
    """Return brand, model and variant of what is found."""
    rows, _ = await find_vehicle_models(db=db, words=words, limit=limit)
    return [" ".join(filter(None, (row.brand, row.model, row.variant))) for row in rows]


async def test_importing_again_changes_nothing(db: AsyncSession) -> None:
    """The second time every car is known; a changed one is written, keeps its id, and nothing else is touched."""
    assert await take_over(db, a_car(), a_hybrid()) == ImportReport(added=2)
    first = {row.source_id: row.id for row in await db.exec(select(VehicleModelRow))}
    db.expire_all()
    assert await take_over(db, a_car(), a_hybrid(), later=True) == ImportReport(unchanged=2)
    assert await take_over(db, a_car(usable_battery_size=80.1), later=True) == ImportReport(changed=1)
    rows = {row.source_id: row for row in await db.exec(select(VehicleModelRow))}
    assert {key: row.id for key, row in rows.items()} == first
    assert sorted(row.updated_at for row in rows.values()) == [START, LATER]
    assert all(row.id.startswith("vhm_") for row in rows.values())


async def test_a_stored_car_is_the_car_that_was_read(db: AsyncSession) -> None:
    """Through the database and back not a digit is lost, curve included."""
    (car,) = read_ev_data(a_file(a_car())).cars
    await take_over(db, a_car())
    row_id = (await db.exec(select(VehicleModelRow))).one().id
    db.expire_all()
    assert await vehicle_model(db=db, vehicle_model_id=row_id) == car.vehicle
    with pytest.raises(UnknownVehicleModel):
        await vehicle_model(db=db, vehicle_model_id="vhm_none")


async def test_two_sources_do_not_meet(db: AsyncSession) -> None:
    """The same id at another source is another car."""
    await take_over(db, a_car())
    cars = read_ev_data(a_file(a_car())).cars
    assert await import_vehicle_models(db=db, now=START, source="other", cars=cars) == ImportReport(added=1)
    await db.flush()
    assert len(await names(db, "")) == 2


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("skola mura", ["Škola Můra"]),
        ("MŮRA škola", ["Škola Můra"]),
        ("fjord long", ["Nordwind Fjord Long Range"]),
        ("2024 nordwind", ["Nordwind Fjord Long Range"]),
        ("fjo", ["Nordwind Fjord", "Nordwind Fjord Long Range"]),
        ("%", []),
        ("_", []),
        ("fjord mura", []),
        ("", ["Nordwind Fjord", "Nordwind Fjord Long Range", "Škola Můra"]),
    ],
)
async def test_every_word_counts_whatever_its_case_and_accents(db: AsyncSession, words: str, found: list[str]) -> None:
    """Words in any order, parts of words, no accents needed, and no sign has a meaning of its own."""
    await take_over(db, a_car(), a_hybrid(), a_car(3, variant="", release_year=None))
    assert await names(db, words) == found


async def test_a_limit_says_that_there_is_more(db: AsyncSession) -> None:
    """The order is the same every time, also for cars of one name, and a cut list says so."""
    await take_over(db, *(a_car(number) for number in range(5)))
    rows, more = await find_vehicle_models(db=db, words="fjord", limit=3)
    again, _ = await find_vehicle_models(db=db, words="fjord", limit=5)
    assert ([row.id for row in rows], more) == ([row.id for row in again][:3], True)
    assert not (await find_vehicle_models(db=db, words="fjord", limit=5))[1]
