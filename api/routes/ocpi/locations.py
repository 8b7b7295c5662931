"""Receiver of whole locations (OCPI 2.2.1 chapter 8); EVSEs and connectors on their own are beside this."""

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.responses import Response

from api.domain.ids import PartyId
from api.domain.roaming.location import Evse
from api.routes.ocpi.call import OWNED, Call, ForeignOwner, Paths, require_same
from api.services.charging.observe import observe_evse_status
from api.services.roaming.awaited import ask_for_unknown_tariffs
from api.services.roaming.evses import UnknownLocation
from api.services.roaming.locations import patch_location, store_location
from api.services.roaming.raw_json import dump, parse
from api.services.roaming.shown_places import place_json
from api.services.roaming.tariffs import store_tariff
from clients.ocpi.dialect import Unreadable


async def show(call: Call) -> Response:
    """Answer GET with the location as the partner told it."""
    return await held_place(call, call.path("location_id"))


async def put(call: Call) -> Response:
    """Answer PUT: replace the location and, in feeds that have them, the tariffs on its EVSEs."""
    country_code, party_id = call.owner()
    body = await call.body()
    location = call.dialect.read_location(body.value, PartyId(country_code, party_id))
    require_same(
        country_code=(country_code, location.country_code),
        party_id=(party_id, location.party_id),
        id=(call.path("location_id"), location.id),
    )
    async with call.work() as db:
        changed = await store_location(
            db=db,
            now=call.now,
            partner=call.partner,
            location=location,
            raw=body.text,
            version=call.dialect.version,
        )
        await _store_embedded_tariffs(db, call, body.value)
        await ask_for_tariffs(db, call, *location.evses)
        await tell_of(db, call, changed)
    return call.success()


async def patch(call: Call) -> Response:
    """Answer PATCH: 404 for a location we do not hold."""
    country_code, party_id = call.owner()
    body = await call.body()
    changes = call.dialect.read_location_patch(body.value)
    require_same(
        country_code=(country_code, str(changes.get("country_code", country_code))),
        party_id=(party_id, str(changes.get("party_id", party_id))),
        id=(call.path("location_id"), str(changes.get("id", call.path("location_id")))),
    )
    async with call.work() as db:
        changed = await patch_location(
            db=db,
            now=call.now,
            partner=call.partner,
            country_code=country_code,
            party_id=party_id,
            location_id=call.path("location_id"),
            changes=changes,
            raw=body.text,
            version=call.dialect.version,
        )
        await tell_of(db, call, changed)
    return call.success()


async def held_place(call: Call, *path: str) -> Response:
    """Answer with a location, or the EVSE or connector in it that ``path`` names; raises UnknownLocation."""
    country_code, party_id = call.owner()
    async with call.work() as db:
        raw = await place_json(db, call.partner, call.dialect.version, country_code, party_id, *path)
    if raw is None:
        raise UnknownLocation("location_unknown")
    return call.success(parse(raw))


async def ask_for_tariffs(db: AsyncSession, call: Call, *evses: Evse) -> None:
    """Have the partner's tariffs pulled where connectors name some that we do not hold (ocpi.md 4.10)."""
    named = [tariff_id for evse in evses for connector in evse.connectors for tariff_id in connector.tariff_ids]
    await ask_for_unknown_tariffs(db=db, now=call.now, partner=call.partner, tariff_ids=named)


async def tell_of(db: AsyncSession, call: Call, evse_keys: list[str]) -> None:
    """Tell running charges that the status of these EVSEs changed, in the same unit of work."""
    for key in evse_keys:
        await observe_evse_status(db=db, ports=call.ports, now=call.now, partner=call.partner, evse_key=key)


async def _store_embedded_tariffs(db: AsyncSession, call: Call, raw_location: object) -> None:
    """Store tariffs that came inside a location; one that cannot be read is no reason to lose the location."""
    for raw in call.dialect.embedded_tariffs(raw_location):
        try:
            tariff = call.dialect.read_tariff(raw, call.party())
            call.own(tariff.country_code, tariff.party_id)
        except (Unreadable, ForeignOwner):
            continue
        await store_tariff(
            db=db, now=call.now, partner=call.partner, tariff=tariff, raw=dump(raw), version=call.dialect.version
        )


PATHS: Paths = {
    f"{OWNED}/{{location_id}}": {"GET": show, "PUT": put, "PATCH": patch},
}
