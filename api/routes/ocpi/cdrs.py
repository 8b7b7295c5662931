"""Receiver of CDRs (OCPI 2.2.1 chapter 10): taken once, shown under the ``Location`` that we answer."""

from starlette.responses import Response

from api.domain.errors import AppError, NotFound
from api.domain.roaming.cdr import Cdr
from api.routes.ocpi.body import Body
from api.routes.ocpi.call import Call, Paths
from api.services.charging.observe import observe_cdr
from api.services.charging.pull import keep_refused
from api.services.roaming.cdrs import StoredCdr, cdr_by_public_id
from api.services.roaming.urls import module_url
from clients.ocpi.envelope import StatusCode
from clients.ocpi.exact_json import parse


class UnknownCdr(NotFound):
    """This partner sent no CDR that we know by this id, or in another version."""


async def receive(call: Call) -> Response:
    """Answer POST: 201 for a new CDR, 200 for one we have, 2001 for another content under a known id.

    A CDR that cannot be taken still costs money: it is refused and told to finance with what came.
    """
    body = await call.body()
    try:
        stored = await _store(call)
    except AppError as refused:
        await keep_refused(call.work, call.ports, call.partner, "pull_cdrs", body.text, _why(refused))
        raise
    if stored.conflict:
        return call.face.envelopes.failure(call.request, 200, StatusCode.INVALID_PARAMETERS, "cdr_conflict")
    return taken(call, stored.row.public_id, is_new=stored.is_new)


def _why(refused: AppError) -> str:
    """Return what was wrong."""
    return str(refused.facts.get("reason") or refused.code)


async def _store(call: Call) -> StoredCdr:
    """Take in the CDR of a POST."""
    cdr, body = await read_post(call)
    async with call.work() as db:
        return await observe_cdr(
            db=db,
            ports=call.ports,
            now=call.now,
            partner=call.partner,
            cdr=cdr,
            raw=body.text,
            version=call.dialect.version,
        )


async def read_post(call: Call) -> tuple[Cdr, Body]:
    """Return the CDR of a POST; raises ForeignOwner unless it is the partner's, Unreadable, NotJson."""
    body = await call.body()
    cdr = call.dialect.read_cdr(body.value, call.party())
    call.own(cdr.country_code, cdr.party_id)
    return cdr, body


def taken(call: Call, public_id: str, *, is_new: bool) -> Response:
    """Answer a CDR that we have, with its address."""
    where = f"{module_url(call.ports.policy, call.dialect.version, 'cdrs')}/{public_id}"
    return call.success(http_status=201 if is_new else 200, headers={"Location": where})


async def show(call: Call) -> Response:
    """Answer GET with the CDR as the partner sent it."""
    async with call.work() as db:
        row = await cdr_by_public_id(db, call.partner, call.path("public_id"))
    if row is None or row.version != call.dialect.version:
        raise UnknownCdr("cdr_unknown")
    return call.success(parse(row.raw.encode()))


PATHS: Paths = {
    "": {"POST": receive},
    "/{public_id}": {"GET": show},
}
