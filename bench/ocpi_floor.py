"""What ingest is measured against: a bare ASGI answer, and Starlette with msgspec and one committed asyncpg upsert.

The floor does what nobody can do without: decode and validate a Session, store it, answer after the commit. It knows no
partner, no version, no charge and no history.
"""

import contextlib
import os
from collections.abc import AsyncIterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import asyncpg
import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

TABLE = """
CREATE TABLE IF NOT EXISTS bench_session (
  key text PRIMARY KEY, status text NOT NULL, kwh numeric NOT NULL, raw text NOT NULL, last_updated timestamptz NOT NULL
)
"""
_UPSERT = """
INSERT INTO bench_session (key, status, kwh, raw, last_updated) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (key) DO UPDATE SET status = $2, kwh = $3, raw = $4, last_updated = $5
"""
_ANSWER = b'{"status_code":1000,"timestamp":"2026-01-01T00:00:00Z"}'


class _Token(msgspec.Struct):
    uid: str
    type: str
    contract_id: str


class _Period(msgspec.Struct):
    start_date_time: datetime
    dimensions: list[dict[str, Any]]


class _Session(msgspec.Struct):
    country_code: str
    party_id: str
    id: str
    start_date_time: datetime
    kwh: Decimal
    cdr_token: _Token
    location_id: str
    evse_uid: str
    connector_id: str
    currency: str
    status: str
    last_updated: datetime
    charging_periods: list[_Period]


_decoder = msgspec.json.Decoder(_Session)


@contextlib.asynccontextmanager
async def _pooled(_app: Starlette) -> AsyncIterator[dict[str, asyncpg.Pool]]:
    """Keep the connections, as many as ours has."""
    async with asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=10, max_size=10) as pool:
        yield {"pool": pool}


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer anything at once."""
    if scope["type"] != "http":
        return
    await receive()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(_ANSWER)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": _ANSWER})


async def put_session(request: Request) -> Response:
    """Store a Session and answer after the commit."""
    body = await request.body()
    told = _decoder.decode(body)
    key = "/".join(request.path_params.values())
    await request.state.pool.execute(_UPSERT, key, told.status, told.kwh, body.decode(), told.last_updated)
    return Response(_ANSWER, media_type="application/json")


floor = Starlette(routes=[Route("/{country}/{party}/{id}", put_session, methods=["PUT"])], lifespan=_pooled)
