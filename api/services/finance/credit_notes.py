"""Credit notes: what was billed and is taken back, each pointing to the receipt that it takes from.

``issue_credit_note`` is for what staff waive. A bill that fell writes its own (``receipts.py``), and a refund pays out
what such notes gave back, so it needs no paper.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict, NotFound
from api.domain.finance.paper import PaperKind, RateShare, portion, read_rates
from api.domain.language import language_of
from api.domain.money import Money
from api.models.charging import ChargingSession
from api.models.driver import Driver
from api.models.finance import FleetAccount, Receipt
from api.ports import Ports
from api.services.charging.advance import lock_charge
from api.services.finance.mails import queue_mail
from api.services.finance.papers import Draft, paper_of_cause, papers_of_charge, write_paper
from api.services.finance.receipt_document import FLEET, about_charge

BILL = "bill"
"""Type of cause: the bill itself changed."""
FELL = "bill_fell"
REPLACED = "bill_replaced"


class NothingToCredit(NotFound):
    """The charge has no receipt to take anything from."""


class CreditAboveReceipt(Conflict):
    """More would be given back than was billed. Facts: ``billed`` and ``wanted``."""


async def issue_credit_note(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    charging_session_id: str,
    amount: Money,
    vat: Money | None,
    reason: str,
    cause: tuple[str, str],
) -> Receipt:
    """Write the credit note of money given back, once a ``cause`` such as ``("credit", "crd_1")``, and return it.

    ``vat`` is the tax inside ``amount``; None: the receipt's own share. ``reason`` is a word that papers have texts for
    (``goodwill``) or a sentence. Raises UnknownCharge, NothingToCredit, CreditAboveReceipt.
    """
    charge = await lock_charge(db=db, charging_session_id=charging_session_id)
    known = await paper_of_cause(db=db, kind=PaperKind.CREDIT_NOTE, cause=cause)
    if known is not None:
        return known
    papers = await papers_of_charge(db=db, charging_session_id=charge.id)
    receipt = next((each for each in reversed(papers) if each.kind == PaperKind.RECEIPT), None)
    if receipt is None:
        raise NothingToCredit("nothing_to_credit", charging_session_id=charge.id)
    billed = billed_on_paper(papers, charge.currency)
    if amount > billed:
        raise CreditAboveReceipt("credit_above_receipt", billed=billed, wanted=amount)
    rates = portion(read_rates(receipt.document), amount, vat)
    return await write_credit_note(
        db=db,
        ports=ports,
        now=now,
        charge=charge,
        receipt=receipt,
        rates=rates,
        whole=amount,
        reason=reason,
        cause=cause,
    )


def billed_on_paper(papers: Sequence[Receipt], currency: str) -> Money:
    """Return what a charge's papers bill in all: receipts less credit notes."""
    total = sum(-each.total_minor if each.kind == PaperKind.CREDIT_NOTE else each.total_minor for each in papers)
    return Money(total, currency)


async def write_credit_note(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    charge: ChargingSession,
    receipt: Receipt,
    rates: Sequence[RateShare],
    reason: str,
    cause: tuple[str, str],
    whole: Money | None = None,
) -> Receipt:
    """Write a credit note on a receipt, by rate of tax, and queue its mail; ``charge`` is locked.

    ``whole`` is needed where the tax is unknown and ``rates`` may be empty. One of nothing is not a paper of its own.
    """
    driver = await db.get_one(Driver, charge.driver_id)
    fleet = await db.get(FleetAccount, receipt.fleet_account_id) if receipt.fleet_account_id else None
    total = whole.minor if whole is not None else sum(each.gross_minor for each in rates)
    about = about_charge(charge, driver, fleet) | {"reason": reason, "cause": list(cause)}
    draft = Draft(
        kind=PaperKind.CREDIT_NOTE,
        cause=cause,
        language=language_of(driver.language),
        currency=charge.currency,
        total_minor=total,
        content=about | _taken_back(receipt, rates, total),
        driver_id=charge.driver_id,
        fleet_account_id=receipt.fleet_account_id,
        charging_session_id=charge.id,
        credits_id=receipt.id,
    )
    note = await write_paper(db=db, ports=ports, now=now, draft=draft)
    if charge.payer_type != FLEET:
        await queue_mail(db=db, ports=ports, now=now, receipt=note, to_address=driver.email)
    return note


def _taken_back(receipt: Receipt, rates: Sequence[RateShare], total: int) -> dict[str, Any]:
    """Return what a note takes from its receipt, whose tax may be unknown."""
    vat = None if receipt.document["vat_minor"] is None else sum(each.vat_minor for each in rates)
    return {
        "vat_rates": [] if vat is None else [each.to_json() for each in rates],
        "net_minor": total - (vat or 0),
        "vat_minor": vat,
        "credits": {"id": receipt.id, "number": receipt.number, "issued_at": receipt.issued_at.isoformat()},
    }
