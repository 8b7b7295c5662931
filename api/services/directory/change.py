"""Changing an entry by hand: what changed, who did it and why stays readable, and imports no longer overwrite it."""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict, Invalid
from api.domain.support.contact import Toll
from api.domain.support.hours_text import hours_of, text_of
from api.models.directory import DirectoryEntry
from api.services.charging.approvals import note_action
from api.services.directory.queries import UnknownEntry
from api.services.directory.take_in import content_of, keep_revision

LONGEST = 2000


class EntryInvalid(Invalid):
    """An entry cannot be written like this. Fact: ``field``."""


class EntryChanged(Conflict):
    """Somebody changed the entry since it was read."""


async def change_entry(
    *, db: AsyncSession, now: datetime, by: str, entry_id: str, revision: int, fields: Mapping[str, str], reason: str
) -> DirectoryEntry:
    """Write new ``toll``, ``zone``, ``hours`` and ``product`` and settle the doubts.

    Raises UnknownEntry, EntryChanged, EntryInvalid, HoursInvalid.
    """
    row = await _locked(db, entry_id, revision)
    if not reason.strip() or len(reason) > LONGEST:
        raise EntryInvalid("entry_invalid", field="reason")
    if fields["toll"] not in set(Toll):
        raise EntryInvalid("entry_invalid", field="toll")
    if len(fields["hours"]) > LONGEST or len(fields["product"]) > 100:
        raise EntryInvalid("entry_invalid", field="hours")
    read = hours_of(fields["hours"].strip() or "24/7", fields["zone"])
    hours = text_of(read) if fields["hours"].strip() else None
    before = content_of(row)
    row.sqlmodel_update(
        {
            "toll": fields["toll"],
            "zone": fields["zone"],
            "hours": hours,
            "product": fields["product"].strip().lower() or None,
            "doubts": [],
        }
    )
    return await _keep(db, now, by, row, before, reason.strip(), "directory_entry_changed")


async def withdraw_entry(
    *, db: AsyncSession, now: datetime, by: str, entry_id: str, revision: int, reason: str
) -> DirectoryEntry:
    """Take an entry out of the directory; it stays readable for staff. Raises as ``change_entry``."""
    row = await _locked(db, entry_id, revision)
    if not reason.strip() or len(reason) > LONGEST:
        raise EntryInvalid("entry_invalid", field="reason")
    before = content_of(row)
    row.withdrawn_at = now
    return await _keep(db, now, by, row, before, reason.strip(), "directory_entry_withdrawn")


async def _locked(db: AsyncSession, entry_id: str, revision: int) -> DirectoryEntry:
    row = await db.get(DirectoryEntry, entry_id, with_for_update=True)
    if row is None:
        raise UnknownEntry("unknown_entry")
    if row.revision != revision:
        raise EntryChanged("entry_changed")
    return row


async def _keep(
    db: AsyncSession,
    now: datetime,
    by: str,
    row: DirectoryEntry,
    before: Mapping[str, object],
    reason: str,
    action: str,
) -> DirectoryEntry:
    """Keep the new state as a revision and in the log of staff."""
    row.sqlmodel_update({"by_hand": True, "revision": row.revision + 1, "updated_at": now})
    db.add(row)
    await keep_revision(db=db, now=now, by=by, reason=reason, row=row)
    await note_action(
        db=db,
        now=now,
        by=by,
        action=action,
        subject_id=row.id,
        charging_session_id=None,
        reason=reason,
        before=before,
        after=content_of(row),
    )
    return row
