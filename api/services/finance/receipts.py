"""Receipts: written when the price is final, never changed, replaced when the price changes (CK27).

Numbering without gaps and PDF come with the invoices.
"""

from datetime import datetime
from typing import Any

from sqlmodel import col, select
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
    """Write the receipt of a settled charge; a call after which nothing changed returns the one that counts.

    A price that changed later (a credit CDR) gets a new receipt that names the one it replaces.
    """
    charge = await lock_charge(db=db, charging_session_id=charging_session_id)
    hold = await hold_of_charge(db=db, charging_session_id=charge.id)
    document = _document(charge, hold, ports.policy.our_name)
    known = await _newest(db, charge.id)
    if known is not None and {**known.document, "replaces": None} == document:
        return known
    receipt = Receipt(
        id=ports.randomness.new_id(Prefix.RECEIPT),
        charging_session_id=charge.id,
        revision=known.revision + 1 if known else 1,
        driver_id=charge.driver_id,
        issued_at=now,
        document=document | {"replaces": known.id if known else None},
    )
    db.add(receipt)
    return receipt


async def _newest(db: AsyncSession, charging_session_id: str) -> Receipt | None:
    """Return the receipt of a charge that counts."""
    query = select(Receipt).where(Receipt.charging_session_id == charging_session_id)
    return (await db.exec(query.order_by(col(Receipt.revision).desc()).limit(1))).first()


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
        "parts": price.get("parts"),
        "total_minor": charge.owed_minor or 0,
        "reserved_minor": hold.authorized_minor if hold else 0,
        "charged_minor": hold.captured_minor if hold else 0,
        "released_minor": hold.released_minor if hold else 0,
        "card": {"brand": hold.card_brand, "last4": hold.card_last4} if hold else None,
        "checks": price.get("checks", []),
        "replaces": None,
    }


def _text(at: datetime | None) -> str | None:
    """Return a moment as RFC 3339 text."""
    return at.isoformat() if at else None


async def receipt_of_charge(*, db: AsyncSession, driver_id: str, charging_session_id: str) -> Receipt:
    """Return the receipt of a driver's charge; raises UnknownCharge, NoReceiptYet."""
    charge = await charge_of_driver(db=db, driver_id=driver_id, charging_session_id=charging_session_id)
    receipt = await _newest(db, charge.id)
    if receipt is None:
        raise NoReceiptYet("no_receipt_yet", status=charge.status)
    return receipt
