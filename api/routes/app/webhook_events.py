"""What happened, for back ends of apps that were away: asked for by who holds an endpoint's secret, not by a driver."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from pydantic import Field

from api.deps import Now, PortsDep, Work
from api.routes.app.shapes import PublicId, Shape, example, problems
from api.services.webhooks.endpoints import signing_endpoint
from api.services.webhooks.replay import events_since
from api.services.webhooks.send import shown

router = APIRouter(tags=["Webhooks"])
_EVENT = {
    "id": "wev_0a1b2c",
    "type": "charging_session.updated",
    "object_id": "chs_0a1b",
    "created_at": "2026-03-02T09:00:00Z",
}


class WebhookEventShape(Shape):
    """One event, as it was or will be posted."""

    model_config = example(_EVENT)
    id: str
    type: str = Field(description="`charging_session.updated` or `notice.created`; new ones may come.")
    object_id: str
    created_at: str


class WebhookEvents(Shape):
    """Events in order, oldest first."""

    model_config = example({"events": [_EVENT], "has_more": False})
    events: list[WebhookEventShape]
    has_more: bool = Field(description="Ask again with `after` set to the last id.")


@router.get(
    "/webhook-events",
    operation_id="listWebhookEvents",
    summary="List events that webhooks told or will tell",
    response_model=WebhookEvents,
    responses=problems(signature_refused=401, unknown_webhook_event=404),
)
async def get_webhook_events(
    request: Request,
    work: Work,
    ports: PortsDep,
    now: Now,
    after: Annotated[PublicId | None, Query(description="The last event that you have.")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    chargehand_endpoint: Annotated[str | None, Header(description="The endpoint's id.")] = None,
    chargehand_signature: Annotated[
        str | None, Header(description="As on a webhook, over this request's path and query instead of a body.")
    ] = None,
) -> WebhookEvents:
    """Return the events of the last thirty days that an endpoint wants; the newest seconds come a little later."""
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    async with work() as db:
        endpoint = await signing_endpoint(
            db=db,
            policy=ports.policy,
            now=now,
            endpoint_id=chargehand_endpoint,
            signature=chargehand_signature,
            what=asked.encode(),
        )
        events = await events_since(db=db, now=now, endpoint=endpoint, after=after, limit=limit + 1)
    found = [WebhookEventShape(**shown(event)) for event in events]
    return WebhookEvents(events=found[:limit], has_more=len(found) > limit)
