"""Sending events to the back ends of apps: at least once, under the event's id, until taken or given up.

The body is thin: what happened to which object. Who receives it reads the object from the API, so that an event that
comes twice, late, or before an older one does no harm. An endpoint that takes nothing for days is disabled and told to
finance; what it missed can be listed and sent again (``replay.py``).
"""

import json
from datetime import UTC, datetime, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.notices.webhook_signature import HEADER, sign
from api.models.webhook import WebhookDelivery, WebhookEndpoint, WebhookEvent
from api.ports import Ports
from api.ports.webhook_posts import WebhookNotTaken
from api.services.charging.findings import close_findings, open_finding
from api.services.deferral import Job, defer_job
from api.services.notices.claims import finish, overdue_since, pause_after, take
from api.services.notices.outbox import GIVEN_UP, SENT, WAITING
from api.services.webhooks.endpoints import FAILING, endpoint_of, secrets_of
from api.services.webhooks.replay import forget_old_events
from api.services.work import Work

DISABLED = "disabled"
PATIENCE = timedelta(days=3)
"""How long one event is tried."""
DISABLED_AFTER = timedelta(days=2)
"""How long an endpoint may take nothing before it is disabled."""
EVENT_ID, ENDPOINT_ID = "Chargehand-Event", "Chargehand-Endpoint"


async def send_webhook(*, work: Work, ports: Ports, delivery_id: str) -> None:
    """Send one waiting delivery whose time has come, and note what came of it."""
    now = ports.clock.now()
    async with work() as db:
        claimed = await _claim(db, now, delivery_id)
        if claimed is None:
            return
        endpoint, event = claimed
        secrets = secrets_of(endpoint, ports.policy, now)
    body = body_of(event)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "chargehand-webhooks/1",
        EVENT_ID: event.id,
        ENDPOINT_ID: endpoint.id,
        HEADER: sign(secrets, now=now, body=body),
    }
    try:
        await ports.webhook_posts.post(endpoint.url, body, headers)
    except WebhookNotTaken as failed:
        await _note_failure(work, ports, delivery_id, failed)
    else:
        await _note_sent(work, ports, delivery_id)


def body_of(event: WebhookEvent) -> bytes:
    """Return what is posted of an event, the same bytes each time."""
    return json.dumps(shown(event), separators=(",", ":")).encode()


def shown(event: WebhookEvent) -> dict[str, str]:
    """Return an event as back ends see it."""
    created = event.created_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return {"id": event.id, "type": event.type, "object_id": event.object_id, "created_at": created}


async def sweep_webhooks(*, work: Work, ports: Ports, limit: int = 500) -> int:
    """Defer deliveries that are due and have no worker; return how many."""
    now = ports.clock.now()
    due = select(WebhookDelivery.id).where(
        WebhookDelivery.outcome == WAITING, col(WebhookDelivery.next_attempt_at) <= overdue_since(now)
    )
    async with work() as db:
        await forget_old_events(db=db, now=now)
        ids = list(await db.exec(due.order_by(col(WebhookDelivery.next_attempt_at)).limit(limit)))
        for delivery_id in ids:
            await defer_job(db, Job.SEND_WEBHOOK, delivery_id=delivery_id)
    return len(ids)


async def _claim(db: AsyncSession, now: datetime, delivery_id: str) -> tuple[WebhookEndpoint, WebhookEvent] | None:
    """Return where and what to send, this worker's for a while; None: it is over, another's, or for later."""
    delivery = await db.get(WebhookDelivery, delivery_id, with_for_update=True, populate_existing=True)
    if delivery is None or delivery.outcome != WAITING or delivery.next_attempt_at is None:
        return None
    if delivery.next_attempt_at > now:
        return None
    endpoint = await db.get_one(WebhookEndpoint, delivery.endpoint_id)
    if endpoint.disabled_at is not None:
        finish(delivery, now, DISABLED, endpoint.disabled_because)
        return None
    take(delivery, now)
    event = (await db.exec(select(WebhookEvent).where(WebhookEvent.id == delivery.event_id))).one()
    return endpoint, event


async def _note_sent(work: Work, ports: Ports, delivery_id: str) -> None:
    now = ports.clock.now()
    async with work() as db:
        delivery = await db.get(WebhookDelivery, delivery_id, with_for_update=True)
        if delivery is None:
            return  # its endpoint was removed meanwhile
        finish(delivery, now, SENT, None)
        endpoint = await endpoint_of(db=db, endpoint_id=delivery.endpoint_id)
        endpoint.failing_since = None
        await close_findings(db=db, now=now, reasons=[FAILING], subject=endpoint.id)


async def _note_failure(work: Work, ports: Ports, delivery_id: str, failed: WebhookNotTaken) -> None:
    """Put the delivery off, or give it up; an endpoint that takes nothing for days is disabled."""
    now, answer = ports.clock.now(), str(failed.facts.get("answer"))
    asked = failed.facts.get("retry_after_s")
    async with work() as db:
        delivery = await db.get(WebhookDelivery, delivery_id, with_for_update=True)
        if delivery is None or delivery.outcome != WAITING:
            return
        again_at = now + max(pause_after(delivery.id, delivery.attempts), timedelta(seconds=int(str(asked or 0))))
        if again_at - delivery.created_at < PATIENCE:
            delivery.next_attempt_at, delivery.detail = again_at, answer
            wall_at = ports.clock.wall_time(again_at)
            await defer_job(db, Job.SEND_WEBHOOK, wall_at=wall_at, delivery_id=delivery.id)
        else:
            finish(delivery, now, GIVEN_UP, answer)
        endpoint = await endpoint_of(db=db, endpoint_id=delivery.endpoint_id)
        endpoint.failing_since = endpoint.failing_since or now
        if now - endpoint.failing_since >= DISABLED_AFTER and endpoint.disabled_at is None:
            endpoint.disabled_at, endpoint.disabled_because = now, answer
            detail = {"url": endpoint.url, "failing_since": endpoint.failing_since.isoformat(), "answer": answer}
            await open_finding(db=db, ports=ports, now=now, reason=FAILING, subject=endpoint.id, detail=detail)
