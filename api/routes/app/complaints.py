"""Complaints about what was paid: by drivers about a charge or without one, and by guests with their receipt's link."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from api.deps import CurrentDriver, Now, PortsDep, Work
from api.domain.language import language_of, wishes_of
from api.domain.support.case import Channel
from api.domain.support.complaint import ComplaintState
from api.routes.app.complaint_shapes import Complaints, NewComplaintBody, Objection, ShownComplaint, shown_complaint
from api.routes.app.guards import IdempotencyKey
from api.routes.app.hold_shapes import ShownPassport
from api.routes.app.languages import AcceptLanguage
from api.routes.app.shapes import PublicId, problems, signed_in
from api.services.charging.hold_passport import hold_passport
from api.services.support.complaint_decide import object_to_answer
from api.services.support.complaint_intake import NewComplaint
from api.services.support.complaint_requests import charge_of_receipt_link, open_once
from api.services.support.complaint_view import complaint_of_driver, complaints_of_charge, view_of

router = APIRouter(tags=["Help"])
_OF_CHARGE = "/charging-sessions/{charging_session_id}/complaints"
_TAKEN = {
    "complaint_open": 409,
    "request_in_flight": 409,
    "complaint_evidence_missing": 422,
    "complaint_currency_differs": 422,
    "idempotency_key_reused": 422,
    "idempotency_key_missing": 400,
}
Token = Annotated[str, Path(max_length=400)]


def _wish(accept_language: str | None) -> str | None:
    """Return the language that was asked for, None where none was."""
    wishes = wishes_of(accept_language)
    return language_of(*wishes) if wishes else None


async def _take(
    new: NewComplaint, body: NewComplaintBody, response: Response, work: Work, ports: PortsDep, now: Now, key: str
) -> ShownComplaint:
    """Take a complaint in and show it; where the hold answers it, the hold too."""
    request = f"complaint {new.charging_session_id} {body.model_dump_json()}"
    async with work() as db:
        row, replayed = await open_once(db=db, ports=ports, now=now, new=new, key=key, request=request)
        shown = await view_of(db=db, row=row)
        hold = None
        if row.state == ComplaintState.ANSWERED and row.charging_session_id is not None:
            passport = await hold_passport(
                db=db, now=now, driver_id=row.driver_id, charging_session_id=row.charging_session_id
            )
            hold = ShownPassport.of(passport, row.language)
    if replayed:
        response.headers["Idempotent-Replayed"] = "true"
    response.headers["Content-Language"] = row.language
    return shown_complaint(shown, hold)


@router.post(
    _OF_CHARGE,
    operation_id="complainAboutChargingSession",
    summary="Complain about what a charge cost",
    status_code=201,
    response_model=ShownComplaint,
    responses=signed_in(unknown_charging_session=404, **_TAKEN),
)
async def post_complaint(
    charging_session_id: PublicId,
    body: NewComplaintBody,
    response: Response,
    work: Work,
    ports: PortsDep,
    now: Now,
    driver: CurrentDriver,
    idempotency_key: IdempotencyKey,
    accept_language: AcceptLanguage = None,
) -> ShownComplaint:
    """Take a complaint in. Clear ones are decided within a minute; a hold that was let go answers itself."""
    language = _wish(accept_language)
    new = NewComplaint(driver.driver_id, body.told(), charging_session_id, body.text, language)
    return await _take(new, body, response, work, ports, now, idempotency_key)


@router.post(
    "/complaints",
    operation_id="complain",
    summary="Complain about a charge that the app does not know",
    status_code=201,
    response_model=ShownComplaint,
    responses=signed_in(**_TAKEN),
)
async def post_complaint_alone(
    body: NewComplaintBody,
    response: Response,
    work: Work,
    ports: PortsDep,
    now: Now,
    driver: CurrentDriver,
    idempotency_key: IdempotencyKey,
    accept_language: AcceptLanguage = None,
) -> ShownComplaint:
    """Take a complaint in that names no charging session: everything must be told, and a person looks into it."""
    new = NewComplaint(driver.driver_id, body.told(), None, body.text, _wish(accept_language))
    return await _take(new, body, response, work, ports, now, idempotency_key)


@router.post(
    "/guest-receipts/{token}/complaints",
    operation_id="complainAsGuest",
    summary="Complain with the link of a receipt",
    status_code=201,
    response_model=ShownComplaint,
    responses=problems(unknown_receipt_link=404, receipt_link_expired=404, unknown_charging_session=404, **_TAKEN),
)
async def post_complaint_of_guest(
    token: Token,
    body: NewComplaintBody,
    response: Response,
    work: Work,
    ports: PortsDep,
    now: Now,
    idempotency_key: IdempotencyKey,
    accept_language: AcceptLanguage = None,
) -> ShownComplaint:
    """Take the complaint of somebody without an account in; the secret in the link of their receipt is who they are."""
    async with work() as db:
        charge = await charge_of_receipt_link(db=db, ports=ports, now=now, token=token)
    language = _wish(accept_language)
    new = NewComplaint(charge.driver_id, body.told(), charge.id, body.text, language, Channel.WEB)
    return await _take(new, body, response, work, ports, now, idempotency_key)


@router.get(
    _OF_CHARGE,
    operation_id="listComplaintsOfChargingSession",
    summary="List the complaints about a charge",
    response_model=Complaints,
    responses=signed_in(unknown_charging_session=404),
)
async def get_complaints(charging_session_id: PublicId, work: Work, driver: CurrentDriver) -> Complaints:
    """Return every complaint about the charge with where it stands."""
    async with work() as db:
        found = await complaints_of_charge(db=db, driver_id=driver.driver_id, charging_session_id=charging_session_id)
    return Complaints(charging_session_id=charging_session_id, complaints=[shown_complaint(each) for each in found])


@router.get(
    "/complaints/{complaint_id}",
    operation_id="getComplaint",
    summary="Show a complaint",
    response_model=ShownComplaint,
    responses=signed_in(unknown_complaint=404),
)
async def get_complaint(complaint_id: PublicId, work: Work, driver: CurrentDriver) -> ShownComplaint:
    """Return where a complaint stands, with its answer once there is one."""
    async with work() as db:
        found = await complaint_of_driver(db=db, driver_id=driver.driver_id, complaint_id=complaint_id)
    return shown_complaint(found)


@router.post(
    "/complaints/{complaint_id}/objection",
    operation_id="objectToComplaintAnswer",
    summary="Say that the answer is not right",
    response_model=ShownComplaint,
    responses=signed_in(unknown_complaint=404, complaint_step_not_possible=409),
)
async def post_objection(
    complaint_id: PublicId, body: Objection, work: Work, now: Now, driver: CurrentDriver
) -> ShownComplaint:
    """Have a person look into it; repeating it does no harm."""
    whose = {"driver_id": driver.driver_id, "complaint_id": complaint_id}
    async with work() as db:
        await object_to_answer(db=db, now=now, text=body.text, **whose)
        found = await complaint_of_driver(db=db, **whose)
    return shown_complaint(found)
