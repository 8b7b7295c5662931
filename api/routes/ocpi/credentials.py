"""Credentials: a partner registers, rotates tokens, or leaves (OCPI 2.2.1 chapter 7)."""

from starlette.responses import Response

from api.routes.ocpi.call import Call, Paths
from api.services.roaming.partners import PartnerStatus
from api.services.roaming.register import (
    AlreadyRegistered,
    accept_registration,
    refuse_unregistered,
    unregister,
    update_registration,
)
from api.services.roaming.urls import our_identity


async def show(call: Call) -> Response:
    """Answer GET: our credentials with the token the partner just used, since we keep none in clear."""
    return _ours(call, call.caller.token)


async def register(call: Call) -> Response:
    """Answer POST: 405 for a partner that is registered."""
    if call.partner.status != PartnerStatus.INVITED:
        raise AlreadyRegistered("already_registered")
    theirs = call.dialect.read_credentials((await call.body()).value)
    token = await accept_registration(
        work=call.work,
        ports=call.ports,
        now=call.now,
        caller=call.caller,
        credentials=theirs,
        version=call.dialect.version,
    )
    return _ours(call, token)


async def update(call: Call) -> Response:
    """Answer PUT: 405 for a partner that is not registered."""
    refuse_unregistered(call.partner)
    theirs = call.dialect.read_credentials((await call.body()).value)
    token = await update_registration(
        work=call.work,
        ports=call.ports,
        now=call.now,
        caller=call.caller,
        credentials=theirs,
        version=call.dialect.version,
    )
    return _ours(call, token)


async def end(call: Call) -> Response:
    """Answer DELETE: 405 for a partner that is not registered."""
    async with call.work() as db:
        await unregister(db=db, partner_id=call.partner.id)
    return call.success()


def _ours(call: Call, token: str) -> Response:
    """Return our credentials with ``token``."""
    return call.success(call.dialect.write_credentials(token, our_identity(call.ports.policy)))


PATHS: Paths = {
    "": {"GET": show, "POST": register, "PUT": update, "DELETE": end},
}
