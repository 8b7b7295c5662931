"""Receiver of tariffs (OCPI 2.2.1 chapter 11); 2.1.1 may change parts of one."""

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.domain.ids import PartyId
from api.routes.ocpi.call import OWNED, Call, Paths, require_same
from api.services.roaming.tariffs import UnknownTariff, patch_tariff, remove_tariff, store_tariff, tariff_json
from clients.ocpi.dialect import Unreadable
from clients.ocpi.exact_json import parse

PATCHED_IN = frozenset({"2.1.1"})
"""The versions that have PATCH of tariffs."""


async def show(call: Call) -> Response:
    """Answer GET with the tariff as the partner sent it."""
    country_code, party_id = call.owner()
    async with call.work() as db:
        raw = await tariff_json(db, call.partner, country_code, party_id, call.path("tariff_id"), call.dialect.version)
    if raw is None:
        raise UnknownTariff("tariff_unknown", tariff_id=call.path("tariff_id"))
    return call.success(parse(raw.encode()))


async def put(call: Call) -> Response:
    """Answer PUT: new or replaced."""
    country_code, party_id = call.owner()
    body = await call.body()
    tariff = call.dialect.read_tariff(body.value, PartyId(country_code, party_id))
    require_same(
        country_code=(country_code, tariff.country_code),
        party_id=(party_id, tariff.party_id),
        id=(call.path("tariff_id"), tariff.id),
    )
    async with call.work() as db:
        await store_tariff(
            db=db, now=call.now, partner=call.partner, tariff=tariff, raw=body.text, version=call.dialect.version
        )
    return call.success()


async def patch(call: Call) -> Response:
    """Answer PATCH, which only 2.1.1 has: the changed tariff is read anew as a whole."""
    if call.dialect.version not in PATCHED_IN:
        raise HTTPException(HTTPStatus.METHOD_NOT_ALLOWED)
    country_code, party_id = call.owner()
    body = await call.body()
    if not isinstance(body.value, dict):
        raise Unreadable("body: not an object")
    require_same(id=(call.path("tariff_id"), str(body.value.get("id", call.path("tariff_id")))))
    async with call.work() as db:
        await patch_tariff(
            db=db,
            now=call.now,
            partner=call.partner,
            country_code=country_code,
            party_id=party_id,
            tariff_id=call.path("tariff_id"),
            raw=body.text,
            version=call.dialect.version,
            read=lambda raw: call.dialect.read_tariff(parse(raw.encode()), PartyId(country_code, party_id)),
        )
    return call.success()


async def remove(call: Call) -> Response:
    """Answer DELETE: 404 for a tariff we do not hold."""
    country_code, party_id = call.owner()
    async with call.work() as db:
        await remove_tariff(
            db=db,
            partner=call.partner,
            country_code=country_code,
            party_id=party_id,
            tariff_id=call.path("tariff_id"),
        )
    return call.success()


PATHS: Paths = {
    f"{OWNED}/{{tariff_id}}": {"GET": show, "PUT": put, "PATCH": patch, "DELETE": remove},
}
