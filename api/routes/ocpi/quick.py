"""The short way for what partners push most: reports of running charges, their bills, and the status of EVSEs.

A partner that called before is taken for who it was and its message is read; ``services/charging/quick.py``,
``quick_cdr.py`` and ``quick_evse.py`` take it in if its token still holds and the message is an everyday one. What
comes together is written together. Everything else, whatever is wrong with a message included, is left to the
receivers, which know all answers.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.domain.errors import AppError
from api.domain.roaming.session import Session
from api.ports import Ports
from api.routes.ocpi import cdrs, evses, sessions
from api.routes.ocpi.auth import KnownCallers
from api.routes.ocpi.call import Call, Face
from api.routes.ocpi.recording import seen_by
from api.services.charging.quick import Report, observe_everyday_reports
from api.services.charging.quick_cdr import Bill, observe_everyday_cdrs
from api.services.charging.quick_evse import EvseChange, change_evses
from api.services.charging.quick_memory import Memory
from api.services.gathering import Gathering
from api.services.roaming.keys import child_key, object_key
from api.services.roaming.messages import How, Said
from api.services.roaming.patching import moment_of
from api.services.roaming.raw_json import patched_session
from api.services.roaming.sessions import patched
from api.services.work import StatementFailed, Statements, Work
from clients.ocpi.dialect import SUPPORTED, Dialect, dialect_for

Short = Callable[["Shortcuts", Call], Awaitable[Response | None]]


class Shortcuts:
    """Who is known, and what of the everyday messages is under way, in this process."""

    def __init__(self, ports: Ports, work: Work) -> None:
        """Know nobody yet."""
        self.known = KnownCallers()
        self._memory = Memory()
        self._ports = ports
        self.reports = Gathering(self._observe, work.statements)
        self.bills = Gathering(self._bill, work.statements)
        self.evses = Gathering(self._change, work.statements, at_once=1)

    async def answer(self, face: Face, scope: Scope, receive: Receive) -> Response | None:
        """Answer an everyday message; None: nothing was done, and the receiver is to answer."""
        found = _found(scope)
        if found is None:
            return None
        (template, module, names, short), parts = found
        seen = seen_by(scope)
        caller = self.known.of(seen.headers.get(b"authorization", b"").decode("latin-1"))
        if caller is None:
            return None
        dialect = _DIALECTS[parts[1]]
        scope["path_params"] = dict(zip(names, parts[1:2] + parts[4:], strict=True))
        scope["ocpi_functional"] = True
        seen.routed(template, scope["path_params"], module)
        seen.partner_id, seen.oddities = caller.partner.id, dialect.oddities
        try:
            with face.admission.place(caller.partner.id):
                return await short(self, Call(face, Request(scope, receive), caller, dialect, face.ports.clock.now()))
        except (AppError, StatementFailed):
            return None

    async def _observe(self, on: Statements, reports: Sequence[Report]) -> Sequence[bool]:
        """Take reports of sessions in."""
        return await observe_everyday_reports(on=on, ports=self._ports, reports=reports, memory=self._memory)

    async def _bill(self, on: Statements, bills: Sequence[Bill]) -> Sequence[str | None]:
        """Take CDRs in."""
        return await observe_everyday_cdrs(on=on, ports=self._ports, bills=bills)

    async def _change(self, on: Statements, changes: Sequence[EvseChange]) -> Sequence[bool]:
        """Take changes of EVSEs in."""
        return await change_evses(on=on, changes=changes)


async def _put(shortcuts: Shortcuts, call: Call) -> Response | None:
    """Take in a PUT: it is the whole session."""
    session, body = await sessions.read_put(call, *call.owner())
    whole = (session, body.text)
    return await _report(shortcuts, call, How.PUT, body.text, session.last_updated, lambda *_held: whole)


async def _patch(shortcuts: Shortcuts, call: Call) -> Response | None:
    """Take in a PATCH, which needs a date here."""
    call.owner()
    body = await call.body()
    change = call.dialect.read_session_patch(body.value)
    at = change.last_updated
    if at is None:
        return None

    def merge(held: Session, raw: str) -> tuple[Session, str]:
        return patched(held, change, at), patched_session(raw, body.text)

    return await _report(shortcuts, call, How.PATCH, body.text, at, merge)


async def _report(
    shortcuts: Shortcuts,
    call: Call,
    how: How,
    text: str,
    moment: datetime,
    whole: Callable[[Session, str], tuple[Session, str]],
) -> Response | None:
    """Take in a report of a session."""
    key = object_key(call.partner.id, *call.owner(), call.path("session_id"))
    said = Said(text, how, call.dialect.version)
    report = Report(call.partner, call.caller.token_hash, call.now, key, said, moment, whole)
    return call.success() if await shortcuts.reports.take(key, report) else None


async def _patch_evse(shortcuts: Shortcuts, call: Call) -> Response | None:
    """Take in a change of an EVSE that leaves its connectors alone."""
    location = object_key(call.partner.id, *call.owner(), call.path("location_id"))
    body = await call.body()
    changes = evses.read_patch(call, body)
    at = moment_of(changes, call.dialect.version)
    if at is None or "connectors" in changes:
        return None
    key = child_key(location, call.path("evse_uid"))
    change = EvseChange(call.partner, call.caller.token_hash, call.now, key, at, changes, body.text)
    return call.success() if await shortcuts.evses.take(location, change) else None


async def _post(shortcuts: Shortcuts, call: Call) -> Response | None:
    """Take in a CDR."""
    cdr, body = await cdrs.read_post(call)
    key = object_key(call.partner.id, cdr.country_code, cdr.party_id, cdr.id)
    said = Said(body.text, How.POST, call.dialect.version)
    bill = Bill(call.partner, call.caller.token_hash, call.now, cdr, said)
    public_id = await shortcuts.bills.take(key, bill)
    return None if public_id is None else cdrs.taken(call, public_id, is_new=True)


class _Path(NamedTuple):
    """A path that has a short way: as it is noted, its module, what its parts are called, and the short way."""

    template: str
    module: str
    names: tuple[str, ...]
    short: Short


_OWNER = ("version", "country_code", "party_id")
_SESSION = ("/{version}/emsp/sessions/{country_code}/{party_id}/{session_id}", "sessions", (*_OWNER, "session_id"))
_EVSE = (
    "/{version}/emsp/locations/{country_code}/{party_id}/{location_id}/{evse_uid}",
    "locations",
    (*_OWNER, "location_id", "evse_uid"),
)
_SHORT: Mapping[tuple[str, str, int], _Path] = {
    ("PUT", "sessions", 7): _Path(*_SESSION, _put),
    ("PATCH", "sessions", 7): _Path(*_SESSION, _patch),
    ("PATCH", "locations", 8): _Path(*_EVSE, _patch_evse),
    ("POST", "cdrs", 4): _Path("/{version}/emsp/cdrs", "cdrs", ("version",), _post),
}
"""The paths that have a short way, by method, module and number of parts."""
_DIALECTS: Mapping[str, Dialect] = {version: dialect_for(version) for version in SUPPORTED}


def _found(scope: Scope) -> tuple[_Path, list[str]] | None:
    """Return the short way of a request, if its path has one, and the parts of the path."""
    path: str = scope["path"]
    parts = path.removeprefix(scope.get("root_path", "")).split("/")
    if len(parts) < 4 or parts[2] != "emsp" or parts[1] not in _DIALECTS or "" in parts[4:]:
        return None
    found = _SHORT.get((scope["method"], parts[3], len(parts)))
    return None if found is None else (found, parts)


class ShortWay:
    """The application with the short way before its table of paths."""

    def __init__(self, app: ASGIApp, face: Face, shortcuts: Shortcuts) -> None:
        """Take the application, and what answers the messages that need none of it."""
        self._app, self._face, self._shortcuts = app, face, shortcuts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer an everyday message; leave all else to the application, with the body if it was read."""
        answer = await self._shortcuts.answer(self._face, scope, receive) if scope["type"] == "http" else None
        await (answer or self._app)(scope, receive, send)
