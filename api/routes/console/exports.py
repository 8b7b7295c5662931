"""Downloads: lists as CSV or workbooks with the filter of their page, the journal for DATEV, balances, settlements."""

import tempfile
from pathlib import Path
from typing import Literal

from fastapi import APIRouter, Request
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response, StreamingResponse

from api.deps import Now, PortsDep, Work
from api.domain.errors import NotFound
from api.domain.staff.roles import Permission
from api.routes.console.signed_in import needs
from api.services.closing.datev_export import datev_file, require_one_file
from api.services.closing.exports import csv_of, write_xlsx
from api.services.closing.listing import wanted_of
from api.services.closing.lists import LISTS
from api.services.closing.periods import month_of
from api.services.closing.seal import trial_balance_csv
from api.services.closing.settlement import partner_settlement, settlement_csv

router = APIRouter(prefix="/export")
_EXPORT = [needs(Permission.EXPORT)]
CSV = "text/csv; charset=utf-8; header=present"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class UnknownExport(NotFound):
    """There is no list of this name."""


def named(name: str) -> dict[str, str]:
    """Return the headers of a download under a name."""
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}


@router.get("/list/{name}.{form}", dependencies=_EXPORT)
async def export_list(
    request: Request, name: str, form: Literal["csv", "xlsx"], work: Work, ports: PortsDep
) -> Response:
    """Send a list whole, with the filter of its page."""
    if name not in LISTS:
        raise UnknownExport("unknown_list", name=name)
    listing, wanted = LISTS[name], wanted_of(request.query_params)
    listing.statement(wanted, is_first=True)  # what it does not know is said before anything is sent
    issuer = ports.policy.issuer
    if form == "csv":
        lines = csv_of(work=work, issuer=issuer, listing=listing, wanted=wanted)
        return StreamingResponse(lines, media_type=CSV, headers=named(f"{name}.csv"))
    path = beside()
    await write_xlsx(work=work, issuer=issuer, listing=listing, wanted=wanted, path=path)
    return FileResponse(path, media_type=XLSX, headers=named(f"{name}.xlsx"), background=BackgroundTask(path.unlink))


@router.get("/datev/{period}/{currency}.csv", dependencies=_EXPORT)
async def export_datev(period: str, currency: str, work: Work, ports: PortsDep, now: Now) -> Response:
    """Send the journal of a month for DATEV."""
    month = month_of(ports, period).name
    async with work() as db:
        await require_one_file(db=db, period=month, currency=currency)
    parts = datev_file(work=work, ports=ports, now=now, period=month, currency=currency)
    name = f"EXTF_Buchungsstapel_{month}_{currency if currency.isalpha() and currency.isascii() else 'x'}.csv"
    return StreamingResponse(parts, media_type="text/csv; charset=windows-1252", headers=named(name))


@router.get("/trial-balance/{period}.csv", dependencies=_EXPORT)
async def export_trial_balance(period: str, work: Work, ports: PortsDep) -> Response:
    """Send the trial balance of a month."""
    month = month_of(ports, period).name
    async with work() as db:
        text = await trial_balance_csv(db=db, period=month)
    return Response(text, media_type=CSV, headers=named(f"trial-balance-{month}.csv"))


@router.get("/settlement/{period}.csv", dependencies=_EXPORT)
async def export_settlement(period: str, work: Work, ports: PortsDep) -> Response:
    """Send the settlement of a month with every partner."""
    month = month_of(ports, period).name
    async with work() as db:
        rows = await partner_settlement(db=db, ports=ports, period=month)
    return Response(settlement_csv(month, rows), media_type=CSV, headers=named(f"settlement-{month}.csv"))


def beside() -> Path:
    """Return a file of its own to write a workbook into; whoever sends it deletes it."""
    with tempfile.NamedTemporaryFile(prefix="export-", suffix=".xlsx", delete=False) as file:
        return Path(file.name)
