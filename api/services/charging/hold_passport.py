"""The hold passport: everything there is to tell about one hold, for the app and for a letter to the bank (CK12).

A plain value, made from the hold's stored history alone: where the money is, since when, what we asked of the processor
and under which reference, what the driver agreed to, and when the bank should show the release. A hold that was passed
on has one passport, whichever of its charges asks for it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.state import HoldStatus
from api.domain.errors import NotFound
from api.domain.finance.hold_totals import HoldEventKind
from api.domain.finance.release_advice import LATEST, USUALLY, Advice, release_advice
from api.domain.money import Money
from api.models.charging import ChargingSession
from api.models.payment import HoldEvent, HoldRow
from api.services.charging.extend import can_extend
from api.services.charging.queries import charge_of_driver, hold_of_charge

_ENDS = (HoldEventKind.CAPTURE_SUCCEEDED, HoldEventKind.RELEASE_SUCCEEDED, HoldEventKind.EXPIRED)


class NoHold(NotFound):
    """This charge was not secured by a hold on a card."""


@dataclass(frozen=True, slots=True)
class HoldStep:
    """One thing that we asked of the processor, or that it told; ``reference`` is its request or event id."""

    at: datetime
    what: HoldEventKind
    amount: Money | None
    source: str
    reference: str | None
    code: str | None
    """Why a step failed."""
    passed_to: str | None
    """The charge that took the hold over in this step."""


@dataclass(frozen=True, slots=True)
class HoldCapabilities:
    """What the processor says could be done with this hold; shown, never relied on."""

    extended_authorization: str | None
    incremental_authorization: str | None
    capturable_at_most: Money | None
    can_extend: bool


@dataclass(frozen=True, slots=True)
class HoldPassport:
    """One hold. All money is in one currency; ``released`` is what was let go of, by us or by the bank."""

    hold_id: str
    charging_session_id: str
    """The charge that the hold secures, or secured last."""
    status: HoldStatus
    amount: Money
    authorized: Money
    captured: Money
    released: Money
    card_brand: str | None
    card_last4: str | None
    payment_reference: str | None
    """The processor's id of the payment, which the bank's own records lead back to."""
    consent: dict[str, Any]
    steps: tuple[HoldStep, ...]
    requested_at: datetime
    capture_before: datetime | None
    released_at: datetime | None
    expected_by: datetime | None
    """When banks usually show the release."""
    latest_by: datetime | None
    """When the last of them do."""
    advice: Advice
    capabilities: HoldCapabilities
    place: dict[str, Any]
    """Where the charge was, and its operator, as the driver saw it."""


async def hold_passport(*, db: AsyncSession, now: datetime, driver_id: str, charging_session_id: str) -> HoldPassport:
    """Return the passport of a charge's hold as it is at ``now``; raises UnknownCharge, NoHold."""
    charge = await charge_of_driver(db=db, driver_id=driver_id, charging_session_id=charging_session_id)
    while charge.hold_passed_to is not None:
        charge = await db.get_one(ChargingSession, charge.hold_passed_to)
    hold = await hold_of_charge(db=db, charging_session_id=charge.id)
    if hold is None:
        raise NoHold("no_hold")
    query = select(HoldEvent).where(HoldEvent.hold_id == hold.id).order_by(col(HoldEvent.at), col(HoldEvent.id))
    return _passport(charge, hold, list(await db.exec(query)), now)


def _passport(charge: ChargingSession, hold: HoldRow, events: list[HoldEvent], now: datetime) -> HoldPassport:
    """Put the passport together."""
    status = HoldStatus(hold.status)
    authorized, released = hold.authorized_minor, hold.released_minor
    ended_at = min((event.at for event in events if event.kind in _ENDS), default=None)
    released_at = ended_at if released else None
    return HoldPassport(
        hold_id=hold.id,
        charging_session_id=charge.id,
        status=status,
        amount=Money(hold.amount_minor, hold.currency),
        authorized=Money(authorized, hold.currency),
        captured=Money(hold.captured_minor, hold.currency),
        released=Money(released, hold.currency),
        card_brand=hold.card_brand,
        card_last4=hold.card_last4,
        payment_reference=hold.payment_intent_id,
        consent=charge.consent,
        steps=tuple(_step(event, hold.currency) for event in events),
        requested_at=hold.created_at,
        capture_before=hold.capture_before,
        released_at=released_at,
        expected_by=released_at + USUALLY if released_at else None,
        latest_by=released_at + LATEST if released_at else None,
        advice=release_advice(status, authorized=authorized, released=released, released_at=ended_at, now=now),
        capabilities=_capabilities(charge, hold),
        place=charge.place,
    )


def _step(event: HoldEvent, currency: str) -> HoldStep:
    """Return one event of the history as a step."""
    code, passed_to = event.detail.get("code"), event.detail.get("to")
    return HoldStep(
        at=event.at,
        what=HoldEventKind(event.kind),
        amount=None if event.amount_minor is None else Money(event.amount_minor, currency),
        source=event.source,
        reference=event.psp_reference,
        code=None if code is None else str(code),
        passed_to=None if passed_to is None else str(passed_to),
    )


def _capabilities(charge: ChargingSession, hold: HoldRow) -> HoldCapabilities:
    """Return what could be done with the hold."""
    most = hold.capturable_at_most_minor
    return HoldCapabilities(
        extended_authorization=hold.extended_authorization,
        incremental_authorization=hold.incremental_authorization,
        capturable_at_most=None if most is None else Money(most, hold.currency),
        can_extend=can_extend(charge, hold),
    )
