"""Opening findings for finance from where they are seen, one per reason and subject; closing what no longer holds.

What people do with them is in ``services/reconciliation``.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import case, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.ids import Prefix
from api.domain.money import Money
from api.models.finance import MismatchRow
from api.ports import Ports

OPEN, RESOLVED = "open", "resolved"


async def open_finding(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    reason: str,
    subject: str,
    charging_session_id: str | None = None,
    amount: Money | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Open a finding unless the same one is open; a later amount replaces the earlier one, a closed one opens again."""
    values = {
        "id": ports.randomness.new_id(Prefix.MISMATCH),
        "reason": reason,
        "subject": subject,
        "charging_session_id": charging_session_id,
        "amount_minor": amount.minor if amount else None,
        "currency": amount.currency if amount else None,
        "detail": detail or {},
        "opened_at": now,
        "seen_at": now,
    }
    told = {name: values[name] for name in ("amount_minor", "currency", "detail", "seen_at")}
    stands = case((col(MismatchRow.state) == RESOLVED, OPEN), else_=col(MismatchRow.state))
    again = {"resolved_at": None, "resolution": None, "resolved_by": None, "state": stands}
    statement = insert(MismatchRow).values(**values)
    connection = await db.connection()
    await connection.execute(
        statement.on_conflict_do_update(constraint="one_finding_per_reason_and_subject", set_=told | again)
    )


async def close_findings(*, db: AsyncSession, now: datetime, reasons: Collection[str], subject: str) -> None:
    """Close the open findings of these reasons about ``subject``: what they told is no longer so."""
    connection = await db.connection()
    await connection.execute(
        update(MismatchRow)
        .where(
            col(MismatchRow.subject) == subject,
            col(MismatchRow.reason).in_(reasons),
            col(MismatchRow.resolved_at).is_(None),
        )
        .values(resolved_at=now, state=RESOLVED, resolution="auto")
    )
