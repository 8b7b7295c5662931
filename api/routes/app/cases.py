"""Cases: asking for help, and the list of what was asked."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import CurrentDriver, Now, PortsDep, Work
from api.domain.language import wishes_of
from api.domain.support.case import CaseKind
from api.routes.app.case_shapes import CaseForm, Cases, ListedCase, NewCaseRequest, ShownCase
from api.routes.app.case_steps import shown_case
from api.routes.app.etags import NOT_MODIFIED, IfNoneMatch, conditional
from api.routes.app.guards import IdempotencyKey
from api.routes.app.languages import AcceptLanguage
from api.routes.app.shapes import PublicId, signed_in
from api.services.support.from_app import Once, Wish, form_from_app, open_from_app
from api.services.support.links import form_url
from api.services.support.view import cases_of_driver

router = APIRouter(tags=["Help"])


@router.get(
    "/case-form",
    operation_id="getCaseForm",
    summary="Show what a case needs",
    response_model=CaseForm,
    responses=NOT_MODIFIED | signed_in(topic_unknown=422, unknown_charging_session=404),
)
async def get_form(
    response: Response,
    work: Work,
    ports: PortsDep,
    now: Now,
    driver: CurrentDriver,
    topic: Annotated[str, Query(max_length=40)] = "other",
    kind: CaseKind = CaseKind.DRIVER,
    charging_session_id: Annotated[PublicId | None, Query()] = None,
    if_none_match: IfNoneMatch = None,
) -> CaseForm | Response:
    """Return the fields that a topic needs, with what the account and the charge fill in."""
    wish = Wish(kind, topic, {}, charging_session_id)
    async with work() as db:
        found, known = await form_from_app(db=db, driver_id=driver.driver_id, wish=wish)
    url = form_url(ports.policy, charging_session_id, now) if charging_session_id else None
    return conditional(CaseForm.of(kind, found, known, url), response, if_none_match)


@router.post(
    "/cases",
    operation_id="openCase",
    summary="Ask for help",
    status_code=201,
    response_model=ShownCase,
    responses=signed_in(
        idempotency_key_missing=400,
        unknown_charging_session=404,
        request_in_flight=409,
        form_incomplete=422,
        topic_unknown=422,
        idempotency_key_reused=422,
    ),
)
async def post_case(
    body: NewCaseRequest,
    response: Response,
    work: Work,
    ports: PortsDep,
    now: Now,
    driver: CurrentDriver,
    key: IdempotencyKey,
    accept_language: AcceptLanguage = None,
) -> ShownCase:
    """Open a case; repeated with the same key it is the same case. `facts.missing` names what the form lacks."""
    once = Once(driver.driver_id, key, f"POST /v1/cases\n{body.model_dump_json()}")
    wish = Wish(
        kind=body.kind,
        topic=body.topic,
        given=body.fields | {"description": body.description},
        charging_session_id=body.charging_session_id,
        shared=frozenset(body.share_with_operator),
        languages=tuple(wishes_of(accept_language)),
    )
    async with work() as db:
        case = await open_from_app(db=db, ports=ports, now=now, once=once, wish=wish)
        return await shown_case(db, response, case, accept_language)


@router.get(
    "/cases",
    operation_id="listCases",
    summary="List the driver's cases",
    response_model=Cases,
    responses=NOT_MODIFIED | signed_in(),
)
async def get_cases(
    response: Response, work: Work, driver: CurrentDriver, if_none_match: IfNoneMatch = None
) -> Cases | Response:
    """Return the newest hundred."""
    async with work() as db:
        rows = await cases_of_driver(db=db, driver_id=driver.driver_id)
    listed = [ListedCase(**{name: getattr(row, name) for name in ListedCase.model_fields}) for row in rows]
    return conditional(Cases(cases=listed), response, if_none_match)
