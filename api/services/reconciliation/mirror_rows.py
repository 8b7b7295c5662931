"""Storing copied objects: a page in one statement; what was seen later wins, whoever comes first."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import TextClause, text
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from api.models.mirror import ProcessorEntry, ProcessorPayment, ProcessorRefund
from api.ports.mirror import PaymentCopy, RefundCopy
from api.ports.settlement import BalanceEntry

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Stored:
    """What a page brought."""

    new: int
    changed: int


async def store_rows(*, db: AsyncSession, table: type[SQLModel], rows: Iterable[Row], seen_at: datetime) -> Stored:
    """Store objects as they were at ``seen_at``; one that was seen later stays as it is."""
    by_id = {row["id"]: {**row, "seen_at": seen_at.isoformat()} for row in rows}
    if not by_id:
        return Stored(0, 0)
    told = json.dumps(list(by_id.values()))
    counted = (await (await db.connection()).execute(_statement(table), {"rows": told})).one()
    return Stored(counted.new, counted.changed)


@cache
def _statement(table: type[SQLModel]) -> TextClause:
    """Return the statement for one table: told rows in, counts of new and changed ones out.

    In order of ids, so that two runs that store the same ones wait for each other instead of locking crosswise.
    """
    name = str(table.__tablename__)
    columns = [column.name for column in SQLModel.metadata.tables[name].columns]
    content = [column for column in columns if column not in ("id", "seen_at")]

    def of(source: str) -> str:
        return ", ".join(f"{source}.{column}" for column in content)

    return text(
        f"WITH told AS (SELECT * FROM json_populate_recordset(CAST(NULL AS {name}), CAST(:rows AS json))),"  # noqa: S608 - our own names
        f" before AS (SELECT old.* FROM {name} old WHERE old.id IN (SELECT id FROM told)),"
        f" stored AS (INSERT INTO {name} AS kept ({', '.join(columns)})"
        f" SELECT {', '.join(columns)} FROM told ORDER BY id ON CONFLICT (id) DO UPDATE SET"
        f" {', '.join(f'{column} = excluded.{column}' for column in [*content, 'seen_at'])}"
        " WHERE kept.seen_at <= excluded.seen_at RETURNING kept.*)"
        " SELECT count(*) FILTER (WHERE before.id IS NULL) AS new, count(*) FILTER (WHERE before.id IS NOT NULL"
        f" AND ({of('before')}) IS DISTINCT FROM ({of('stored')})) AS changed"
        " FROM stored LEFT JOIN before ON before.id = stored.id"
    )


def payment_rows(found: Sequence[PaymentCopy]) -> list[Row]:
    """Return payments as rows."""
    return [
        {
            "id": one.payment_intent_id,
            "status": one.status,
            "currency": one.amount.currency,
            "amount_minor": one.amount.minor,
            "capturable_minor": one.capturable.minor,
            "received_minor": one.received.minor,
            "refunded_minor": one.refunded.minor,
            "cancellation_reason": one.cancellation_reason,
            "capture_before": one.capture_before.isoformat() if one.capture_before else None,
            "charge_id": one.charge_id,
            "hold_id": one.hold_id,
            "charging_session_id": one.charging_session_id,
            "subject_id": one.subject_id,
            "environment": one.environment,
            "created_at": one.created_at.isoformat(),
        }
        for one in found
    ]


def refund_rows(found: Sequence[RefundCopy]) -> list[Row]:
    """Return refunds as rows."""
    return [
        {
            "id": one.processor_refund_id,
            "payment_intent_id": one.payment_intent_id,
            "status": one.status,
            "currency": one.amount.currency,
            "amount_minor": one.amount.minor,
            "failure_reason": one.failure_reason,
            "refund_id": one.refund_id,
            "environment": one.environment,
            "created_at": one.created_at.isoformat(),
        }
        for one in found
    ]


def entry_rows(found: Sequence[BalanceEntry]) -> list[Row]:
    """Return movements of the balance as rows."""
    return [
        {
            "id": one.entry_id,
            "kind": one.kind,
            "reporting_category": one.reporting_category,
            "currency": one.net.currency,
            "amount_minor": one.amount.minor,
            "fee_minor": one.fee.minor,
            "net_minor": one.net.minor,
            "source_id": one.source_id,
            "payment_intent_id": one.payment_intent_id,
            "created_at": one.created_at.isoformat(),
            "available_at": one.available_at.isoformat(),
        }
        for one in found
    ]


TABLES: dict[str, type[SQLModel]] = {
    "payments": ProcessorPayment,
    "refunds": ProcessorRefund,
    "entries": ProcessorEntry,
    "refunds_again": ProcessorRefund,
    "payments_again": ProcessorPayment,
}
"""By kind of progress: what is listed, then what is looked at again; in this order."""
