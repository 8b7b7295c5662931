"""Asking an agent to unlock the connector of one's own charge, and seeing what became of it (CK19)."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field

from api.deps import CurrentDriver, Now, PortsDep, Work
from api.domain.language import language_of
from api.domain.support.unlock import UnlockOutcome
from api.routes.app.guards import IdempotencyKey
from api.routes.app.shapes import Moment, PublicId, Shape, example, signed_in
from api.routes.app.unlock_texts import unlock_text
from api.services.drivers.queries import driver_by_id
from api.services.drivers.repeats import begin_once, finish_once
from api.services.support.unlock_requests import UnlockView, request_unlock, unlock_requests_of

router = APIRouter(tags=["Charging"])
_PATH = "/charging-sessions/{charging_session_id}/unlock-requests"
_POLL_S = 3
_EXAMPLE = {
    "id": "ulr_3c4d",
    "status": "asked",
    "text": "An agent is looking at it. Stay at the car, and do not use force.",
    "reason": None,
    "asked_at": "2026-03-02T10:12:00Z",
    "expires_at": "2026-03-02T10:27:00Z",
    "poll_after_s": _POLL_S,
}


class UnlockWish(Shape):
    """The driver's confirmation that the car itself is unlocked: most cables are held by the car."""

    model_config = example({"car_unlocked": True})
    car_unlocked: bool = False


class ShownUnlock(Shape):
    """One request; only agents decide."""

    model_config = example(_EXAMPLE)
    id: str
    status: str = Field(
        description="`asked`, `under_way`, `unlocked`, `failed`, `unknown`, `declined`, `expired`; more may come."
    )
    text: str = Field(description="The status in words, in the driver's language.")
    reason: str | None = Field(description="Why it was declined, in the agent's words; null otherwise.")
    asked_at: Moment
    expires_at: Moment = Field(description="When it lapses if nobody decides.")
    poll_after_s: Annotated[int, Field(ge=0)] = Field(description="0: nothing more will come.")


class ShownUnlocks(Shape):
    """All requests of one charge, the newest first."""

    model_config = example({"charging_session_id": "chs_0a1b", "unlock_requests": [_EXAMPLE]})
    charging_session_id: str
    unlock_requests: list[ShownUnlock]


@router.post(
    _PATH,
    operation_id="requestUnlock",
    summary="Ask to have the cable unlocked",
    status_code=202,
    response_model=ShownUnlock,
    responses=signed_in(
        idempotency_key_missing=400,
        unknown_charging_session=404,
        car_not_unlocked=409,
        nothing_to_unlock=409,
        unlock_already_asked=409,
        request_in_flight=409,
        idempotency_key_reused=422,
    ),
)
async def post_unlock(
    charging_session_id: PublicId,
    body: UnlockWish,
    response: Response,
    work: Work,
    ports: PortsDep,
    now: Now,
    driver: CurrentDriver,
    idempotency_key: IdempotencyKey,
) -> ShownUnlock:
    """Ask an agent; nothing is unlocked before one approves. However often it is sent, one key asks once."""
    who = {"driver_id": driver.driver_id, "key": idempotency_key}
    request = f"POST {_PATH} {charging_session_id}\n{body.model_dump_json()}"
    async with work() as db:
        known = await begin_once(db=db, request=request, **who)
        if known is None:
            asked = await request_unlock(
                db=db,
                ports=ports,
                now=now,
                driver_id=driver.driver_id,
                charging_session_id=charging_session_id,
                car_unlocked=body.car_unlocked,
            )
            await finish_once(db=db, now=now, request=request, resource_id=asked.id, **who)
            known = asked.id
        else:
            response.headers["Idempotent-Replayed"] = "true"
    return next(each for each in (await _shown(work, driver.driver_id, charging_session_id, now)) if each.id == known)


@router.get(
    _PATH,
    operation_id="getUnlockRequests",
    summary="Show what became of asking to unlock",
    response_model=ShownUnlocks,
    responses=signed_in(unknown_charging_session=404),
)
async def get_unlocks(charging_session_id: PublicId, work: Work, now: Now, driver: CurrentDriver) -> ShownUnlocks:
    """Return all requests of a charge."""
    found = await _shown(work, driver.driver_id, charging_session_id, now)
    return ShownUnlocks(charging_session_id=charging_session_id, unlock_requests=found)


async def _shown(work: Work, driver_id: str, charging_session_id: str, now: Now) -> list[ShownUnlock]:
    async with work() as db:
        found = await unlock_requests_of(db=db, now=now, driver_id=driver_id, charging_session_id=charging_session_id)
        language = language_of((await driver_by_id(db, driver_id)).language)
    return [_one(each, language) for each in found]


def _one(view: UnlockView, language: str) -> ShownUnlock:
    waits = view.outcome in {UnlockOutcome.ASKED, UnlockOutcome.UNDER_WAY}
    return ShownUnlock(
        id=view.request.id,
        status=view.outcome,
        text=unlock_text(view.outcome, language),
        reason=view.request.reason or None,
        asked_at=view.request.asked_at,
        expires_at=view.request.expires_at,
        poll_after_s=_POLL_S if waits else 0,
    )
