"""Cases: the inbox with its filters and counts, one case with its charge beside it, the feed, the card of a site."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response, StreamingResponse

from api.deps import Now, PortsDep, Work
from api.domain.csv_text import masked
from api.domain.staff.roles import Permission
from api.domain.support.case import Priority
from api.domain.support.desk import RemoteAction
from api.routes.console.acting import PREFIX, Looking
from api.routes.console.cases_filter import address_of, asked_for, cursor_of, filter_of
from api.routes.console.cases_words import EVENTS, LINK_KINDS, facts
from api.routes.console.findings_filter import NONE
from api.routes.console.links import path_of
from api.routes.console.render import page
from api.routes.console.signed_in import Staff, needs
from api.routes.console.told import told_after
from api.services.console.timeline import timeline
from api.services.support.desk_list import count_cases, count_facets, list_cases
from api.services.support.desk_table import cases_csv, table_row
from api.services.support.desk_view import case_view, feed_of, service_card
from api.services.support.help_offers import all_offers_of_case

router = APIRouter(prefix="/cases")
CaseId = Annotated[str, Path(pattern="^cas_[A-Za-z0-9]{1,64}$")]
_SEE = [needs(Permission.SEE_CASES)]
CSV = "text/csv; charset=utf-8; header=present"


@router.get("", dependencies=_SEE)
async def show_cases(request: Request, who: Looking, work: Work, now: Now) -> Response:
    """List what needs somebody, the most urgent first."""
    told = asked_for(request.query_params)
    wanted = filter_of(told)
    after = cursor_of(request.query_params.get("after", ""))
    async with work() as db:
        found = await list_cases(db=db, now=now, wanted=wanted, after=after)
        facets = await count_facets(db=db, now=now, wanted=wanted)
        count = await count_cases(db=db, now=now, wanted=wanted)
    return page(
        request,
        "cases.html",
        rows=[(case, due, table_row(case, due)) for case, due in found.rows],
        facets=facets,
        count=count,
        told=told,
        none=NONE,
        next=address_of(told, found.next) if found.next else None,
        address_of=address_of,
        me=who.name,
        said=told_after(request),
    )


@router.get("/export.csv", dependencies=_SEE)
async def export_cases(request: Request, work: Work, now: Now) -> Response:
    """Send the list whole, as it is filtered on the screen."""
    wanted = filter_of(asked_for(request.query_params))
    headers = {"Content-Disposition": 'attachment; filename="cases.csv"', "Cache-Control": "no-store"}
    return StreamingResponse(cases_csv(work=work, now=now, wanted=wanted), media_type=CSV, headers=headers)


@router.get("/feed", dependencies=_SEE)
async def show_feed(
    request: Request, who: Looking, work: Work, below: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None
) -> Response:
    """Show what others did with cases that one had a hand in."""
    async with work() as db:
        feed = await feed_of(db=db, name=who.name, below=below)
    return page(request, "case_feed.html", feed=feed, events=EVENTS, facts=facts)


@router.get("/site", dependencies=_SEE)
async def show_service_card(
    request: Request, work: Work, location: Annotated[str, Query(max_length=300, pattern=r"^[^\x00]*$")] = ""
) -> Response:
    """Show the service card of a location."""
    async with work() as db:
        card = await service_card(db=db, location_key=location)
    return page(request, "service_card.html", card=card, events=EVENTS, facts=facts)


@router.get("/{case_id}", dependencies=_SEE)
async def show_case(
    request: Request, case_id: CaseId, who: Looking, staff: Staff, work: Work, ports: PortsDep
) -> Response:
    """Show one case, and beside it all that happened to its charge."""
    async with work() as db:
        view = await case_view(db=db, case_id=case_id, by=who)
        charge, books = view.case.charging_session_id, staff.may(Permission.SEE_BOOKS)
        see = charge is not None and staff.may(Permission.SEE_CHARGES)
        offers = await all_offers_of_case(db=db, case_id=case_id)
        technical = await timeline(db=db, charging_session_id=charge or "", books=books) if see else []
    return page(
        request,
        "case.html",
        view=view,
        case=view.case,
        technical=technical,
        offers=offers,
        help_prices=sorted(ports.policy.help_prices),
        events=EVENTS,
        facts=facts,
        masked=masked,
        path_of=path_of,
        priorities=list(Priority),
        remote=list(RemoteAction),
        link_kinds=LINK_KINDS,
        request_id=ports.randomness.new_id(PREFIX),
        said=told_after(request),
    )
