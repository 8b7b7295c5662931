"""The history on paper: the same charges as the list and the table, with their sums by currency."""

from datetime import datetime
from decimal import Decimal

from api.domain.errors import Invalid
from api.domain.finance.charges_overview import ChargesOverview, ListedCharge
from api.domain.finance.payer import Payer
from api.models.charging import ChargingSession
from api.models.driver import Driver
from api.ports import Ports
from api.services.charging.view import charge_view
from api.services.drivers.queries import driver_by_id
from api.services.history.charges import Wanted, charges_of_driver
from api.services.history.entries import Entry, entries_of
from api.services.work import Work

MOST_LINES = 1000
"""More is no paper that anybody reads, and keeps others' papers waiting."""


class HistoryTooLong(Invalid):
    """So many charges fill no paper: narrow the list, or take the table. Fact: ``most``."""


async def history_pdf(
    *, work: Work, ports: Ports, now: datetime, driver_id: str, wanted: Wanted, language: str
) -> bytes:
    """Return the charges that are wanted as PDF in ``language``; raises HistoryTooLong."""
    async with work() as db:
        driver = await driver_by_id(db, driver_id)
        charges = await charges_of_driver(db=db, driver_id=driver_id, wanted=wanted, limit=MOST_LINES + 1)
        if len(charges) > MOST_LINES:
            raise HistoryTooLong("history_too_long", most=MOST_LINES)
        entries = await entries_of(db=db, charges=charges)
    lines = [_line(each, now) for each in entries]
    return await ports.documents.charges_overview(_overview(ports, now, driver, wanted, language, lines))


def _overview(
    ports: Ports, now: datetime, driver: Driver, wanted: Wanted, language: str, lines: list[ListedCharge]
) -> ChargesOverview:
    return ChargesOverview(
        language=language,
        issuer=ports.policy.issuer,
        driver_name=driver.name,
        account_number=driver.account_number,
        written_at=now,
        time_zone=driver.time_zone or ports.policy.issuer.time_zone,
        since=wanted.since,
        before=wanted.before,
        narrowed=bool(wanted.statuses or wanted.network or wanted.payer),
        lines=lines,
    )


def _line(entry: Entry, now: datetime) -> ListedCharge:
    charge = entry.charge
    view = charge_view(charge, entry.hold, now)
    return ListedCharge(
        at=charge.charging_at or charge.created_at,
        time_zone=charge.time_zone,
        place=_place(charge),
        energy_kwh=Decimal(view.energy_wh) / 1000,
        currency=charge.currency,
        price_minor=view.final_minor,
        paid_minor=entry.paid_minor,
        refunded_minor=entry.refunded_minor,
        receipt_number=entry.receipt.number if entry.receipt else None,
        by_employer=charge.payer_type == Payer.FLEET,
        employer=entry.employer,
    )


def _place(charge: ChargingSession) -> str:
    """Return where it was, in one line."""
    named = [str(charge.place[name]) for name in ("name", "city") if charge.place.get(name)]
    return ", ".join(dict.fromkeys(named)) or str(charge.place.get("evse_id") or charge.location_id)
