"""Storing the partner's sessions as they are pushed or pulled (OCPI 2.2.1 chapter 9).

PUT replaces, PATCH merges and appends periods. What is older by the partner's own clock than what we hold is dropped,
and a session that is completed or invalid never runs again, in whatever order messages arrive. Every message is kept as
it came. Does not live here: what a session means for our charge (``services/charging/observe.py``).
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.domain.pricing.periods import ChargingPeriod
from api.domain.roaming.session import Session, SessionPatch, SessionStatus
from api.models.partner import Partner
from api.models.roaming import PartnerSessionRow
from api.ports import Ports
from api.services.roaming.documents import read_session, write_session
from api.services.roaming.keys import checked_id, object_key
from api.services.roaming.matching import charge_of_session
from api.services.roaming.messages import How, Refusal, Said, note_message
from api.services.roaming.patching import PatchRefused, merged
from api.services.roaming.raw_json import patched_session
from api.services.roaming.rows import load_locked, put_row

MODULE = "sessions"
FINAL = frozenset({SessionStatus.COMPLETED, SessionStatus.INVALID})
MOST_PERIODS = 5000
"""A day of a period every quarter of a minute; a PUT, bounded by its size, may say more."""
_RANKS = {SessionStatus.ACTIVE: 1, SessionStatus.COMPLETED: 2, SessionStatus.INVALID: 2}


class UnknownSession(NotFound):
    """We do not hold this session, or in another version; the partner is expected to PUT it. Fact: ``session_id``."""


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session after a message: the row, what it now says, whether the message changed it and what it said before.

    ``linked``: its charge is known since this message.
    """

    row: PartnerSessionRow
    session: Session
    changed: bool
    previous: Session | None
    linked: bool = False


async def store_session(
    *,
    db: AsyncSession,
    ports: Ports,  # noqa: ARG001 - the shape every use case has
    now: datetime,
    partner: Partner,
    session: Session,
    raw: str,
    how: How = How.PUT,
    version: str | None = None,
) -> StoredSession:
    """Store a whole session as pushed or pulled; repeated and older ones change nothing. Raises UnusableId.

    ``version`` is the one that ``raw`` is written in, None: the one that the partner registered with.
    """
    key = object_key(partner.id, session.country_code, session.party_id, session.id)
    said = Said(raw, how, version or partner.version or "")
    row = await load_locked(db, PartnerSessionRow, key)
    previous = read_session(row.document) if row else None
    refusal = refusal_of(session, previous, row.last_updated) if row and previous else None
    await note_message(db=db, now=now, partner=partner, module=MODULE, key=key, said=said, refusal=refusal)
    if row is not None and previous is not None and refusal is not None:
        return StoredSession(row, previous, changed=False, previous=previous)
    return await _write(db, now, partner, row, session, previous, said, session.last_updated)


async def store_session_patch(
    *,
    db: AsyncSession,
    ports: Ports,  # noqa: ARG001 - the shape every use case has
    now: datetime,
    partner: Partner,
    country_code: str,
    party_id: str,
    session_id: str,
    patch: SessionPatch,
    raw: str,
    version: str | None = None,
    undated: bool = False,
) -> StoredSession:
    """Merge a PATCH into a session we hold; ``undated``: its version does not ask for a date.

    Without one it is taken only if energy and status go on from what we hold. Raises PatchRefused, UnknownSession.
    """
    if patch.last_updated is None and not undated:
        raise PatchRefused("patch_refused", reason="last_updated: missing")
    key = object_key(partner.id, country_code, party_id, session_id)
    row = await load_locked(db, PartnerSessionRow, key)
    said = Said(raw, How.PATCH, version or partner.version or "")
    if row is None or row.version != said.version:
        raise UnknownSession("session_unknown", session_id=session_id)
    previous = read_session(row.document)
    session = patched(previous, patch, patch.last_updated or max(previous.last_updated, now))
    moment = patch.last_updated or row.last_updated
    refusal = refusal_of(session, previous, row.last_updated, moment)
    await note_message(db=db, now=now, partner=partner, module=MODULE, key=key, said=said, refusal=refusal)
    if refusal is not None:
        return StoredSession(row, previous, changed=False, previous=previous)
    whole = said._replace(raw=patched_session(row.raw, raw))
    return await _write(db, now, partner, row, session, previous, whole, moment)


