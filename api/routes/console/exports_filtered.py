"""Downloads of pages with a filter of their own: what the page shows, whole, as CSV or workbook."""

from typing import Literal

from fastapi import APIRouter, Request
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response, StreamingResponse

from api.deps import Now, Work
from api.domain.staff.roles import Permission
from api.routes.console.audit import AskedLog
from api.routes.console.exports import CSV, XLSX, beside, named
from api.routes.console.findings_filter import asked_for, filter_of
from api.routes.console.payouts import PayoutId, WantedPayouts, Word
from api.routes.console.signed_in import needs
from api.services.closing.exports import csv_of_parts, write_xlsx_of_parts
from api.services.console.hold_filter import HoldFilter
from api.services.console.sheets import Sheet, audit_sheet, findings_sheet, holds_sheet, movements_sheet, payouts_sheet
from api.services.finance.payout_matches import LineFilter
from api.services.finance.payout_pages import payout_item

router = APIRouter(prefix="/export/page")
_EXPORT = [needs(Permission.EXPORT)]
Form = Literal["csv", "xlsx"]


@router.get("/holds.{form}", dependencies=_EXPORT)
async def export_holds(request: Request, form: Form, work: Work, now: Now) -> Response:
    """Send the list of holds."""
    wanted = HoldFilter.read(request.query_params)
    return await _sent("holds", form, holds_sheet(work=work, now=now, wanted=wanted))


@router.get("/findings.{form}", dependencies=_EXPORT)
async def export_findings(request: Request, form: Form, work: Work, now: Now) -> Response:
    """Send the inbox."""
    wanted = filter_of(asked_for(request.query_params))
    return await _sent("findings", form, findings_sheet(work=work, now=now, wanted=wanted))


@router.get("/payouts.{form}", dependencies=_EXPORT)
async def export_payouts(form: Form, work: Work, wanted: WantedPayouts) -> Response:
    """Send the list of payouts."""
    return await _sent("payouts", form, payouts_sheet(work=work, wanted=wanted))


@router.get("/payouts/{payout_id}.{form}", dependencies=_EXPORT)
async def export_movements(payout_id: PayoutId, form: Form, work: Work, matched: Word = "") -> Response:
    """Send what a payout consists of."""
    async with work() as db:
        await payout_item(db=db, payout_id=payout_id)  # one that is not known is said before anything is sent
    wanted = LineFilter(matched_to=matched or None)
    return await _sent(payout_id, form, movements_sheet(work=work, payout_id=payout_id, wanted=wanted))


@router.get("/audit.{form}", dependencies=[needs(Permission.SEE_AUDIT)])
async def export_audit(form: Form, work: Work, asked: AskedLog) -> Response:
    """Send the log of staff, to whoever may read it."""
    return await _sent("audit", form, audit_sheet(work=work, wanted=asked.wanted))


async def _sent(name: str, form: str, sheet: Sheet) -> Response:
    if form == "csv":
        lines = csv_of_parts(sheet.head, sheet.parts)
        return StreamingResponse(lines, media_type=CSV, headers=named(f"{name}.csv"))
    path = beside()
    await write_xlsx_of_parts(sheet.head, sheet.parts, path=path)
    return FileResponse(path, media_type=XLSX, headers=named(f"{name}.xlsx"), background=BackgroundTask(path.unlink))
