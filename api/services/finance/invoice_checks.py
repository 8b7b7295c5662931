"""Checking partners' invoices against the CDRs we hold: the outcome with the record, each difference a finding.

A CDR that two invoices list is the later one's fault. What is no longer so closes its finding.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, ColumnElement, String, any_, cast, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.invoice_check import (
    InvoiceCheck,
    InvoiceDifference,
    ListedCdr,
    Stated,
    check_invoice,
)
from api.domain.money import to_minor_half_up
from api.models.invoice_report import InvoicedCdrRow, InvoiceReportRow
from api.models.partner import Partner
from api.models.roaming import CdrRow
from api.ports import Ports
from api.services.charging.findings import close_findings, open_finding
from api.services.roaming.keys import object_key

MOST_FINDINGS = 50
"""More differences of one kind in one invoice are one finding: the invoice is wrong, not so many CDRs."""


async def check_again(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    partner: Partner,
    row: InvoiceReportRow,
    also: Collection[str] = (),
) -> None:
    """Check a record, and every other one of its partner that lists any of its CDRs or of ``also``."""
    await db.flush()
    listed = {*also, *(line.cdr_id for line in await _lines(db, row))}
    sharing = select(InvoicedCdrRow.report_key).where(
        InvoicedCdrRow.partner_id == partner.id, _among(InvoicedCdrRow.cdr_id, listed)
    )
    query = select(InvoiceReportRow).where(col(InvoiceReportRow.key).in_(sharing))
    others = [other for other in await db.exec(query) if other.key != row.key]
    for each in (row, *others):
        await check_report(db=db, ports=ports, now=now, row=each)


async def check_report(*, db: AsyncSession, ports: Ports, now: datetime, row: InvoiceReportRow) -> InvoiceCheck:
    """Check one record and keep the outcome with it; one that was taken back has nothing wrong any more."""
    lines = await _lines(db, row)
    stated = None
    if row.stated_amount is not None and row.stated_currency is not None:
        stated = Stated(row.stated_amount, row.stated_currency)
    known = await _known(db, row, [line.spelled for line in lines])
    check = check_invoice([line.spelled for line in lines], known, stated)
    differences = () if row.deleted_at is not None else check.differences
    written = [_written(difference) for difference in differences]
    await _tell(db, ports, now, row, written)
    row.sums = {
        currency: [str(before), None if after is None else str(after)]
        for currency, (before, after) in check.sums.items()
    }
    row.differences = written
    row.checked_at = now
    db.add(row)
    await db.flush()
    return InvoiceCheck(check.sums, tuple(differences))


async def open_reports(db: AsyncSession, partner_id: str) -> list[InvoiceReportRow]:
    """Return the records of a partner that had differences when they were last checked."""
    query = select(InvoiceReportRow).where(
        InvoiceReportRow.partner_id == partner_id, func.jsonb_array_length(col(InvoiceReportRow.differences)) > 0
    )
    return list(await db.exec(query.order_by(col(InvoiceReportRow.received_at), InvoiceReportRow.key)))


async def _tell(
    db: AsyncSession, ports: Ports, now: datetime, row: InvoiceReportRow, differences: Sequence[dict[str, Any]]
) -> None:
    """Open a finding for each difference and close those of differences that are gone."""
    found = _findings(row, differences)
    for reason, subject in set(_findings(row, row.differences)) - set(found):
        await close_findings(db=db, now=now, reasons=(reason,), subject=subject)
    for (reason, subject), alike in found.items():
        first = alike[0]
        amount = None
        if len(alike) == 1 and first["amount"] is not None:
            amount = to_minor_half_up(Decimal(first["amount"]), first["currency"])
        await open_finding(
            db=db,
            ports=ports,
            now=now,
            reason=reason,
            subject=subject,
            amount=amount,
            detail={
                "invoice": row.invoice_id,
                "detail": first["detail"],
                "cdrs": [each["subject"] for each in alike[:MOST_FINDINGS] if each["subject"]],
                "count": len(alike),
            },
        )


def _findings(
    row: InvoiceReportRow, differences: Sequence[dict[str, Any]]
) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Return differences by the reason and subject of their finding: one each, or one for too many of a kind."""
    many = {fault for fault, count in Counter(each["fault"] for each in differences).items() if count > MOST_FINDINGS}
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for each in differences:
        single = each["subject"] and each["fault"] not in many
        subject = f"{row.key}#{each['subject']}" if single else row.key
        found.setdefault((each["fault"], subject), []).append(each)
    return found


def _written(difference: InvoiceDifference) -> dict[str, Any]:
    return {
        "fault": difference.fault.value,
        "subject": difference.subject,
        "detail": difference.detail,
        "amount": None if difference.amount is None else str(difference.amount),
        "currency": difference.currency,
    }


