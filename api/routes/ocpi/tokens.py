"""Sender of tokens: the paged list and real-time authorization (OCPI 2.2.1 chapter 12)."""

from datetime import UTC, datetime
from urllib.parse import urlencode

from starlette.responses import Response

from api.domain.errors import Invalid
from api.domain.roaming.token import AuthorizationInfo, LocationReferences, TokenType
from api.routes.ocpi.body import read_bytes
from api.routes.ocpi.call import Call, Paths
from api.services.charging.authorize import TooManyUnknownTokens, authorize_token, count_unknown, refuse_probing
from api.services.roaming.tokens import TokenCursor, UnknownToken, page_of_tokens
from api.services.roaming.urls import module_url
from clients.ocpi.envelope import StatusCode
from clients.ocpi.exact_json import parse

PAGE_LIMIT = 250
_LARGEST_OFFSET, _DIGITS = 2**31, 10


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
            after=_cursor(query.get("after")),
        )
    headers = {"X-Total-Count": str(page.total), "X-Limit": str(PAGE_LIMIT)}
    if page.following is not None:
        headers["Link"] = f'<{_next_url(call, page.following, limit)}>; rel="next"'
    return call.success([call.dialect.write_token(token) for token in page.tokens], headers=headers)


async def authorize(call: Call) -> Response:
    """Answer POST: whether the token may charge; 404 with 2004 when we never issued it. The body is optional.

    A partner that asks about too many unknown tokens is told to wait, about known ones as well: nothing shows which.
    """
    token_type = _token_type(call.request.query_params.get("type") or call.request.query_params.get("token_type"))
    body = await read_bytes(call.request, call.face.settings.body_limit)
    place = call.dialect.read_location_references(parse(body)) if body.strip() else None
    try:
        info = await _answer(call, token_type, place)
    except TooManyUnknownTokens as stop:
        answer = call.face.envelopes.failure(call.request, 429, StatusCode.CLIENT_ERROR, stop.code)
        answer.headers["Retry-After"] = str(stop.facts["retry_after_s"])
        return answer
    except UnknownToken:
        async with call.work() as db:
            await count_unknown(db=db, now=call.now, partner=call.partner)
        raise
    return call.success(call.dialect.write_authorization(info))


async def _answer(call: Call, token_type: TokenType, place: LocationReferences | None) -> AuthorizationInfo:
    """Ask the service, unless this partner only tries out numbers."""
    async with call.work() as db:
        await refuse_probing(db=db, ports=call.ports, now=call.now, partner=call.partner)
        return await authorize_token(
            db=db,
            ports=call.ports,
            now=call.now,
            partner=call.partner,
            uid=call.path("uid"),
            token_type=token_type,
            place=place,
        )


def _token_type(value: str | None) -> TokenType:
    """Return the kind of token asked about; RFID unless the partner says otherwise, as the chapter rules."""
    try:
        return TokenType(value.lower()) if value else TokenType.RFID
    except ValueError:
        raise BadQuery("query_bad", reason="type: not a kind of token") from None


def _whole(value: str | None, name: str, default: int) -> int:
    """Return a whole number of a query that is not negative; one beyond all that we have is as good as any such."""
    if value is None or value == "":
        return default
    if not (value.isascii() and value.isdecimal()):
        raise BadQuery("query_bad", reason=f"{name}: not a whole number")
    return min(int(value), _LARGEST_OFFSET) if len(value) <= _DIGITS else _LARGEST_OFFSET


def _moment(value: str | None, name: str) -> datetime | None:
    """Return a moment of a query in UTC; a plus sign may have come as a space, a missing zone means UTC."""
    if not value:
        return None
    try:
        at = datetime.fromisoformat(value.replace(" ", "+"))
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadQuery("query_bad", reason=f"{name}: not a date and time") from None


def _cursor(value: str | None) -> TokenCursor | None:
    """Return where a page goes on, as our own link said."""
    if not value:
        return None
    at, _, uid = value.partition("~")
    moment = _moment(at, "after")
    if moment is None or not uid:
        raise BadQuery("query_bad", reason="after: not from a link of ours")
    return TokenCursor(moment, uid)


def _next_url(call: Call, after: TokenCursor, limit: int) -> str:
    """Return the address of the next page: the same question, going on after the last token shown."""
    asked = call.request.query_params
    kept = {name: asked[name].replace(" ", "+") for name in ("date_from", "date_to") if asked.get(name)}
    base = module_url(call.ports.policy, call.dialect.version, "tokens")
    going_on = f"{after.last_updated.astimezone(UTC).isoformat()}~{after.uid}"
    return f"{base}?{urlencode({**kept, 'after': going_on, 'limit': limit})}"


PATHS: Paths = {
    "": {"GET": list_tokens},
    "/{uid}/authorize": {"POST": authorize},
}
