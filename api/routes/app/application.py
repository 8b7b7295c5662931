"""Putting the app API together: routes, problems, checks and the OpenAPI document at ``/v1/openapi.json``."""

from datetime import timedelta

from fastapi import Depends, FastAPI
from starlette.types import ASGIApp

from api.access_tokens import AccessTokens
from api.changes import Changes
from api.db import UnitOfWork
from api.domain.support.file_kinds import MOST_BYTES
from api.ports import Ports
from api.routes.app import (
    accounts,
    alternatives,
    case_steps,
    cases,
    charging,
    charging_reads,
    charging_stream,
    complaints,
    contacts,
    curve,
    devices,
    diagnosis,
    favorites,
    help_articles,
    help_codes,
    help_offers,
    help_route,
    history,
    holds,
    locations,
    map_view,
    me,
    my_account,
    my_data,
    networks,
    notice_preferences,
    notices,
    papers,
    passes,
    payment_methods,
    payments,
    preferences,
    quotes,
    ratings,
    receipts,
    refunds,
    restart,
    sign_in,
    stay,
    support,
    timeline_links,
    unlock_requests,
    vehicles,
    wallet,
    watches,
    webhook_events,
)
from api.routes.app.charge_answers import ChargeAnswers
from api.routes.app.compression import Compression
from api.routes.app.docs_page import serve_page
from api.routes.app.guards import refuse_unknown_query, tell_deprecation
from api.routes.app.live_streams import LiveStreams
from api.routes.app.map_shortcut import MapShortcut
from api.routes.app.middleware import BodyBounds, RequestIds
from api.routes.app.openapi import publish
from api.routes.app.problems import install
from api.routes.app.watch_shortcut import WatchShortcut
from api.settings import Settings

BODY_LIMIT = 64 * 1024
"""Bytes; the largest request of the app has less than two thousand."""
FILE_LIMIT = MOST_BYTES + 1024
"""The same for files that go with a case."""
_ROUTERS = (
    sign_in,
    accounts,
    me,
    my_account,
    my_data,
    map_view,
    locations,
    alternatives,
    favorites,
    watches,
    networks,
    passes,
    contacts,
    help_route,
    diagnosis,
    support,
    help_articles,
    help_codes,
    help_offers,
    quotes,
    charging,
    history,
    charging_reads,
    charging_stream,
    curve,
    ratings,
    restart,
    holds,
    preferences,
    receipts,
    papers,
    refunds,
    complaints,
    notices,
    stay,
    timeline_links,
    unlock_requests,
    vehicles,
    payment_methods,
    wallet,
    payments,
    devices,
    notice_preferences,
    webhook_events,
    cases,
    case_steps,
)
_DESCRIPTION = """\
Charge an electric car with the app, from the post's visual identifier to the receipt.

Money is `{amount_minor, currency}` in whole minor units, energy is whole watt-hours, moments are RFC 3339 in UTC.
Enumerations may grow: treat a value you do not know as the most general one. Every error is a problem document.
"""


def create_app_api(*, settings: Settings, ports: Ports, work: UnitOfWork, changes: Changes) -> FastAPI:
    """Return the app API, to be mounted at ``/v1``."""
    app = FastAPI(
        title="Chargehand app API",
        version="1.0.0",
        description=_DESCRIPTION,
        servers=[{"url": "/v1"}],
        root_path_in_servers=False,
        dependencies=[Depends(refuse_unknown_query), Depends(tell_deprecation)],
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
    )
    app.state.settings, app.state.ports, app.state.work, app.state.changes = settings, ports, work, changes
    app.state.answers = ChargeAnswers(work, changes)
    app.state.streams = LiveStreams(app.state.answers, changes, ports.clock.now)
    app.state.access_tokens = AccessTokens(
        settings.secret_key.get_secret_value(),
        issuer=settings.public_url,
        lifetime=timedelta(seconds=settings.access_token_seconds),
        old_secrets=[old.get_secret_value() for old in settings.old_secret_keys],
    )
    for module in _ROUTERS:
        app.include_router(module.router)
    install(app)
    publish(app)
    serve_page(app)
    # The last one added is the first to see a request.
    app.add_middleware(BodyBounds, limit=BODY_LIMIT, larger={"/attachments": FILE_LIMIT})
    app.add_middleware(
        MapShortcut, work=work, policy=ports.policy, access_tokens=app.state.access_tokens, now=ports.clock.now
    )
    app.add_middleware(Compression)
    app.add_middleware(RequestIds, new_id=lambda: ports.randomness.new_id("req"))
    return app


def watching(app: ASGIApp, api: FastAPI) -> WatchShortcut:
    """Return what answers those who watch charges before ``app``, which holds the app API, does."""
    state = api.state
    return WatchShortcut(
        app,
        answers=state.answers,
        streams=state.streams,
        changes=state.changes,
        access_tokens=state.access_tokens,
        clock=state.ports.clock,
        new_id=lambda: state.ports.randomness.new_id("req"),
    )
