"""The history: a driver's charges as a list and as a table, by date, status, network and payer."""

from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import AfterValidator, AwareDatetime, Field

from api.deps import CurrentDriver, Now, PortsDep, SettingsDep, Work
from api.domain.charging.state import ChargingStatus
from api.domain.finance.payer import Payer
from api.domain.language import language_of, wishes_of
from api.routes.app.cursors import read_cursor, write_cursor
from api.routes.app.etags import NOT_MODIFIED, IfNoneMatch, conditional
from api.routes.app.history_shapes import ENTRY_EXAMPLE, HistoryCharge, shown_entry
from api.routes.app.languages import AcceptLanguage
from api.routes.app.shapes import Shape, example, signed_in
from api.services.drivers.queries import driver_by_id
from api.services.history.charges import Wanted, charges_of_driver
from api.services.history.entries import entries_of
from api.services.history.export import history_csv
from api.services.history.paper import history_pdf

router = APIRouter(tags=["Charging"])
STATEMENTS_URL = "/v1/receipts?kind=statement"
_CSV: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The table, the newest charge first. Columns may be added at the end.",
        "content": {"text/csv": {"schema": {"type": "string"}}},
    }
}
_PDF: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The list, the newest charge first, with sums by currency.",
        "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
    }
}


def _in_utc(at: datetime) -> datetime:
    """Return a moment in UTC; raises ValueError for one of another age."""
    if not 2000 <= at.year <= 2100:
        raise ValueError("a year from 2000 to 2100 is meant")
    return at.astimezone(UTC)


_When = Annotated[AwareDatetime, AfterValidator(_in_utc)]


async def _wanted(
    since: Annotated[_When | None, Query(alias="from", description="Started at this moment or later.")] = None,
    before: Annotated[_When | None, Query(alias="until", description="Started before this moment.")] = None,
    status: Annotated[list[ChargingStatus] | None, Query(description="One or several.")] = None,
    network_id: Annotated[
        str | None, Query(pattern="^net_[A-Z]{2}-[A-Z0-9]{3}$", description="As in the list of networks.")
    ] = None,
    payer_type: Annotated[Payer | None, Query(description="Who pays.")] = None,
) -> Wanted:
    """Return which charges are asked for."""
    network = (network_id[4:6], network_id[7:]) if network_id else None
    return Wanted(since, before, status or (), network, payer_type)


Filters = Annotated[Wanted, Depends(_wanted)]


class Charges(Shape):
    """A page of charges, newest first."""

    model_config = example(
        {"charging_sessions": [ENTRY_EXAMPLE], "next_cursor": None, "statements_url": STATEMENTS_URL}
    )
    charging_sessions: list[HistoryCharge]
    next_cursor: str | None = Field(description="For the next page; null: this is the last.")
    statements_url: str = Field(description="Where the statements of whole months are.")


@router.get(
    "/charging-sessions",
    operation_id="listChargingSessions",
    summary="List the driver's charges",
    response_model=Charges,
    responses=NOT_MODIFIED | signed_in(cursor_refused=400),
)
async def get_charges(
    request: Request,
    response: Response,
    work: Work,
    now: Now,
    driver: CurrentDriver,
    settings: SettingsDep,
    wanted: Filters,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    if_none_match: IfNoneMatch = None,
    accept_language: AcceptLanguage = None,
) -> Charges | Response:
    """Return charges newest first; new ones never shift the pages behind a cursor."""
    key = settings.secret_key.get_secret_value()
    behind = read_cursor(cursor, key=key) if cursor is not None else None
    async with work() as db:
        rows = await charges_of_driver(db=db, driver_id=driver.driver_id, wanted=wanted, limit=limit + 1, behind=behind)
        entries = await entries_of(db=db, charges=rows[:limit])
    following = write_cursor(rows[limit - 1].created_at, rows[limit - 1].id, key=key) if len(rows) > limit else None
    if following:
        response.headers["Link"] = _next_page(request, following)
    shown = [shown_entry(each, now, accept_language) for each in entries]
    answer = Charges(charging_sessions=shown, next_cursor=following, statements_url=STATEMENTS_URL)
    return conditional(answer, response, if_none_match)


@router.get(
    "/charging-sessions/export.csv",
    operation_id="exportChargingSessions",
    summary="Download the driver's charges as CSV",
    response_class=Response,
    responses=_CSV | signed_in(),
)
async def get_export(work: Work, now: Now, driver: CurrentDriver, wanted: Filters) -> Response:
    """Return all charges that the filters leave, as they are read, with a head; moments are in UTC."""
    table = history_csv(work=work, now=now, driver_id=driver.driver_id, wanted=wanted)
    headers = {
        "Content-Disposition": f'attachment; filename="charging-sessions-{now:%Y-%m-%d}.csv"',
        "Cache-Control": "private, no-store",
    }
    return StreamingResponse(table, media_type="text/csv; charset=utf-8", headers=headers)


@router.get(
    "/charging-sessions/export.pdf",
    operation_id="exportChargingSessionsAsPdf",
    summary="Download the driver's charges as PDF",
    response_class=Response,
    responses=_PDF | signed_in(history_too_long=422),
)
async def get_paper(
    work: Work,
    ports: PortsDep,
    now: Now,
    driver: CurrentDriver,
    wanted: Filters,
    accept_language: AcceptLanguage = None,
) -> Response:
    """Return all charges that the filters leave on paper, summed up by currency; days are those at the chargers."""
    async with work() as db:
        mine = await driver_by_id(db, driver.driver_id)
    language = language_of(*wishes_of(accept_language), mine.language)
    paper = await history_pdf(
        work=work, ports=ports, now=now, driver_id=driver.driver_id, wanted=wanted, language=language
    )
    headers = {
        "Content-Disposition": f'attachment; filename="charging-sessions-{now:%Y-%m-%d}.pdf"',
        "Content-Language": language,
        "Cache-Control": "private, no-store",
    }
    return Response(paper, media_type="application/pdf", headers=headers)


def _next_page(request: Request, cursor: str) -> str:
    """Return the link to the next page, with the filters of this one."""
    asked = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    return f'<?{urlencode([*asked, ("cursor", cursor)])}>; rel="next"'
