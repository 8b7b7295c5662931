"""Watching a charge: the conditional poll, the long poll, the active charge and the timeline.

The list is in ``history.py``, the live stream in ``charging_stream.py``; plain polls are answered before they come here
(``watch_shortcut.py``), with the same answers (``charge_answers.py``).
"""

import re
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession

from api.changes import Seen
from api.deps import ChangesDep, CurrentDriver, Now, PortsDep, Work
from api.models.charging import ChargingSession
from api.routes.app.charge_answers import AnswersDep
from api.routes.app.charging_shapes import CHARGE_EXAMPLE, ShownCharge, shown_charge
from api.routes.app.etags import IfNoneMatch, matches, not_modified, poll_headers
from api.routes.app.languages import AcceptLanguage
from api.routes.app.shapes import Moment, PublicId, Shape, example, signed_in
from api.services.charging.queries import (
    active_charge,
    charge_of_driver,
    events_of_charge,
    hold_of_charge,
)

router = APIRouter(tags=["Charging"])
LONGEST_WAIT = 25
IDLE_POLL_S = 30
NO_CHARGE = 'W/"none"'
_NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "Nothing new; see the header `Poll-After-S`."}}


class ActiveCharge(Shape):
    """The charge that is going on, if any."""

    model_config = example({"charging_session": CHARGE_EXAMPLE, "poll_after_s": 10})
    charging_session: ShownCharge | None
    poll_after_s: int


class TimelineStep(Shape):
    """One thing that happened."""

    at: Moment
    what: str = Field(description="New values may come.")
    status: str
    hold_status: str


class Timeline(Shape):
    """Everything that happened to a charge, oldest first."""

    model_config = example(
        {
            "charging_session_id": "chs_0a1b",
            "time_zone": "Europe/Berlin",
            "steps": [
                {
                    "at": "2026-03-02T08:59:31Z",
                    "what": "hold_placed",
                    "status": "starting",
                    "hold_status": "placed",
                }
            ],
        }
    )
    charging_session_id: str
    time_zone: str
    steps: list[TimelineStep]


@router.get(
    "/charging-sessions/active",
    operation_id="getActiveChargingSession",
    summary="Restore the charge that is going on",
    response_model=ActiveCharge,
    responses=_NOT_MODIFIED | signed_in(),
)
async def get_active(
    response: Response,
    work: Work,
    now: Now,
    driver: CurrentDriver,
    changes: ChangesDep,
    if_none_match: IfNoneMatch = None,
    accept_language: AcceptLanguage = None,
) -> ActiveCharge | Response:
    """Return the whole charge, or null: one call restores the screen, as often as needed."""
    mark = changes.mark()
    async with work() as db:
        row = await active_charge(db=db, driver_id=driver.driver_id)
        shown = await _shown(db, row, now, accept_language) if row else None
    etag, poll_after_s = (shown.etag, shown.poll_after_s) if shown else (NO_CHARGE, IDLE_POLL_S)
    changes.remember(driver.driver_id, Seen(driver.driver_id, etag, poll_after_s), mark)
    if matches(if_none_match, etag):
        return not_modified(etag, poll_after_s)
    response.headers.update(poll_headers(etag, poll_after_s))
    return ActiveCharge(charging_session=shown, poll_after_s=poll_after_s)


@router.get(
    "/charging-sessions/{charging_session_id}",
    operation_id="getChargingSession",
    summary="Poll one charge",
    response_model=ShownCharge,
    responses=_NOT_MODIFIED | signed_in(unknown_charging_session=404),
)
async def get_charge(
    charging_session_id: PublicId,
    ports: PortsDep,
    driver: CurrentDriver,
    changes: ChangesDep,
    answers: AnswersDep,
    if_none_match: IfNoneMatch = None,
    wait: Annotated[int, Query(ge=0, le=LONGEST_WAIT, description="Seconds to wait for news, if there are none.")] = 0,
    accept_language: AcceptLanguage = None,
) -> Response:
    """Return the charge, or 304 when the app has this version; with `wait`, only once there is news."""
    may_wait = wait and not changes.full(driver.driver_id)
    with changes.subscription(charging_session_id, driver.driver_id) as subscription:
        asked = (driver.driver_id, charging_session_id)
        answer = await answers.read(*asked, ports.clock.now(), accept_language)
        up_to_date = matches(if_none_match, answer.etag)
        if may_wait and up_to_date and await subscription.news(wait):
            answer = await answers.read(*asked, ports.clock.now(), accept_language)
    return answer.response(ports.clock.now(), if_none_match)


@router.get(
    "/charging-sessions/{charging_session_id}/timeline",
    operation_id="getChargingSessionTimeline",
    summary="Show everything that happened to a charge",
    response_model=Timeline,
    responses=signed_in(unknown_charging_session=404),
)
async def get_timeline(charging_session_id: PublicId, work: Work, driver: CurrentDriver) -> Timeline:
    """Return the steps of the charge, oldest first."""
    async with work() as db:
        row = await charge_of_driver(db=db, driver_id=driver.driver_id, charging_session_id=charging_session_id)
        events = await events_of_charge(db=db, charging_session_id=row.id)
    steps = [
        TimelineStep(at=each.at, what=_snake(each.fact), status=each.status, hold_status=each.hold_status)
        for each in events
    ]
    return Timeline(charging_session_id=row.id, time_zone=row.time_zone, steps=steps)


async def _shown(db: AsyncSession, row: ChargingSession, now: datetime, accept_language: str | None) -> ShownCharge:
    return shown_charge(row, await hold_of_charge(db=db, charging_session_id=row.id), now, accept_language)


def _snake(name: str) -> str:
    """Return the name of a fact as it stands on the wire: ``HoldPlaced`` is ``hold_placed``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
