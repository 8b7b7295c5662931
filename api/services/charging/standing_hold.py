"""The hold of a failed start that still stands: found for a quote, taken over by the next start, or released by it.

One intent, one hold: a driver who tries again at the same site within the retry window gets no second hold and no
second 3-D Secure. The quote says so first, with the exact amount that stands, so that consent stays exact (PSD2 Art.
75). What passing on means to the charge that failed is in ``domain/charging/table_start.py``.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.facts import StartRetried, Timer
from api.domain.charging.lifecycle import keeps_hold
from api.domain.charging.state import ChargingStatus, HoldStatus
from api.domain.finance.payer import Payer, Psp
from api.domain.money import Money
from api.models.charging import ChargingSession, ChargingTimer
from api.models.driver import Driver
from api.models.location import LocationRow
from api.models.payment import HoldRow
from api.ports import Ports
from api.ports.policy import ServicePolicy
from api.services.charging.advance import apply_facts, lock_charge
from api.services.charging.carry import hold_of
from api.services.charging.stored_state import state_of
from api.services.roaming.near import same_site


@dataclass(frozen=True, slots=True)
class StandingHold:
    """A hold that a new start could take over, the failed charge that it is still of, and how long it waits."""

    hold_id: str
    charging_session_id: str
    amount: Money
    placed_at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class HoldOffer:
    """What a quote would hold for whom and where; ``cap`` is the most that the driver wants held."""

    driver: Driver
    location: LocationRow
    needed: Money
    cap: Money | None = None

    def allows(self, standing: Money) -> bool:
        """Say whether a hold that stands is large enough, and not more than the driver wants."""
        return standing >= self.needed and (self.cap is None or standing <= self.cap)


async def reusable_hold(
    *, db: AsyncSession, policy: ServicePolicy, now: datetime, offer: HoldOffer
) -> StandingHold | None:
    """Return the hold that a start would take over: on the driver's card, at this site, and large enough."""
    query = (
        select(HoldRow, ChargingTimer.due_at)
        .join(ChargingSession, col(ChargingSession.id) == col(HoldRow.charging_session_id))
        .join(ChargingTimer, col(ChargingTimer.charging_session_id) == col(ChargingSession.id))
        .where(_stands(offer.driver.id), ChargingTimer.timer == Timer.RETRY_WINDOW, col(ChargingTimer.due_at) > now)
        .order_by(col(HoldRow.created_at), col(HoldRow.id))
    )
    for hold, until in await db.exec(query):
        amount = Money(hold.amount_minor, hold.currency)
        charge = await db.get_one(ChargingSession, hold.charging_session_id)
        fits = await _fits(db, policy, now, offer.driver, hold, charge, offer.location, offer.needed.currency)
        if fits and offer.allows(amount):
            return StandingHold(hold.id, charge.id, amount, hold.created_at, until)
    return None


async def take_over_hold(
    *, db: AsyncSession, ports: Ports, now: datetime, driver: Driver, charge: ChargingSession
) -> HoldRow | None:
    """Give a new charge the driver's standing hold, if it is exactly what they agreed to; release any other.

    The failed charges are locked one after the other, oldest first, and each is asked again under its lock: its clock,
    its late session or another start may have been quicker.
    """
    location = await db.get_one(LocationRow, charge.location_key)
    query = select(ChargingSession.id).where(_stands(driver.id)).order_by(col(ChargingSession.created_at))
    taken: HoldRow | None = None
    for failed_id in list(await db.exec(query)):
        failed = await lock_charge(db=db, charging_session_id=failed_id)
        if not keeps_hold(state_of(failed)):
            continue
        hold = await hold_of(db, failed)
        agreed = (hold.amount_minor, hold.currency) == (charge.hold_minor, charge.currency)
        fits = await _fits(db, ports.policy, now, driver, hold, failed, location, charge.currency)
        adopts = taken is None and agreed and fits and charge.payer_type == Payer.CARD
        retried = StartRetried(charge.id, adopts=adopts)
        await apply_facts(db=db, ports=ports, now=now, charge=failed, facts=[retried])
        taken = hold if adopts else taken
    return taken


def _stands(driver_id: str) -> ColumnElement[bool]:
    """Return the condition for charges of a driver that failed and still keep their hold."""
    return (
        (col(ChargingSession.driver_id) == driver_id)
        & (col(ChargingSession.status) == ChargingStatus.START_FAILED)
        & (col(ChargingSession.hold_status) == HoldStatus.PLACED)
    )


async def _fits(
    db: AsyncSession,
    policy: ServicePolicy,
    now: datetime,
    driver: Driver,
    hold: HoldRow,
    failed: ChargingSession,
    location: LocationRow,
    currency: str,
) -> bool:
    """Say whether a hold can secure another charge at ``location``: same card and money, same site, not about to lapse.

    The processor must have said that it stands: what was asked of it besides, or is not known, is no security.
    """
    if hold.status != HoldStatus.PLACED or hold.currency != currency or hold.psp != Psp.STRIPE:
        return False  # a wallet reserves anew for nothing
    if hold.payment_method_id != driver.payment_method_id or hold.customer_id != driver.processor_customer_id:
        return False
    if hold.capture_before is not None and hold.capture_before - policy.hold_expiry_margin <= now:
        return False
    there = await db.get(LocationRow, failed.location_key)
    return failed.location_key == location.key or (there is not None and same_site(there, location))
