"""Checks that every operation shares: no unknown query parameters (A36), a usable ``Idempotency-Key`` (A06)."""

import re
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from api.domain.errors import Invalid

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
