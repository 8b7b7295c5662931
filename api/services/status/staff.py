"""What staff tell of incidents: opening, updating, closing, each step in the log of what staff did."""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict, Invalid
from api.domain.language import LANGUAGES
from api.models.status import StatusIncident
from api.services.charging.approvals import named, note_action
from api.services.status.incidents import UnknownIncident, close_incident, incident_of, open_incident, tell
from api.services.status.maintenance import require_subject
from api.services.status.words import Kind, Severity, Stage, incident_code

LONGEST_TEXT = 1000
REASON = "told_by_staff"


class NothingTold(Invalid):
    """An incident that staff open, and planned work, is told in English at least. Fact: ``language``."""


class StageUnknown(Invalid):
    """An update has one of the four stages, an incident one of two severities."""


class SignalIsInternal(Conflict):
    """A signal is told to nobody outside: open an incident instead."""


def texts_told(given: Mapping[str, str], *, english: bool = True) -> dict[str, str]:
    """Return the texts by language, without what is empty and cut to what a page holds; raises NothingTold."""
    texts = {each: given.get(each, "").strip()[:LONGEST_TEXT] for each in LANGUAGES}
    if english and not texts["en"]:
        raise NothingTold("nothing_told", language="en")
    return {language: told for language, told in texts.items() if told}


async def open_by_staff(
    *, db: AsyncSession, now: datetime, by: str, kind: str, subject_id: str, severity: str, texts: Mapping[str, str]
) -> StatusIncident:
    """Open an incident, or tell of the one that is open; raises UnknownSubject, StageUnknown, NothingTold."""
    person, told = named(by), texts_told(texts)
    if severity not in {Severity.OUTAGE, Severity.DEGRADED}:
        raise StageUnknown("stage_unknown")
    await require_subject(db, kind, subject_id)
    opened = await open_incident(
        db, kind=Kind(kind), subject_id=subject_id, reason=REASON, now=now, evidence={}, severity=severity, by=person
    )
    assert opened.id is not None  # noqa: S101 - it is stored
    await tell(db, incident_id=opened.id, now=now, by=person, stage=Stage.INVESTIGATING, texts=told)
    after = {"kind": kind, "subject_id": subject_id, "severity": severity}
    await _note(db, now, person, "incident_opened", opened.id, told["en"], after)
    return opened


async def update_incident(
    *, db: AsyncSession, now: datetime, by: str, incident_id: int, stage: str, texts: Mapping[str, str]
) -> None:
    """Tell how far the work on an incident is; ``resolved`` closes it. Raises UnknownIncident, StageUnknown."""
    person = named(by)
    if stage not in set(Stage):
        raise StageUnknown("stage_unknown")
    told = texts_told(texts, english=stage != Stage.RESOLVED)
    incident = await incident_of(db, incident_id, still_open=True)
    if incident.severity == Severity.SIGNAL and stage != Stage.RESOLVED:
        raise SignalIsInternal("signal_is_internal")
    before = {"severity": incident.severity}
    if stage == Stage.RESOLVED and not await close_incident(db, incident_id=incident_id, now=now, by=person):
        raise UnknownIncident("unknown_incident")
    if stage != Stage.RESOLVED or told:
        await tell(db, incident_id=incident_id, now=now, by=person, stage=stage, texts=told)
    action = "incident_closed" if stage == Stage.RESOLVED else "incident_told"
    await _note(db, now, person, action, incident_id, told.get("en", ""), {"stage": stage}, before)


async def _note(
    db: AsyncSession,
    now: datetime,
    by: str,
    action: str,
    incident_id: int,
    reason: str,
    after: Mapping[str, object],
    before: Mapping[str, object] | None = None,
) -> None:
    await note_action(
        db=db,
        now=now,
        by=by,
        action=action,
        subject_id=incident_code(incident_id),
        charging_session_id=None,
        reason=reason,
        before=before,
        after=after,
    )
