"""The report about cases: promises kept by level, contract, customer and month; answers by channel; the survey."""

from collections.abc import Mapping
from typing import Any, Literal

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.deps import Now, Work
from api.domain.csv_text import csv_text, masked
from api.domain.staff.roles import Permission
from api.routes.console.cases import CSV
from api.routes.console.cases_filter import REPORT, address_of, asked_for, filter_of
from api.routes.console.chart_specs import Theme, stacked_groups
from api.routes.console.charts import picture
from api.routes.console.findings_filter import ALL
from api.routes.console.render import page
from api.routes.console.signed_in import needs
from api.services.support.desk_list import BROKEN, MET, RUNNING, count_facets
from api.services.support.desk_report import TARGET_SECONDS, Kept, Report, sla_report
from api.services.work import Work as Unit

router = APIRouter(prefix="/case-report")
_SEE = [needs(Permission.SEE_CASES)]
OUTCOMES = {MET: "kept", BROKEN: "broken", RUNNING: "running"}
_MONTHS = 12


def _groups(report: Report) -> dict[str, tuple[str, str, list[Kept]]]:
    """Return the groups by name: how the list filters by them, the title, the rows."""
    return {
        "level": ("level", "Level", list(report.levels)),
        "contract": ("sla_level", "SLA level", list(report.contracts)),
        "month": ("month", "Month", list(report.months)),
        "customer": ("customer", "Customer", list(report.customers)),
    }


async def _read(work: Unit, now: Any, told: Mapping[str, str]) -> Report:
    async with work() as db:
        return await sla_report(db=db, now=now, wanted=filter_of(told, usual=frozenset()))


@router.get("", dependencies=_SEE)
async def show_report(request: Request, work: Work, now: Now) -> Response:
    """Show all figures; each leads to the list that it is the length of."""
    told = asked_for(request.query_params)
    report = await _read(work, now, told)
    async with work() as db:
        facets = await count_facets(db=db, now=now, wanted=filter_of(told, usual=frozenset()))
    return page(
        request,
        "case_report.html",
        report=report,
        groups=_groups(report),
        facets=facets,
        told=told,
        listed={**told, "state": told["state"] or ALL},
        outcomes=OUTCOMES,
        masked=masked,
        target=TARGET_SECONDS,
        here_csv=address_of(told, at=f"{REPORT}/all.csv"),
        query=address_of(told, at="").replace("?", "&", 1),
        address_of=address_of,
    )


@router.get("/{by}.svg", dependencies=_SEE)
async def show_chart(
    request: Request, by: Literal["level", "month"], work: Work, now: Now, theme: Theme = "light"
) -> Response:
    """Draw promises kept and broken, by level or by month."""
    report = await _read(work, now, asked_for(request.query_params))
    _, _, rows = _groups(report)[by]
    bars = [
        {"name": f"level {each.name}" if by == "level" else each.name, "part": word, "value": getattr(each, field)}
        for each in rows[-_MONTHS:]
        for field, word in OUTCOMES.items()
    ]
    return await picture(stacked_groups(theme, bars, title="cases", parts=list(OUTCOMES.values())), now)


@router.get("/all.csv", dependencies=_SEE)
async def export_report(request: Request, work: Work, now: Now) -> Response:
    """Send the figures of all groups."""
    report = await _read(work, now, asked_for(request.query_params))
    rows: list[list[Any]] = [["by", "name", "cases", "kept", "broken", "running", "kept percent"]]
    for _, title, group in _groups(report).values():
        for each in group:
            name = each.told or each.name or "all others"
            rows.append([title, name, each.cases, each.met, each.broken, each.running, each.percent])
    headers = {"Content-Disposition": 'attachment; filename="sla-report.csv"', "Cache-Control": "no-store"}
    return Response(csv_text(rows, mask=True), media_type=CSV, headers=headers)
