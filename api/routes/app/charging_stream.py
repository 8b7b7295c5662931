"""The live stream of a charge: server-sent events with the very bodies that a poll would get (A13).

The event id is the version, so a phone that reconnects with ``Last-Event-ID`` gets what it missed: the present state.
"""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Response
from sse_starlette import EventSourceResponse, ServerSentEvent

from api.access_tokens import AccessToken
from api.changes import Changes
from api.db import UnitOfWork
from api.deps import ChangesDep, CurrentDriver, PortsDep, Work
from api.domain.errors import Upstream
from api.ports import Ports
from api.routes.app.charging_reads import read_charge
from api.routes.app.charging_shapes import ShownCharge
from api.routes.app.languages import AcceptLanguage
from api.routes.app.shapes import PublicId, signed_in

router = APIRouter(tags=["Charging"])
EVENT = "charging_session"
_LOOK_UP_S = 30
_PING_S = 15
_EXAMPLE = 'id: 7\nevent: charging_session\ndata: {"id":"chs_0a1b","version":7}\n\n'
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A stream of events; each holds the whole charge.",
        "content": {
            "text/event-stream": {"schema": {"type": "string"}, "examples": {"one": {"value": _EXAMPLE}}},
        },
    },
    204: {"description": "The charge is final and the app has its last version: do not reconnect."},
}


class TooManyStreams(Upstream):
    """This process follows as many charges as it can, or as one driver may; poll instead."""


@router.get(
    "/charging-sessions/{charging_session_id}/events",
    operation_id="streamChargingSession",
    summary="Follow one charge live",
    response_class=EventSourceResponse,
    responses=_STREAM | signed_in(unknown_charging_session=404),
)
async def get_events(
    charging_session_id: PublicId,
    work: Work,
    ports: PortsDep,
    driver: CurrentDriver,
    changes: ChangesDep,
    last_event_id: Annotated[str | None, Header(description="The id of the last event received.")] = None,
    accept_language: AcceptLanguage = None,
) -> Response:
    """Send the charge now, unless the app has it, and after every change; ends with the final state."""
    if changes.full(driver.driver_id):
        raise TooManyStreams("service_unavailable")
    shown = await read_charge(work, changes, driver.driver_id, charging_session_id, ports.clock.now())
    if shown.final and last_event_id == str(shown.version):
        return Response(status_code=204)
    events = _events(work, ports, driver, changes, charging_session_id, last_event_id, accept_language)
    return EventSourceResponse(events, ping=_PING_S)


async def _events(
    work: UnitOfWork,
    ports: Ports,
    driver: AccessToken,
    changes: Changes,
    charging_session_id: str,
    last_version: str | None,
    accept_language: str | None,
) -> AsyncIterator[ServerSentEvent]:
    """Yield an event for each version that the app does not have, until the end or until the access token expires."""
    if changes.full(driver.driver_id):
        return  # many asked at once: between this look and taking the place nobody else gets a turn
    with changes.subscription(charging_session_id, driver.driver_id) as subscription:
        while not changes.stopping() and ports.clock.now() < driver.expires_at:
            now = ports.clock.now()
            shown = await read_charge(work, changes, driver.driver_id, charging_session_id, now, accept_language)
            if str(shown.version) != last_version:
                last_version = str(shown.version)
                yield _event(shown)
            if shown.final:
                return
            while not await subscription.news(_LOOK_UP_S):
                if changes.stopping() or ports.clock.now() >= driver.expires_at:
                    return


def _event(shown: ShownCharge) -> ServerSentEvent:
    return ServerSentEvent(id=str(shown.version), event=EVENT, data=shown.model_dump_json())
