"""Ratings: an average needs a handful of drivers, guests give none, erasure takes them along."""

from decimal import Decimal

import pytest

from api.domain.charging.state import ChargingStatus
from api.services.accounts.erase import erase
from api.services.accounts.export_data import data_of_driver
from api.services.history.ratings import (
    Average,
    GuestsDoNotRate,
    average_at_connector,
    average_of_network,
    rate_charge,
)
from tests.bench import Bench
from tests.builders import connector_of
from tests.charges import a_charge

S = ChargingStatus


async def rated(bench: Bench, driver_id: str, score: int, comment: str | None = None) -> str:
    """Let a driver rate a charge that failed to start."""
    charge = await a_charge(bench, S.START_FAILED, driver_id=driver_id)
    await bench.drain()
    async with bench.work() as db:
        await rate_charge(
            db=db,
            now=bench.clock.now(),
            driver_id=driver_id,
            charging_session_id=charge.id,
            score=score,
            comment=comment,
        )
    return charge.id


async def averages(bench: Bench) -> tuple[Average | None, Average | None]:
    """Return the average of the post and of its network."""
    async with bench.work() as db:
        return (
            await average_at_connector(db=db, connector_public_id=connector_of()),
            await average_of_network(db=db, country_code="de", party_id="CPO"),
        )


@pytest.mark.capability("CM28")
async def test_an_average_is_of_a_handful_of_drivers(bench: Bench) -> None:
    """Four drivers with five ratings are too few, for one of them could be worked out; five make an average."""
    for driver, score in (("drv_1", 5), ("drv_1", 5), ("drv_2", 4), ("drv_3", 4), ("drv_4", 1)):
        await rated(bench, driver, score)
    assert await averages(bench) == (None, None)
    await rated(bench, "drv_5", 4)
    assert await averages(bench) == (Average(Decimal("3.8"), 6),) * 2
    async with bench.work() as db:
        assert await average_of_network(db=db, country_code="DE", party_id="XYZ") is None


@pytest.mark.capability("CM28")
async def test_guests_give_no_ratings(bench: Bench) -> None:
    """Nobody could tell one guest from another, nor let them change it."""
    charge = await a_charge(bench, S.START_FAILED)
    await bench.drain()
    await bench.rows("UPDATE driver SET kind = 'guest' WHERE id = 'drv_1' RETURNING id")
    async with bench.work() as db:
        with pytest.raises(GuestsDoNotRate):
            await rate_charge(
                db=db,
                now=bench.clock.now(),
                driver_id="drv_1",
                charging_session_id=charge.id,
                score=5,
                comment=None,
            )


@pytest.mark.capability("L7")
async def test_ratings_are_copied_and_forgotten(bench: Bench) -> None:
    """The copy of one's data has score and words; erasure deletes them, and nobody else's."""
    await rated(bench, "drv_1", 2, "Dark at night.")
    await rated(bench, "drv_2", 3, "Fine.")
    async with bench.work() as db:
        (copied,) = (await data_of_driver(db=db, driver_id="drv_1"))["rating"]
    assert (copied["score"], copied["comment"]) == (2, "Dark at night.")
    await bench.rows("UPDATE driver SET closing_at = :now WHERE id = 'drv_1' RETURNING id", now=bench.clock.now())
    assert await erase(work=bench.work, ports=bench.ports, driver_id="drv_1")
    assert [row[0] for row in await bench.rows("SELECT comment FROM rating")] == ["Fine."]
