"""Giving paid help back: whole, into the wallet that paid it, by somebody who may move so much money alone.

A credit of a charge waits for a second person above the limit; here there is none to wait for: who may decide less than
the price is refused, and somebody with a larger limit does it. Nobody gives back what they offered themselves. The
wallet of an erased account takes nothing: nobody could have it out again.
"""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Forbidden
from api.domain.finance.accounts import JournalKind
from api.domain.finance.finding import Actor
from api.domain.finance.finding_limits import alone_at_most
from api.domain.finance.ledger import help_refunded
from api.domain.money import Money
from api.domain.staff.roles import NotPermitted, Permission, permissions_of
from api.domain.support.billable import HelpOfferOver, OfferState
from api.models.driver import Driver
from api.models.help_offer import HelpOffer
from api.ports import Ports
from api.services.charging.approvals import (
    approval_limit,
    check_second_person,
    named,
    note_action,
    sign_with_request,
)
from api.services.drivers.standing import AccountStatus
from api.services.payments.ledger import book
from api.services.support.advance import locked_case, note_case
from api.services.support.desk_work import text_of
from api.services.support.help_offers import UnknownHelpOffer, locked_offer, set_offer_state, told_of_offer
from api.services.support.help_papers import write_help_credit_note
from api.services.wallet.account import lock_wallet, note_movement


class HelpRefundAboveLimit(Forbidden):
    """The price is more than this person decides alone. Facts: ``amount`` and ``most``."""


async def refund_help(
    *, db: AsyncSession, ports: Ports, now: datetime, case_id: str, offer_id: str, reason: str, by: Actor
) -> HelpOffer:
    """Give paid help back with its tax, once, and write the credit note; the customer sees it in the case.

    Raises NotPermitted, UnknownHelpOffer, HelpOfferOver, HelpRefundAboveLimit, SamePerson, CaseTextMissing.
    """
    why, who = text_of(reason, "reason"), named(by.name)
    if Permission.MOVE_MONEY not in permissions_of(by.roles):
        raise NotPermitted("not_permitted", permission=str(Permission.MOVE_MONEY))
    sign_with_request(db, by.request_id)
    known = await db.get(HelpOffer, offer_id)
    if known is None or known.case_id != case_id:
        raise UnknownHelpOffer("unknown_help_offer")
    case = await locked_case(db=db, case_id=case_id)
    offer = await locked_offer(db=db, offer_id=offer_id)
    if offer.state != OfferState.ACCEPTED:
        raise HelpOfferOver("help_offer_over", state=offer.state)
    driver = await db.get_one(Driver, offer.driver_id, with_for_update={"read": True}, populate_existing=True)
    if driver.status == AccountStatus.CLOSED:
        raise HelpOfferOver("help_offer_over", state="account_closed")
    price = Money(offer.amount_minor, offer.currency)
    _check_may(ports, by, offer, price)
    await _give_back(db, ports, now, offer, price)
    offer.refunded_at, offer.refunded_by = now, who
    set_offer_state(db, offer, OfferState.REFUNDED)
    note_case(db, now, case, told_of_offer(offer, "refunded", who, text=why))
    await _log(db, now, offer, who, why)
    note = await write_help_credit_note(db=db, ports=ports, now=now, offer=offer, case=case, driver=driver, reason=why)
    offer.credit_note_id = note.id
    await db.flush()
    return offer


def _check_may(ports: Ports, by: Actor, offer: HelpOffer, price: Money) -> None:
    policy, currency = ports.policy, price.currency
    limit = approval_limit(policy, currency)
    most = Money(alone_at_most(by.roles, currency, limit=limit, named=policy.approval_by_role), currency)
    if price > most:
        raise HelpRefundAboveLimit("help_refund_above_limit", amount=price, most=most)
    check_second_person(by=by.name, requested_by=offer.offered_by)


async def _give_back(db: AsyncSession, ports: Ports, now: datetime, offer: HelpOffer, price: Money) -> None:
    wallet = await lock_wallet(db=db, now=now, driver_id=offer.driver_id, currency=price.currency)
    await book(
        db=db,
        ports=ports,
        now=now,
        kind=JournalKind.HELP_REFUNDED,
        cause=("help_offer", offer.id),
        postings=help_refunded(offer.driver_id, price, Money(offer.vat_minor, price.currency)),
    )
    await note_movement(db=db, ports=ports, now=now, wallet=wallet)


async def _log(db: AsyncSession, now: datetime, offer: HelpOffer, by: str, reason: str) -> None:
    await note_action(
        db=db,
        now=now,
        by=by,
        action="help_refunded",
        subject_id=offer.case_id,
        charging_session_id=None,
        reason=reason,
        before={"offer_id": offer.id, "state": str(OfferState.ACCEPTED)},
        after={"state": str(OfferState.REFUNDED), "amount_minor": offer.amount_minor, "currency": offer.currency},
    )
