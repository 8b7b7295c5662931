"""Answers to partners: the envelope, the headers that come back, and our kinds of error as OCPI status codes.

Which HTTP status goes with which code: what could not be read as JSON is 400, an unknown token 401, an unknown object
404, a method that does not apply now 405, and everything that reached OCPI 200 (chapters 4.1.6 and 5).
"""

from http import HTTPStatus

from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.domain.errors import AppError, Conflict, Forbidden, Invalid, NotFound, Refused, Unauthenticated, Upstream
from api.ports import Ports
from api.ports.roaming import RegistrationFailed
from api.routes.ocpi.admission import TooBusy
from api.routes.ocpi.recording import seen_by
from api.services.charging.authorize import NotEnoughInformation
from api.services.roaming.register import AlreadyRegistered, NotRegistered
from api.services.roaming.rows import is_unstorable
from api.services.roaming.tokens import UnknownToken
from clients.ocpi.dialect import NotJson, UnknownVersion
from clients.ocpi.envelope import StatusCode, write_envelope

_ECHOED = {name: name for name in (b"x-request-id", b"x-correlation-id")} | {
    f"ocpi-{theirs}-{part}".encode(): f"ocpi-{ours}-{part}".encode()
    for part in ("country-code", "party-id")
    for ours, theirs in (("from", "to"), ("to", "from"))
}
"""Headers that come back, and as which: the parties the other way round."""
_STEPS = {"version": StatusCode.UNSUPPORTED_VERSION, "endpoints": StatusCode.MISSING_ENDPOINTS}


class BodyTooLarge(Invalid):
    """The body is larger than ``settings.body_limit``. Fact: ``limit_bytes``."""


class BodyTooSlow(Invalid):
    """The body did not arrive in time."""


_RENDERED: tuple[tuple[type[AppError], int, StatusCode], ...] = (
    (BodyTooLarge, 413, StatusCode.INVALID_PARAMETERS),
    (BodyTooSlow, 408, StatusCode.INVALID_PARAMETERS),
    (NotJson, 400, StatusCode.INVALID_PARAMETERS),
    (NotEnoughInformation, 200, StatusCode.NOT_ENOUGH_INFORMATION),
    (Invalid, 200, StatusCode.INVALID_PARAMETERS),
    (Unauthenticated, 401, StatusCode.CLIENT_ERROR),
    (Forbidden, 403, StatusCode.CLIENT_ERROR),
    (UnknownToken, 404, StatusCode.UNKNOWN_TOKEN),
    (UnknownVersion, 404, StatusCode.UNSUPPORTED_VERSION),
    (NotFound, 404, StatusCode.UNKNOWN_LOCATION),
    (AlreadyRegistered, 405, StatusCode.CLIENT_ERROR),
    (NotRegistered, 405, StatusCode.CLIENT_ERROR),
    (TooBusy, 429, StatusCode.CLIENT_ERROR),
    (Conflict, 200, StatusCode.CLIENT_ERROR),
    (Refused, 200, StatusCode.CLIENT_ERROR),
    (RegistrationFailed, 200, StatusCode.CANNOT_USE_CLIENT_API),
    (Upstream, 200, StatusCode.SERVER_ERROR),
)
"""The first kind that fits decides, so narrower ones come first."""


class Envelopes:
    """Makes answers; also the exception handlers of the face."""

    def __init__(self, ports: Ports) -> None:
        """Take the time from the clock in ``ports``."""
        self._clock = ports.clock

    def success(
        self, request: Request, data: object = None, *, http_status: int = 200, headers: dict[str, str] | None = None
    ) -> Response:
        """Return an answer with status 1000; ``data`` None is left out."""
        body = write_envelope(data, now=self._clock.now())
        seen_by(request.scope).ocpi_status = int(StatusCode.SUCCESS)
        return _response(request, body, http_status, headers)

    def failure(self, request: Request, http_status: int, code: StatusCode, message: str) -> Response:
        """Return an answer with another status code and a message that is safe to show."""
        body = write_envelope(now=self._clock.now(), status=code, message=message)
        seen = seen_by(request.scope)
        seen.ocpi_status, seen.message = int(code), message
        return _response(request, body, http_status, None)

    async def app_error(self, request: Request, error: Exception) -> Response:
        """Render an error that a use case raised."""
        if not isinstance(error, AppError):
            raise error
        http_status, code = next(
            ((http, code) for kind, http, code in _RENDERED if isinstance(error, kind)), (500, 3000)
        )
        code = _STEPS.get(str(error.facts.get("step")), code) if isinstance(error, RegistrationFailed) else code
        reason = error.facts.get("reason") or error.facts.get("message")
        message = f"{error.code}: {reason}" if reason else error.code
        answer = self.failure(request, http_status, StatusCode(code), message[:500])
        if isinstance(error, TooBusy):
            answer.headers["Retry-After"] = str(error.facts["retry_after_seconds"])
        return answer

    async def http_error(self, request: Request, error: Exception) -> Response:
        """Render what the router raises: no such path, method not allowed."""
        if not isinstance(error, HTTPException):
            raise error
        code = StatusCode.CLIENT_ERROR
        answer = self.failure(request, error.status_code, code, HTTPStatus(error.status_code).phrase)
        answer.headers.update(error.headers or {})
        return answer

    async def database_error(self, request: Request, error: Exception) -> Response:
        """Render a value that no database holds as the sender's mistake; anything else stays an error of ours."""
        if not isinstance(error, DBAPIError) or not is_unstorable(error):
            raise error
        return self.failure(request, 200, StatusCode.INVALID_PARAMETERS, "value_unstorable")

    async def crash(self, request: Request, error: Exception) -> Response:  # noqa: ARG002 - no detail may leave
        """Render an error nobody expected, without a word about it."""
        return self.failure(request, 500, StatusCode.SERVER_ERROR, "internal_error")


def _response(request: Request, body: bytes, http_status: int, headers: dict[str, str] | None) -> Response:
    """Return a response with the ids of the request and, for functional modules, the parties the other way round."""
    response = Response(body, http_status, headers, media_type="application/json")
    given = seen_by(request.scope).headers or dict(reversed(request.headers.raw))
    turned = request.scope.get("ocpi_functional")
    for theirs, ours in _ECHOED.items():
        if theirs in given and (turned or theirs is ours):
            response.raw_headers.append((ours, given[theirs]))
    return response
