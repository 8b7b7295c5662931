"""Receiver of single EVSEs, which is how status arrives (OCPI 2.2.1 chapter 8)."""

from collections.abc import Mapping

from starlette.responses import Response

from api.routes.ocpi.body import Body
from api.routes.ocpi.call import OWNED, Call, Paths, require_same
from api.routes.ocpi.locations import ask_for_tariffs, held_place, tell_of
from api.services.roaming.awaited import await_place
from api.services.roaming.evses import UnknownLocation, patch_evse, store_evse


async def show(call: Call) -> Response:
    """Answer GET with the EVSE as the partner told it."""
    return await held_place(call, call.path("location_id"), call.path("evse_uid"))


async def put(call: Call) -> Response:
    """Answer PUT. One below a location we do not hold is accepted, and the location is fetched (ocpi.md 4.10)."""
    country_code, party_id = call.owner()
    body = await call.body()
    evse = call.dialect.read_evse(body.value)
    require_same(uid=(call.path("evse_uid"), evse.uid))
    try:
        async with call.work() as db:
            changed = await store_evse(
                db=db,
                partner=call.partner,
                country_code=country_code,
                party_id=party_id,
                location_id=call.path("location_id"),
                evse=evse,
                raw=body.text,
                version=call.dialect.version,
            )
            await ask_for_tariffs(db, call, evse)
            await tell_of(db, call, changed)
    except UnknownLocation:
        await await_unknown(call)
    return call.success()


async def patch(call: Call) -> Response:
    """Answer PATCH: 404 for an EVSE we do not hold."""
    country_code, party_id = call.owner()
    body = await call.body()
    changes = read_patch(call, body)
    async with call.work() as db:
        changed = await patch_evse(
            db=db,
            partner=call.partner,
            country_code=country_code,
            party_id=party_id,
            location_id=call.path("location_id"),
            evse_uid=call.path("evse_uid"),
            changes=changes,
            raw=body.text,
            version=call.dialect.version,
        )
        await tell_of(db, call, changed)
    return call.success()


def read_patch(call: Call, body: Body) -> Mapping[str, object]:
    """Return the changes of a PATCH; raises IdsDiffer unless they are of the EVSE of the URL, Unreadable."""
    changes = call.dialect.read_evse_patch(body.value)
    require_same(uid=(call.path("evse_uid"), str(changes.get("uid", call.path("evse_uid")))))
    return changes


async def await_unknown(call: Call) -> None:
    """Have the place of the URL fetched, since the partner speaks of one that we do not hold."""
    country_code, party_id = call.owner()
    async with call.work() as db:
        await await_place(
            db=db,
            now=call.now,
            partner=call.partner,
            country_code=country_code,
            party_id=party_id,
            location_id=call.path("location_id"),
            evse_uid=call.path("evse_uid"),
        )


PATHS: Paths = {
    f"{OWNED}/{{location_id}}/{{evse_uid}}": {"GET": show, "PUT": put, "PATCH": patch},
}
