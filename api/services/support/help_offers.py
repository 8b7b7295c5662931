"""Offering help at a price: by staff, in a case of a driver with an account, where the installation has set a price.

The price is the installation's and not the agent's; its tax is the standard rate where the issuer of papers sits.
Nothing is charged by an offer (``help_answers.py``).
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict, NotFound
from api.domain.finance.finding import Actor
from api.domain.ids import Prefix
from api.domain.pricing.vat import vat_percent
from api.domain.support.billable import (
    TEXT_VERSION,
    HelpNotBillable,
    OfferState,
    price_of_help,
    state_at,
)
from api.domain.support.case import CaseEventKind
from api.domain.support.countries import country_of
from api.models.driver import Driver
from api.models.help_offer import HelpOffer
from api.models.support import SupportCase
from api.ports import Ports
from api.services.drivers.signup import GUEST
from api.services.drivers.standing import AccountStatus
from api.services.support.advance import Told
from api.services.support.desk_work import case_at_work, text_of


class HelpOfferOpen(Conflict):
    """An offer of this case waits for its driver already. Fact: ``offer_id``."""


class UnknownHelpOffer(NotFound):
    """There is no such offer, or it is somebody else's."""


async def offer_help(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    case_id: str,
    version: int,
    currency: str,
    text: str,
    by: Actor,
) -> HelpOffer:
    """Offer help at the installation's price; the driver sees what for, how much, and until when.

    Raises HelpNotBillable, HelpOfferOpen, CaseTextMissing and as ``case_at_work``.
    """
    what_for = text_of(text)
    price = price_of_help(ports.policy.help_prices, currency, _tax_rate(ports, now))
    desk = await case_at_work(db=db, now=now, case_id=case_id, by=by, version=version, step="offer_help")
    await _refuse_second(db, now, case_id)
    offer = HelpOffer(
        id=ports.randomness.new_id(Prefix.HELP_OFFER),
        case_id=case_id,
        driver_id=await _account_of(db, desk.case),
        what_for=what_for,
        currency=currency,
        amount_minor=price.gross.minor,
        vat_minor=price.vat.minor,
        vat_percent=price.percent,
        text_version=TEXT_VERSION,
        state=OfferState.OFFERED,
        offered_at=now,
        offered_by=desk.by,
        expires_at=now + ports.policy.help_offer_lifetime,
    )
    db.add(offer)
    desk.note(told_of_offer(offer, "offered", desk.by, text=what_for, expires_at=offer.expires_at.isoformat()))
    await desk.log("help_offered", offer_id=offer.id, amount_minor=offer.amount_minor, currency=offer.currency)
    return offer


def _tax_rate(ports: Ports, now: datetime) -> Decimal | None:
    """Return the standard rate where the issuer sits, on its day; None: it is not known."""
    issuer = ports.policy.issuer
    home, day = country_of(issuer.country), now.astimezone(ZoneInfo(issuer.time_zone)).date()
    return None if home is None else vat_percent(home.alpha3, day, ports.policy.vat_percent_by_country)


def told_of_offer(offer: HelpOffer, step: str, by: str, *, text: str = "", **facts: str) -> Told:
    """Return what the history of the case holds of a step with an offer; its customer sees it."""
    detail = {
        "help": step,
        "offer_id": offer.id,
        "amount_minor": offer.amount_minor,
        "vat_minor": offer.vat_minor,
        "currency": offer.currency,
    }
    return Told(CaseEventKind.HELP_OFFER, by=by, public=True, text=text, detail=detail | facts)


async def _account_of(db: AsyncSession, case: SupportCase) -> str:
    """Return whose wallet would pay; raises HelpNotBillable for who has no account of their own."""
    driver = await db.get(Driver, case.driver_id) if case.driver_id else None
    if driver is None or driver.kind == GUEST or driver.status != AccountStatus.ACTIVE:
        raise HelpNotBillable("help_not_billable", reason="no_account")
    return driver.id


async def _refuse_second(db: AsyncSession, now: datetime, case_id: str) -> None:
    """Raise HelpOfferOpen while another offer waits; one that nobody answered in time is put aside."""
    waiting = select(HelpOffer).where(HelpOffer.case_id == case_id, HelpOffer.state == OfferState.OFFERED)
    offer = (await db.exec(waiting.with_for_update())).first()
    if offer is None:
        return
    if state_at(offer.state, offer.expires_at, now) is OfferState.OFFERED:
        raise HelpOfferOpen("help_offer_open", offer_id=offer.id)
    set_offer_state(db, offer, OfferState.LAPSED)
    await db.flush()


def set_offer_state(db: AsyncSession, offer: HelpOffer, state: OfferState) -> None:
    """Write where a locked offer stands; the only writer."""
    offer.state = state
    db.add(offer)


async def offers_of_case(*, db: AsyncSession, driver_id: str, case_id: str) -> Sequence[HelpOffer]:
    """Return what was offered to a driver in a case, newest first; raises UnknownHelpOffer for somebody else's."""
    case = await db.get(SupportCase, case_id)
    if case is None or case.driver_id != driver_id:
        raise UnknownHelpOffer("unknown_help_offer")
    return [each for each in await all_offers_of_case(db=db, case_id=case_id) if each.driver_id == driver_id]


async def all_offers_of_case(*, db: AsyncSession, case_id: str) -> Sequence[HelpOffer]:
    """Return what was offered in a case, newest first, for staff."""
    query = select(HelpOffer).where(HelpOffer.case_id == case_id)
    return list(await db.exec(query.order_by(col(HelpOffer.offered_at).desc(), col(HelpOffer.id))))


async def offer_of_driver(*, db: AsyncSession, driver_id: str, case_id: str, offer_id: str) -> HelpOffer:
    """Return one offer as stored now; raises UnknownHelpOffer also for somebody else's."""
    offer = await db.get(HelpOffer, offer_id)
    if offer is None or (offer.driver_id, offer.case_id) != (driver_id, case_id):
        raise UnknownHelpOffer("unknown_help_offer")
    return offer


async def locked_offer(*, db: AsyncSession, offer_id: str) -> HelpOffer:
    """Return an offer that exists, locked until the transaction ends; lock its case before it."""
    query = select(HelpOffer).where(HelpOffer.id == offer_id).with_for_update()
    return (await db.exec(query.execution_options(populate_existing=True))).one()
