"""Receiver of sessions (OCPI 2.2.1 chapter 9): PUT replaces, PATCH merges."""

from starlette.responses import Response

from api.domain.ids import PartyId
from api.routes.ocpi.call import OWNED, Call, Paths, require_same
from api.routes.ocpi.shown import shown_session
from api.services.charging.observe import observe_session, observe_session_patch
from api.services.deferral import Job
from api.services.roaming.pulls import ask_for_pull
from api.services.roaming.queries import session_by_id
from api.services.roaming.sessions import UnknownSession


async def show(call: Call) -> Response:
    """Answer GET with the session as merged so far."""
    country_code, party_id = call.owner()
    async with call.work() as db:
        session = await session_by_id(db, call.partner, country_code, party_id, call.path("session_id"))
    if session is None:
        raise UnknownSession("session_unknown", session_id=call.path("session_id"))
    return call.success(shown_session(session))


async def put(call: Call) -> Response:
    """Answer PUT; a repeated or older session is answered the same and changes nothing."""
    country_code, party_id = call.owner()
    body = await call.body()
    session = call.dialect.read_session(body.value, PartyId(country_code, party_id))
    require_same(
        country_code=(country_code, session.country_code),
        party_id=(party_id, session.party_id),
        id=(call.path("session_id"), session.id),
    )
    async with call.work() as db:
        await observe_session(
            db=db, ports=call.ports, now=call.now, partner=call.partner, session=session, raw=body.text
        )
    return call.success()


async def patch(call: Call) -> Response:
    """Answer PATCH: 404 for a session we do not hold, which is then fetched in case the partner never PUTs it."""
    country_code, party_id = call.owner()
    body = await call.body()
    changes = call.dialect.read_session_patch(body.value)
    try:
        async with call.work() as db:
            await observe_session_patch(
                db=db,
                ports=call.ports,
                now=call.now,
                partner=call.partner,
                country_code=country_code,
                party_id=party_id,
                session_id=call.path("session_id"),
                patch=changes,
                raw=body.text,
            )
    except UnknownSession:
        async with call.work() as db:
            await ask_for_pull(db=db, job=Job.PULL_SESSIONS, partner_id=call.partner.id)
        raise
    return call.success()


PATHS: Paths = {
    f"{OWNED}/{{session_id}}": {"GET": show, "PUT": put, "PATCH": patch},
}
