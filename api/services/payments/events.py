"""The webhook inbox: verify, store once, answer; a job looks at its object afterwards (payments.md 1.2, 4.18)."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from api.models.payment import ProcessorEventRow, WebhookRefusal
from api.ports import Ports
from api.ports.payments import ProcessorEvent
from api.services.deferral import Job, defer_job


def _essence(event: ProcessorEvent, payload: bytes) -> str:
    """Return what is kept of an event: what happened to which object, without the person, the card and the secret.

    The handling fetches the present object anyway, and the processor keeps the event for thirty days. Our own id of a
    hold is kept too: by it an intent is recognized that we had given up as lost (``services/charging/stray.py``).
    """
    kept = {"id": event.event_id, "type": event.type, "created": event.occurred_at.isoformat()}
    about = {"kind": event.object_kind, "id": event.object_id, "payment_intent": event.payment_intent_id}
    named = hold_named_in(payload)
    subject = {"data": {"object": {"metadata": {"hold_id": named}}}} if named else {}
    return json.dumps(kept | about | subject)


def hold_named_in(payload: bytes | str) -> str | None:
    """Return our id of the hold that an event's object carries in its metadata: as it came, or as it is kept."""
    try:
        named: Any = json.loads(payload)["data"]["object"]["metadata"]["hold_id"]
    except (ValueError, KeyError, TypeError):
        return None
    return named if isinstance(named, str) else None


async def store_event(*, db: AsyncSession, ports: Ports, now: datetime, payload: bytes, signature: str) -> bool:
    """Store a processor event and defer its handling; return False for one that is stored already.

    Raises ForgedEvent for a bad signature, age or mode; nothing is stored then.
    """
    event = ports.payments.read_event(payload, signature, now=now)
    values = {
        "id": event.event_id,
        "type": event.type,
        "object_kind": event.object_kind,
        "object_id": event.object_id,
        "payment_intent_id": event.payment_intent_id,
        "payload": _essence(event, payload),
        "received_at": now,
    }
    connection = await db.connection()
    stored = await connection.execute(
        insert(ProcessorEventRow).values(**values).on_conflict_do_nothing().returning(col(ProcessorEventRow.id))
    )
    if stored.first() is None:
        return False
    await defer_job(db, Job.HANDLE_PROCESSOR_EVENT, event_id=event.event_id)
    return True


async def count_refusal(*, db: AsyncSession, now: datetime, reason: str) -> None:
    """Count a webhook that was refused; nothing else of it is kept (payments.md 4.20)."""
    fresh = insert(WebhookRefusal).values(reason=reason, refusals=1, last_at=now)
    one_more = {"refusals": col(WebhookRefusal.refusals) + 1, "last_at": now}
    connection = await db.connection()
    await connection.execute(fresh.on_conflict_do_update(index_elements=["reason"], set_=one_more))
