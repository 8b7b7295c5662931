"""Partners' records of what they invoiced: stored as they came, updated, taken back (OCPI 2.3.0 ed2).

A repetition changes nothing. Another content under a known id counts only as an update, which is a PUT or a pull and
not older than what we hold; anything else is kept beside it and told to finance. Does not live here: what is right in
an invoice (``domain/finance/invoice_check.py``, ``invoice_checks.py``).
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, insert, text
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.domain.finance.invoice_check import InvoiceFault, InvoiceReport
from api.models.invoice_report import InvoicedCdrRow, InvoiceReportRow
from api.models.partner import Partner
from api.ports import Ports
from api.services.charging.findings import close_findings, open_finding
from api.services.finance.invoice_checks import check_again
from api.services.roaming.cdrs import content_hash
from api.services.roaming.keys import checked_id, object_key
from api.services.roaming.rows import load_locked

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


class UnknownInvoiceReport(NotFound):
    """There is no such record. Fact: ``id``."""


@dataclass(frozen=True, slots=True)
class StoredReport:
    """A record after a message. ``conflict``: another content came under its id, and the first one counts."""

    row: InvoiceReportRow
    is_new: bool
    conflict: bool


async def store_report(
    *, db: AsyncSession, ports: Ports, now: datetime, partner: Partner, report: InvoiceReport, raw: str, update: bool
) -> StoredReport:
    """Store a record and check it, and every other record that lists the same CDRs. Raises UnusableId."""
    await _one_at_a_time(db, partner)
    key = object_key(partner.id, report.country_code, report.party_id, report.id)
    row = await load_locked(db, InvoiceReportRow, key)
    if row is None:
        row = _new_row(key, partner, report, raw, now)
        db.add(row)
        await db.flush()
        await _list_cdrs(db, row, report)
        await check_again(db=db, ports=ports, now=now, partner=partner, row=row)
        return StoredReport(row, is_new=True, conflict=False)
    if _is_known(row, raw):
        return StoredReport(row, is_new=False, conflict=False)
    revived = row.deleted_at is not None and report.last_updated > row.last_updated
    if revived or (update and row.deleted_at is None and report.last_updated >= row.last_updated):
        before = await _listed(db, row)
        _replace(row, report, raw, now)
        await _settle_conflict(db, row, now)
        await _list_cdrs(db, row, report)
        await check_again(db=db, ports=ports, now=now, partner=partner, row=row, also=before)
        return StoredReport(row, is_new=revived, conflict=False)
    row.conflicting_raw = raw
    await open_finding(
        db=db, ports=ports, now=now, reason=InvoiceFault.REPORT_DIFFERS, subject=key, detail={"invoice": row.invoice_id}
    )
    return StoredReport(row, is_new=False, conflict=True)


async def remove_report(
    *, db: AsyncSession, ports: Ports, now: datetime, partner: Partner, country_code: str, party_id: str, report_id: str
) -> None:
    """Take a record back, as its partner says that it was an error; again does nothing. Raises UnknownInvoiceReport."""
    await _one_at_a_time(db, partner)
    row = await load_locked(db, InvoiceReportRow, object_key(partner.id, country_code, party_id, report_id))
    if row is None:
        raise UnknownInvoiceReport("invoice_report_unknown", id=report_id)
    if row.deleted_at is None:
        row.deleted_at = row.updated_at = now
        await check_again(db=db, ports=ports, now=now, partner=partner, row=row)


async def report_of_partner(
    *, db: AsyncSession, partner: Partner, country_code: str, party_id: str, report_id: str
) -> InvoiceReportRow:
    """Return a record that a partner sent and did not take back; raises UnknownInvoiceReport."""
    row = await db.get(InvoiceReportRow, object_key(partner.id, country_code, party_id, report_id))
    if row is None or row.deleted_at is not None:
        raise UnknownInvoiceReport("invoice_report_unknown", id=report_id)
    return row


async def find_reports(*, db: AsyncSession, wanted: str | None = None) -> list[InvoiceReportRow]:
    """Return records, newest first: all, or those with this key, id or invoice id; raises UnknownInvoiceReport."""
    query = select(InvoiceReportRow)
    if wanted is not None:
        names = (InvoiceReportRow.key, InvoiceReportRow.id, InvoiceReportRow.invoice_id)
        query = query.where(or_(*(col(name) == wanted for name in names)))
    found = list(await db.exec(query.order_by(col(InvoiceReportRow.received_at).desc(), InvoiceReportRow.key)))
    if wanted is not None and not found:
        raise UnknownInvoiceReport("invoice_report_unknown", id=wanted)
    return found


async def state_amount(
    *, db: AsyncSession, now: datetime, row: InvoiceReportRow, amount: Decimal, currency: str, by: str
) -> None:
    """Keep what the invoice document asks for before taxes, as staff read it there."""
    row.stated_amount, row.stated_currency, row.stated_by, row.stated_at = amount, currency, by, now
    db.add(row)
    await db.flush()


async def _one_at_a_time(db: AsyncSession, partner: Partner) -> None:
    """Let nobody else store records of this partner meanwhile: a CDR on two new ones would be seen by neither."""
    await (await db.connection()).execute(_LOCK, {"name": f"invoices of {partner.id}"})


def _new_row(key: str, partner: Partner, report: InvoiceReport, raw: str, now: datetime) -> InvoiceReportRow:
    return InvoiceReportRow(
        key=key,
        partner_id=partner.id,
        country_code=report.country_code.upper(),
        party_id=report.party_id.upper(),
        id=report.id,
        invoice_id=checked_id(report.invoice_id),
        last_updated=report.last_updated,
        raw=raw,
        raw_hash=content_hash(raw),
        received_at=now,
        updated_at=now,
    )


def _replace(row: InvoiceReportRow, report: InvoiceReport, raw: str, now: datetime) -> None:
    """Let a record say something else, keeping what it said."""
    row.earlier = [*row.earlier, {"raw": row.raw, "hash": row.raw_hash, "until": now.isoformat()}]
    row.invoice_id, row.last_updated = checked_id(report.invoice_id), report.last_updated
    row.raw, row.raw_hash, row.updated_at, row.deleted_at = raw, content_hash(raw), now, None


async def _settle_conflict(db: AsyncSession, row: InvoiceReportRow, now: datetime) -> None:
    """Close the finding about another content where that content is what counts now."""
    if row.conflicting_raw is not None and content_hash(row.conflicting_raw) == row.raw_hash:
        row.conflicting_raw = None
        await close_findings(db=db, now=now, reasons=(InvoiceFault.REPORT_DIFFERS,), subject=row.key)


def _is_known(row: InvoiceReportRow, raw: str) -> bool:
    """Say whether a content is a repetition: of what counts, or of what it said before."""
    earlier: list[dict[str, Any]] = row.earlier
    return content_hash(raw) in {row.raw_hash, *(each["hash"] for each in earlier)}


async def _list_cdrs(db: AsyncSession, row: InvoiceReportRow, report: InvoiceReport) -> None:
    """Write which CDRs a record lists, in place of those it listed before."""
    connection = await db.connection()
    await connection.execute(delete(InvoicedCdrRow).where(col(InvoicedCdrRow.report_key) == row.key))
    listed = [
        {
            "report_key": row.key,
            "place": place,
            "partner_id": row.partner_id,
            "cdr_id": checked_id(each).upper(),
            "spelled": each,
        }
        for place, each in enumerate(report.cdr_ids)
    ]
    await connection.execute(insert(InvoicedCdrRow), listed)


async def _listed(db: AsyncSession, row: InvoiceReportRow) -> set[str]:
    query = select(InvoicedCdrRow.cdr_id).where(InvoicedCdrRow.report_key == row.key)
    return set(await db.exec(query))
