"""The status page's memory in one process: the newest snapshot, and what this process sees of the database itself.

Whoever asks is answered from here alone, so that the page is there when the database is not. Each process pings the
database now and then; what it missed is stored once the database is back, so that an outage of it counts as one.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from api.domain.support.availability import Level
from api.ports import Ports
from api.services.roaming.keys import location_public_id
from api.services.status.record import minute_of
from api.services.status.snapshot import Document, moment, overall, read_signed
from api.services.status.words import Component, Kind, Severity, Stage

PAUSE = timedelta(seconds=5)
"""So long what was seen of the database counts."""
STALE = timedelta(minutes=3)
"""From this age on a snapshot is told to be old; so far ahead of our clock it is as little believed."""
WORTHLESS = timedelta(minutes=10)
"""From this age on it tells nothing of now."""
MOST_MISSED = 3 * 24 * 60
LIVE_ID = "INC-LIVE"
"""The id of an outage that only this process sees so far."""


class Ping(StrEnum):
    """What a process sees of the database."""

    ANSWERS = "answers"
    SLOW = "slow"
    GONE = "gone"
    NOT_ASKED = "not_asked"
    """This process has none, or has not looked yet."""


@dataclass
class StatusBoard:
    """What this process knows. ``ping`` asks the database, and never raises; None: this process has none."""

    ports: Ports
    ping: Callable[[], Awaitable[Ping]] | None = None
    database: Ping = Ping.NOT_ASKED
    away_since: datetime | None = None
    missed: dict[datetime, None] = field(default_factory=dict)
    """Minutes in which the database was away, not yet stored."""
    _snapshot: Document | None = None
    _text: bytes | None = None
    _looked_at: datetime | None = None
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def look(self, now: datetime) -> None:
        """Read the file again if it changed, and ask the database unless that was done a moment ago."""
        self.read_file()
        if self.ping is None:
            return
        async with self._looking:
            if self._looked_at is not None and timedelta(0) <= now - self._looked_at < PAUSE:
                return
            self.noticed(await self.ping(), now)

    def noticed(self, seen: Ping, now: datetime) -> None:
        """Keep what was seen of the database; one slow answer is not yet an outage."""
        if seen is Ping.SLOW and self.database in {Ping.SLOW, Ping.GONE}:
            seen = Ping.GONE
        self._looked_at, self.database = now, seen
        if seen is Ping.ANSWERS:
            self.away_since = None
        if seen is Ping.GONE:
            self.away_since = self.away_since or now
            self.missed[minute_of(now)] = None
            while len(self.missed) > MOST_MISSED:
                del self.missed[next(iter(self.missed))]

    def read_file(self) -> None:
        """Take the file's snapshot if it is ours and newer than what is known."""
        text = self.ports.status_file.published()
        if text is not None and text is not self._text:
            self._text = text
            self.take(read_signed(text, self.ports.policy))

    def take(self, snapshot: Document | None) -> None:
        """Keep a snapshot unless a newer one is known; one of a clock that ran ahead makes room for any other."""
        known = self._snapshot
        if snapshot is not None and (known is None or _made(snapshot) >= _made(known) or self._is_ahead(known)):
            self._snapshot = snapshot

    def age(self, now: datetime) -> timedelta | None:
        """Return how old the snapshot is, or how far ahead of our clock; None where there is none."""
        return None if self._snapshot is None else abs(now - _made(self._snapshot))

    def _is_ahead(self, snapshot: Document) -> bool:
        return _made(snapshot) - self.ports.clock.now() >= STALE

    def document(self, now: datetime) -> Document:
        """Return what is known: the snapshot, nothing of now where it is too old, and what this process sees."""
        known, age = self._snapshot, self.age(now)
        components = [dict(each) for each in known["components"]] if known else _unknown()
        incidents = list(known["incidents"]) if known else []
        if age is None or age >= WORTHLESS:
            for each in components:
                each["status"] = Level.UNKNOWN.value
        if self.database is Ping.GONE:
            _set_down(components, moment(self.away_since))
            if not any(each["component"] == Component.DATABASE and not each["closed_at"] for each in incidents):
                incidents.insert(0, _live_incident(moment(self.away_since)))
        rules = self.ports.policy.status
        return {
            "schema": known["schema"] if known else None,
            "generated_at": known["generated_at"] if known else None,
            "stale": age is None or age >= STALE,
            "seen_here": {"database": self.database.value},
            "status": overall(components).value,
            "components": components,
            "incidents": incidents,
            "maintenance": known["maintenance"] if known else [],
            "slo_percent": None if rules.slo_percent is None else str(rules.slo_percent),
            "hosting_region": rules.hosting_region,
        }

    def touching(self, *, components: tuple[str, ...], location_key: str | None = None) -> str | None:
        """Return the id of an open incident that touches what failed, from memory alone; None: there is none."""
        if self.database is Ping.GONE and Component.DATABASE in components:
            return self._open_of({Component.DATABASE.value}, None) or LIVE_ID
        return self._open_of(set(components), location_key)

    def _open_of(self, components: set[str], location_key: str | None) -> str | None:
        site = location_public_id(location_key) if location_key else None
        partner = location_key.partition("/")[0] if location_key else None
        for each in self._snapshot["incidents"] if self._snapshot else ():
            about = each["component"] in components or (each["kind"] == Kind.SITE and each["subject_id"] == site)
            at_partner = each["kind"] == Kind.PARTNER and each["subject_id"] == partner
            if each["closed_at"] is None and (about or at_partner):
                return str(each["id"])
        return None


def _made(snapshot: Document) -> datetime:
    return datetime.fromisoformat(snapshot["generated_at"])


def _unknown() -> list[dict[str, Any]]:
    """Return our components while nothing is known of them."""
    empty = {"name": None, "status": Level.UNKNOWN.value, "since": None, "checked_at": None, "detail": None}
    return [{"id": each.value, "kind": Kind.PLATFORM.value, **empty, "uptime": []} for each in Component]


def _set_down(components: list[dict[str, Any]], since: str | None) -> None:
    for each in components:
        if each["id"] == Component.DATABASE:
            each.update({"status": Level.DOWN.value, "since": since, "detail": "unreachable"})


def _live_incident(since: str | None) -> Document:
    return {
        "id": LIVE_ID,
        "kind": Kind.PLATFORM.value,
        "subject_id": Component.DATABASE.value,
        "subject_name": None,
        "component": Component.DATABASE.value,
        "severity": Severity.OUTAGE.value,
        "reason": "unreachable",
        "opened_at": since,
        "closed_at": None,
        "updates": [{"at": since, "stage": Stage.INVESTIGATING.value, "texts": {}}],
    }
