"""Events once more: the list since one of them, for who was away; and sending them again to an endpoint."""

from datetime import datetime, timedelta

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.models.webhook import WebhookDelivery, WebhookEndpoint, WebhookEvent
from api.ports import Ports
from api.services.notices.emit import plan_webhook
from api.services.webhooks.endpoints import endpoint_of

KEPT = timedelta(days=30)
"""How long events are listed; older ones are history, and the objects tell it better."""


SETTLED = timedelta(seconds=10)
"""How old an event is before it is listed: one that commits late has a lower number and must not be passed over."""


class UnknownWebhookEvent(NotFound):
    """There is no such event, or it is too old to be listed."""


async def events_since(
    *, db: AsyncSession, now: datetime, endpoint: WebhookEndpoint, after: str | None, limit: int
) -> list[WebhookEvent]:
    """Return the events that an endpoint wants, in order, from after an event on; raises UnknownWebhookEvent."""
    query = select(WebhookEvent).where(col(WebhookEvent.created_at).between(now - KEPT, now - SETTLED))
    if endpoint.event_types:
        query = query.where(col(WebhookEvent.type).in_(endpoint.event_types))
    if after is not None:
        seen = (await db.exec(select(WebhookEvent.number).where(WebhookEvent.id == after))).first()
        if seen is None:
            raise UnknownWebhookEvent("unknown_webhook_event")
        query = query.where(col(WebhookEvent.number) > seen)
    return list(await db.exec(query.order_by(col(WebhookEvent.number)).limit(limit)))


async def replay_events(*, db: AsyncSession, ports: Ports, now: datetime, endpoint_id: str, since: datetime) -> int:
    """Send an endpoint all the events that it wants since a moment again, under their own ids; return how many."""
    endpoint = await endpoint_of(db=db, endpoint_id=endpoint_id)
    query = select(WebhookEvent).where(col(WebhookEvent.created_at) >= max(since, now - KEPT))
    if endpoint.event_types:
        query = query.where(col(WebhookEvent.type).in_(endpoint.event_types))
    events = list(await db.exec(query.order_by(col(WebhookEvent.number))))
    ids = [event.id for event in events]
    mine = (col(WebhookDelivery.endpoint_id) == endpoint.id) & col(WebhookDelivery.event_id).in_(ids)
    await db.exec(delete(WebhookDelivery).where(mine))
    for event in events:
        await plan_webhook(db=db, ports=ports, now=now, event_id=event.id, endpoint_id=endpoint.id)
    return len(events)


async def forget_old_events(*, db: AsyncSession, now: datetime) -> None:
    """Delete events that are listed no more, with their deliveries."""
    old = select(WebhookEvent.id).where(col(WebhookEvent.created_at) < now - KEPT)
    await db.exec(delete(WebhookDelivery).where(col(WebhookDelivery.event_id).in_(old)))
    await db.exec(delete(WebhookEvent).where(col(WebhookEvent.created_at) < now - KEPT))
