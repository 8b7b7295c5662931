"""A guest starts: address, agreement and a card that the page gave to the processor; then it is everybody's start.

The hold is placed by us, with the payment method that the page made, and never by the page: so there is no intent
before there is a charge, and whatever the guest closes, the machine of the charge lets go of what it held.
"""

import hashlib
import re
from dataclasses import dataclass

from api.domain.errors import Conflict, Invalid
from api.models.charging import ChargingSession, Quote
from api.models.driver import Driver
from api.ports import Ports
from api.services.charging.start import QuoteExpired, start_charging
from api.services.drivers.signup import normal_email
from api.services.drivers.standing import refuse_unless_active
from api.services.guests.offer import standing_until
from api.services.guests.visits import Visit, visit_of_token
from api.services.work import Work

_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[^\s@<>,;:\"()\[\]\\]+\.[^\s@<>,;:\"()\[\]\\.]{2,}")
_METHOD = re.compile(r"pm_\w{1,200}")
_LONGEST_ADDRESS = 254


class EmailUnusable(Invalid):
    """No receipt can be sent to this address."""


class CardNeeded(Conflict):
    """Nothing that stands secures this start: a card must be entered."""


@dataclass(frozen=True, slots=True)
class GuestStart:
    """What the page sends: what was agreed to, where the receipt goes, and the card unless a hold stands."""

    quote_id: str
    amount_minor: int
    currency: str
    email: str
    payment_method_id: str | None
    accept_unknown_price: bool = False


async def start_visit(*, work: Work, ports: Ports, token: str, wish: GuestStart) -> ChargingSession:
    """Start the charge of a visit, or return the one that goes on: two taps are one start.

    Raises what ``start_charging`` raises, and UnknownVisit, EmailUnusable, CardNeeded, ProcessorRefused,
    OutcomeUnknown.
    """
    email = _usable(wish.email)
    async with work() as db:
        visit = await visit_of_token(db=db, policy=ports.policy, token=token, lock=True)
        if visit.charge is not None and (visit.occupies or visit.charge.quote_id == wish.quote_id):
            return visit.charge
        refuse_unless_active(visit.guest)  # before the address is written down: who was forgotten stays so
        _check_card(visit, wish, await db.get(Quote, wish.quote_id), ports)
        visit.guest.email = visit.guest.name = email
        db.add(visit.guest)
    customer_id = await _customer_of(ports, visit.guest)
    async with work() as db:  # also where the start is refused: who is to be forgotten must be known
        guest = await db.get_one(Driver, visit.guest.id, with_for_update=True)
        guest.processor_customer_id = guest.processor_customer_id or customer_id
        db.add(guest)
    async with work() as db:
        visit = await visit_of_token(db=db, policy=ports.policy, token=token, lock=True)
        if visit.charge is not None and (visit.occupies or visit.charge.quote_id == wish.quote_id):
            return visit.charge
        visit.guest.payment_method_id = wish.payment_method_id or visit.guest.payment_method_id
        charge = await start_charging(
            db=db,
            ports=ports,
            now=ports.clock.now(),
            driver=visit.guest,
            quote_id=wish.quote_id,
            consent_amount_minor=wish.amount_minor,
            consent_currency=wish.currency,
            accept_unknown_price=wish.accept_unknown_price,
        )
        visit.row.charging_session_id, visit.row.updated_at = charge.id, ports.clock.now()
        db.add_all([visit.guest, visit.row])
        return charge


def _check_card(visit: Visit, wish: GuestStart, quote: Quote | None, ports: Ports) -> None:
    """See that a card was entered, or that the hold of the start that just failed secures this one."""
    if quote is None or quote.driver_id != visit.guest.id:
        raise QuoteExpired("quote_expired", reason="not_of_this_visit")
    if wish.payment_method_id is not None:
        if not _METHOD.fullmatch(wish.payment_method_id):
            raise CardNeeded("card_needed")
    elif standing_until(quote, visit, ports.clock.now()) is None:
        raise CardNeeded("card_needed")


async def _customer_of(ports: Ports, guest: Driver) -> str:
    """Return the processor's customer of a guest: by it a hold is found whose answer was lost.

    The key knows the address, which a guest may correct before the first answer is kept.
    """
    if guest.processor_customer_id is not None:
        return guest.processor_customer_id
    told = hashlib.sha256(guest.email.encode()).hexdigest()[:12]
    return await ports.payments.create_customer(
        driver_id=guest.id, email=guest.email, idempotency_key=f"{guest.id}.customer.{told}"
    )


def _usable(email: str) -> str:
    """Return an address as it is stored; raises EmailUnusable."""
    address = normal_email(email)
    if len(address) > _LONGEST_ADDRESS or not _ADDRESS.fullmatch(address) or not address.isprintable():
        raise EmailUnusable("email_unusable")
    return address
