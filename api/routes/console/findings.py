"""Findings: the inbox with its filters and facets, and one finding with its facts, history and actions."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from api.deps import Now, PortsDep, Work
from api.domain.finance.finding import Action, Resolution
from api.domain.finance.finding_actions import MONEY
from api.domain.finance.finding_reasons import words_of
from api.domain.staff.roles import Permission
from api.routes.console.acting import PREFIX, Looking
from api.routes.console.findings_filter import AGES, address_of, asked_for, cursor_of, filter_of
from api.routes.console.render import page
from api.routes.console.signed_in import needs
from api.routes.console.told import told_after
from api.services.charging.credits import CreditReason
from api.services.charging.settlements import SettlementReason
from api.services.reconciliation.findings import count_facets, list_findings
from api.services.reconciliation.findings_view import finding_view
from api.services.staff.members import names_of_workers

router = APIRouter(prefix="/findings")
FindingId = Annotated[str, Path(pattern="^mis_[A-Za-z0-9]{1,64}$")]
SNOOZES = {"tomorrow": 1, "in three days": 3, "in a week": 7, "in a month": 30}
REASONS = {
    Action.CAPTURE: list(SettlementReason),
    Action.RELEASE: list(SettlementReason),
    Action.REFUND: list(CreditReason),
}
"""The codes to choose from, by action."""


@router.get("", dependencies=[needs(Permission.SEE_FINDINGS)])
async def show_findings(request: Request, who: Looking, work: Work, now: Now) -> Response:
    """List what needs somebody, the most urgent first."""
    told = asked_for(request.query_params)
    wanted = filter_of(told)
    async with work() as db:
        found = await list_findings(
            db=db, now=now, wanted=wanted, after=cursor_of(request.query_params.get("after", ""))
        )
        facets = await count_facets(db=db, now=now, wanted=wanted)
        names = await names_of_workers(db=db)
    return page(
        request,
        "findings.html",
        rows=found.rows,
        facets=facets,
        told=told,
        next=address_of(told, found.next) if found.next else None,
        address_of=address_of,
        words_of=words_of,
        names=names,
        ages=list(AGES),
        me=who.name,
        said=told_after(request),
    )


@router.get("/{finding_id}", dependencies=[needs(Permission.SEE_FINDINGS)])
async def show_finding(
    request: Request, finding_id: FindingId, who: Looking, work: Work, ports: PortsDep, now: Now
) -> Response:
    """Show one finding."""
    async with work() as db:
        view = await finding_view(db=db, ports=ports, now=now, finding_id=finding_id, by=who)
        names = await names_of_workers(db=db)
    return page(
        request,
        "finding.html",
        view=view,
        row=view.row,
        names=names,
        snoozes=SNOOZES,
        reasons=REASONS,
        with_money=MONEY,
        accepted=Resolution.ACCEPTED,
        request_id=ports.randomness.new_id(PREFIX),
        said=told_after(request),
    )
