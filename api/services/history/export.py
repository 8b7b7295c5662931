"""The history as a table for a spreadsheet (RFC 4180): however long, and nothing in it is a formula there."""

from collections.abc import AsyncIterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from api.domain.csv_text import csv_text
from api.domain.money import Money
from api.services.charging.view import charge_view
from api.services.history.charges import Wanted, charges_of_driver
from api.services.history.entries import Entry, entries_of
from api.services.roaming.networks import network_id
from api.services.work import Work

AT_ONCE = 200
COLUMNS = (
    "charging_session_id",
    "created_at",
    "charging_at",
    "energy_ended_at",
    "unplugged_at",
    "time_zone",
    "status",
    "place",
    "address",
    "city",
    "country",
    "evse_id",
    "visual_id",
    "operator",
    "network_id",
    "energy_wh",
    "duration_s",
    "currency",
    "price",
    "paid",
    "refunded",
    "auth_channel",
    "payer_type",
    "employer",
    "receipt_id",
    "receipt_number",
)


async def history_csv(*, work: Work, now: datetime, driver_id: str, wanted: Wanted) -> AsyncIterator[str]:
    """Yield the table, head first; each part is read in a transaction of its own, so that a slow reader holds none."""
    yield csv_text([COLUMNS])
    behind = None
    while True:
        async with work() as db:
            charges = await charges_of_driver(db=db, driver_id=driver_id, wanted=wanted, limit=AT_ONCE, behind=behind)
            entries = await entries_of(db=db, charges=charges)
        if entries:
            yield csv_text(_row(each, now).values() for each in entries)
        if len(charges) < AT_ONCE:
            return
        behind = (charges[-1].created_at, charges[-1].id)


def _row(entry: Entry, now: datetime) -> dict[str, Any]:
    """Return one charge by column: moments in UTC, money in units of its currency, ids that stay."""
    charge, place = entry.charge, entry.charge.place
    view = charge_view(charge, entry.hold, now)
    same = ("created_at", "charging_at", "energy_ended_at", "unplugged_at", "time_zone", "status", "currency")
    values = {name: getattr(charge, name) for name in (*same, "visual_id", "auth_channel", "payer_type")}
    values |= {name: place.get(name) for name in ("address", "city", "country", "evse_id")}
    values |= {
        "charging_session_id": charge.id,
        "place": place.get("name"),
        "operator": (place.get("operator") or {}).get("name"),
        "network_id": network_id(charge.country_code, charge.party_id),
        "energy_wh": view.energy_wh,
        "duration_s": view.seconds,
        "price": _decimal(view.final_minor, charge.currency),
        "paid": _decimal(entry.paid_minor, charge.currency),
        "refunded": _decimal(entry.refunded_minor, charge.currency),
        "employer": entry.employer,
        "receipt_id": entry.receipt.id if entry.receipt else None,
        "receipt_number": entry.receipt.number if entry.receipt else None,
    }
    return {name: values[name] for name in COLUMNS}


def _decimal(minor: int | None, currency: str) -> Decimal | None:
    return None if minor is None else Money(minor, currency).to_decimal()
