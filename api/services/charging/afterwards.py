"""Telling the machine what moved beside the hold: rows folded to totals, fed as one fact under the charge's lock.

Called after every change of a refund, credit, dispute, write-off or later payment; totals that are told twice change
nothing. What follows from them is decided in ``domain/charging/table_coupling.py``.
"""

from datetime import datetime

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.afterwards import Afterwards, put_right_by_both
from api.domain.charging.facts import MoneyMovedAfterwards
from api.domain.money import Money
from api.models.afterwards import CreditRow
from api.models.charging import ChargingSession
from api.ports import Ports
from api.services.charging.advance import apply_facts, lock_charge
from api.services.charging.receivable import true_up_write_off

_TOTALS = text("""
SELECT
  coalesce(sum(amount_minor) FILTER (WHERE state IN ('failed', 'denied')), 0) AS withheld,
  coalesce(sum(repaid_minor), 0) AS repaid,
  coalesce(sum(returned_minor), 0) AS returned,
  coalesce(sum(credited_minor), 0) AS credited,
  (SELECT coalesce(sum(amount_minor), 0) FROM credit
    WHERE charging_session_id = :charge AND state = 'approved') AS waived,
  (SELECT array_agg(ARRAY[corrects_minor, amount_minor]) FROM credit
    WHERE charging_session_id = :charge AND state = 'approved' AND corrects_minor IS NOT NULL) AS corrections,
  (SELECT coalesce(sum(amount_minor), 0) FROM write_off
    WHERE charging_session_id = :charge AND state = 'approved') AS written_off,
  (SELECT coalesce(sum(received_minor), 0) FROM payin
    WHERE charging_session_id = :charge AND purpose = 'receivable') AS paid,
  (SELECT coalesce(sum(withdrawn_minor), 0) FROM dispute WHERE charging_session_id = :charge) AS disputed
FROM refund WHERE charging_session_id = :charge
""")


async def afterwards_of(*, db: AsyncSession, charge: ChargingSession, owed_minor: int | None = None) -> Afterwards:
    """Return what moved beside a charge's hold, folded from what is stored.

    A credit that put a bill right counts for less where the operator puts it right too: ``owed_minor`` is the bill to
    count by, that of the charge if None.
    """
    owed = charge.owed_minor if owed_minor is None else owed_minor
    await db.flush()
    connection = await db.connection()
    row = (await connection.execute(_TOTALS, {"charge": charge.id})).one()
    corrected = 0 if owed is None else put_right_by_both(row.corrections or (), owed)

    def money(minor: int) -> Money:
        return Money(int(minor), charge.currency)

    return Afterwards(
        withheld=money(row.withheld),
        repaid=money(row.repaid),
        returned=money(row.returned),
        disputed=money(row.disputed),
        paid=money(row.paid),
        credited=money(row.credited + row.waived - corrected),
        written_off=money(row.written_off),
    )


async def has_corrections(*, db: AsyncSession, charge: ChargingSession) -> bool:
    """Say whether a credit put a wrong bill of the charge right."""
    query = select(CreditRow.id).where(
        CreditRow.charging_session_id == charge.id, col(CreditRow.corrects_minor).is_not(None)
    )
    return (await db.exec(query)).first() is not None


async def tell_afterwards(*, db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession) -> None:
    """Tell the machine the totals of a locked charge and carry out what it orders."""
    totals = await afterwards_of(db=db, charge=charge)
    await apply_facts(db=db, ports=ports, now=now, charge=charge, facts=[MoneyMovedAfterwards(totals)])
    await true_up_write_off(db=db, ports=ports, now=now, charge=charge)


async def count_afterwards(*, db: AsyncSession, ports: Ports, now: datetime, charging_session_id: str) -> None:
    """Tell the machine the totals of a charge."""
    charge = await lock_charge(db=db, charging_session_id=charging_session_id)
    await tell_afterwards(db=db, ports=ports, now=now, charge=charge)
