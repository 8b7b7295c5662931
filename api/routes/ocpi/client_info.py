"""Receiver of ClientInfo: which parties a hub can reach (OCPI 2.2.1 chapter 14). Only for partners that are hubs."""

from starlette.responses import Response

from api.routes.ocpi.call import OWNED, Call, Paths, require_same
from api.services.roaming.client_info import client_infos, store_client_info
from clients.ocpi.hub_directory import read_client_info, write_client_info


async def show(call: Call) -> Response:
    """Answer GET: the party as its hub last told of it, the newest where it has several roles."""
    async with call.work() as db:
        found = await client_infos(db, call.partner, call.path("country_code"), call.path("party_id"))
    return call.success(write_client_info(found[0]))


async def put(call: Call) -> Response:
    """Answer PUT: kept unless something newer is known."""
    info = read_client_info((await call.body()).value)
    require_same(
        country_code=(call.path("country_code"), info.party.country_code),
        party_id=(call.path("party_id"), info.party.party_id),
    )
    async with call.work() as db:
        await store_client_info(db=db, ports=call.ports, now=call.now, partner=call.partner, info=info)
    return call.success()


PATHS: Paths = {OWNED: {"GET": show, "PUT": put}}
