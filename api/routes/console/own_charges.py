"""Charges of one's own chargers with their technical stories, and what an operator's agent gives back (CK03)."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from api.deps import Now, PortsDep, Work
from api.domain.money import exponent
from api.domain.staff.roles import Permission
from api.routes.console.acting import PREFIX, Acting
from api.routes.console.own import HERE, OwnPartner, OwnScope
from api.routes.console.render import page
from api.routes.console.signed_in import Posted, Staff, needs
from api.routes.console.told import told_after
from api.services.charging.approvals import RequestState
from api.services.charging.credits import CreditReason
from api.services.owners.charges import own_charges, read_own_charge
from api.services.owners.refund import refund_by_agent
from api.services.owners.scope import Own, own_charge

router = APIRouter(prefix="/own/charges")
CHARGES = f"{HERE}/charges"
ChargeId = Annotated[str, Path(max_length=64)]
_SEE = [needs(Permission.SEE_OWN_SITES)]


@router.get("", dependencies=_SEE)
async def show_own_charges(
    request: Request,
    own: OwnScope,
    work: Work,
    evse: Annotated[str, Query(max_length=64)] = "",
    before: datetime | None = None,
) -> Response:
    """List charges, the newest first."""
    async with work() as db:
        found, next_before = await own_charges(db=db, own=own, evse=evse.strip(), before=before)
    return page(request, "own_charges.html", charges=found, evse=evse, next_before=next_before)


@router.get("/{charge_id}", dependencies=_SEE)
async def show_own_charge(
    request: Request, charge_id: ChargeId, own: OwnScope, staff: Staff, work: Work, ports: PortsDep, now: Now
) -> Response:
    """Show one charge; that somebody looked is in the log."""
    async with work() as db:
        found = await read_own_charge(db=db, own=own, now=now, charging_session_id=charge_id, by=staff.name)
    return page(
        request,
        "own_charge.html",
        it=found,
        reasons=list(CreditReason),
        alone_minor=ports.policy.operator_refund.get(found.charge.currency, 0),
        request_id=ports.randomness.new_id(PREFIX),
        said=told_after(request),
    )


@router.post("/{charge_id}/refund", dependencies=[needs(Permission.ACT_ON_OWN_SITES)])
async def refund(
    charge_id: ChargeId,
    partner_id: OwnPartner,
    form: Posted,
    who: Acting,
    work: Work,
    ports: PortsDep,
    now: Now,
) -> Response:
    """Give back within the agent's limit, or ask our finance to."""
    async with work() as db:
        charge = await own_charge(db=db, own=Own(partner_id=partner_id), charging_session_id=charge_id)
        credit = await refund_by_agent(
            db=db,
            ports=ports,
            now=now,
            partner_id=partner_id,
            charging_session_id=charge_id,
            amount_minor=form.minor("amount", exponent(charge.currency)),
            reason=form["reason"],
            text=form["text"],
            by=who.name,
            request_id=who.request_id or ports.randomness.new_id(PREFIX),
        )
    told = "done" if credit.state == RequestState.APPROVED else "waits"
    return RedirectResponse(f"{CHARGES}/{charge_id}?told={told}", 303)