def patched(session: Session, patch: SessionPatch, at: datetime) -> Session:
    """Return ``session`` with a PATCH of ``at`` applied; raises PatchRefused.

    Periods are appended; one that begins when a known one does is that period told anew and takes its place.
    """
    changes = {name: value for name, value in patch.changes.items() if name != "last_updated"}
    for name in ("country_code", "party_id", "id"):
        given = changes.pop(name, None)
        if given is not None and str(given).upper() != str(getattr(session, name)).upper():
            raise PatchRefused("patch_refused", reason=f"{name}: not that of the session")
    appended = changes.pop("charging_periods", ())
    result = replace(merged(session, changes), last_updated=at)
    if patch.last_updated is None and _goes_on(result, session):
        result = replace(result, kwh=max(result.kwh, session.kwh))  # the news is the status; energy only grows
    periods = () if appended is None else _appended(session.charging_periods, appended)
    return replace(result, charging_periods=periods)


def _appended(held: tuple[ChargingPeriod, ...], given: object) -> tuple[ChargingPeriod, ...]:
    """Return the held periods and the given ones by start."""
    if not isinstance(given, tuple):
        raise PatchRefused("patch_refused", reason="charging_periods: not a list")
    by_start = {period.starts_at: period for period in (*held, *given)}
    if len(by_start) > MOST_PERIODS:
        raise PatchRefused("patch_refused", reason=f"charging_periods: more than {MOST_PERIODS}")
    return tuple(by_start[starts_at] for starts_at in sorted(by_start))


def refusal_of(new: Session, held: Session, held_at: datetime, at: datetime | None = None) -> Refusal | None:
    """Return why ``new`` of the moment ``at`` may not take the place of ``held`` of ``held_at``; None: it may.

    Both moments are by the partner's clock. Of two messages of one moment the one that goes on is the later.
    """
    at = at or new.last_updated
    if at < held_at:
        return Refusal.OLDER
    if at == held_at and replace(new, last_updated=held.last_updated) == held:
        return Refusal.REPEATED
    if held.status in FINAL and new.status not in FINAL:
        return Refusal.AFTER_END
    goes_back = _goes_on(held, new) or (new.kwh < held.kwh and not _goes_on(new, held))
    return Refusal.BACKWARDS if at == held_at and goes_back else None


def _goes_on(new: Session, held: Session) -> bool:
    """Say whether the status of ``new`` is one that comes after that of ``held``."""
    return _RANKS.get(new.status, 0) > _RANKS.get(held.status, 0)


async def _write(
    db: AsyncSession,
    now: datetime,
    partner: Partner,
    row: PartnerSessionRow | None,
    session: Session,
    previous: Session | None,
    said: Said,
    moment: datetime,
) -> StoredSession:
    """Write a session to its row and look for our charge unless it is known."""
    known = row.charging_session_id if row else None
    charge_id = known or await charge_of_session(db, partner.id, session)
    values = {
        "key": object_key(partner.id, session.country_code, session.party_id, session.id),
        "partner_id": partner.id,
        "country_code": session.country_code.upper(),
        "party_id": session.party_id.upper(),
        "id": row.id if row else session.id,
        "token_uid": checked_id(session.cdr_token.uid),
        "evse_uid": session.evse_uid,
        "status": session.status.value,
        "kwh": session.kwh,
        "document": write_session(session),
        "raw": said.raw,
        "version": said.version,
        "charging_session_id": charge_id,
        "last_updated": moment,
        "first_seen_at": row.first_seen_at if row else now,
        "updated_at": now,
    }
    row = put_row(db, PartnerSessionRow, row, values)
    await db.flush()
    return StoredSession(row, session, changed=True, previous=previous, linked=known is None and charge_id is not None)
