"""The stand-in as an ASGI application: ``/v1`` is the API, ``/_sandbox`` steers it, a background task moves time.

Run alone it is ``python -m sandbox.stripe``; in a test, ``create_app`` under any ASGI server.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.types import Message, Receive, Scope, Send

from sandbox.stripe.api import Answer, Api, ApiRequest
from sandbox.stripe.config import StandInConfig
from sandbox.stripe.control import Control
from sandbox.stripe.payouts import plan_payout
from sandbox.stripe.state import State
from sandbox.stripe.webhook_endpoints import add_endpoint
from sandbox.stripe.webhooks import WebhookDispatcher

_log = logging.getLogger(__name__)


def create_app(config: StandInConfig) -> Starlette:
    """Return a stand-in with its own memory; its API key, clock and first webhook endpoint come from ``config``."""
    state = State(config)
    api = Api(state)
    webhooks = WebhookDispatcher(state)
    state.on_event = webhooks.enqueue
    state.on_booking = lambda booked: plan_payout(state, booked)

    def add_first_endpoint() -> None:
        if config.webhook_url is not None:
            add_endpoint(state, url=config.webhook_url, enabled_events=["*"], secret=config.webhook_secret)

    add_first_endpoint()

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(_sweep(state, webhooks))
        task.add_done_callback(_report)
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await webhooks.close()

    return _StandIn(api, routes=Control(api, webhooks, start=add_first_endpoint).routes(), lifespan=lifespan)


async def _sweep(state: State, webhooks: WebhookDispatcher) -> None:
    """Expire holds, settle refunds and send webhooks as virtual time passes."""
    while True:
        state.run_due()
        webhooks.tick()
        await asyncio.sleep(state.config.sweep_interval_real_seconds)


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        _log.error("the sweep ended: holds no longer expire", exc_info=task.exception())


class _StandIn(Starlette):
    """Starlette for ``/_sandbox``; ``/v1`` is answered directly, because only there a connection may be cut."""

    def __init__(self, api: Api, **settings: object) -> None:
        super().__init__(**settings)  # type: ignore[arg-type] # passed through unchanged from create_app
        self._api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/v1/"):
            await super().__call__(scope, receive, send)
            return
        answer = await self._api.answer(await _read(scope, receive))
        if answer is None:
            await _hang_up(receive, send)
        else:
            await _write(answer, send)


async def _read(scope: Scope, receive: Receive) -> ApiRequest:
    body = b""
    message: Message = {"more_body": True}
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
    return ApiRequest(
        method=scope["method"],
        path=scope["path"],
        query=scope["query_string"].decode(),
        body=body.decode(),
        headers={name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
    )


async def _write(answer: Answer, send: Send) -> None:
    headers = {"Content-Type": "application/json", "Content-Length": str(len(answer.body)), **answer.headers}
    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    await send({"type": "http.response.body", "body": answer.body})


async def _hang_up(receive: Receive, send: Send) -> None:
    """Close the connection without a byte of answer, as a dying network would."""
    # ASGI has no message for this; uvicorn's send belongs to the object that holds the connection.
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise ConnectionAbortedError("the answer was dropped on purpose")
    transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass
