"""One charge with everything that happened to it: for finance, and for support on the phone."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from api.deps import Now, Work
from api.domain.staff.roles import Permission
from api.routes.console.chart_specs import Theme, meter_curve
from api.routes.console.charts import picture
from api.routes.console.links import path_of
from api.routes.console.render import page
from api.routes.console.signed_in import Staff, needs
from api.services.console import bills
from api.services.console.charge_summary import charge_summary
from api.services.console.entries import Lane
from api.services.console.timeline import timeline

router = APIRouter(prefix="/charges")
ChargeId = Annotated[str, Path(max_length=64)]
_SEE = [needs(Permission.SEE_CHARGES)]
_LANES = {
    Lane.CHARGE: "charge",
    Lane.CHARGER: "charger and partner",
    Lane.MONEY: "money",
    Lane.TOLD: "told",
    Lane.PEOPLE: "people and findings",
    Lane.BOOKS: "books",
}


@router.get("/{charge_id}", dependencies=_SEE)
async def show_charge(
    request: Request, charge_id: ChargeId, staff: Staff, work: Work, now: Now, lane: Lane | None = None
) -> Response:
    """Show one charge."""
    books = staff.may(Permission.SEE_BOOKS)
    async with work() as db:
        summary = await charge_summary(db=db, now=now, charging_session_id=charge_id)
        entries = await timeline(db=db, charging_session_id=charge_id, books=books)
        checks = await bills.bills_checked(db=db, charging_session_id=charge_id)
        readings = await bills.meter_curve(db=db, charging_session_id=charge_id)
    return page(
        request,
        "charge.html",
        it=summary,
        entries=[entry for entry in entries if lane in {None, entry.lane}],
        lanes={each: told for each, told in _LANES.items() if any(entry.lane is each for entry in entries)},
        lane=lane,
        checks=checks,
        price=summary.charge.driver_price,
        lines=bills.price_lines(summary.charge),
        readings=readings,
        books=books,
        path_of=path_of,
    )


@router.get("/{charge_id}/meter.svg", dependencies=_SEE)
async def show_meter(charge_id: ChargeId, work: Work, now: Now, theme: Theme = "light") -> Response:
    """Draw the meter's curve."""
    async with work() as db:
        readings = await bills.meter_curve(db=db, charging_session_id=charge_id)
    points = [
        {
            "at": each.at.isoformat(),
            "kwh": float(each.kwh),
            "state": "charging" if each.charging else "plugged in, no energy",
        }
        for each in readings
    ]
    return await picture(meter_curve(theme, points), now)
