"""The wire between us and the processor's stand-in: where answers get lost, requests come late and outages happen.

An ASGI application around the stand-in's. Nothing of the stand-in is steered here; it never knows of the trouble.
"""

from collections.abc import MutableMapping
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clients.stripe.connection import NETWORK_RETRIES

OUR_OWN = b"x-soak"
"""Header of the machine's own looks at the stand-in, which no trouble touches."""
SIGN_UP = ("/v1/customers", "/v1/payment_methods")
TRIES = 1 + NETWORK_RETRIES
"""How many requests the SDK makes of one call of ours."""
_DOWN = b'{"error": {"type": "api_error", "message": "The processor is away."}}'


class Gate:
    """Passes requests on, unless told otherwise."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand before ``app``."""
        self.app = app
        self.open_again()

    def open_again(self) -> None:
        """Forget all trouble, and the requests that never arrived."""
        self.down = False
        self.answers_to_lose = 0
        self.requests_to_delay = 0
        self.delayed: list[tuple[Scope, bytes]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or do with it what the trouble of the moment is."""
        if scope["type"] == "http" and scope["path"] == "/_soak/arrive":
            await self._arrive()
            await _answer(send, 200, b"{}")
        elif not _may_be_troubled(scope):
            await self.app(scope, receive, send)
        elif self.down:
            await _answer(send, 503, _DOWN)
        elif scope["method"] == "POST" and self.answers_to_lose:
            self.answers_to_lose -= 1
            await self.app(scope, receive, _into_nothing)
            await _hang_up(receive, send)
        elif scope["method"] == "POST" and self.requests_to_delay:
            self.requests_to_delay -= 1
            self._keep(scope, await _body(receive))
            await _hang_up(receive, send)
        else:
            await self.app(scope, receive, send)

    def _keep(self, scope: Scope, body: bytes) -> None:
        """Remember a request that is still on its way; a repetition of the same travels with it."""
        kept = {name: scope[name] for name in ("type", "method", "path", "query_string", "headers")}
        if (kept, body) not in self.delayed:
            self.delayed.append((kept, body))

    async def _arrive(self) -> None:
        """Let every delayed request arrive now; nobody waits for the answers any more."""
        delayed, self.delayed = self.delayed, []
        for scope, body in delayed:
            await self.app(scope, _once(body), _into_nothing)


def _may_be_troubled(scope: Scope) -> bool:
    """Say whether a request is one of the product's about money; drivers sign up undisturbed."""
    if scope["type"] != "http" or not scope["path"].startswith("/v1/") or OUR_OWN in dict(scope["headers"]):
        return False
    return not str(scope["path"]).startswith(SIGN_UP)


def _once(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _body(receive: Receive) -> bytes:
    body, message = b"", {"more_body": True}
    while message.get("more_body"):
        message = dict(await receive())
        body += message.get("body", b"")  # type: ignore[operator]  # ASGI's bytes
    return body


async def _into_nothing(_message: MutableMapping[str, Any]) -> None:
    """Drop an answer."""


async def _answer(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _hang_up(receive: Receive, send: Send) -> None:
    """Close the connection without a byte of answer; only the server's own object can."""
    transport = send.__self__.transport  # type: ignore[attr-defined]  # uvicorn's cycle, as in sandbox/stripe/server.py
    transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass
