"""Giving back help that a driver paid for; it is offered among the other steps of a case (``case_work.py``)."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import RedirectResponse, Response

from api.deps import Now, PortsDep, Work
from api.domain.staff.roles import Permission
from api.routes.console.acting import Acting
from api.routes.console.cases import CaseId
from api.routes.console.signed_in import Posted, needs
from api.services.support.help_refunds import refund_help

router = APIRouter(prefix="/cases")
OfferId = Annotated[str, Path(pattern="^hof_[A-Za-z0-9]{1,64}$")]


@router.post("/{case_id}/help-offers/{offer_id}/refund", dependencies=[needs(Permission.MOVE_MONEY)])
async def refund_paid_help(
    case_id: CaseId, offer_id: OfferId, form: Posted, who: Acting, work: Work, ports: PortsDep, now: Now
) -> Response:
    """Give paid help back whole, into the wallet that paid it."""
    async with work() as db:
        await refund_help(
            db=db, ports=ports, now=now, case_id=case_id, offer_id=offer_id, reason=form["reason"], by=who
        )
    return RedirectResponse(f"/console/cases/{case_id}?told=done", 303)
