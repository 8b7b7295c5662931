"""What pages send: small forms and small JSON objects, read by hand and bounded."""

from typing import Any
from urllib.parse import parse_qs

import msgspec
from starlette.requests import Request

from api.domain.errors import Invalid

_MOST_BYTES = 10_000
_NUL = "\0"
"""No text of ours has it, and the database takes none that does."""


class FormUnreadable(Invalid):
    """What was sent is no form of ours."""


async def form_of(request: Request) -> dict[str, str]:
    """Return the fields of a form, the last value of each; raises FormUnreadable."""
    return {name: values[-1] for name, values in (await fields_of(request)).items()}


async def fields_of(request: Request, *, most: int = 20, most_bytes: int = _MOST_BYTES) -> dict[str, list[str]]:
    """Return the fields of a form with all their values, at most so many; raises FormUnreadable."""
    try:
        fields = parse_qs((await _body(request, most_bytes)).decode(), max_num_fields=most)
    except ValueError as error:
        raise FormUnreadable("form_unreadable") from error
    if any(_NUL in value for values in fields.values() for value in values):
        raise FormUnreadable("form_unreadable")
    return fields


async def tree_of(request: Request) -> dict[str, Any]:
    """Return a JSON object; raises FormUnreadable."""
    try:
        tree = msgspec.json.decode(await _body(request))
    except msgspec.DecodeError as error:
        raise FormUnreadable("form_unreadable") from error
    if not isinstance(tree, dict) or any(isinstance(value, str) and _NUL in value for value in tree.values()):
        raise FormUnreadable("form_unreadable")
    return tree


async def _body(request: Request, most_bytes: int = _MOST_BYTES) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > most_bytes:
            raise FormUnreadable("form_unreadable", reason="too_large")
    return body
