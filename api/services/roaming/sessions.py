"""Storing the partner's sessions as they are pushed or pulled (OCPI 2.2.1 chapter 9).

PUT replaces, PATCH merges and appends periods. What is older than what we hold is dropped, and a session that is
completed or invalid never runs again, in whatever order messages arrive. Does not live here: what a session means for
our charge (``services/charging/observe.py``).
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
from api.services.roaming.matching import charge_behind
from api.services.roaming.patching import PatchRefused, merged
from api.services.roaming.rows import load_locked, put_row

FINAL = frozenset({SessionStatus.COMPLETED, SessionStatus.INVALID})


class UnknownSession(NotFound):
    """We do not hold this session; the partner is expected to PUT it. Fact: ``session_id``."""


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session after a message: the row, what it now says, whether the message changed it and what it said before."""

    row: PartnerSessionRow
    session: Session
    changed: bool
    previous: Session | None


async def store_session(
    *,
    db: AsyncSession,
    ports: Ports,  # noqa: ARG001 - the shape every use case has
    now: datetime,
    partner: Partner,
    session: Session,
    raw: str,
) -> StoredSession:
    """Store a whole session as pushed or pulled; repeated and older ones change nothing. Raises UnusableId."""
    key = object_key(partner.id, session.country_code, session.party_id, session.id)
    row = await load_locked(db, PartnerSessionRow, key)
    previous = read_session(row.document) if row else None
    if row is not None and previous is not None and not _supersedes(session, previous):
        return StoredSession(row, previous, changed=False, previous=previous)
    return await _write(db, now, partner, row, session, previous, raw)


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
) -> StoredSession:
    """Merge a PATCH into a session we hold. Raises PatchRefused, UnknownSession."""
    if patch.last_updated is None:
        raise PatchRefused("patch_refused", reason="last_updated: missing")
    row = await load_locked(db, PartnerSessionRow, object_key(partner.id, country_code, party_id, session_id))
    if row is None:
        raise UnknownSession("session_unknown", session_id=session_id)
    previous = read_session(row.document)
    session = patched(previous, patch, patch.last_updated)
    if not _supersedes(session, previous):
        return StoredSession(row, previous, changed=False, previous=previous)
    return await _write(db, now, partner, row, session, previous, raw)


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
    periods = () if appended is None else _appended(session.charging_periods, appended)
    return replace(result, charging_periods=periods)


def _appended(held: tuple[ChargingPeriod, ...], given: object) -> tuple[ChargingPeriod, ...]:
    """Return the held periods and the given ones by start."""
    if not isinstance(given, tuple):
        raise PatchRefused("patch_refused", reason="charging_periods: not a list")
    by_start = {period.starts_at: period for period in (*held, *given)}
    return tuple(by_start[starts_at] for starts_at in sorted(by_start))


def _supersedes(new: Session, held: Session) -> bool:
    """Say whether ``new`` may take the place of ``held``: not older, not a repetition, not back from the end."""
    if new.last_updated < held.last_updated or new == held:
        return False
    return held.status not in FINAL or new.status in FINAL


async def _write(
    db: AsyncSession,
    now: datetime,
    partner: Partner,
    row: PartnerSessionRow | None,
    session: Session,
    previous: Session | None,
    raw: str,
) -> StoredSession:
    """Write a session to its row and look for our charge unless it is known."""
    charge_id = row.charging_session_id if row else None
    if charge_id is None:
        charge_id = await charge_behind(db, partner.id, session.cdr_token.uid, session.authorization_reference)
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
        "raw": raw,
        "charging_session_id": charge_id,
        "last_updated": session.last_updated,
        "first_seen_at": row.first_seen_at if row else now,
        "updated_at": now,
    }
    row = put_row(db, PartnerSessionRow, row, values)
    await db.flush()
    return StoredSession(row, session, changed=True, previous=previous)
