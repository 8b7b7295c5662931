"""The short way for what partners push most: reports of running charges (performance.md B1).

A partner that called before is taken for who it was, its message is read, and ``services/charging/quick.py`` takes it
in if its token still holds and the report is an everyday one. Everything else, whatever is wrong with a message
included, is left to the receivers, which know all answers.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from api.domain.errors import AppError
from api.domain.roaming.session import Session
from api.routes.ocpi import sessions
from api.routes.ocpi.auth import KnownCallers
from api.routes.ocpi.call import Call, Face, Receiver
from api.services.charging.quick import Report, observe_everyday_report
from api.services.roaming.keys import object_key
from api.services.roaming.messages import How, Said
from api.services.roaming.raw_json import patched_json
from api.services.roaming.sessions import patched
from api.services.work import StatementFailed
from clients.ocpi.dialect import dialect_for

Read: TypeAlias = Callable[[Call], Awaitable[Report | None]]


async def answer_quickly(face: Face, request: Request, known: KnownCallers, receiver: Receiver) -> Response | None:
    """Answer a report of a running charge; None: nothing was done, and the receiver is to answer."""
    read = _READ.get(receiver)
    caller = known.of(request) if read is not None else None
    if read is None or caller is None:
        return None
    try:
        dialect = dialect_for(request.path_params["version"])
        call = Call(face, request, caller, dialect, face.ports.clock.now())
        report = await read(call)
        if report is None:
            return None
        async with face.work.statements() as on:
            taken = await observe_everyday_report(on=on, ports=face.ports, now=call.now, report=report)
    except (AppError, StatementFailed):
        return None
    return call.success() if taken else None


async def _put(call: Call) -> Report | None:
    """Read a PUT: it is the whole session."""
    session, body = await sessions.read_put(call, *call.owner())
    whole = (session, body.text)
    return _report(call, Said(body.text, How.PUT, call.dialect.version), session.last_updated, lambda *_held: whole)


async def _patch(call: Call) -> Report | None:
    """Read a PATCH, which needs a date here."""
    call.owner()
    body = await call.body()
    change = call.dialect.read_session_patch(body.value)
    at = change.last_updated
    if at is None:
        return None

    def merge(held: Session, raw: str) -> tuple[Session, str]:
        return patched(held, change, at), patched_json(raw, body.text)

    return _report(call, Said(body.text, How.PATCH, call.dialect.version), at, merge)


def _report(call: Call, said: Said, moment: datetime, whole: Callable[[Session, str], tuple[Session, str]]) -> Report:
    key = object_key(call.partner.id, *call.owner(), call.path("session_id"))
    return Report(call.partner, call.caller.token_hash, key, said, moment, whole)


_READ: Mapping[Receiver, Read] = {sessions.put: _put, sessions.patch: _patch}
"""The receivers that have a short way, and how it reads their message."""
