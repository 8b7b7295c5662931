"""The snapshot that the status page is served from: all that it tells, signed, so that a file of nobody's is not shown.

Written by a worker after each look at everything. Words for people are added by the page; here are codes, names of
partners and sites, and what staff wrote.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.support.availability import Level, Uptime, worst_of
from api.models.location import LocationRow
from api.models.partner import Partner
from api.models.status import StatusComponent, StatusIncident, StatusMaintenance, StatusUpdate
from api.ports import Ports
from api.ports.policy import ServicePolicy
from api.services.roaming.keys import location_public_id
from api.services.roaming.sealing import derived_secret
from api.services.status.incidents import updates_of
from api.services.status.maintenance import current_maintenance
from api.services.status.uptime import uptimes
from api.services.status.words import Component, Kind, Severity, component_of, incident_code, subject_of, told_outside

SCHEMA = "chargehand.status/1"
CLOSED_SHOWN = timedelta(days=14)
UNSEEN = timedelta(minutes=10)
"""What was not probed for so long is unknown, whatever it was."""
MOST_INCIDENTS, MOST_WORKS = 100, 50
Document = dict[str, Any]


def moment(at: datetime | None) -> str | None:
    """Return a moment as it is written."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


async def build_snapshot(db: AsyncSession, *, now: datetime) -> Document:
    """Return what the status page tells as of now."""
    incidents, works = await _incidents(db, now), await current_maintenance(db, now)
    names = await _names(db, [*incidents, *works])
    incidents = [each for each in incidents if _is_public(each, names)]
    works = [each for each in works if _is_public(each, names)][:MOST_WORKS]
    running = {component_of(each.kind, each.subject_id) for each in works if each.starts_at <= now}
    rows = {row.component: row for row in await db.exec(select(StatusComponent))}
    for row in rows.values():
        if now - row.probed_at >= UNSEEN:
            db.expunge(row)
            row.level = Level.UNKNOWN.value
    components = _components(rows, names, running, await uptimes(db, now=now))
    told = await updates_of(db, [each.id for each in incidents if each.id is not None])
    return {
        "schema": SCHEMA,
        "generated_at": moment(now),
        "status": overall(components).value,
        "components": components,
        "incidents": [_incident(each, names, told.get(each.id or 0, [])) for each in incidents],
        "maintenance": [_work(each, names, now) for each in works],
    }


def overall(components: Sequence[Document]) -> Level:
    """Return how the whole does: the worst of its components, of which one partner alone never takes it down."""
    levels = [
        Level.DEGRADED if each["kind"] == Kind.PARTNER and each["status"] == Level.DOWN else Level(each["status"])
        for each in components
    ]
    return worst_of(levels)


async def publish_snapshot(db: AsyncSession, *, ports: Ports, now: datetime) -> None:
    """Build the snapshot and replace the file."""
    ports.status_file.publish(signed(await build_snapshot(db, now=now), ports.policy))


def signed(document: Mapping[str, Any], policy: ServicePolicy) -> bytes:
    """Return a snapshot as it is kept: its signature on the first line."""
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return _mac(policy.sealing_key, body) + b"\n" + body


def read_signed(text: bytes | None, policy: ServicePolicy) -> Document | None:
    """Return a snapshot, None where there is none, or one that we did not sign."""
    if text is None:
        return None
    mac, _, body = text.partition(b"\n")
    keys = (policy.sealing_key, *policy.old_sealing_keys)
    if not any(hmac.compare_digest(mac, _mac(key, body)) for key in keys):
        return None
    document: Document = json.loads(body)
    return document if document.get("schema") == SCHEMA else None


def _mac(key: bytes, body: bytes) -> bytes:
    secret = derived_secret(key, "status snapshot").encode()
    return hmac.new(secret, body, hashlib.sha256).hexdigest().encode()


