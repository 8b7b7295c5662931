"""An operator's invoice against its own CDRs: which of them it may bill, what they add up to, and what is wrong.

Answers to OCPI 2.3.0 ed2, chapter "Invoice Reconciliation": the record says which CDRs an invoice is for, never how
much the invoice asks; that is on the document, and staff enter it (``Stated``). Does not live here: who stores what
(``services/finance/invoice_reports.py``).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from api.domain.money import to_minor_half_up


@dataclass(frozen=True, slots=True)
class InvoiceReport:
    """Which CDRs an operator says that one of its invoices is for."""

    country_code: str
    party_id: str
    id: str
    invoice_id: str
    cdr_ids: tuple[str, ...]
    last_updated: datetime


class InvoiceFault(StrEnum):
    """What can be wrong with an invoice; the value is the reason of the finding."""

    CDR_UNKNOWN = "invoice_cdr_unknown"
    CDR_FOREIGN = "invoice_cdr_foreign"
    CDR_REPEATED = "invoice_cdr_repeated"
    CDR_CREDITED = "invoice_cdr_credited"
    CURRENCY_DIFFERS = "invoice_currency_differs"
    SUM_DIFFERS = "invoice_sum_differs"
    REPORT_DIFFERS = "invoice_report_conflict"
    """Another content came under a known id; the first one counts."""


@dataclass(frozen=True, slots=True)
class ListedCdr:
    """A CDR of ours that an invoice lists. ``credited_by`` is a credit CDR that no invoice counts in."""

    currency: str
    total: Decimal
    """Before taxes; negative on a credit CDR."""
    total_with_taxes: Decimal | None = None
    is_owners: bool = True
    """False: it is of another party than the one that invoices it."""
    credited_by: str | None = None
    other_invoice: str | None = None
    """Another invoice that lists it too."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What the invoice document asks for, before taxes, as staff read it there."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class InvoiceDifference:
    """One thing that is wrong; ``subject`` is the CDR's id or empty where it is about the whole."""

    fault: InvoiceFault
    subject: str = ""
    detail: str = ""
    amount: Decimal | None = None
    """How much too much is asked, where that can be said."""
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class InvoiceCheck:
    """The outcome: what we compute by currency (before and after taxes, None where a tax is unknown), and what differs.

    Only what may be billed counts: a CDR counts once, and only where no fault is about it.
    """

    sums: Mapping[str, tuple[Decimal, Decimal | None]]
    differences: tuple[InvoiceDifference, ...]


def check_invoice(cdr_ids: Sequence[str], known: Mapping[str, ListedCdr], stated: Stated | None = None) -> InvoiceCheck:
    """Compare a list of CDR ids with the CDRs we hold, ``known`` by the upper-case id."""
    found: list[InvoiceDifference] = []
    sums: dict[str, tuple[Decimal, Decimal | None]] = {}
    spellings = {cdr_id.upper(): cdr_id for cdr_id in reversed(cdr_ids)}
    for upper, times in Counter(cdr_id.upper() for cdr_id in cdr_ids).items():
        spelled = spellings[upper]
        cdr = known.get(upper)
        faults = _faults_of(spelled, cdr)
        found += faults
        if times > 1:
            extra = cdr.total * (times - 1) if cdr else None
            detail = f"listed {times} times"
            found.append(
                InvoiceDifference(InvoiceFault.CDR_REPEATED, spelled, detail, extra, cdr.currency if cdr else None)
            )
        if cdr is not None and not faults:
            sums[cdr.currency] = _added(sums.get(cdr.currency), cdr)
    return InvoiceCheck(sums, (*found, *_of_the_whole(sums, known, stated)))


def _faults_of(cdr_id: str, cdr: ListedCdr | None) -> list[InvoiceDifference]:
    """Return why one CDR may not be billed by this invoice."""
    if cdr is None:
        return [InvoiceDifference(InvoiceFault.CDR_UNKNOWN, cdr_id, "we hold no such CDR")]
    reasons = []
    if not cdr.is_owners:
        reasons.append((InvoiceFault.CDR_FOREIGN, "it is another party's CDR"))
    if cdr.other_invoice is not None:
        reasons.append((InvoiceFault.CDR_REPEATED, f"also on invoice {cdr.other_invoice}"))
    if cdr.credited_by is not None:
        reasons.append((InvoiceFault.CDR_CREDITED, f"credited by {cdr.credited_by}, which no invoice lists"))
    return [InvoiceDifference(fault, cdr_id, detail, cdr.total, cdr.currency) for fault, detail in reasons]


def _added(so_far: tuple[Decimal, Decimal | None] | None, cdr: ListedCdr) -> tuple[Decimal, Decimal | None]:
    before, after = so_far or (Decimal(0), Decimal(0))
    with_taxes = None if after is None or cdr.total_with_taxes is None else after + cdr.total_with_taxes
    return before + cdr.total, with_taxes


def _of_the_whole(
    sums: Mapping[str, tuple[Decimal, Decimal | None]], known: Mapping[str, ListedCdr], stated: Stated | None
) -> list[InvoiceDifference]:
    """Return what is wrong with currencies and sums: one invoice has one currency, and asks what its CDRs add up to."""
    currencies = sorted({cdr.currency for cdr in known.values()})
    found = []
    if len(currencies) > 1:
        found.append(InvoiceDifference(InvoiceFault.CURRENCY_DIFFERS, detail=f"CDRs in {', '.join(currencies)}"))
    if stated is None:
        return found
    if currencies and currencies != [stated.currency] and len(currencies) == 1:
        detail = f"the invoice is in {stated.currency}, its CDRs in {currencies[0]}"
        found.append(InvoiceDifference(InvoiceFault.CURRENCY_DIFFERS, detail=detail))
    computed = sums.get(stated.currency, (Decimal(0), None))[0]
    asked = to_minor_half_up(stated.amount, stated.currency)
    ours = to_minor_half_up(computed, stated.currency)
    if asked != ours:
        detail = f"asked {asked.to_decimal():f}, computed {ours.to_decimal():f}"
        excess = (asked - ours).to_decimal()
        found.append(
            InvoiceDifference(InvoiceFault.SUM_DIFFERS, detail=detail, amount=excess, currency=stated.currency)
        )
    return found
