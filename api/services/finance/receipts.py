"""Receipts: written when the price is final, never changed (CK27).

A price that falls later is a credit note on the receipt; one that rises, or whose tax changes, cancels the receipt by a
credit note and writes a new one. Does not live here: giving money back for other reasons (``credit_notes.py``).
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.domain.finance.paper import (
    PaperKind,
    RateShare,
    added_up,
    difference,
    portion,
    read_rates,
)
from api.domain.language import language_of
from api.domain.money import Money
from api.domain.pricing.hold_rule import minimum_charge
from api.models.charging import ChargingSession
from api.models.driver import Driver
from api.models.finance import FleetAccount, FleetMember, Receipt
from api.models.payment import HoldRow
from api.ports import Ports
from api.services.charging.advance import lock_charge
from api.services.charging.afterwards import has_corrections
from api.services.charging.queries import charge_of_driver, hold_of_charge
from api.services.charging.stored_state import machine_policy, state_of
from api.services.finance.credit_notes import BILL, FELL, REPLACED, billed_on_paper, write_credit_note
from api.services.finance.mails import queue_mail
from api.services.finance.papers import Draft, papers_of_charge, write_paper
from api.services.finance.receipt_document import FLEET, receipt_document, sums_of


class NoReceiptYet(NotFound):
    """The price of the charge is not final yet."""


@dataclass(frozen=True, slots=True)
class ChargePapers:
    """The receipt of a charge that counts, and all credit notes on any receipt of the charge, oldest first."""

    receipt: Receipt
    credit_notes: tuple[Receipt, ...]


async def issue_receipt(*, db: AsyncSession, ports: Ports, now: datetime, charging_session_id: str) -> Receipt:
    """Write what a settled charge needs on paper; return the receipt that counts. Again, nothing more is written."""
    charge = await lock_charge(db=db, charging_session_id=charging_session_id)
    hold = await hold_of_charge(db=db, charging_session_id=charge.id)
    papers = await papers_of_charge(db=db, charging_session_id=charge.id)
    receipt = _standing(papers)
    if receipt is None:
        return await _write(db, ports, now, charge, hold, None)
    billed = _billed(receipt, papers)
    if (billed.total, billed.vat) == (charge.owed_minor or 0, _price(charge).vat):
        return receipt
    fallen = billed.fallen_to(_price(charge))
    if fallen is not None:
        fallen = _at_most(fallen, await _to_take_back(db, ports, charge, papers), receipt)
        if not fallen:
            return receipt
        await write_credit_note(
            db=db,
            ports=ports,
            now=now,
            charge=charge,
            receipt=receipt,
            rates=fallen,
            reason=FELL,
            cause=_cause(charge, papers),
        )
        return receipt
    return await _replace(db, ports, now, charge, hold, receipt, billed, papers)


async def _to_take_back(db: AsyncSession, ports: Ports, charge: ChargingSession, papers: list[Receipt]) -> Money:
    """Return the most that a fall may take back: what a credit put right already is not taken back again."""
    left = billed_on_paper(papers, charge.currency)
    if not await has_corrections(db=db, charge=charge):
        return left
    asked = state_of(charge).asked(machine_policy(ports.policy, charge.currency))
    return max(left - asked, Money.zero(charge.currency))


async def _replace(
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    charge: ChargingSession,
    hold: HoldRow | None,
    receipt: Receipt,
    billed: "_Billed",
    papers: list[Receipt],
) -> Receipt:
    """Cancel what a receipt still bills and write its successor, which what staff waived is taken from anew."""
    left = billed_on_paper(papers, charge.currency)
    if left.minor or billed.vat:
        await write_credit_note(
            db=db,
            ports=ports,
            now=now,
            charge=charge,
            receipt=receipt,
            rates=list(billed.rates) if left.minor == billed.total else portion(billed.rates, left, None),
            whole=left,
            reason=REPLACED,
            cause=_cause(charge, papers),
        )
    successor = await _write(db, ports, now, charge, hold, receipt)
    waived = [each for each in papers if each.credits_id == receipt.id and each.cause_type != BILL]
    await _carry_over(db, ports, now, charge, successor, waived)
    return successor


async def _carry_over(
    db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession, successor: Receipt, waived: list[Receipt]
) -> None:
    """Take from a new receipt what staff waived of the one it replaces."""
    room = Money(successor.total_minor, charge.currency)
    for note in waived:
        taken = min(Money(note.total_minor, charge.currency), room)
        if taken.minor:
            await write_credit_note(
                db=db,
                ports=ports,
                now=now,
                charge=charge,
                receipt=successor,
                rates=portion(read_rates(successor.document), taken, None),
                whole=taken,
                reason=str(note.document["reason"]),
                cause=("carried", f"{note.id}:{successor.id}"),
            )
        room -= taken


def _at_most(fallen: list[RateShare], left: Money, receipt: Receipt) -> list[RateShare]:
    """Return what fell, by rate, but no more than the papers still bill: staff may have waived it before."""
    if sum(each.gross_minor for each in fallen) <= left.minor:
        return fallen
    return portion(read_rates(receipt.document), left, None) if left.minor else []


@dataclass(frozen=True, slots=True)
class _Billed:
    """What a bill comes to: on paper so far, or by the charge as it stands."""

    total: int
    vat: int | None
    rates: tuple[RateShare, ...]

    def fallen_to(self, price: "_Billed") -> list[RateShare] | None:
        """Return what the lower price takes back by rate; None: a credit note alone cannot tell the change."""
        if price.total >= self.total or (self.vat is None) != (price.vat is None):
            return None
        if self.vat is None:
            return [RateShare(None, self.total - price.total, 0)]
        return difference(self.rates, price.rates)


def _price(charge: ChargingSession) -> _Billed:
    """Return what the charge costs now."""
    sums = sums_of(charge)
    return _Billed(charge.owed_minor or 0, sums.vat, sums.rates)


def _billed(receipt: Receipt, papers: list[Receipt]) -> _Billed:
    """Return what a receipt still bills: less what fell since, whatever was given back for other reasons."""
    fell = [each for each in papers if each.credits_id == receipt.id and each.cause_type == BILL]
    total = receipt.total_minor - sum(each.total_minor for each in fell)
    shares = [(1, each) for each in read_rates(receipt.document)]
    shares += [(-1, each) for note in fell for each in read_rates(note.document)]
    rates = tuple(each for each in added_up(shares) if each.net_minor or each.vat_minor)
    vat = receipt.document["vat_minor"]
    return _Billed(total, None if vat is None else sum(each.vat_minor for each in rates), rates)


def _standing(papers: list[Receipt]) -> Receipt | None:
    """Return the receipt that counts: the newest, for each new one cancelled the one before."""
    return next((each for each in reversed(papers) if each.kind == PaperKind.RECEIPT), None)


def _cause(charge: ChargingSession, papers: list[Receipt]) -> tuple[str, str]:
    """Return the cause of the next paper that a change of the bill writes."""
    return BILL, f"{charge.id}:{papers[-1].revision + 1}"


async def _write(
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    charge: ChargingSession,
    hold: HoldRow | None,
    replaced: Receipt | None,
) -> Receipt:
    """Write a receipt and queue its mail; where a fleet pays the driver gets none (CK29)."""
    driver = await db.get_one(Driver, charge.driver_id)
    fleet = await _fleet_of(db, charge, hold)
    content = receipt_document(
        charge,
        hold,
        driver=driver,
        fleet=fleet,
        minimum_charge_minor=minimum_charge(charge.currency, ports.policy.minimum_charges).minor,
        replaces=replaced,
    )
    draft = Draft(
        kind=PaperKind.RECEIPT,
        cause=("charging_session", charge.id if replaced is None else f"{charge.id}:{replaced.id}"),
        language=language_of(driver.language),
        currency=charge.currency,
        total_minor=charge.owed_minor or 0,
        content=content,
        driver_id=charge.driver_id,
        fleet_account_id=fleet.id if fleet else None,
        charging_session_id=charge.id,
        replaces_id=replaced.id if replaced else None,
    )
    receipt = await write_paper(db=db, ports=ports, now=now, draft=draft)
    if charge.payer_type != FLEET:
        await queue_mail(db=db, ports=ports, now=now, receipt=receipt, to_address=driver.email)
    return receipt


async def _fleet_of(db: AsyncSession, charge: ChargingSession, hold: HoldRow | None) -> FleetAccount | None:
    """Return the fleet that answered for a charge, whoever its driver drives for by now."""
    if charge.payer_type != FLEET:
        return None
    if hold is not None and hold.payer_id is not None:
        return await db.get(FleetAccount, hold.payer_id)
    query = select(FleetAccount).join(FleetMember).where(FleetMember.driver_id == charge.driver_id)
    return (await db.exec(query)).first()


async def receipt_of_charge(*, db: AsyncSession, driver_id: str, charging_session_id: str) -> Receipt:
    """Return the receipt of a driver's charge that counts; raises UnknownCharge, NoReceiptYet."""
    return (await papers_for_driver(db=db, driver_id=driver_id, charging_session_id=charging_session_id)).receipt


async def papers_for_driver(*, db: AsyncSession, driver_id: str, charging_session_id: str) -> ChargePapers:
    """Return the receipt of a driver's charge with its credit notes; raises UnknownCharge, NoReceiptYet."""
    charge = await charge_of_driver(db=db, driver_id=driver_id, charging_session_id=charging_session_id)
    papers = await papers_of_charge(db=db, charging_session_id=charge.id)
    receipt = _standing(papers)
    if receipt is None:
        raise NoReceiptYet("no_receipt_yet", status=charge.status)
    return ChargePapers(receipt, tuple(each for each in papers if each.kind == PaperKind.CREDIT_NOTE))
