"""The table of paths and the application around it: both ``/x`` and ``/x/`` are served, without a redirect."""

from collections.abc import Awaitable, Callable, Mapping

from sqlalchemy.exc import DBAPIError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from api.domain.errors import AppError
from api.ports import Ports
from api.routes.ocpi import (
    cdrs,
    commands,
    connectors,
    credentials,
    evses,
    locations,
    sessions,
    tariffs,
    tokens,
    versions,
)
from api.routes.ocpi.auth import authenticate
from api.routes.ocpi.call import Call, Face
from api.routes.ocpi.envelope import Envelopes
from api.services.work import Work
from api.settings import Settings
from clients.ocpi.dialect import SUPPORTED, dialect_for

Receiver = Callable[[Call], Awaitable[Response]]

_OWNED = "/{country_code}/{party_id}"
_CONFIGURATION: Mapping[str, Mapping[str, Receiver]] = {
    "/versions": {"GET": versions.list_versions},
    "/{version}": {"GET": versions.show_version},
    "/{version}/credentials": {
        "GET": credentials.show,
        "POST": credentials.register,
        "PUT": credentials.update,
        "DELETE": credentials.end,
    },
}
"""Configuration modules: also for a partner that is about to be registered, and without routing headers."""

_FUNCTIONAL: Mapping[str, Mapping[str, Receiver]] = {
    f"/locations{_OWNED}/{{location_id}}": {
        "GET": locations.show,
        "PUT": locations.put,
        "PATCH": locations.patch,
    },
    f"/locations{_OWNED}/{{location_id}}/{{evse_uid}}": {"GET": evses.show, "PUT": evses.put, "PATCH": evses.patch},
    f"/locations{_OWNED}/{{location_id}}/{{evse_uid}}/{{connector_id}}": {
        "GET": connectors.show,
        "PUT": connectors.put,
        "PATCH": connectors.patch,
    },
    f"/tariffs{_OWNED}/{{tariff_id}}": {"GET": tariffs.show, "PUT": tariffs.put, "DELETE": tariffs.remove},
    f"/sessions{_OWNED}/{{session_id}}": {"GET": sessions.show, "PUT": sessions.put, "PATCH": sessions.patch},
    "/cdrs": {"POST": cdrs.receive},
    "/cdrs/{public_id}": {"GET": cdrs.show},
    "/tokens": {"GET": tokens.list_tokens},
    "/tokens/{uid}/authorize": {"POST": tokens.authorize},
    "/commands/{kind}/{secret}": {"POST": commands.receive_result},
}


def create_ocpi_app(settings: Settings, ports: Ports, work: Work) -> ASGIApp:
    """Return the OCPI face, to be mounted at ``/ocpi``."""
    envelopes = Envelopes(ports)
    face = Face(settings, ports, work, envelopes)
    routes = [
        *(_route(face, path, methods, functional=False) for path, methods in _CONFIGURATION.items()),
        *(_route(face, f"/{{version}}/emsp{path}", methods, functional=True) for path, methods in _FUNCTIONAL.items()),
    ]
    app = Starlette(
        routes=routes,
        exception_handlers={
            AppError: envelopes.app_error,
            HTTPException: envelopes.http_error,
            DBAPIError: envelopes.database_error,
            Exception: envelopes.crash,
        },
    )
    app.router.redirect_slashes = False
    return _without_trailing_slash(app)


def _route(face: Face, path: str, methods: Mapping[str, Receiver], *, functional: bool) -> Route:
    """Return the route of a path: authenticate, choose the dialect, call the receiver of the method."""

    async def endpoint(request: Request) -> Response:
        request.scope["ocpi_functional"] = functional
        caller = await authenticate(request, work=face.work, ports=face.ports, functional=functional)
        dialect = dialect_for(request.path_params.get("version", SUPPORTED[-1]))
        receiver = methods["GET" if request.method == "HEAD" else request.method]
        return await receiver(Call(face, request, caller, dialect, face.ports.clock.now()))

    return Route(path, endpoint, methods=list(methods))


def _without_trailing_slash(app: ASGIApp) -> ASGIApp:
    """Serve a path with a slash at its end as the same path without it."""

    async def trimmed(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].endswith("/"):
            scope = {**scope, "path": scope["path"][:-1]}
        await app(scope, receive, send)

    return trimmed
