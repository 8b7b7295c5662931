"""Closing a month: where each stands, its cut-off list and control totals, preparing, signing, opening it again."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from api.deps import Now, PortsDep, Work
from api.domain.staff.roles import Permission
from api.routes.console.render import page
from api.routes.console.signed_in import Posted, Staff, needs
from api.services.closing.month_view import month_view
from api.services.closing.periods import (
    approve_reopening,
    is_reopening_asked,
    list_periods,
    prepare_close,
    request_reopening,
    sign_close,
)
from api.services.closing.seal import seal_period, verify_period

router = APIRouter(prefix="/close")
_SIGN = [needs(Permission.SIGN_OFF)]
_AGREE = [needs(Permission.MANAGE_STAFF)]
"""A lead asks to open a month again and an administrator agrees, so that no one role can do it."""


def _back(period: str) -> Response:
    return RedirectResponse(f"/console/close/{period}", 303)


@router.get("", dependencies=[needs(Permission.SEE_BOOKS)])
async def show_months(request: Request, work: Work, ports: PortsDep, now: Now) -> Response:
    """List the months."""
    async with work() as db:
        months = await list_periods(db=db, ports=ports, now=now)
    return page(request, "close.html", months=months)


@router.get("/reopenings", dependencies=_AGREE)
async def show_reopenings(request: Request, work: Work, ports: PortsDep, now: Now) -> Response:
    """List the months that somebody asks to open again."""
    async with work() as db:
        months = await list_periods(db=db, ports=ports, now=now)
    asked = [each.row for each in months if each.row is not None and is_reopening_asked(each.row, ports, now)]
    return page(request, "reopenings.html", asked=asked)


@router.get("/{period}", dependencies=[needs(Permission.SEE_BOOKS)])
async def show_month(request: Request, period: str, work: Work, ports: PortsDep, now: Now) -> Response:
    """Show one month."""
    async with work() as db:
        view = await month_view(db=db, ports=ports, now=now, period=period)
    return page(request, "month.html", view=view, row=view.row, verified=None)


@router.post("/{period}/verify", dependencies=[needs(Permission.SEE_BOOKS)])
async def verify(request: Request, period: str, work: Work, ports: PortsDep, now: Now) -> Response:
    """Make the reports of a shut month again, and show whether they are the same."""
    found = await verify_period(work=work, ports=ports, now=now, period=period)
    async with work() as db:
        view = await month_view(db=db, ports=ports, now=now, period=period)
    return page(request, "month.html", view=view, row=view.row, verified=found)


@router.post("/{period}/prepare", dependencies=[needs(Permission.CLOSE_BOOKS)])
async def prepare(period: str, staff: Staff, work: Work, ports: PortsDep, now: Now) -> Response:
    """Write the cut-off list."""
    async with work() as db:
        await prepare_close(db=db, ports=ports, now=now, period=period, by=staff.name)
    return _back(period)


@router.post("/{period}/sign", dependencies=_SIGN)
async def sign(period: str, staff: Staff, form: Posted, work: Work, ports: PortsDep, now: Now) -> Response:
    """Shut the month, and freeze its reports."""
    async with work() as db:
        await sign_close(db=db, ports=ports, now=now, period=period, by=staff.name, note=form["note"])
    await seal_period(work=work, ports=ports, now=now, period=period)
    return _back(period)


@router.post("/{period}/seal", dependencies=_SIGN)
async def seal(period: str, work: Work, ports: PortsDep, now: Now) -> Response:
    """Freeze the reports of a signed month, where that was cut off."""
    await seal_period(work=work, ports=ports, now=now, period=period)
    return _back(period)


@router.post("/{period}/reopen", dependencies=_SIGN)
async def ask_to_reopen(period: str, staff: Staff, form: Posted, work: Work, now: Now) -> Response:
    """Ask to open the month again."""
    async with work() as db:
        await request_reopening(db=db, now=now, period=period, by=staff.name, reason=form["reason"])
    return _back(period)


@router.post("/{period}/reopen/approve", dependencies=_AGREE)
async def agree_to_reopen(period: str, staff: Staff, work: Work, ports: PortsDep, now: Now) -> Response:
    """Open the month again."""
    async with work() as db:
        await approve_reopening(db=db, ports=ports, now=now, period=period, by=staff.name)
    return RedirectResponse("/console/close/reopenings", 303)
