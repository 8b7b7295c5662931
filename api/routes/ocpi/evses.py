"""Receiver of single EVSEs, which is how status arrives (OCPI 2.2.1 chapter 8)."""

from starlette.responses import Response

from api.domain.roaming.location import Evse
from api.routes.ocpi.call import OWNED, Call, Paths, require_same
from api.routes.ocpi.locations import tell_of
from api.routes.ocpi.shown import shown_evse
from api.services.deferral import Job
from api.services.roaming.evses import UnknownLocation, patch_evse, store_evse
from api.services.roaming.locations import location_by_id
from api.services.roaming.pulls import ask_for_pull


async def show(call: Call) -> Response:
    """Answer GET with what we hold of the EVSE."""
    return call.success(shown_evse(await held_evse(call)))


async def put(call: Call) -> Response:
    """Answer PUT. One below a location we do not hold is accepted, and the location is fetched (ocpi.md 4.10)."""
    country_code, party_id = call.owner()
    evse = call.dialect.read_evse((await call.body()).value)
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
            )
            await tell_of(db, call, changed)
    except UnknownLocation:
        await fetch_locations(call)
    return call.success()


async def patch(call: Call) -> Response:
    """Answer PATCH: 404 for an EVSE we do not hold."""
    country_code, party_id = call.owner()
    changes = call.dialect.read_evse_patch((await call.body()).value)
    require_same(uid=(call.path("evse_uid"), str(changes.get("uid", call.path("evse_uid")))))
    async with call.work() as db:
        changed = await patch_evse(
            db=db,
            partner=call.partner,
            country_code=country_code,
            party_id=party_id,
            location_id=call.path("location_id"),
            evse_uid=call.path("evse_uid"),
            changes=changes,
        )
        await tell_of(db, call, changed)
    return call.success()


async def held_evse(call: Call) -> Evse:
    """Return the EVSE of the URL; raises UnknownLocation."""
    country_code, party_id = call.owner()
    uid = call.path("evse_uid").upper()
    async with call.work() as db:
        location = await location_by_id(db, call.partner, country_code, party_id, call.path("location_id"))
    evse = next((evse for evse in (location.evses if location else ()) if evse.uid.upper() == uid), None)
    if evse is None:
        raise UnknownLocation("evse_unknown")
    return evse


async def fetch_locations(call: Call) -> None:
    """Have the partner's locations fetched, since it speaks of one that we do not hold."""
    async with call.work() as db:
        await ask_for_pull(db=db, job=Job.PULL_LOCATIONS, partner_id=call.partner.id)


PATHS: Paths = {
    f"{OWNED}/{{location_id}}/{{evse_uid}}": {"GET": show, "PUT": put, "PATCH": patch},
}
