"""Credit notes: what was billed and is taken back, each pointing to the receipt that it takes from.

``issue_credit_note`` is for whoever gives money back. A refund of money that the bill no longer asks for is on paper
already, by the credit note of the bill that fell: it pays that one out and gets no second.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict, NotFound
from api.domain.finance.paper import PaperKind, RateShare, language_of, portion, read_rates
from api.domain.money import Money
from api.models.charging import ChargingSession
from api.models.driver import Driver
from api.models.finance import CreditSettlement, FleetAccount, Receipt
from api.ports import Ports
from api.services.charging.advance import lock_charge
from api.services.charging.queries import hold_of_charge
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
    """Write the credit note of money given back, once a ``cause`` such as ``("refund", "rfd_1")``, and return it.

    ``vat`` is the tax inside ``amount``; None: the receipt's own share. ``reason`` is a word that papers have texts for
    (``refund``) or a sentence. As far as ``amount`` is money that the bill no longer asks for, the note of the fallen
    bill is returned, or a note about the rest only. Raises UnknownCharge, NothingToCredit, CreditAboveReceipt.
    """
    charge = await lock_charge(db=db, charging_session_id=charging_session_id)
    known = await paper_of_cause(db=db, kind=PaperKind.CREDIT_NOTE, cause=cause)
    if known is not None:
        return known
    settled = await db.get(CreditSettlement, cause)
    if settled is not None:
        return await db.get_one(Receipt, settled.receipt_id)
    papers = await papers_of_charge(db=db, charging_session_id=charge.id)
    receipt = next((each for each in reversed(papers) if each.kind == PaperKind.RECEIPT), None)
    if receipt is None:
        raise NothingToCredit("nothing_to_credit", charging_session_id=charge.id)
    paid_out, note = await _pay_out(db, now, charge, papers, amount, cause)
    rest = amount - paid_out
    if note is not None and not rest.minor:
        return note
    billed = Money(sum(_signed(each) for each in papers), charge.currency)
    if rest > billed:
        raise CreditAboveReceipt("credit_above_receipt", billed=billed, wanted=rest)
    rates = portion(read_rates(receipt.document), rest, vat if rest == amount else None)
    return await write_credit_note(
        db=db, ports=ports, now=now, charge=charge, receipt=receipt, rates=rates, whole=rest, reason=reason, cause=cause
    )


def _signed(paper: Receipt) -> int:
    return -paper.total_minor if paper.kind == PaperKind.CREDIT_NOTE else paper.total_minor


async def _pay_out(
    db: AsyncSession,
    now: datetime,
    charge: ChargingSession,
    papers: Sequence[Receipt],
    amount: Money,
    cause: tuple[str, str],
) -> tuple[Money, Receipt | None]:
    """Note as far as possible that a refund pays out what a fallen bill credited; return how much, and that note.

    What waits to be paid out is what was captured above the bill as it stands now, less what was noted before.
    """
    note = next((each for each in reversed(papers) if each.cause_type == BILL), None)
    hold = await hold_of_charge(db=db, charging_session_id=charge.id)
    if note is None or hold is None:
        return Money.zero(amount.currency), None
    query = select(func.coalesce(func.sum(CreditSettlement.amount_minor), 0))
    done = int((await db.exec(query.where(CreditSettlement.charging_session_id == charge.id))).one())
    waiting = max(0, hold.captured_minor - (charge.owed_minor or 0) - done)
    part = min(waiting, amount.minor)
    if part:
        db.add(
            CreditSettlement(
                cause_type=cause[0],
                cause_id=cause[1],
                charging_session_id=charge.id,
                receipt_id=note.id,
                amount_minor=part,
                settled_at=now,
            )
        )
        await db.flush()
    return Money(part, amount.currency), note if part else None


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
