"""Receiver of sessions (OCPI 2.2.1 chapter 9): PUT replaces, PATCH merges, GET shows the partner's own JSON."""

from starlette.convertors import StringConvertor, register_url_convertor
from starlette.responses import Response

from api.domain.ids import PartyId
from api.domain.roaming.session import Session
from api.routes.ocpi.body import Body
from api.routes.ocpi.call import OWNED, Call, Paths, require_same
from api.services.charging.observe import observe_session, observe_session_patch
from api.services.deferral import Job
from api.services.roaming.keys import object_key
from api.services.roaming.messages import How, Refusal, Said, note_message
from api.services.roaming.patching import PatchRefused
from api.services.roaming.pulls import ask_for_pull
from api.services.roaming.queries import session_by_id
from api.services.roaming.sessions import MODULE, UnknownSession
from clients.ocpi.exact_json import parse


class IdWithSlashes(StringConvertor):
    """An id that is all the rest of a path, slashes and odd characters included: what is unusable is told so."""

    regex = "(?s:.+)"


register_url_convertor("id_with_slashes", IdWithSlashes())
UNDATED = frozenset({"2.1.1"})
"""Versions in which a PATCH need not say when it was made."""


async def show(call: Call) -> Response:
    """Answer GET with the session as merged so far, in the version and words that it came in."""
    country_code, party_id = call.owner()
    async with call.work() as db:
        row = await session_by_id(db, call.partner, country_code, party_id, call.path("session_id"))
    if row is None or row.version != call.dialect.version:
        raise UnknownSession("session_unknown", session_id=call.path("session_id"))
    return call.success(parse(row.raw.encode()))


async def put(call: Call) -> Response:
    """Answer PUT; a repeated or older session is answered the same and changes nothing."""
    country_code, party_id = call.owner()
    session, body = await read_put(call, country_code, party_id)
    async with call.work() as db:
        await observe_session(
            db=db,
            ports=call.ports,
            now=call.now,
            partner=call.partner,
            session=session,
            raw=body.text,
            version=call.dialect.version,
        )
    return call.success()


async def read_put(call: Call, country_code: str, party_id: str) -> tuple[Session, Body]:
    """Return the session of a PUT; raises IdsDiffer unless it is that of the URL, Unreadable, NotJson."""
    body = await call.body()
    session = call.dialect.read_session(body.value, PartyId(country_code, party_id))
    require_same(
        country_code=(country_code, session.country_code),
        party_id=(party_id, session.party_id),
        id=(call.path("session_id"), session.id),
    )
    return session, body


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
                version=call.dialect.version,
                undated=call.dialect.version in UNDATED,
            )
    except (UnknownSession, PatchRefused) as error:
        await _keep_refused(
            call, body, Refusal.UNKNOWN_SESSION if isinstance(error, UnknownSession) else Refusal.REFUSED
        )
        raise
    return call.success()


async def _keep_refused(call: Call, body: Body, refusal: Refusal) -> None:
    """Record a PATCH that was not taken; of a session that we do not hold, have the partner's sessions fetched."""
    key = object_key(call.partner.id, *call.owner(), call.path("session_id"))
    said = Said(body.text, How.PATCH, call.dialect.version)
    async with call.work() as db:
        await note_message(
            db=db, now=call.now, partner=call.partner, module=MODULE, key=key, said=said, refusal=refusal
        )
        if refusal is Refusal.UNKNOWN_SESSION:
            await ask_for_pull(db=db, job=Job.PULL_SESSIONS, partner_id=call.partner.id)


# A CiString may hold a slash, which comes percent-encoded and is decoded before paths are told apart.
PATHS: Paths = {
    f"{OWNED}/{{session_id:id_with_slashes}}": {"GET": show, "PUT": put, "PATCH": patch},
}
