"""Receiver of single connectors (OCPI 2.2.1 chapter 8)."""

from starlette.responses import Response

from api.routes.ocpi.call import OWNED, Call, Paths, require_same
from api.routes.ocpi.evses import fetch_locations, held_evse
from api.routes.ocpi.shown import shown_connector
from api.services.roaming.evses import UnknownLocation, patch_connector, store_connector


async def show(call: Call) -> Response:
    """Answer GET with what we hold of the connector."""
    wanted = call.path("connector_id").upper()
    evse = await held_evse(call)
    connector = next((connector for connector in evse.connectors if connector.id.upper() == wanted), None)
    if connector is None:
        raise UnknownLocation("connector_unknown")
    return call.success(shown_connector(connector))


async def put(call: Call) -> Response:
    """Answer PUT. One below an EVSE we do not hold is accepted, and the location is fetched (ocpi.md 4.10)."""
    country_code, party_id = call.owner()
    connector = call.dialect.read_connector((await call.body()).value)
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
            )
    except UnknownLocation:
        await fetch_locations(call)
    return call.success()


async def patch(call: Call) -> Response:
    """Answer PATCH: 404 for a connector we do not hold."""
    country_code, party_id = call.owner()
    changes = call.dialect.read_connector_patch((await call.body()).value)
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
        )
    return call.success()


PATHS: Paths = {
    f"{OWNED}/{{location_id}}/{{evse_uid}}/{{connector_id}}": {"GET": show, "PUT": put, "PATCH": patch},
}
