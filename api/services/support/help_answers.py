"""What a driver says to help at a price: yes takes the money once, out of the wallet and out of nothing else.

Lock order: case, offer, wallet; the number of the receipt comes last. All of it is one transaction: there is no consent
without its money, and no money without consent and receipt.
"""

from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict
from api.domain.finance.accounts import JournalKind
from api.domain.finance.ledger import help_paid
from api.domain.finance.wallet import why_not
from api.domain.money import Money
from api.domain.support.billable import (
    Consent,
    HelpOfferOver,
    OfferState,
    check_consent,
    check_open,
    state_at,
    text_of_consent,
)
from api.domain.support.case import CaseState
from api.models.driver import Driver
from api.models.help_offer import HelpOffer
from api.models.support import SupportCase
from api.ports import Ports
from api.services.drivers.standing import refuse_unless_active
from api.services.payments.ledger import book
from api.services.support.advance import locked_case, note_case
from api.services.support.help_offers import locked_offer, offer_of_driver, set_offer_state, told_of_offer
from api.services.support.help_papers import write_help_receipt
from api.services.support.open import CUSTOMER
from api.services.wallet.account import lock_wallet, note_movement, standing_of


class HelpNotPayable(Conflict):
    """The wallet cannot pay for it; nothing was taken. Facts: ``reason``, ``amount``, ``available``."""


async def accept_help(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    driver_id: str,
    case_id: str,
    offer_id: str,
    consent: Consent,
    language: str | None = None,
) -> HelpOffer:
    """Keep the driver's consent and take exactly that amount from the wallet, once; the receipt is written with it.

    Raises UnknownHelpOffer, HelpOfferOver, HelpConsentDiffers, HelpNotPayable, AccountClosing, AccountNotActivated.
    """
    case, offer = await _answerable(db, now, driver_id, case_id, offer_id)
    price = Money(offer.amount_minor, offer.currency)
    check_consent(consent, price, offer.text_version)
    driver = await db.get_one(Driver, driver_id)
    refuse_unless_active(driver)
    offer.consent = _kept(offer, language or driver.language, now)
    await _pay(db, ports, now, offer, price)
    offer.answered_at = now
    set_offer_state(db, offer, OfferState.ACCEPTED)
    note_case(db, now, case, told_of_offer(offer, "accepted", CUSTOMER))
    receipt = await write_help_receipt(db=db, ports=ports, now=now, offer=offer, case=case, driver=driver)
    offer.receipt_id = receipt.id
    await db.flush()
    return offer


async def decline_help(*, db: AsyncSession, now: datetime, driver_id: str, case_id: str, offer_id: str) -> HelpOffer:
    """Keep that the driver does not want it; nothing is taken. Raises UnknownHelpOffer, HelpOfferOver."""
    case, offer = await _answerable(db, now, driver_id, case_id, offer_id)
    offer.answered_at = now
    set_offer_state(db, offer, OfferState.DECLINED)
    note_case(db, now, case, told_of_offer(offer, "declined", CUSTOMER))
    await db.flush()
    return offer


async def _answerable(
    db: AsyncSession, now: datetime, driver_id: str, case_id: str, offer_id: str
) -> tuple[SupportCase, HelpOffer]:
    """Return case and offer, locked in this order, while the driver may answer."""
    await offer_of_driver(db=db, driver_id=driver_id, case_id=case_id, offer_id=offer_id)
    case = await locked_case(db=db, case_id=case_id)
    offer = await locked_offer(db=db, offer_id=offer_id)
    check_open(state_at(offer.state, offer.expires_at, now))
    if case.state == CaseState.CLOSED:
        raise HelpOfferOver("help_offer_over", state="case_closed")
    return case, offer


def _kept(offer: HelpOffer, language: str | None, now: datetime) -> dict[str, Any]:
    """Return the consent as it is stored: what was agreed to, in which words, and when."""
    words, spoken = text_of_consent(offer.text_version, language)
    return {
        "amount_minor": offer.amount_minor,
        "currency": offer.currency,
        "text_version": offer.text_version,
        "language": spoken,
        "text": words,
        "at": now.isoformat(),
    }


async def _pay(db: AsyncSession, ports: Ports, now: datetime, offer: HelpOffer, price: Money) -> None:
    """Take the price from the wallet if all of it is there beside what is reserved; raises HelpNotPayable.

    A bill of a charge may take a wallet below zero; help that somebody chooses never does.
    """
    wallet = await lock_wallet(db=db, now=now, driver_id=offer.driver_id, currency=price.currency)
    standing = await standing_of(db=db, driver_id=offer.driver_id, currency=price.currency)
    reason = why_not(standing, price, blocked=wallet.blocked)
    if reason is not None:
        raise HelpNotPayable("help_not_payable", reason=reason, amount=price, available=standing.available)
    await book(
        db=db,
        ports=ports,
        now=now,
        kind=JournalKind.HELP_PAID,
        cause=("help_offer", offer.id),
        postings=help_paid(offer.driver_id, price, Money(offer.vat_minor, price.currency)),
    )
    await note_movement(db=db, ports=ports, now=now, wallet=wallet)
