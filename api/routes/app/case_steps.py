"""One case of a driver: what became of it, and what its driver adds, decides and thinks."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from api.deps import CurrentDriver, Now, PortsDep, Work
from api.domain.language import language_of, wishes_of
from api.models.support import SupportCase
from api.routes.app.case_shapes import CaseFile, CustomerStep, NewReply, ShownCase, SurveyAnswer
from api.routes.app.etags import NOT_MODIFIED, IfMatch, IfNoneMatch, cache_headers, expect, matches
from api.routes.app.guards import IdempotencyKey
from api.routes.app.languages import AcceptLanguage
from api.routes.app.shapes import PublicId, signed_in
from api.services.support.customer import answer_survey, take_customers_step
from api.services.support.files import add_file, download_as
from api.services.support.from_app import Once, reply_from_app
from api.services.support.view import case_of_driver, case_view, file_of_case

router = APIRouter(tags=["Help"])
_PATH = "/cases/{case_id}"
_CHANGED = {"unknown_case": 404, "case_step_not_possible": 409, "precondition_failed": 412, "precondition_missing": 428}
_FILE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_FILE_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The bytes, to be saved.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_FILE_HEADERS = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"}


def etag_of_case(case: SupportCase) -> str:
    """Return the strong ETag of a case, for ``If-Match``."""
    return f'"{case.id}-{case.version}"'


async def shown_case(db: AsyncSession, response: Response, case: SupportCase, accept_language: str | None) -> ShownCase:
    """Return the shape of a case, with its ETag on ``response``."""
    language = language_of(*wishes_of(accept_language), case.language)
    response.headers.update(cache_headers(etag_of_case(case)) | {"Vary": "Accept-Language"})
    return ShownCase.of(await case_view(db=db, case=case), language)


def _seen(if_match: str | None) -> Callable[[SupportCase], None]:
    """Return the check that the app decides about what it saw."""
    return lambda case: expect(if_match, etag_of_case(case))


@router.get(
    _PATH,
    operation_id="getCase",
    summary="Show a case",
    response_model=ShownCase,
    responses=NOT_MODIFIED | signed_in(unknown_case=404),
)
async def get_case(
    case_id: PublicId,
    response: Response,
    work: Work,
    driver: CurrentDriver,
    accept_language: AcceptLanguage = None,
    if_none_match: IfNoneMatch = None,
) -> ShownCase | Response:
    """Return where a case stands, and all that its driver may see of what happened."""
    async with work() as db:
        case = await case_of_driver(db=db, driver_id=driver.driver_id, case_id=case_id)
        if matches(if_none_match, etag_of_case(case)):
            return Response(status_code=304, headers=cache_headers(etag_of_case(case)))
        return await shown_case(db, response, case, accept_language)


@router.post(
    f"{_PATH}/replies",
    operation_id="replyToCase",
    summary="Write to us about a case",
    status_code=201,
    response_model=ShownCase,
    responses=signed_in(
        idempotency_key_missing=400,
        unknown_case=404,
        case_step_not_possible=409,
        request_in_flight=409,
        nothing_said=422,
        idempotency_key_reused=422,
    ),
)
async def post_reply(
    case_id: PublicId,
    body: NewReply,
    response: Response,
    work: Work,
    now: Now,
    driver: CurrentDriver,
    key: IdempotencyKey,
    accept_language: AcceptLanguage = None,
) -> ShownCase:
    """Add a message; a case that waited for the driver goes on, and one that was solved is open again."""
    once = Once(driver.driver_id, key, f"POST /v1/cases/{case_id}/replies\n{body.model_dump_json()}")
    async with work() as db:
        case = await reply_from_app(db=db, now=now, once=once, case_id=case_id, text=body.text)
        return await shown_case(db, response, case, accept_language)


@router.post(
    f"{_PATH}/steps",
    operation_id="decideCase",
    summary="Confirm, reject or withdraw",
    response_model=ShownCase,
    responses=signed_in(**_CHANGED),
)
async def post_step(
    case_id: PublicId,
    body: CustomerStep,
    response: Response,
    work: Work,
    now: Now,
    driver: CurrentDriver,
    if_match: IfMatch = None,
    accept_language: AcceptLanguage = None,
) -> ShownCase:
    """Say that it is solved, that it is not, or that it no longer matters: about the version in `If-Match`."""
    async with work() as db:
        await case_of_driver(db=db, driver_id=driver.driver_id, case_id=case_id)
        case = await take_customers_step(
            db=db, now=now, case_id=case_id, step=body.step, text=body.text, seen=_seen(if_match)
        )
        return await shown_case(db, response, case, accept_language)


@router.post(
    f"{_PATH}/survey",
    operation_id="judgeCase",
    summary="Say how we did",
    response_model=ShownCase,
    responses=signed_in(unknown_case=404, survey_not_open=409, survey_answered=409),
)
async def post_survey(
    case_id: PublicId,
    body: SurveyAnswer,
    response: Response,
    work: Work,
    now: Now,
    driver: CurrentDriver,
    accept_language: AcceptLanguage = None,
) -> ShownCase:
    """Answer the one question after a case is closed, once."""
    async with work() as db:
        await case_of_driver(db=db, driver_id=driver.driver_id, case_id=case_id)
        case = await answer_survey(db=db, now=now, case_id=case_id, score=body.score)
        return await shown_case(db, response, case, accept_language)


@router.post(
    f"{_PATH}/attachments",
    operation_id="addCaseFile",
    summary="Add a file to a case",
    status_code=201,
    response_model=CaseFile,
    responses=signed_in(
        unknown_case=404,
        case_step_not_possible=409,
        too_many_files=409,
        file_too_large=413,
        body_too_large=413,
        file_kind_unknown=422,
    ),
    openapi_extra=_FILE_BODY,
)
async def post_file(
    case_id: PublicId,
    request: Request,
    work: Work,
    ports: PortsDep,
    now: Now,
    driver: CurrentDriver,
    name: Annotated[str, Query(max_length=200)] = "file",
) -> CaseFile:
    """Add a picture or a PDF: the bytes are the body. The same bytes again are the same file."""
    content = await request.body()
    async with work() as db:
        await case_of_driver(db=db, driver_id=driver.driver_id, case_id=case_id)
        row = await add_file(db=db, ports=ports, now=now, case_id=case_id, name=name, content=content)
    return CaseFile(id=row.id, name=row.name, media_type=row.media_type, size=row.size, created_at=row.created_at)


@router.get(
    f"{_PATH}/attachments/{{file_id}}",
    operation_id="getCaseFile",
    summary="Download a file of a case",
    response_class=Response,
    responses=_FILE_ANSWER | signed_in(unknown_case=404, unknown_file=404),
)
async def get_file(case_id: PublicId, file_id: PublicId, work: Work, driver: CurrentDriver) -> Response:
    """Return the bytes, never to be shown as a page."""
    async with work() as db:
        await case_of_driver(db=db, driver_id=driver.driver_id, case_id=case_id)
        file = await file_of_case(db=db, case_id=case_id, file_id=file_id)
    headers = _FILE_HEADERS | {"Content-Disposition": download_as(file.name), "Cache-Control": "private, no-store"}
    return Response(file.content, media_type=file.media_type, headers=headers)
