"""Complaints: what the driver says, what was frozen, what the rules found and propose, and a person's decision."""

from collections.abc import Collection
from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import RedirectResponse, Response

from api.deps import Now, PortsDep, Work
from api.domain.finance.finding_limits import alone_at_most
from api.domain.money import exponent
from api.domain.staff.roles import Permission
from api.domain.support.complaint import ComplaintState, Ruling
from api.ports.policy import ServicePolicy
from api.routes.console.acting import Acting
from api.routes.console.render import page
from api.routes.console.signed_in import Form, Posted, Staff, needs
from api.routes.console.told import told_after
from api.services.charging.approvals import approval_limit, sign_with_request
from api.services.charging.credits import CreditReason
from api.services.support.complaint_decide import NoneReason, Wish, decide_complaint
from api.services.support.complaint_view import complaint_file, list_complaints

router = APIRouter(prefix="/complaints")
ComplaintId = Annotated[str, Path(max_length=64)]
_SEE, _DECIDE = [needs(Permission.SEE_CASES)], [needs(Permission.DECIDE_DISPUTES)]


@router.get("", dependencies=_SEE)
async def show_complaints(request: Request, work: Work, state: ComplaintState | None = None) -> Response:
    """List complaints, those that are not decided unless a state is chosen."""
    async with work() as db:
        found = await list_complaints(db=db, state=state)
    return page(request, "complaints.html", found=found, state=state, states=list(ComplaintState))


@router.get("/{complaint_id}", dependencies=_SEE)
async def show_complaint(
    request: Request, complaint_id: ComplaintId, staff: Staff, work: Work, ports: PortsDep
) -> Response:
    """Show one complaint."""
    async with work() as db:
        found = await complaint_file(db=db, ports=ports, complaint_id=complaint_id)
    row = found.view.row
    return page(
        request,
        "complaint.html",
        it=found,
        row=row,
        may_decide=staff.may(Permission.DECIDE_DISPUTES)
        and row.state in (ComplaintState.WAITING, ComplaintState.WITH_AGENT),
        alone=alone_of(ports.policy, staff.roles, row.currency),
        reasons=list(CreditReason),
        none_reasons=list(NoneReason),
        rulings=list(Ruling),
        said=told_after(request),
    )


def alone_of(policy: ServicePolicy, roles: Collection[str], currency: str) -> int:
    """Return how much somebody with these roles may give back alone."""
    limit = approval_limit(policy, currency)
    return alone_at_most(roles, currency, limit=limit, named=policy.approval_by_role)


@router.post("/{complaint_id}/decide", dependencies=_DECIDE)
async def decide(
    complaint_id: ComplaintId, form: Posted, who: Acting, work: Work, ports: PortsDep, now: Now
) -> Response:
    """Decide: all of it, a part, or nothing; above one's limit a second person approves it among the requests."""
    async with work() as db:
        sign_with_request(db, who.request_id)
        found = await complaint_file(db=db, ports=ports, complaint_id=complaint_id)
        currency = found.view.row.currency
        row = await decide_complaint(
            db=db,
            ports=ports,
            now=now,
            complaint_id=complaint_id,
            wish=_wish(form, currency),
            by=who.name,
            alone_minor=alone_of(ports.policy, who.roles, currency),
        )
    told = "waits" if row.state == ComplaintState.APPROVAL else "ruled"
    return RedirectResponse(f"/console/complaints/{complaint_id}?told={told}", 303)


def _wish(form: Form, currency: str) -> Wish:
    """Return what was chosen; raises FormUnreadable."""
    ruling = form["ruling"]
    amount = form.minor("amount", exponent(currency)) if ruling == Ruling.PARTIAL else None
    reason = form["none_reason"] if ruling == Ruling.NONE else form["reason"]
    return Wish(ruling, reason, form["text"], amount)
