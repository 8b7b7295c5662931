"""Stripe's webhook endpoint (https://docs.stripe.com/webhooks): the signature is over the raw body, so it is read raw.

Answers 200 for an event stored now or before, 400 for a forged one and 413 for one that is too large; a database that
is down answers 500, and Stripe sends the event again for three days.
"""

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from api.db import UnitOfWork
from api.ports import Ports
from api.ports.payments import ForgedEvent
from api.services.payments.events import count_refusal, store_event

SIGNATURE = "stripe-signature"


def stripe_route(path: str, *, ports: Ports, work: UnitOfWork, limit: int) -> Route:
    """Return the endpoint at ``path``; ``limit`` is the most bytes of a body that are read."""

    async def receive_event(request: Request) -> Response:
        """Store one event before answering."""
        payload = await _body(request, limit)
        if payload is None:
            return JSONResponse({"error": "too_large"}, status_code=413)
        signature = request.headers.get(SIGNATURE, "")
        try:
            async with work() as db:
                await store_event(db=db, ports=ports, now=ports.clock.now(), payload=payload, signature=signature)
        except ForgedEvent as forged:
            async with work() as db:
                reason = str(forged.facts.get("reason") or forged.code)
                await count_refusal(db=db, now=ports.clock.now(), reason=reason)
            return JSONResponse({"error": "refused"}, status_code=400)
        return JSONResponse({"received": True})

    return Route(path, receive_event, methods=["POST"])


async def _body(request: Request, limit: int) -> bytes | None:
    """Return the raw body, or None when it is larger than ``limit`` or the sender left."""
    announced = request.headers.get("content-length", "0")
    if announced.isdigit() and int(announced) > limit:
        return None
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > limit:
                return None
    except ClientDisconnect:
        return None
    return bytes(body)
