"""Payouts: what the processor paid out, how far our books explain it, and each movement down to its journals."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from api.deps import Work
from api.domain.staff.roles import Permission
from api.routes.console.render import page
from api.routes.console.signed_in import needs
from api.services.finance.payout_matches import LineFilter, payout_lines_page
from api.services.finance.payout_pages import Matching, PayoutFilter, payout_currencies, payout_item, payouts_page

router = APIRouter(prefix="/payouts")
_SEE = [needs(Permission.SEE_BOOKS)]
STATUSES = ("pending", "in_transit", "paid", "failed", "canceled")
TOLD = {
    Matching.WAITING: ("waiting for its lines", "plain"),
    Matching.WHOLE: ("adds up", "good"),
    Matching.REST: ("something is left over", "breach"),
}
Behind = Annotated[str, Query(max_length=100, pattern="^[A-Za-z0-9_]*$")]
Word = Annotated[str, Query(max_length=40, pattern="^[a-z_]*$")]


PayoutId = Annotated[str, Path(pattern="^[A-Za-z0-9_]{1,100}$")]


def payout_filter(
    matching: Matching | Literal[""] = "",
    status: Word = "",
    currency: Annotated[str, Query(pattern="^([A-Z]{3})?$")] = "",
    suspense: Literal["", "true"] = "",
) -> PayoutFilter:
    """Return the filter of an address, of the page and of its export."""
    return PayoutFilter(matching or None, status or None, currency or None, suspense=bool(suspense))


WantedPayouts = Annotated[PayoutFilter, Depends(payout_filter)]


@router.get("", dependencies=_SEE)
async def show_payouts(request: Request, work: Work, wanted: WantedPayouts, after: Behind = "") -> Response:
    """List payouts, the newest first."""
    async with work() as db:
        found = await payouts_page(db=db, wanted=wanted, after=after or None)
        currencies = await payout_currencies(db=db)
    facts: dict[str, Any] = {"statuses": STATUSES, "currencies": currencies, "matchings": TOLD, "is_first": not after}
    return page(request, "payouts.html", found=found, wanted=wanted, **facts)


@router.get("/{payout_id}", dependencies=_SEE)
async def show_payout(
    request: Request,
    payout_id: PayoutId,
    work: Work,
    matched: Word = "",
    after: Behind = "",
) -> Response:
    """Show what a payout consists of, and what each part is in our books."""
    async with work() as db:
        payout = await payout_item(db=db, payout_id=payout_id)
        wanted = LineFilter(matched_to=matched or None)
        lines = await payout_lines_page(db=db, payout_id=payout_id, wanted=wanted, after=after or None)
    told, tone = TOLD[payout.matching]
    return page(
        request, "payout.html", payout=payout, lines=lines, told=told, tone=tone, matched=matched, is_first=not after
    )
