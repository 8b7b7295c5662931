"""The live stream of a charge: server-sent events with the very bodies that a poll would get (A13).

The event id is the version, so a phone that reconnects with ``Last-Event-ID`` gets what it missed: the present state.
Most streams are opened past the framework (``watch_shortcut.py``), with what is here; how news reach them is in
``live_streams.py``.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request, Response
from starlette.types import Receive, Scope, Send

from api.access_tokens import AccessToken
from api.deps import CurrentDriver, PortsDep
from api.domain.errors import Upstream
from api.ports.clock import Clock
from api.routes.app.charge_answers import Answer, AnswersDep, ChargeAnswers
from api.routes.app.languages import AcceptLanguage
from api.routes.app.live_streams import Listener, LiveStreams, event_of
from api.routes.app.shapes import PublicId, signed_in

router = APIRouter(tags=["Charging"])
MEDIA_TYPE = "text/event-stream"
_EXAMPLE = 'id: 7\nevent: charging_session\ndata: {"id":"chs_0a1b","version":7}\n\n'
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A stream of events; each holds the whole charge.",
        "content": {MEDIA_TYPE: {"schema": {"type": "string"}, "examples": {"one": {"value": _EXAMPLE}}}},
    },
    204: {"description": "The charge is final and the app has its last version: do not reconnect."},
}
_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"connection", b"keep-alive"),
    (b"x-accel-buffering", b"no"),
    (b"content-type", f"{MEDIA_TYPE}; charset=utf-8".encode()),
)


class TooManyStreams(Upstream):
    """This process follows as many charges as it can, or as one driver may; poll instead."""


class LiveStream(Response):
    """The answer that is never finished: the charge now, unless the app has it, and after every change."""

    media_type = MEDIA_TYPE
    background = None

    def __init__(self, following: "Following", charging_session_id: str, answer: Answer, had: str | None) -> None:
        """Take who follows which charge, what was read of it, and the id of the last event received."""
        self.status_code = 200
        self.raw_headers = list(_HEADERS)
        self._following, self._charge, self._answer, self._had = following, charging_session_id, answer, had

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - as ASGI has it
        """Send until the phone leaves or the stream ends; raises before anything is sent, or not at all."""
        following = self._following
        if following.full():
            raise TooManyStreams("service_unavailable")  # many asked at once, and others were faster
        listener = following.listener(send)
        following.streams.join(self._charge, listener)
        try:
            await self._begin(listener)
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await listener.begin()
            while (await receive())["type"] != "http.disconnect":
                pass
        finally:
            following.streams.leave(self._charge, listener)

    async def _begin(self, listener: Listener) -> None:
        """Give the listener what it does not have, read again if that may have changed before it listened."""
        following, answer = self._following, self._answer
        if not following.answers.is_current(answer):
            answer = await following.read(self._charge)
        if str(answer.version) == self._had:
            listener.version = max(listener.version, answer.version)
        else:
            listener.tell(event_of(answer, following.clock.now()), answer.version)
        if answer.final:
            listener.end()
        del self._answer, self._had


class Following:
    """A driver who wants to follow charges, and what that takes."""

    __slots__ = ("accept_language", "answers", "clock", "streams", "token")

    def __init__(
        self,
        answers: ChargeAnswers,
        streams: LiveStreams,
        clock: Clock,
        token: AccessToken,
        accept_language: str | None,
    ) -> None:
        """Keep all of it."""
        self.answers, self.streams, self.clock = answers, streams, clock
        self.token, self.accept_language = token, accept_language

    def full(self) -> bool:
        """Say whether the driver may follow no more."""
        return self.streams.full(self.token.driver_id)

    def listener(self, send: Send) -> Listener:
        """Return a listener of the driver."""
        return Listener(send, self.token.driver_id, self.token.expires_at, self.accept_language)

    async def read(self, charging_session_id: str) -> Answer:
        """Return the charge as it is now."""
        now = self.clock.now()
        return await self.answers.read(self.token.driver_id, charging_session_id, now, self.accept_language)

    async def open(self, charging_session_id: str, last_event_id: str | None) -> Response:
        """Return the stream, or that there is nothing to follow any more."""
        if self.full():
            raise TooManyStreams("service_unavailable")
        answer = await self.read(charging_session_id)
        if answer.final and last_event_id == str(answer.version):
            return Response(status_code=204)
        return LiveStream(self, charging_session_id, answer, last_event_id)


async def _streams(request: Request) -> LiveStreams:
    found = request.app.state.streams
    assert isinstance(found, LiveStreams)  # noqa: S101 - a wiring mistake
    return found


@router.get(
    "/charging-sessions/{charging_session_id}/events",
    operation_id="streamChargingSession",
    summary="Follow one charge live",
    response_class=Response,
    responses=_STREAM | signed_in(unknown_charging_session=404),
)
async def get_events(
    charging_session_id: PublicId,
    ports: PortsDep,
    driver: CurrentDriver,
    answers: AnswersDep,
    streams: Annotated[LiveStreams, Depends(_streams)],
    last_event_id: Annotated[str | None, Header(description="The id of the last event received.")] = None,
    accept_language: AcceptLanguage = None,
) -> Response:
    """Send the charge now, unless the app has it, and after every change; ends with the final state."""
    following = Following(answers, streams, ports.clock, driver, accept_language)
    return await following.open(charging_session_id, last_event_id)
