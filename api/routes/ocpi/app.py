"""The table of paths and the application around it: who may come in, in which order, and what is noted of it."""

import contextlib
from collections.abc import Mapping
from http import HTTPStatus

from sqlalchemy.exc import DBAPIError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

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
from api.routes.ocpi.admission import Admission, Doors
from api.routes.ocpi.auth import IssuedTokens, authenticate, token_readings
from api.routes.ocpi.call import Call, Face, Paths, Receiver
from api.routes.ocpi.envelope import Envelopes
from api.routes.ocpi.quick import Shortcuts, ShortWay
from api.routes.ocpi.recording import Recorded, seen_by
from api.services.work import Work
from api.settings import Settings
from clients.ocpi.dialect import SUPPORTED, Dialect, dialect_for

_CONFIGURATION: Paths = {
    "/versions": {"GET": versions.list_versions},
    "/{version}": {"GET": versions.show_version},
    **{f"/{{version}}/credentials{path}": methods for path, methods in credentials.PATHS.items()},
}
"""Configuration modules: also for a partner that is about to be registered, and without routing headers."""

_FUNCTIONAL: tuple[tuple[str, Paths], ...] = (
    ("sessions", sessions.PATHS),
    ("locations", {**evses.PATHS, **locations.PATHS, **connectors.PATHS}),
    ("cdrs", cdrs.PATHS),
    ("tariffs", tariffs.PATHS),
    ("tokens", tokens.PATHS),
    ("commands", commands.PATHS),
    ("chargingprofiles", charging_profiles.PATHS),
    ("invoicereconciliation", invoices.PATHS),
    ("hubclientinfo", client_info.PATHS),
)
"""Functional modules with their paths, the busiest first.

A version that does not have one does not serve it (``Dialect.served``).
"""


def create_ocpi_app(settings: Settings, ports: Ports, work: Work) -> ASGIApp:
    """Return the OCPI face, to be mounted at ``/ocpi``."""
    envelopes = Envelopes(ports)
    shortcuts = Shortcuts(ports, work)
    admission = Admission(settings.partner_requests_at_once, settings.authorizations_per_minute)
    doors = Doors(settings.stranger_lookups_per_second, settings.stranger_lookups_per_address)
    face = Face(settings, ports, work, envelopes, admission, doors, IssuedTokens())
    routes = [
        *(
            _route(face, shortcuts, f"/{{version}}/emsp/{module}{path}", methods, module=module)
            for module, paths in _FUNCTIONAL
            for path, methods in paths.items()
        ),
        *(_route(face, shortcuts, path, methods) for path, methods in _CONFIGURATION.items()),
    ]
    app = Starlette(
        routes=routes,
        middleware=[Middleware(ShortWay, face, shortcuts)],
        exception_handlers={
            AppError: envelopes.app_error,
            HTTPException: envelopes.http_error,
            DBAPIError: envelopes.database_error,
            Exception: envelopes.crash,
        },
    )
    app.router.redirect_slashes = False
    return Recorded(app, ports)


def _route(
    face: Face, shortcuts: Shortcuts, path: str, methods: Mapping[str, Receiver], *, module: str | None = None
) -> Route:
    """Return the route of a path: authenticate, choose the dialect, call the receiver of the method.

    Functional modules name themselves, because a version may lack them.
    """

    shown = path.replace(":id_with_slashes", "")

    async def endpoint(request: Request) -> Response:
        request.scope["ocpi_functional"] = module is not None
        seen, receiver = seen_by(request.scope), methods["GET" if request.method == "HEAD" else request.method]
        seen.routed(shown, request.path_params, module)
        with contextlib.ExitStack() as places:
            seen.partner_id = face.doors.whose(token_readings(request.headers.get("authorization", "")))
            if seen.partner_id is not None:
                places.enter_context(face.admission.place(seen.partner_id))
            caller = await authenticate(
                request,
                work=face.work,
                ports=face.ports,
                functional=module is not None,
                doors=face.doors,
                issued=face.issued,
            )
            if caller.partner.id != seen.partner_id:
                places.enter_context(face.admission.place(caller.partner.id))
                seen.partner_id = caller.partner.id
            if module is not None:
                shortcuts.known.remember(request, caller)
            call = Call(face, request, caller, _dialect(request, module), face.ports.clock.now())
            return await _answer(call, path, receiver)

    return Route(path, endpoint, methods=list(methods))


async def _answer(call: Call, path: str, receiver: Receiver) -> Response:
    """Call the receiver, within the bounds on what may be tried out."""
    seen_by(call.request.scope).oddities = call.dialect.oddities
    if path.endswith("/authorize"):
        call.face.admission.authorizing(call.partner.id)
    return await receiver(call)


def _dialect(request: Request, module: str | None) -> Dialect:
    """Return the dialect of the URL's version; raises UnknownVersion, and 404 for a module that it lacks."""
    dialect = dialect_for(request.path_params.get("version", SUPPORTED[-1]))
    if module is not None and module not in {served for served, _ in dialect.served}:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return dialect
