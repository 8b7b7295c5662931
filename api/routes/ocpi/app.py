"""The table of paths and the application around it: both ``/x`` and ``/x/`` are served, without a redirect."""

from collections.abc import Mapping
from http import HTTPStatus

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
    charging_profiles,
    client_info,
    commands,
    connectors,
    credentials,
    evses,
    invoices,
    locations,
    sessions,
    tariffs,
    tokens,
    versions,
)
from api.routes.ocpi.auth import KnownCallers, authenticate
from api.routes.ocpi.call import Call, Face, Paths, Receiver
from api.routes.ocpi.envelope import Envelopes
from api.routes.ocpi.quick import answer_quickly
from api.services.work import Work
from api.settings import Settings
from clients.ocpi.dialect import SUPPORTED, dialect_for

_CONFIGURATION: Paths = {
    "/versions": {"GET": versions.list_versions},
    "/{version}": {"GET": versions.show_version},
    **{f"/{{version}}/credentials{path}": methods for path, methods in credentials.PATHS.items()},
}
"""Configuration modules: also for a partner that is about to be registered, and without routing headers."""

_FUNCTIONAL: tuple[tuple[str, Paths], ...] = (
    ("locations", {**locations.PATHS, **evses.PATHS, **connectors.PATHS}),
    ("tariffs", tariffs.PATHS),
    ("sessions", sessions.PATHS),
    ("cdrs", cdrs.PATHS),
    ("tokens", tokens.PATHS),
    ("commands", commands.PATHS),
    ("chargingprofiles", charging_profiles.PATHS),
    ("invoicereconciliation", invoices.PATHS),
    ("hubclientinfo", client_info.PATHS),
)
"""Functional modules with their paths; a version that does not have one does not serve it (``Dialect.served``)."""


def create_ocpi_app(settings: Settings, ports: Ports, work: Work) -> ASGIApp:
    """Return the OCPI face, to be mounted at ``/ocpi``."""
    envelopes = Envelopes(ports)
    face, known = Face(settings, ports, work, envelopes), KnownCallers()
    routes = [
        *(_route(face, known, path, methods) for path, methods in _CONFIGURATION.items()),
        *(
            _route(face, known, f"/{{version}}/emsp/{module}{path}", methods, module=module)
            for module, paths in _FUNCTIONAL
            for path, methods in paths.items()
        ),
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


def _route(
    face: Face, known: KnownCallers, path: str, methods: Mapping[str, Receiver], *, module: str | None = None
) -> Route:
    """Return the route of a path: authenticate, choose the dialect, call the receiver of the method.

    Functional modules name themselves, because a version may lack them.
    """

    async def endpoint(request: Request) -> Response:
        request.scope["ocpi_functional"] = module is not None
        receiver = methods["GET" if request.method == "HEAD" else request.method]
        quick = await answer_quickly(face, request, known, receiver)
        if quick is not None:
            return quick
        caller = await authenticate(request, work=face.work, ports=face.ports, functional=module is not None)
        dialect = dialect_for(request.path_params.get("version", SUPPORTED[-1]))
        if module is not None and module not in {served for served, _ in dialect.served}:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        if module is not None:
            known.remember(request, caller)
        return await receiver(Call(face, request, caller, dialect, face.ports.clock.now()))

    return Route(path, endpoint, methods=list(methods))


def _without_trailing_slash(app: ASGIApp) -> ASGIApp:
    """Serve a path with a slash at its end as the same path without it."""

    async def trimmed(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].endswith("/"):
            scope = {**scope, "path": scope["path"][:-1]}
        await app(scope, receive, send)

    return trimmed
