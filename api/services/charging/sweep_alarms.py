"""Alarms for captures that do not get through, graded by the hold's last moment and not by attempts (payments.md 4.31).

Two days before the hold lapses finance is warned, a day and six hours before it the same finding grows; it closes when
the capture has ended. Does not live here: trying again (``sweep.py``), and holds whose bill is missing (``timers.py``).
"""

import logging
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.rules import BANDS, band_of
from api.domain.money import Money
from api.models.finance import MismatchRow
from api.models.payment import HoldRow, PaymentOperation
from api.ports import Ports
from api.services.charging.findings import close_findings, open_finding
from api.services.payments.operations import UNFINISHED, OperationKind
from api.services.work import Work

AT_RISK = "capture_at_risk"
"""The reason of the finding; its ``severity`` is in the detail."""

_log = logging.getLogger(__name__)


async def sweep_captures_at_risk(*, work: Work, ports: Ports) -> int:
    """Open, raise and close the findings of captures that are not through; return how many were opened or raised."""
    now = ports.clock.now()
    raised = 0
    async with work() as db:
        under_way = await _under_way(db, now)
        for operation, hold in under_way:
            raised += await _alarm(db, ports, now, operation, hold)
        known = select(MismatchRow.subject).where(MismatchRow.reason == AT_RISK, col(MismatchRow.resolved_at).is_(None))
        for subject in set(await db.exec(known)) - {hold.charging_session_id for _, hold in under_way}:
            await close_findings(db=db, now=now, reasons=(AT_RISK,), subject=subject)
    return raised


async def _under_way(db: AsyncSession, now: datetime) -> list[tuple[PaymentOperation, HoldRow]]:
    """Return the captures that are not through though their holds end soon."""
    query = (
        select(PaymentOperation, HoldRow)
        .join(HoldRow, col(HoldRow.id) == col(PaymentOperation.hold_id))
        .where(
            PaymentOperation.kind == OperationKind.CAPTURE,
            col(PaymentOperation.state).in_(UNFINISHED),
            col(HoldRow.capture_before) <= now + BANDS[-1].within,
        )
    )
    return list(await db.exec(query))


async def _alarm(db: AsyncSession, ports: Ports, now: datetime, operation: PaymentOperation, hold: HoldRow) -> bool:
    """Tell finance of one capture, unless it was told the same before."""
    if hold.capture_before is None:
        return False
    band = band_of(hold.capture_before - now)
    subject = hold.charging_session_id
    query = select(MismatchRow).where(MismatchRow.reason == AT_RISK, MismatchRow.subject == subject)
    told = (await db.exec(query)).first()
    if band is None or (told and told.resolved_at is None and told.detail.get("severity") == band.name):
        return False
    facts = {"severity": band.name, "capture_before": hold.capture_before.isoformat(), "attempts": operation.attempts}
    await open_finding(
        db=db,
        ports=ports,
        now=now,
        reason=AT_RISK,
        subject=subject,
        charging_session_id=subject,
        amount=Money(operation.amount_minor or 0, hold.currency),
        detail=facts,
        severity=band.severity,
        due_at=hold.capture_before,
    )
    _log.error("capture.at_risk", extra={"charging_session_id": subject, **facts})
    return True
