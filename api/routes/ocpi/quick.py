"""The short way for what partners push most: reports of running charges, and their bills (performance.md B1, B2).

A partner that called before is taken for who it was and its message is read; ``services/charging/quick.py`` and
``quick_cdr.py`` take it in if its token still holds and the message is an everyday one. Everything else, whatever is
wrong with a message included, is left to the receivers, which know all answers.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from api.domain.errors import AppError
from api.domain.roaming.session import Session
from api.routes.ocpi import cdrs, sessions
from api.routes.ocpi.auth import KnownCallers
from api.routes.ocpi.call import Call, Face, Receiver
from api.routes.ocpi.recording import seen_by
from api.services.charging.quick import Report, observe_everyday_report
from api.services.charging.quick_cdr import observe_everyday_cdr
from api.services.roaming.keys import object_key
from api.services.roaming.messages import How, Said
from api.services.roaming.raw_json import patched_session
from api.services.roaming.sessions import patched
from api.services.work import StatementFailed
from clients.ocpi.dialect import dialect_for

Short = Callable[[Call], Awaitable[Response | None]]


async def answer_quickly(face: Face, request: Request, known: KnownCallers, receiver: Receiver) -> Response | None:
    """Answer an everyday message; None: nothing was done, and the receiver is to answer."""
    short = _SHORT.get(receiver)
    caller = known.of(request) if short is not None else None
    if short is None or caller is None:
        return None
    try:
        dialect = dialect_for(request.path_params["version"])
        seen_by(request.scope).oddities = dialect.oddities
        return await short(Call(face, request, caller, dialect, face.ports.clock.now()))
    except (AppError, StatementFailed):
        return None


async def _put(call: Call) -> Response | None:
    """Take in a PUT: it is the whole session."""
    session, body = await sessions.read_put(call, *call.owner())
    whole = (session, body.text)
    return await _report(call, How.PUT, body.text, session.last_updated, lambda *_held: whole)


async def _patch(call: Call) -> Response | None:
    """Take in a PATCH, which needs a date here."""
    call.owner()
    body = await call.body()
    change = call.dialect.read_session_patch(body.value)
    at = change.last_updated
    if at is None:
        return None

    def merge(held: Session, raw: str) -> tuple[Session, str]:
        return patched(held, change, at), patched_session(raw, body.text)

    return await _report(call, How.PATCH, body.text, at, merge)


async def _report(
    call: Call, how: How, text: str, moment: datetime, whole: Callable[[Session, str], tuple[Session, str]]
) -> Response | None:
    """Take in a report of a session."""
    key = object_key(call.partner.id, *call.owner(), call.path("session_id"))
    said = Said(text, how, call.dialect.version)
    report = Report(call.partner, call.caller.token_hash, key, said, moment, whole)
    async with call.work.statements() as on:
        taken = await observe_everyday_report(on=on, ports=call.ports, now=call.now, report=report)
    return call.success() if taken else None


async def _post(call: Call) -> Response | None:
    """Take in a CDR."""
    cdr, body = await cdrs.read_post(call)
    said = Said(body.text, How.POST, call.dialect.version)
    async with call.work.statements() as on:
        public_id = await observe_everyday_cdr(
            on=on,
            ports=call.ports,
            now=call.now,
            partner=call.partner,
            token_hash=call.caller.token_hash,
            cdr=cdr,
            said=said,
        )
    return None if public_id is None else cdrs.taken(call, public_id, is_new=True)


_SHORT: Mapping[Receiver, Short] = {sessions.put: _put, sessions.patch: _patch, cdrs.receive: _post}
"""The receivers that have a short way."""
