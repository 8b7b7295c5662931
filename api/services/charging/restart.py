"""Trying again: after a failed start, after a charge that stopped by itself, or at the post where the cable really is.

Trying again is a quote like any other, for the same connector or another one of the site, so that the driver agrees to
an exact amount (PSD2 Art. 75) and one tap starts it. What it adds: what becomes of the hold of the try before, and
whether the fee of a start is due once more (CK16). A failed start's hold is used again; that of a charge that delivered
energy waits for its bill, because it can be captured once (``docs/decisions/0025-a-bill-a-hold.md``).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.facts import StartRejected
from api.domain.charging.state import HOLD_ENDED, NO_CHARGE, ChargingStatus
from api.domain.errors import Conflict, Invalid
from api.domain.money import Money
from api.domain.roaming.location import EvseStatus
from api.models.charging import ChargingSession, Quote
from api.models.driver import Driver
from api.models.location import ConnectorRow, EvseRow, LocationRow
from api.ports import Ports
from api.services.charging.advance import UnknownCharge, apply_facts, lock_charge
from api.services.charging.queries import charge_of_driver, hold_of_charge
from api.services.charging.quote import quote_charge
from api.services.roaming.near import same_site

WRONG_CONNECTOR = "wrong_connector"
_SWITCHABLE = frozenset({ChargingStatus.START_ACCEPTED, ChargingStatus.START_UNKNOWN})


class StillGoingOn(Conflict):
    """The charge is not over: there is nothing to start again yet. Facts: ``status``."""


class NotAtThisSite(Invalid):
    """The connector is not at the site of the charge; ask for an ordinary quote."""


class NothingToSwitch(Conflict):
    """No cable in the wrong post is suspected, or the charge went on since. Facts: ``status``."""


class HoldNote(StrEnum):
    """What another try means to the money that is reserved."""

    REUSED = "reused"
    """The hold of the failed start is used: nothing more is reserved."""
    REPLACED = "replaced"
    """The hold of the failed start does not fit: it goes when the next try starts, and a new one comes."""
    BESIDE = "beside"
    """The hold of the charge before stands until its bill is settled: a new one comes beside it."""
    NEW = "new"
    """Nothing is reserved any more: a new hold comes."""


@dataclass(frozen=True, slots=True)
class Restart:
    """A quote for another try, for which connector it is, and what of the fees of a start is due."""

    quote: Quote
    connector_id: str
    note: HoldNote
    earlier: Money | None
    """What the charge before still has reserved, where that is not used again."""
    start_fee: bool | None
    """Whether a start costs something here; None: no price is known."""
    start_fee_again: bool | None
    """Whether that is due a second time, since the charge before delivered energy or will be billed."""

    @property
    def reuses_hold(self) -> bool:
        """Say whether the hold of the try before is used again."""
        return self.quote.price["hold"].get("reuses_hold") is not None


async def quote_restart(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    driver: Driver,
    charging_session_id: str,
    connector_public_id: str | None = None,
) -> Restart:
    """Quote another try after a charge that is over or never began.

    Raises UnknownCharge, StillGoingOn, NotAtThisSite, and what ``quote_charge`` raises.
    """
    charge = await charge_of_driver(db=db, driver_id=driver.id, charging_session_id=charging_session_id)
    if charge.freed_at is None:
        raise StillGoingOn("still_going_on", status=charge.status)
    return await _quoted(db, ports, now, driver, charge, connector_public_id)


async def switch_connector(
    *, db: AsyncSession, ports: Ports, now: datetime, driver: Driver, charging_session_id: str
) -> Restart:
    """Give up a start whose cable is in the neighbor's post, and quote that one within the hold that stands.

    Safe though the first start was sent: its EVSE is told to be free, so nothing can charge there; a session that comes
    all the same is stopped, like any that comes too late. Raises UnknownCharge, NothingToSwitch, NotStartable.
    """
    charge = await lock_charge(db=db, charging_session_id=charging_session_id)
    if charge.driver_id != driver.id:
        raise UnknownCharge("unknown_charging_session")
    suspicion = charge.guidance.get(WRONG_CONNECTOR)
    evse = await db.get(EvseRow, charge.evse_key)
    free = evse is not None and evse.status == EvseStatus.AVAILABLE
    if suspicion is None or not suspicion["connector_ids"] or charge.status not in _SWITCHABLE or not free:
        raise NothingToSwitch("nothing_to_switch", status=charge.status)
    await apply_facts(db=db, ports=ports, now=now, charge=charge, facts=[StartRejected(WRONG_CONNECTOR)])
    return await _quoted(db, ports, now, driver, charge, suspicion["connector_ids"][0])


async def _quoted(
    db: AsyncSession, ports: Ports, now: datetime, driver: Driver, charge: ChargingSession, connector_id: str | None
) -> Restart:
    """Return the quote for another try, and what it means to the fee of a start."""
    wanted = await _connector(db, charge, connector_id)
    visual_id = charge.place.get("visual_id") if wanted.key == charge.connector_key else None
    quote = await quote_charge(
        db=db, ports=ports, now=now, driver=driver, connector_public_id=wanted.public_id, visual_id=visual_id
    )
    fee = _has_start_fee(quote)
    again = None if fee is None else fee and charge.status not in NO_CHARGE
    note, earlier = await _note(db, charge, quote)
    return Restart(quote, wanted.public_id, note, earlier, fee, again)


async def _note(db: AsyncSession, charge: ChargingSession, quote: Quote) -> tuple[HoldNote, Money | None]:
    """Return what becomes of the hold of the charge before, and how much of it stands beside the new one."""
    if quote.price["hold"].get("reuses_hold") is not None:
        return HoldNote.REUSED, None
    hold = await hold_of_charge(db=db, charging_session_id=charge.id)
    if hold is None or hold.status in HOLD_ENDED or not hold.authorized_minor:
        return HoldNote.NEW, None
    note = HoldNote.REPLACED if charge.status in NO_CHARGE else HoldNote.BESIDE
    return note, Money(hold.authorized_minor, hold.currency)


async def _connector(db: AsyncSession, charge: ChargingSession, connector_id: str | None) -> ConnectorRow:
    """Return the connector of the next try: the same one, or another of the site."""
    which = ConnectorRow.key == charge.connector_key if connector_id is None else ConnectorRow.public_id == connector_id
    query = (
        select(ConnectorRow, LocationRow)
        .join(EvseRow, col(EvseRow.key) == col(ConnectorRow.evse_key))
        .join(LocationRow, col(LocationRow.key) == col(EvseRow.location_key))
        .where(which)
    )
    found = (await db.exec(query)).first()
    here = await db.get(LocationRow, charge.location_key)
    if found is None or here is None or not same_site(found[1], here):
        raise NotAtThisSite("not_at_this_site")
    return found[0]


def _has_start_fee(quote: Quote) -> bool | None:
    """Say whether a start itself costs something; None when no price is known."""
    if not quote.price["known"]:
        return None
    return any(each["type"] in {"flat", "session_fee"} for each in quote.price["components"])
