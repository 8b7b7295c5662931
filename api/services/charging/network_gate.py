"""Whether our agreement with a network lets this driver start there from the app, and what is missing if not (CM02)."""

from datetime import datetime

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict
from api.domain.language import language_of
from api.domain.passes import NextStep, PassPolicy, PassStatus, missing_step
from api.models.driver import Driver
from api.models.location import LocationRow
from api.models.network import Network
from api.models.passes import DriverPass
from api.services.charging.quote_place import (
    NotStartable,
    Place,
    refuse_by_agreement,
    refuse_during_work,
    startable_place,
)
from api.services.roaming.driver_passes import status_at
from api.services.roaming.networks import network_id, policy_of
from api.services.roaming.pass_texts import step_text

_FURTHEST = (PassStatus.RECEIVED, PassStatus.SHIPPED, PassStatus.ORDERED)


class PassNotActivated(Conflict):
    """The network asks for a pass. Facts: ``step``, ``text`` (the driver's language), ``pass_id``, ``network_id``."""


async def place_for_driver(*, db: AsyncSession, now: datetime, driver: Driver, connector_public_id: str) -> Place:
    """Return the place of a connector where this driver may start; raises what both checks raise."""
    place = await startable_place(db=db, now=now, connector_public_id=connector_public_id)
    await _refuse_without_pass(db, now, driver, place.location)
    return place


async def refuse_by_network(*, db: AsyncSession, now: datetime, driver: Driver, location: LocationRow) -> None:
    """Raise NotStartable or PassNotActivated where the agreement with the location's network does not allow a start."""
    await refuse_by_agreement(db=db, location=location)
    await refuse_during_work(db=db, now=now, location=location)
    await _refuse_without_pass(db, now, driver, location)


async def _refuse_without_pass(db: AsyncSession, now: datetime, driver: Driver, location: LocationRow) -> None:
    network = await db.get(Network, (location.country_code.upper(), location.party_id.upper()))
    if network is None or (policy := policy_of(network)) is PassPolicy.NONE:
        return
    if driver.kind == "guest":
        raise NotStartable.at(location, "network_needs_pass")
    rows = list(await db.exec(select(DriverPass).where(DriverPass.driver_id == driver.id)))
    missing = missing_step(policy, [status_at(row, now) for row in rows])
    if missing is not None:
        raise _not_activated(driver, network, rows, missing)


def _not_activated(driver: Driver, network: Network, rows: list[DriverPass], missing: NextStep) -> PassNotActivated:
    """Return the refusal with the one step to take, and the pass to take it with."""
    closest = (row.id for status in _FURTHEST for row in rows if row.status == status)
    return PassNotActivated(
        "pass_not_activated",
        step=missing,
        text=step_text(missing, language_of(driver.language)),
        pass_id=next(closest, None),
        network_id=network_id(network.country_code, network.party_id),
        network=network.name,
    )
