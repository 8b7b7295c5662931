"""Webhooks over HTTP: guarded against our own network, a bound on every wait, no redirect, hardly any answer read."""

import asyncio
from collections.abc import Mapping

import httpx

from api.ports.webhook_posts import WebhookNotTaken, WebhookUrlRefused
from clients.url_guard import AddressRefused, GuardedTransport, UrlGuard

_LONGEST_ANSWER = 300
_FIRST_OK, _LAST_OK = 200, 299
_LONGEST_WAIT = 24 * 60 * 60


class HttpWebhookPosts:
    """Implements ``ports.webhook_posts.WebhookPosts``."""

    def __init__(self, guard: UrlGuard, *, timeout_seconds: float = 10.0) -> None:
        """Keep the guard; connections are made per post, since they are few and go anywhere."""
        self._guard, self._timeout = guard, timeout_seconds

    def check(self, url: str) -> None:
        """Raise WebhookUrlRefused unless the address has a form that we call."""
        try:
            self._guard.check(url)
        except AddressRefused as refused:
            raise WebhookUrlRefused("webhook_url_refused", **refused.facts) from refused

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Post once."""
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=0)
        try:
            parsed = self._guard.check(url)
            transport = GuardedTransport(self._guard, limits=limits)
            async with (
                asyncio.timeout(2 * self._timeout),
                httpx.AsyncClient(transport=transport, timeout=self._timeout, trust_env=False) as client,
                client.stream("POST", parsed, content=body, headers=dict(headers)) as response,
            ):
                answer = await _beginning(response)
        except AddressRefused as refused:
            raise WebhookNotTaken("webhook_not_taken", answer=str(refused), retry_after_s=None) from refused
        except (httpx.HTTPError, OSError) as error:
            words = f"{type(error).__name__} {error}".strip()[:_LONGEST_ANSWER]
            raise WebhookNotTaken("webhook_not_taken", answer=words, retry_after_s=None) from error
        if not _FIRST_OK <= response.status_code <= _LAST_OK:
            said = f"{response.status_code} {answer}".strip()
            raise WebhookNotTaken("webhook_not_taken", answer=said, retry_after_s=_wait(response))


async def _beginning(response: httpx.Response) -> str:
    """Return the first words of an answer, without reading what may have no end."""
    async for chunk in response.aiter_raw(_LONGEST_ANSWER):
        return " ".join(chunk[:_LONGEST_ANSWER].decode("utf-8", "replace").split())
    return ""


def _wait(response: httpx.Response) -> int | None:
    stated = response.headers.get("retry-after", "").strip()
    return min(int(stated[:9]), _LONGEST_WAIT) if stated.isascii() and stated.isdigit() else None
