"""Raising the hold of a running charge, where the processor says that this hold can be raised.

A capability read from the processor's answer, never relied on: the charge is stopped near the hold all the same. The
driver agrees to the exact new amount (PSD2 Art. 75), the operation is on disk before the call, and a bank that says no
leaves the old hold as it is.
"""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.state import RUNNING, STOPPING, HoldStatus
from api.domain.errors import Conflict, Invalid
from api.domain.money import Money, smallest_charge_minor
from api.models.charging import ChargingSession
from api.models.payment import HoldRow
from api.ports import Ports
from api.services.charging.advance import UnknownCharge, announce, lock_charge
from api.services.charging.carry import hold_of
from api.services.payments.operations import OperationKind, plan_operation, unfinished_operation

AVAILABLE = "available"
CONSENT_TEXT = "hold-extension-consent-1"
"""Version of the text by which the driver agrees to a higher hold."""


class HoldNotExtendable(Conflict):
    """This hold cannot be raised now. Facts: ``reason``."""


class ExtensionInvalid(Invalid):
    """The new amount is not above the hold, or not in its currency. Facts: ``amount_minor``, ``currency``."""


def can_extend(charge: ChargingSession, hold: HoldRow | None) -> bool:
    """Say whether the driver may ask for a higher hold."""
    return hold is not None and _refusal(charge, hold) is None


async def extend_hold(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    driver_id: str,
    charging_session_id: str,
    consent_amount_minor: int,
    consent_currency: str,
) -> ChargingSession:
    """Plan the raise of a charge's hold to the amount agreed to; asking again for the same changes nothing.

    Raises UnknownCharge, HoldNotExtendable, ExtensionInvalid.
    """
    charge = await lock_charge(db=db, charging_session_id=charging_session_id)
    if charge.driver_id != driver_id:
        raise UnknownCharge("unknown_charging_session")
    if charge.hold_passed_to is not None:
        raise HoldNotExtendable("hold_not_extendable", reason="hold_not_standing")
    hold = await hold_of(db, charge)
    asked = (consent_amount_minor, consent_currency.upper())
    under_way = await unfinished_operation(db=db, hold_id=hold.id, kind=OperationKind.EXTEND)
    if asked in {(hold.amount_minor, hold.currency), (under_way.amount_minor if under_way else None, hold.currency)}:
        return charge
    refusal = "extension_under_way" if under_way else _refusal(charge, hold)
    if refusal is not None:
        raise HoldNotExtendable("hold_not_extendable", reason=refusal)
    if asked[1] != hold.currency or asked[0] <= hold.amount_minor or asked[0] % smallest_charge_minor(hold.currency):
        raise ExtensionInvalid("extension_invalid", amount_minor=hold.amount_minor, currency=hold.currency)
    _agree(charge, asked, now)
    amount = Money(*asked)
    await plan_operation(db=db, ports=ports, now=now, hold=hold, kind=OperationKind.EXTEND, amount=amount)
    await announce(db=db, charge=charge, now=now)
    return charge


def _refusal(charge: ChargingSession, hold: HoldRow) -> str | None:
    """Return why a hold cannot be raised now; None: it can."""
    if charge.status not in RUNNING - STOPPING:
        return "not_charging"
    if charge.hold_status != HoldStatus.PLACED or hold.status != HoldStatus.PLACED:
        return "hold_not_standing"
    return None if hold.incremental_authorization == AVAILABLE else "not_available"


def _agree(charge: ChargingSession, asked: tuple[int, str], now: datetime) -> None:
    """Keep the driver's agreement to the new amount beside the first one."""
    agreed = {"amount_minor": asked[0], "currency": asked[1], "text": CONSENT_TEXT, "at": now.isoformat()}
    charge.consent = charge.consent | {"extensions": [*charge.consent.get("extensions", []), agreed]}
