"""The addresses that are told of events: added, listed, given a new secret, removed; who signs as one of them."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Invalid, NotFound
from api.domain.ids import Prefix
from api.domain.notices.webhook_signature import SignatureRefused, verify
from api.models.webhook import WebhookDelivery, WebhookEndpoint
from api.ports import Ports
from api.ports.policy import ServicePolicy
from api.services.charging.findings import close_findings
from api.services.notices.emit import EVENT_TYPES
from api.services.roaming.sealing import seal, unseal

BOTH_SIGN = timedelta(days=1)
"""How long after a rotation the old secret signs as well."""
SECRET_PREFIX = "whs_"  # noqa: S105 - the beginning of a secret
FAILING = "webhook_endpoint_failing"
"""The finding about an endpoint that was disabled."""


class UnknownWebhookEndpoint(NotFound):
    """There is no such endpoint."""


class UnknownEventType(Invalid):
    """A type of event that there is not. Facts: ``types``, ``known``."""


async def add_endpoint(
    *, db: AsyncSession, ports: Ports, now: datetime, url: str, event_types: Collection[str] = ()
) -> tuple[WebhookEndpoint, str]:
    """Store an address; return it and its secret, told once. Raises WebhookUrlRefused, UnknownEventType."""
    ports.webhook_posts.check(url)
    unknown = sorted(set(event_types) - set(EVENT_TYPES))
    if unknown:
        raise UnknownEventType("unknown_event_type", types=unknown, known=list(EVENT_TYPES))
    endpoint_id, secret = ports.randomness.new_id(Prefix.WEBHOOK_ENDPOINT), SECRET_PREFIX + ports.randomness.secret()
    endpoint = WebhookEndpoint(
        id=endpoint_id,
        url=url,
        event_types=sorted(event_types),
        secret_sealed=seal(ports.policy.sealing_key, secret, owner=endpoint_id),
        created_at=now,
    )
    db.add(endpoint)
    await db.flush()
    return endpoint, secret


async def list_endpoints(*, db: AsyncSession) -> list[WebhookEndpoint]:
    """Return all endpoints, oldest first."""
    return list(await db.exec(select(WebhookEndpoint).order_by(col(WebhookEndpoint.created_at))))


async def rotate_secret(*, db: AsyncSession, ports: Ports, now: datetime, endpoint_id: str) -> str:
    """Give an endpoint a new secret and return it; the old one signs too for a day. Raises UnknownWebhookEndpoint."""
    endpoint = await endpoint_of(db=db, endpoint_id=endpoint_id)
    secret = SECRET_PREFIX + ports.randomness.secret()
    endpoint.old_secret_sealed, endpoint.old_secret_until = endpoint.secret_sealed, now + BOTH_SIGN
    endpoint.secret_sealed = seal(ports.policy.sealing_key, secret, owner=endpoint.id)
    db.add(endpoint)
    return secret


async def enable_endpoint(*, db: AsyncSession, now: datetime, endpoint_id: str) -> None:
    """Let an endpoint that was disabled be told of events again, from now on."""
    endpoint = await endpoint_of(db=db, endpoint_id=endpoint_id)
    endpoint.disabled_at = endpoint.disabled_because = endpoint.failing_since = None
    db.add(endpoint)
    await close_findings(db=db, now=now, reasons=[FAILING], subject=endpoint.id)


async def remove_endpoint(*, db: AsyncSession, now: datetime, endpoint_id: str) -> None:
    """Forget an endpoint and what was to be sent to it."""
    endpoint = await endpoint_of(db=db, endpoint_id=endpoint_id)
    await db.exec(delete(WebhookDelivery).where(col(WebhookDelivery.endpoint_id) == endpoint.id))
    await db.delete(endpoint)
    await close_findings(db=db, now=now, reasons=[FAILING], subject=endpoint_id)


async def endpoint_of(*, db: AsyncSession, endpoint_id: str) -> WebhookEndpoint:
    """Return an endpoint, locked; raises UnknownWebhookEndpoint."""
    endpoint = await db.get(WebhookEndpoint, endpoint_id, with_for_update=True, populate_existing=True)
    if endpoint is None:
        raise UnknownWebhookEndpoint("unknown_webhook_endpoint")
    return endpoint


def secrets_of(endpoint: WebhookEndpoint, policy: ServicePolicy, now: datetime) -> list[str]:
    """Return the secrets that sign for an endpoint now, the new one first."""
    keys = (policy.sealing_key, *policy.old_sealing_keys)
    sealed = [endpoint.secret_sealed]
    if endpoint.old_secret_sealed and endpoint.old_secret_until and endpoint.old_secret_until > now:
        sealed.append(endpoint.old_secret_sealed)
    return [unseal(keys, each, owner=endpoint.id) for each in sealed]


async def signing_endpoint(
    *,
    db: AsyncSession,
    policy: ServicePolicy,
    now: datetime,
    endpoint_id: str | None,
    signature: str | None,
    what: bytes,
) -> WebhookEndpoint:
    """Return the endpoint that signed ``what``; raises SignatureRefused, whichever part of it is wrong."""
    endpoint = await db.get(WebhookEndpoint, endpoint_id or "")
    if endpoint is None:
        raise SignatureRefused("signature_refused")
    verify(signature, secrets_of(endpoint, policy, now), now=now, body=what)
    return endpoint
