"""Events for the back ends of apps: stored with what caused them, one delivery to each address that wants them.

Does not live here: sending them (``services/webhooks``).
"""

from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.ids import Prefix
from api.models.webhook import WebhookDelivery, WebhookEndpoint, WebhookEvent
from api.ports import Ports
from api.services.deferral import Job, defer_job

NOTICE_CREATED = "notice.created"
CHARGING_SESSION_UPDATED = "charging_session.updated"
EVENT_TYPES = (NOTICE_CREATED, CHARGING_SESSION_UPDATED)


async def emit_event(*, db: AsyncSession, ports: Ports, now: datetime, event_type: str, object_id: str) -> None:
    """Store an event and its deliveries; where nobody ever asked for events, there are none."""
    endpoints = list(await db.exec(select(WebhookEndpoint).order_by(col(WebhookEndpoint.id))))
    wanting = [each for each in endpoints if not each.event_types or event_type in each.event_types]
    if not wanting:
        return
    event = WebhookEvent(
        id=ports.randomness.new_id(Prefix.WEBHOOK_EVENT), type=event_type, object_id=object_id, created_at=now
    )
    db.add(event)
    await db.flush()
    for endpoint in wanting:
        if endpoint.disabled_at is None:
            await plan_webhook(db=db, ports=ports, now=now, event_id=event.id, endpoint_id=endpoint.id)


async def plan_webhook(*, db: AsyncSession, ports: Ports, now: datetime, event_id: str, endpoint_id: str) -> None:
    """Store one delivery and the job that carries it out."""
    delivery = WebhookDelivery(
        id=ports.randomness.new_id(Prefix.WEBHOOK_DELIVERY),
        event_id=event_id,
        endpoint_id=endpoint_id,
        created_at=now,
        next_attempt_at=now,
    )
    db.add(delivery)
    await db.flush()
    await defer_job(db, Job.SEND_WEBHOOK, delivery_id=delivery.id)
