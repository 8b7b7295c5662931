"""Taking a list of contacts into the directory: the same list twice changes nothing, and nothing doubtful is guessed.

A source owns its entries: what its new list no longer has is withdrawn and kept. An entry that somebody of staff
changed is theirs: where the list says the same as the last time it stays as it is, where the list changed too both are
told apart in the report and a person decides.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text as sql
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.support.contact import Doubt
from api.models.directory import ContactNumber, DirectoryEntry, DirectoryImport, DirectoryRevision
from api.ports import Ports
from api.services.directory.page import read_page
from api.services.directory.read_rows import Content, contents_of
from api.services.directory.sheet import read_csv, read_json
from api.services.directory.told import DirectoryListUnreadable, Reading

FORMS: dict[str, Callable[[str], Reading]] = {"csv": read_csv, "json": read_json, "page": read_page}
_ALONE = sql("SELECT pg_advisory_xact_lock(hashtextextended('imports into the directory', 0))")
_GONE: dict[str, Any] = {}
"""What a list says of an entry that it no longer has."""
LONGEST = 2_000_000
"""Characters; a list of ten thousand rows has fewer."""


async def import_directory(
    *, db: AsyncSession, ports: Ports, now: datetime, by: str, source: str, form: str, text: str
) -> DirectoryImport:
    """Take a list in and return what came of it; raises DirectoryListUnreadable, and nothing is stored then."""
    if form not in FORMS or not source.strip() or len(text) > LONGEST or "\0" in text:
        raise DirectoryListUnreadable("directory_list_unreadable", reason=f"one of {', '.join(FORMS)}, with a name")
    reading = FORMS[form](text)
    contents = contents_of(reading)
    if not contents:
        raise DirectoryListUnreadable("directory_list_unreadable", reason="no row of it can be taken in")
    await (await db.connection()).execute(_ALONE)
    query = select(DirectoryEntry).where(DirectoryEntry.source == source).with_for_update()
    known = {row.key: row for row in await db.exec(query)}
    numbers = await _numbers(db, ports, now, {each.e164 for each in contents})
    taking, made = _TakingIn(db, ports, now, by, source, reading), Counter[str]()
    for content in contents:
        made[await taking.put(content, numbers[content.e164], known.get(content.key))] += 1
    made["withdrawn"] = await taking.withdraw(known, {each.key for each in contents})
    row = DirectoryImport(
        id=ports.randomness.new_id("dim"),
        at=now,
        by=by,
        source=source,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        rows=reading.count,
        numbers=len(numbers),
        doubts=[each.as_json() for each in sorted(reading.noted, key=lambda each: (each.row, each.kind))],
        **{name: made[name] for name in ("added", "changed", "unchanged", "withdrawn")},
    )
    db.add(row)
    await db.flush()
    return row


async def _numbers(db: AsyncSession, ports: Ports, now: datetime, wanted: set[str]) -> dict[str, str]:
    """Return the ids of numbers, new ones written down."""
    query = select(ContactNumber).where(col(ContactNumber.e164).in_(wanted))
    known = {row.e164: row.id for row in await db.exec(query)}
    for e164 in sorted(wanted - set(known)):
        known[e164] = ports.randomness.new_id("cno")
        db.add(ContactNumber(id=known[e164], e164=e164, created_at=now))
    await db.flush()
    return known


@dataclass(frozen=True, slots=True)
class _TakingIn:
    """One import at work."""

    db: AsyncSession
    ports: Ports
    now: datetime
    by: str
    source: str
    reading: Reading

    async def put(self, content: Content, number_id: str, row: DirectoryEntry | None) -> str:
        """Write an entry where something is new, and return what was done."""
        told = content.as_json()
        if row is None:
            new_id = self.ports.randomness.new_id("dir")
            owned: dict[str, Any] = {
                "number_id": number_id,
                "source": self.source,
                "key": content.key,
                "imported": told,
            }
            row = DirectoryEntry(id=new_id, updated_at=self.now, **owned, **content.columns())
            await self._keep(row)
            return "added"
        if row.imported == told:
            row.row = content.row
            return "unchanged"
        new = {"imported": told, "revision": row.revision + 1}
        if row.imported == _GONE or not row.by_hand:
            new |= {"withdrawn_at": None}
        if row.by_hand:
            self.reading.note(content.row, Doubt.KEPT_BY_HAND, content.original_text, row.id)
        else:
            new |= content.columns()
        row.sqlmodel_update(new)
        await self._keep(row)
        return "changed"

    async def withdraw(self, known: Mapping[str, DirectoryEntry], told: set[str]) -> int:
        """Withdraw what the list no longer has, and return how much that was."""
        gone = [row for key, row in known.items() if key not in told and row.imported != _GONE]
        for row in gone:
            row.sqlmodel_update({"withdrawn_at": self.now, "imported": _GONE, "revision": row.revision + 1})
            await self._keep(row)
        return len(gone)

    async def _keep(self, row: DirectoryEntry) -> None:
        row.updated_at = self.now
        self.db.add(row)
        await keep_revision(db=self.db, now=self.now, by=self.by, reason=f"import of {self.source}", row=row)


async def keep_revision(*, db: AsyncSession, now: datetime, by: str, reason: str, row: DirectoryEntry) -> None:
    """Keep the state of an entry as its newest revision."""
    await db.flush()
    db.add(
        DirectoryRevision(entry_id=row.id, revision=row.revision, at=now, by=by, reason=reason, content=content_of(row))
    )


def content_of(row: DirectoryEntry) -> dict[str, Any]:
    """Return what an entry says, for its revisions and the log of staff."""
    names: Iterable[str] = ("region", "country", "role", "product", "toll", "zone", "hours", "original_text", "doubts")
    return {name: getattr(row, name) for name in names} | {"withdrawn": row.withdrawn_at is not None}