async def _incidents(db: AsyncSession, now: datetime) -> Sequence[StatusIncident]:
    """Return what is open, and what was closed lately, the newest first; signals are nobody's business outside."""
    closed_at = col(StatusIncident.closed_at)
    query = select(StatusIncident).where(
        StatusIncident.severity != Severity.SIGNAL, or_(closed_at.is_(None), closed_at > now - CLOSED_SHOWN)
    )
    newest = query.order_by(closed_at.is_not(None), col(StatusIncident.id).desc()).limit(MOST_INCIDENTS)
    return (await db.exec(newest)).all()


Names = Mapping[tuple[str, str], str]


async def _names(db: AsyncSession, about: Sequence[StatusIncident | StatusMaintenance]) -> Names:
    """Return the names of all partners, and of the sites that something is about and that their operator publishes."""
    names = {(Kind.PARTNER.value, row.id): row.name for row in await db.exec(select(Partner))}
    sites = {each.subject_id for each in about if each.kind == Kind.SITE}
    if sites:
        shown = select(LocationRow).where(col(LocationRow.key).in_(sites), col(LocationRow.publish).is_(True))
        for row in await db.exec(shown):
            names[Kind.SITE.value, row.key] = ", ".join(dict.fromkeys(filter(None, (row.name, row.address, row.city))))
    return names


def _is_public(about: StatusIncident | StatusMaintenance, names: Names) -> bool:
    """Say whether outside may know of it: a site that its operator does not publish is nobody's business."""
    return about.kind != Kind.SITE or (about.kind, about.subject_id) in names


def _components(
    rows: Mapping[str, StatusComponent],
    names: Names,
    running: set[str | None],
    months: Mapping[str, Sequence[Uptime]],
) -> list[Document]:
    """Return every component: ours in their order, also those never probed, then the partners by name."""
    others = sorted(set(rows) - set(Component), key=lambda each: names.get(subject_of(each), each))
    return [
        _component(each, rows.get(each), names, months.get(each, ()), working=each in running)
        for each in [*(each.value for each in Component), *others]
    ]


def _component(
    component: str, row: StatusComponent | None, names: Names, months: Sequence[Uptime], *, working: bool
) -> Document:
    kind, subject = subject_of(component)
    level = row.level if row is not None else Level.UNKNOWN.value
    return {
        "id": component,
        "kind": kind.value,
        "name": names.get((kind.value, subject)),
        "status": Level.MAINTENANCE.value if working else level,
        "since": moment(row.since) if row is not None else None,
        "checked_at": moment(row.probed_at) if row is not None else None,
        "detail": told_outside(row.detail) if row is not None else None,
        "uptime": [
            {
                "month": each.month,
                "percent": None if each.percent is None else str(each.percent),
                "minutes": each.minutes,
                "down_minutes": each.counted.down,
                "degraded_minutes": each.counted.degraded,
                "unknown_minutes": each.unknown,
            }
            for each in months
        ],
    }


def _about(kind: str, subject_id: str, names: Names) -> Document:
    return {
        "kind": kind,
        "subject_id": location_public_id(subject_id) if kind == Kind.SITE else subject_id,
        "subject_name": names.get((kind, subject_id)),
        "component": component_of(kind, subject_id),
    }


def _incident(row: StatusIncident, names: Names, told: Sequence[StatusUpdate]) -> Document:
    return {
        "id": incident_code(row.id),
        **_about(row.kind, row.subject_id, names),
        "severity": row.severity,
        "reason": told_outside(row.reason),
        "opened_at": moment(row.opened_at),
        "closed_at": moment(row.closed_at),
        "updates": [{"at": moment(each.at), "stage": each.stage, "texts": each.texts} for each in told],
    }


def _work(row: StatusMaintenance, names: Names, now: datetime) -> Document:
    return {
        "id": f"MNT-{row.id}",
        **_about(row.kind, row.subject_id, names),
        "starts_at": moment(row.starts_at),
        "ends_at": moment(row.ends_at),
        "running": row.starts_at <= now,
        "texts": row.texts,
    }
