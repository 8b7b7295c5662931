"""Receiver of single connectors (OCPI 2.2.1 chapter 8)."""

from collections.abc import Iterable

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.responses import Response

from api.routes.ocpi.call import OWNED, Call, Paths, require_same
from api.routes.ocpi.evses import await_unknown
from api.routes.ocpi.locations import held_place
from api.services.roaming.awaited import ask_for_unknown_tariffs
from api.services.roaming.evses import UnknownLocation, patch_connector, store_connector


async def show(call: Call) -> Response:
    """Answer GET with the connector as the partner told it."""
    return await held_place(call, call.path("location_id"), call.path("evse_uid"), call.path("connector_id"))


async def put(call: Call) -> Response:
    """Answer PUT. One below an EVSE we do not hold is accepted, and the location is fetched (ocpi.md 4.10)."""
    country_code, party_id = call.owner()
    body = await call.body()
    connector = call.dialect.read_connector(body.value)
    require_same(id=(call.path("connector_id"), connector.id))
    try:
        async with call.work() as db:
            await store_connector(
                db=db,
                partner=call.partner,
                country_code=country_code,
                party_id=party_id,
                location_id=call.path("location_id"),
                evse_uid=call.path("evse_uid"),
                connector=connector,
                raw=body.text,
                version=call.dialect.version,
            )
            await _ask_for_tariffs(db, call, connector.tariff_ids)
    except UnknownLocation:
        await await_unknown(call)
    return call.success()


async def patch(call: Call) -> Response:
    """Answer PATCH: 404 for a connector we do not hold."""
    country_code, party_id = call.owner()
    body = await call.body()
    changes = call.dialect.read_connector_patch(body.value)
    require_same(id=(call.path("connector_id"), str(changes.get("id", call.path("connector_id")))))
    async with call.work() as db:
        await patch_connector(
            db=db,
            partner=call.partner,
            country_code=country_code,
            party_id=party_id,
            location_id=call.path("location_id"),
            evse_uid=call.path("evse_uid"),
            connector_id=call.path("connector_id"),
            changes=changes,
            raw=body.text,
            version=call.dialect.version,
        )
        named = changes.get("tariff_ids")
        await _ask_for_tariffs(db, call, named if isinstance(named, tuple) else ())
    return call.success()


async def _ask_for_tariffs(db: AsyncSession, call: Call, tariff_ids: Iterable[str]) -> None:
    """Have the partner's tariffs pulled where a connector names one that we do not hold (ocpi.md 4.10)."""
    await ask_for_unknown_tariffs(db=db, now=call.now, partner=call.partner, tariff_ids=tariff_ids)


PATHS: Paths = {
    f"{OWNED}/{{location_id}}/{{evse_uid}}/{{connector_id}}": {"GET": show, "PUT": put, "PATCH": patch},
}
