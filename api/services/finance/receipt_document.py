"""What a receipt says: the charge, its price by line and by rate of tax, and what became of the hold.

The document is the truth, in minor units and exact text; pages are made from it. Does not live here: when a receipt is
written (``receipts.py``), what it looks like (``clients/documents``).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.domain.finance.paper import RateShare, portion, rates_of
from api.domain.money import Money
from api.models.charging import ChargingSession
from api.models.driver import Driver
from api.models.finance import FleetAccount, Receipt
from api.models.payment import HoldRow

CARD = "card"
FLEET = "fleet"


@dataclass(frozen=True, slots=True)
class Sums:
    """What a charge comes to, in minor units; ``vat`` None: the tax is unknown."""

    net: int
    vat: int | None
    rates: tuple[RateShare, ...]
    explained: bool
    """Whether the lines of the price add up to it: they do not where staff signed another sum."""


def sums_of(charge: ChargingSession) -> Sums:
    """Return what is billed by rate of tax; a sum that staff signed takes the shares of the bill that it stands for."""
    price, total = charge.driver_price, charge.owed_minor or 0
    if price is None:
        return Sums(total, None, (), explained=False)
    rates = rates_of(price.get("taxes", []), net_minor=price["net_minor"], vat_minor=price.get("vat_minor"))
    if total == price["total_minor"]:
        return Sums(price["net_minor"], price.get("vat_minor"), tuple(rates), explained=True)
    if price.get("vat_minor") is None:
        return Sums(total, None, (), explained=False)
    shares = tuple(portion(rates, Money(total, charge.currency), None))
    vat = sum(each.vat_minor for each in shares)
    return Sums(total - vat, vat, shares, explained=False)


def receipt_document(
    charge: ChargingSession,
    hold: HoldRow | None,
    *,
    driver: Driver,
    fleet: FleetAccount | None,
    minimum_charge_minor: int,
    replaces: Receipt | None,
) -> dict[str, Any]:
    """Return the receipt as the driver sees it, but for its head (``papers.write_paper``)."""
    price = charge.driver_price or {}
    total, charged = charge.owed_minor or 0, hold.captured_minor if hold else 0
    sums = sums_of(charge)
    signed = [{"percent": _percent(each), "minor": each.vat_minor} for each in sums.rates]
    return about_charge(charge, driver, fleet) | {
        "energy_ended_at": _text(charge.energy_ended_at),
        "unplugged_at": _text(charge.unplugged_at),
        "lines": price.get("lines", []) if sums.explained else [],
        "taxes": price.get("taxes", []) if sums.explained else signed,
        "vat_rates": [each.to_json() for each in sums.rates],
        "net_minor": sums.net,
        "vat_minor": sums.vat,
        "parts": price.get("parts") if sums.explained else None,
        "reserved_minor": hold.authorized_minor if hold else 0,
        "charged_minor": charged,
        "released_minor": hold.released_minor if hold else 0,
        "waived_minor": total if total < minimum_charge_minor and not charged else 0,
        "card": {"brand": hold.card_brand, "last4": hold.card_last4} if hold else None,
        "checks": price.get("checks", []),
        "replaces": replaces.id if replaces else None,
        "replaces_number": replaces.number if replaces else None,
    }


def about_charge(charge: ChargingSession, driver: Driver, fleet: FleetAccount | None) -> dict[str, Any]:
    """Return what receipts and credit notes say of the charge they are about."""
    return {
        "charging_session_id": charge.id,
        "payer_type": charge.payer_type,
        "fleet": fleet.name if fleet else None,
        "driver": {"name": driver.name, "account_number": driver.account_number},
        "place": charge.place,
        "time_zone": charge.time_zone,
        "started_at": _text(charge.charging_at),
        "energy_kwh": str(charge.kwh),
    }


def _percent(share: RateShare) -> str | None:
    return None if share.percent is None else str(share.percent)


def _text(at: datetime | None) -> str | None:
    """Return a moment as RFC 3339 text."""
    return at.isoformat() if at else None
