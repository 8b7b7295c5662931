"""The fleet's monthly invoice: one line for each rate of each paper of its drivers' charges (EN 16931).

Its sums are those of its lines, which are those of the papers, so that it agrees with them to the cent. Does not live
here: the XML and the page (``clients/documents``).
"""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict
from api.domain.finance.paper import PaperKind, RateShare, added_up, read_rates
from api.models.finance import FleetAccount, Receipt
from api.ports import Ports
from api.services.finance.mails import queue_mail
from api.services.finance.months import Month, papers_in_month, sign_of
from api.services.finance.papers import Draft, paper_of_cause, write_paper
from api.services.work import Work

PAYABLE_WITHIN = timedelta(days=14)


class InvoiceTaxUnknown(Conflict):
    """Papers whose tax nobody stated cannot be invoiced to a company: finance must settle them. Fact: ``papers``."""


async def issue_invoices(*, work: Work, ports: Ports, now: datetime, month: str) -> list[Receipt]:
    """Write the invoices of a month that is over, of every fleet with papers in it; return the new ones.

    Each fleet is a transaction of its own. Raises MonthInvalid, MonthNotOver, InvoiceTaxUnknown.
    """
    Month(month, ports.policy.issuer.time_zone).require_over(now)
    async with work() as db:
        fleets = list(await db.exec(select(FleetAccount.id).order_by(FleetAccount.id)))
    written: list[Receipt] = []
    for fleet_account_id in fleets:
        async with work() as db:
            written += await issue_invoice(db=db, ports=ports, now=now, fleet_account_id=fleet_account_id, month=month)
    return written


async def issue_invoice(
    *, db: AsyncSession, ports: Ports, now: datetime, fleet_account_id: str, month: str
) -> list[Receipt]:
    """Write a fleet's invoices of a month, one a currency, that are not written yet; return the new ones."""
    fleet = await db.get_one(FleetAccount, fleet_account_id, with_for_update={"key_share": True})
    span = Month(month, ports.policy.issuer.time_zone)
    span.require_over(now)
    papers = await papers_in_month(db=db, month=span, whose=col(Receipt.fleet_account_id) == fleet.id)
    written: list[Receipt] = []
    for currency in sorted(papers):
        cause = ("month", f"{fleet.id}:{month}:{currency}")
        if await paper_of_cause(db=db, kind=PaperKind.INVOICE, cause=cause) is None:
            draft = _draft(fleet, span, currency, papers[currency], now, cause)
            invoice = await write_paper(db=db, ports=ports, now=now, draft=draft)
            if fleet.email:
                await queue_mail(db=db, ports=ports, now=now, receipt=invoice, to_address=fleet.email)
            written.append(invoice)
    return written


def _draft(
    fleet: FleetAccount, month: Month, currency: str, papers: list[Receipt], now: datetime, cause: tuple[str, str]
) -> Draft:
    """Return an invoice; raises InvoiceTaxUnknown."""
    shares = [(paper, share) for paper in papers for share in read_rates(paper.document)]
    taxed = {paper.id for paper, _ in shares}
    unknown = [paper.number for paper in papers if paper.total_minor and paper.id not in taxed]
    unknown += [paper.number for paper, share in shares if share.percent is None]
    if unknown:
        raise InvoiceTaxUnknown("invoice_tax_unknown", fleet=fleet.id, papers=unknown)
    rates = added_up((sign_of(paper), share) for paper, share in shares)
    net, vat = sum(each.net_minor for each in rates), sum(each.vat_minor for each in rates)
    issued = now.astimezone(ZoneInfo(month.time_zone)).date()
    content = {
        "buyer": _buyer(fleet),
        "month": month.name,
        "time_zone": month.time_zone,
        "period": {"starts_on": month.first_day.isoformat(), "ends_on": month.last_day.isoformat()},
        "due_on": (issued + PAYABLE_WITHIN).isoformat(),
        "lines": [_line(paper, share, month) for paper, share in shares],
        "net_minor": net,
        "vat_minor": vat,
        "vat_rates": [each.to_json() for each in rates],
    }
    return Draft(
        kind=PaperKind.INVOICE,
        cause=cause,
        language=fleet.language,
        currency=currency,
        total_minor=net + vat,
        content=content,
        fleet_account_id=fleet.id,
    )


def _buyer(fleet: FleetAccount) -> dict[str, Any]:
    names = ("name", "street", "postal_code", "city", "country", "vat_id", "email", "reference")
    return {name: getattr(fleet, name) for name in names}


def _line(paper: Receipt, share: RateShare, month: Month) -> dict[str, Any]:
    """Return one rate of one paper as a line; amounts are as on the paper, ``sign`` tells what is taken back."""
    document = paper.document
    began = document.get("started_at")
    at = datetime.fromisoformat(began) if began else paper.issued_at
    told = share.to_json()
    return {
        "receipt_id": paper.id,
        "receipt_number": paper.number,
        "driver": document["driver"]["name"],
        "place": document["place"],
        "day": at.astimezone(ZoneInfo(month.time_zone)).date().isoformat(),
        "energy_kwh": document["energy_kwh"],
        "sign": sign_of(paper),
        "percent": told["percent"],
        "net_minor": told["net_minor"],
        "vat_minor": told["vat_minor"],
    }
