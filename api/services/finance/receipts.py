"""Receipts: written once when the price is final, never changed (CK27). Numbering and PDF come with invoices."""

from datetime import datetime
from typing import Any

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.domain.ids import Prefix
from api.models.charging import ChargingSession
from api.models.finance import Receipt
from api.models.payment import HoldRow
from api.ports import Ports
from api.services.charging.advance import lock_charge
from api.services.charging.queries import charge_of_driver, hold_of_charge


class NoReceiptYet(NotFound):
    """The price of the charge is not final yet."""


async def issue_receipt(*, db: AsyncSession, ports: Ports, now: datetime, charging_session_id: str) -> Receipt:
    """Write the receipt of a settled charge; a second call returns the first one."""
    charge = await lock_charge(db=db, charging_session_id=charging_session_id)
    known = (await db.exec(select(Receipt).where(Receipt.charging_session_id == charge.id))).first()
    if known is not None:
        return known
    hold = await hold_of_charge(db=db, charging_session_id=charge.id)
    receipt = Receipt(
        id=ports.randomness.new_id(Prefix.RECEIPT),
        charging_session_id=charge.id,
        driver_id=charge.driver_id,
        issued_at=now,
        document=_document(charge, hold, ports.policy.our_name),
    )
    db.add(receipt)
    return receipt


def _document(charge: ChargingSession, hold: HoldRow | None, issuer: str) -> dict[str, Any]:
    """Return the receipt as the driver sees it; money in minor units."""
    price = charge.driver_price or {}
    return {
        "issuer": issuer,
        "charging_session_id": charge.id,
        "place": charge.place,
        "time_zone": charge.time_zone,
        "started_at": _text(charge.charging_at),
        "energy_ended_at": _text(charge.energy_ended_at),
        "unplugged_at": _text(charge.unplugged_at),
        "energy_kwh": str(charge.kwh),
        "currency": charge.currency,
        "lines": price.get("lines", []),
        "taxes": price.get("taxes", []),
        "net_minor": price.get("net_minor", 0),
        "vat_minor": price.get("vat_minor"),
        "total_minor": charge.owed_minor or 0,
        "reserved_minor": hold.authorized_minor if hold else 0,
        "charged_minor": hold.captured_minor if hold else 0,
        "released_minor": hold.released_minor if hold else 0,
        "card": {"brand": hold.card_brand, "last4": hold.card_last4} if hold else None,
        "checks": price.get("checks", []),
    }


def _text(at: datetime | None) -> str | None:
    """Return a moment as RFC 3339 text."""
    return at.isoformat() if at else None


async def receipt_of_charge(*, db: AsyncSession, driver_id: str, charging_session_id: str) -> Receipt:
    """Return the receipt of a driver's charge; raises UnknownCharge, NoReceiptYet."""
    charge = await charge_of_driver(db=db, driver_id=driver_id, charging_session_id=charging_session_id)
    receipt = (await db.exec(select(Receipt).where(Receipt.charging_session_id == charge.id))).first()
    if receipt is None:
        raise NoReceiptYet("no_receipt_yet", status=charge.status)
    return receipt
