"""Sender of tokens: the paged list and real-time authorization (OCPI 2.2.1 chapter 12)."""

from datetime import UTC, datetime
from urllib.parse import urlencode

from starlette.responses import Response

from api.domain.errors import Invalid
from api.domain.roaming.token import TokenType
from api.routes.ocpi.body import read_bytes
from api.routes.ocpi.call import Call, Paths
from api.services.roaming.tokens import authorize_token, page_of_tokens
from api.services.roaming.urls import module_url
from clients.ocpi.exact_json import parse

PAGE_LIMIT = 250
_LARGEST_OFFSET = 2**31


class BadQuery(Invalid):
    """A query parameter cannot be understood. Fact: ``reason``."""


async def list_tokens(call: Call) -> Response:
    """Answer GET: one page, with the headers by which the partner finds the next (chapter 4.1.4)."""
    query = call.request.query_params
    offset = _whole(query.get("offset"), "offset", 0)
    limit = min(_whole(query.get("limit"), "limit", PAGE_LIMIT), PAGE_LIMIT)
    async with call.work() as db:
        page = await page_of_tokens(
            db=db,
            policy=call.ports.policy,
            partner=call.partner,
            offset=offset,
            limit=limit,
            changed_from=_moment(query.get("date_from"), "date_from"),
            changed_before=_moment(query.get("date_to"), "date_to"),
        )
    headers = {"X-Total-Count": str(page.total), "X-Limit": str(PAGE_LIMIT)}
    if limit and offset + limit < page.total:
        headers["Link"] = f'<{_next_url(call, offset + limit, limit)}>; rel="next"'
    return call.success([call.dialect.write_token(token) for token in page.tokens], headers=headers)


async def authorize(call: Call) -> Response:
    """Answer POST: whether the token may charge; 404 with 2004 when we never issued it. The body is optional."""
    token_type = _token_type(call.request.query_params.get("type"))
    body = await read_bytes(call.request, call.face.settings.body_limit)
    if body.strip():
        call.dialect.read_location_references(parse(body))
    async with call.work() as db:
        info = await authorize_token(
            db=db, policy=call.ports.policy, partner=call.partner, uid=call.path("uid"), token_type=token_type
        )
    return call.success(call.dialect.write_authorization(info))


def _token_type(value: str | None) -> TokenType:
    """Return the kind of token asked about; RFID unless the partner says otherwise, as the chapter rules."""
    try:
        return TokenType(value.lower()) if value else TokenType.RFID
    except ValueError:
        raise BadQuery("query_bad", reason="type: not a kind of token") from None


def _whole(value: str | None, name: str, default: int) -> int:
    """Return a whole number of a query that is not negative."""
    if value is None or value == "":
        return default
    if not (value.isascii() and value.isdecimal()) or len(value) > 10 or int(value) > _LARGEST_OFFSET:
        raise BadQuery("query_bad", reason=f"{name}: not a whole number in range")
    return int(value)


def _moment(value: str | None, name: str) -> datetime | None:
    """Return a moment of a query in UTC; a plus sign may have come as a space, a missing zone means UTC."""
    if not value:
        return None
    try:
        at = datetime.fromisoformat(value.replace(" ", "+"))
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadQuery("query_bad", reason=f"{name}: not a date and time") from None


def _next_url(call: Call, offset: int, limit: int) -> str:
    """Return the address of the next page: the same question from another offset."""
    asked = call.request.query_params
    kept = {name: asked[name].replace(" ", "+") for name in ("date_from", "date_to") if asked.get(name)}
    base = module_url(call.ports.policy, call.dialect.version, "tokens")
    return f"{base}?{urlencode({**kept, 'offset': offset, 'limit': limit})}"


PATHS: Paths = {
    "": {"GET": list_tokens},
    "/{uid}/authorize": {"POST": authorize},
}
