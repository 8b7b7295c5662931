"""Doing something about the money behind a finding, and the second person's word on what was asked for."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import RedirectResponse, Response

from api.deps import Now, PortsDep, Work
from api.domain.finance.finding import Action
from api.domain.money import exponent
from api.domain.staff.roles import Permission
from api.routes.console.acting import Acting, Looking
from api.routes.console.findings import FindingId
from api.routes.console.findings_work import back
from api.routes.console.render import page
from api.routes.console.signed_in import Form, Posted, needs
from api.routes.console.told import told_after
from api.services.reconciliation.findings import currency_of_finding
from api.services.reconciliation.findings_actions import act
from api.services.reconciliation.findings_ask import ask_processor
from api.services.reconciliation.findings_requests import (
    approve_request,
    deny_request,
    waiting_requests,
    withdraw_request,
)

router = APIRouter()
_MOVE, _APPROVE = [needs(Permission.MOVE_MONEY)], [needs(Permission.APPROVE)]
RequestId = Annotated[str, Path(pattern="^(crd|wof|stl|rfd)_[A-Za-z0-9]{1,64}$")]
_TOLD = {Action.SEND_RECEIPT: "sent", Action.DISPUTE_CDR: "written"}


@router.post("/findings/{finding_id}/ask", dependencies=_MOVE)
async def ask(finding_id: FindingId, who: Acting, work: Work, ports: PortsDep) -> Response:
    """Ask the processor now."""
    await ask_processor(work=work, ports=ports, finding_id=finding_id, by=who)
    return back(finding_id, "asked")


@router.post("/findings/{finding_id}/act/{action}", dependencies=_MOVE)
async def do(
    finding_id: FindingId, action: Action, form: Posted, who: Acting, work: Work, ports: PortsDep, now: Now
) -> Response:
    """Do something about a finding."""
    async with work() as db:
        currency = await currency_of_finding(db=db, finding_id=finding_id)
        outcome = await act(
            db=db,
            ports=ports,
            now=now,
            finding_id=finding_id,
            action=action,
            by=who,
            amount_minor=_amount(form, currency),
            reason=form["reason"],
            text=form["text"],
        )
    told = "posted" if "to" in outcome.facts else _TOLD.get(action, "done")
    return back(finding_id, told if outcome.done else "waits")


def _amount(form: Form, currency: str) -> int | None:
    """Return the amount that was typed, None where none was; raises FormUnreadable."""
    return form.minor("amount", exponent(currency)) if form["amount"] else None


@router.get("/requests", dependencies=[needs(Permission.SEE_FINDINGS)])
async def show_requests(request: Request, who: Looking, work: Work, ports: PortsDep, now: Now) -> Response:
    """List what waits for a second person."""
    async with work() as db:
        waiting = await waiting_requests(db=db, ports=ports, now=now, by=who)
    return page(request, "requests.html", waiting=waiting, said=told_after(request))


@router.post("/requests/{request_id}/approve", dependencies=_APPROVE)
async def approve(request_id: RequestId, who: Acting, work: Work, ports: PortsDep, now: Now) -> Response:
    """Approve as the second person."""
    async with work() as db:
        await approve_request(db=db, ports=ports, now=now, subject_id=request_id, by=who)
    return RedirectResponse("/console/requests?told=approved", 303)


@router.post("/requests/{request_id}/deny", dependencies=_APPROVE)
async def deny(request_id: RequestId, form: Posted, who: Acting, work: Work, ports: PortsDep, now: Now) -> Response:
    """Deny, with a reason."""
    async with work() as db:
        await deny_request(db=db, ports=ports, now=now, subject_id=request_id, by=who, reason=form["text"])
    return RedirectResponse("/console/requests?told=denied", 303)


@router.post("/requests/{request_id}/withdraw", dependencies=_MOVE)
async def withdraw(request_id: RequestId, who: Acting, work: Work, now: Now) -> Response:
    """Take one's own request back."""
    async with work() as db:
        await withdraw_request(db=db, now=now, subject_id=request_id, by=who)
    return RedirectResponse("/console/requests?told=withdrawn", 303)