def _among(column: Any, values: Collection[str]) -> ColumnElement[bool]:
    """Say whether a column is one of many values: a list as one parameter, however long an invoice is."""
    condition: ColumnElement[bool] = column == any_(cast(list(values), ARRAY(String)))
    return condition


async def _lines(db: AsyncSession, row: InvoiceReportRow) -> list[InvoicedCdrRow]:
    query = select(InvoicedCdrRow).where(InvoicedCdrRow.report_key == row.key)
    return list(await db.exec(query.order_by(col(InvoicedCdrRow.place))))


async def _known(db: AsyncSession, row: InvoiceReportRow, cdr_ids: Sequence[str]) -> dict[str, ListedCdr]:
    """Return the CDRs that we hold by their upper-case ids, with what keeps each from being billed by this invoice."""
    found = await _held(db, row, cdr_ids)
    credited = await _credits(db, row, list(found.values()))
    listed = await _other_invoices(db, row, [*found, *(cdr_id.upper() for ids in credited.values() for cdr_id in ids)])
    known = {}
    for upper, cdr in found.items():
        uncounted = [
            each for each in credited.get(upper, ()) if each.upper() not in listed and each.upper() not in found
        ]
        known[upper] = ListedCdr(
            currency=cdr.currency,
            total=cdr.total_cost,
            total_with_taxes=cdr.total_cost_with_taxes,
            is_owners=(cdr.country_code, cdr.party_id) == (row.country_code, row.party_id),
            credited_by=uncounted[0] if uncounted else None,
            other_invoice=_before(row, listed.get(upper, ())),
        )
    return known


async def _held(db: AsyncSession, row: InvoiceReportRow, cdr_ids: Sequence[str]) -> dict[str, CdrRow]:
    """Return the CDRs with these ids: the owner's, and only where it has none, another party's of the same partner."""
    keys = [object_key(row.partner_id, row.country_code, row.party_id, cdr_id) for cdr_id in cdr_ids]
    own = await db.exec(select(CdrRow).where(_among(CdrRow.key, keys)))
    found = {cdr.id.upper(): cdr for cdr in own}
    missing = {cdr_id.upper() for cdr_id in cdr_ids} - set(found)
    if missing:
        query = select(CdrRow).where(CdrRow.partner_id == row.partner_id, _among(func.upper(col(CdrRow.id)), missing))
        found |= {cdr.id.upper(): cdr for cdr in await db.exec(query)}
    return found


async def _credits(db: AsyncSession, row: InvoiceReportRow, cdrs: Sequence[CdrRow]) -> dict[str, list[str]]:
    """Return the ids of credit CDRs by the upper-case id of the CDR that each cancels."""
    query = select(CdrRow).where(
        CdrRow.partner_id == row.partner_id,
        col(CdrRow.credit).is_(True),
        _among(func.upper(CdrRow.credit_reference_id), {cdr.id.upper() for cdr in cdrs}),
    )
    found: dict[str, list[str]] = {}
    owners = {cdr.id.upper(): (cdr.country_code, cdr.party_id) for cdr in cdrs}
    for credit in await db.exec(query.order_by(col(CdrRow.received_at), CdrRow.key)):
        credited = (credit.credit_reference_id or "").upper()
        if owners.get(credited) == (credit.country_code, credit.party_id):
            found.setdefault(credited, []).append(credit.id)
    return found


class _Listing(NamedTuple):
    """Where else a CDR is listed."""

    cdr_id: str
    key: str
    invoice_id: str
    received_at: datetime


async def _other_invoices(db: AsyncSession, row: InvoiceReportRow, cdr_ids: Sequence[str]) -> dict[str, list[_Listing]]:
    """Return the other live records of the same owner that list these CDRs, by the upper-case id, oldest first."""
    query = (
        select(InvoicedCdrRow.cdr_id, InvoiceReportRow.key, InvoiceReportRow.invoice_id, InvoiceReportRow.received_at)
        .join(InvoiceReportRow, col(InvoiceReportRow.key) == col(InvoicedCdrRow.report_key))
        .where(
            InvoiceReportRow.partner_id == row.partner_id,
            InvoiceReportRow.country_code == row.country_code,
            InvoiceReportRow.party_id == row.party_id,
            InvoiceReportRow.key != row.key,
            col(InvoiceReportRow.deleted_at).is_(None),
            _among(InvoicedCdrRow.cdr_id, cdr_ids),
        )
        .order_by(col(InvoiceReportRow.received_at), InvoiceReportRow.key)
    )
    found: dict[str, list[_Listing]] = {}
    for listing in map(_Listing._make, await db.exec(query)):
        found.setdefault(listing.cdr_id, []).append(listing)
    return found


def _before(row: InvoiceReportRow, others: Collection[_Listing]) -> str | None:
    """Return the invoice of the first other record that was there before this one."""
    for other in others:
        if (other.received_at, other.key) < (row.received_at, row.key):
            return other.invoice_id
    return None
