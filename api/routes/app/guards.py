"""What every operation shares: no unknown query parameters (A36), a usable ``Idempotency-Key`` (A06), a word before it
goes (A32).
"""

import re
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from api.domain.errors import Invalid

_DAYS = ("x-deprecated", "x-sunset")
_KEY = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)


class UnknownQueryParameter(Invalid):
    """A query parameter that the operation does not know; ignoring it would hide a typing error."""


class IdempotencyKeyMissing(Invalid):
    """A request that moves money or a charger came without a usable ``Idempotency-Key``."""


async def refuse_unknown_query(request: Request) -> None:
    """Raise ``UnknownQueryParameter`` for parameters that the matched operation does not declare."""
    route = request.scope.get("route")
    if not isinstance(route, APIRoute):
        return
    unknown = sorted(set(request.query_params) - _query_names(route.dependant))
    if unknown:
        raise UnknownQueryParameter("unknown_query_parameter", unknown=[name[:100] for name in unknown[:20]])


def going(*, since: date, until: date) -> dict[str, Any]:
    """Return what a route is declared with that is deprecated ``since`` a day and may be gone after ``until``."""
    return {"deprecated": True, "openapi_extra": {"x-deprecated": since.isoformat(), "x-sunset": until.isoformat()}}


async def tell_deprecation(request: Request, response: Response) -> None:
    """Add ``Deprecation`` (RFC 9745) and ``Sunset`` (RFC 8594) to answers of operations declared with ``going``."""
    route = request.scope.get("route")
    days = route.openapi_extra if isinstance(route, APIRoute) else None
    if days and "x-sunset" in days:
        since, until = (datetime.combine(date.fromisoformat(days[key]), time.min, UTC) for key in _DAYS)
        response.headers["Deprecation"] = f"@{int(since.timestamp())}"
        response.headers["Sunset"] = format_datetime(until, usegmt=True)


async def _idempotency_key(
    idempotency_key: Annotated[
        str | None, Header(description="A random value of the app's choice, the same for every repetition.")
    ] = None,
) -> str:
    """Return the key of this request; raises ``IdempotencyKeyMissing``."""
    if idempotency_key is None or not _KEY.fullmatch(idempotency_key):
        raise IdempotencyKeyMissing("idempotency_key_missing")
    return idempotency_key


IdempotencyKey = Annotated[str, Depends(_idempotency_key)]


async def _caller(request: Request) -> str:
    """Return the address that the request came from; behind a proxy, what the server was told to believe of it."""
    return request.client.host if request.client else "nobody"


Caller = Annotated[str, Depends(_caller)]


def _query_names(dependant: Dependant) -> set[str]:
    """Return the names of all query parameters of an operation and of what it depends on."""
    names = {field.alias for field in dependant.query_params}
    for each in dependant.dependencies:
        names |= _query_names(each)
    return names
