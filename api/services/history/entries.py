"""What stands beside a charge in the history: its hold, its receipt, what was paid, what came back, who paid.

Read for a whole page at once, so that a page of a hundred charges takes no more questions than a page of one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Row, text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.paper import PaperKind
from api.domain.finance.payer import Payer
from api.models.charging import ChargingSession
from api.models.finance import FleetAccount, FleetMember, Receipt
from api.models.payment import HoldRow

_BESIDE = text("""
SELECT c.id,
  (SELECT sum(received_minor) FROM payin p
    WHERE p.charging_session_id = c.id AND p.purpose = 'receivable') AS paid_later,
  (SELECT sum(CASE WHEN r.state = 'succeeded' THEN r.amount_minor ELSE r.repaid_minor END) FROM refund r
    WHERE r.charging_session_id = c.id) AS refunded
FROM charging_session c WHERE c.id = ANY(:ids)
""")


@dataclass(frozen=True, slots=True)
class PaperInShort:
    """The receipt that counts."""

    id: str
    number: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One charge of the history. Money in minor units of the charge's currency."""

    charge: ChargingSession
    hold: HoldRow | None
    receipt: PaperInShort | None
    paid_minor: int | None
    """What was taken for it, from whoever pays; None: nothing yet, and it is not settled."""
    refunded_minor: int
    """What of it has gone back since."""
    employer: str | None
    """The company that pays, where that is not the driver (CK29)."""


async def entries_of(*, db: AsyncSession, charges: Sequence[ChargingSession]) -> list[Entry]:
    """Return charges with what stands beside them, in the same order."""
    ids = [each.id for each in charges]
    holds = {each.charging_session_id: each for each in await _holds(db, ids)}
    receipts = await _receipts(db, ids)
    beside = {each.id: each for each in await (await db.connection()).execute(_BESIDE, {"ids": ids})}
    employers = await _employers(db, charges, holds)
    return [
        Entry(
            charge=each,
            hold=holds.get(each.id),
            receipt=receipts.get(each.id),
            paid_minor=_paid(each, beside[each.id]),
            refunded_minor=int(beside[each.id].refunded or 0),
            employer=employers.get(each.id),
        )
        for each in charges
    ]


def _paid(charge: ChargingSession, beside: Row[tuple[object, ...]]) -> int | None:
    """Return what was captured of the hold and paid later; what failed or cost nothing was settled with nothing."""
    if charge.captured_minor is None and beside.paid_later is None and charge.final_at is None:
        return None
    return (charge.captured_minor or 0) + int(beside.paid_later or 0)


async def _holds(db: AsyncSession, ids: list[str]) -> Iterable[HoldRow]:
    return await db.exec(select(HoldRow).where(col(HoldRow.charging_session_id).in_(ids)))


async def _receipts(db: AsyncSession, ids: list[str]) -> dict[str, PaperInShort]:
    """Return the newest receipt of each charge: each new one cancelled the one before."""
    query = select(Receipt.charging_session_id, Receipt.id, Receipt.number).where(
        col(Receipt.charging_session_id).in_(ids), Receipt.kind == PaperKind.RECEIPT
    )
    rows = await db.exec(query.order_by(col(Receipt.revision)))
    return {str(charge): PaperInShort(paper, number) for charge, paper, number in rows}


async def _employers(db: AsyncSession, charges: Sequence[ChargingSession], holds: dict[str, HoldRow]) -> dict[str, str]:
    """Return the names of the fleets that pay: the one behind the hold, else the one that the driver drives for."""
    on_fleet = [each for each in charges if each.payer_type == Payer.FLEET]
    if not on_fleet:
        return {}
    payers = {each.id: holds[each.id].payer_id if each.id in holds else None for each in on_fleet}
    known = select(FleetAccount.id, FleetAccount.name).where(col(FleetAccount.id).in_(filter(None, payers.values())))
    names = dict((await db.exec(known)).all())
    of_now = select(FleetAccount.name).join(FleetMember).where(FleetMember.driver_id == on_fleet[0].driver_id)
    now = (await db.exec(of_now)).first()
    found = {charge: names.get(payer) if payer else now for charge, payer in payers.items()}
    return {charge: name for charge, name in found.items() if name is not None}
