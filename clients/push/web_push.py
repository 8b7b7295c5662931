"""Web Push (RFC 8030) to whatever service a browser named, as ourselves (VAPID, RFC 8292), readable by it alone (8291).

The address comes from a driver's browser, so it is called like any address that others name: guarded, no redirects.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta

import httpx
from cryptography.hazmat.primitives.asymmetric import ec

from api.ports.push import DeviceUnregistered, OutgoingPush, PushRefused, PushTarget
from clients.push.answers import is_busy, unavailable, unreachable, words_of
from clients.push.jws import base64url, private_key, signed, unbase64url
from clients.push.web_push_crypto import encrypt, point_of
from clients.url_guard import AddressRefused, GuardedTransport, UrlGuard

_TOKEN_LIVES = timedelta(hours=12)
_TOPIC_LENGTH = 32
_GONE = frozenset({404, 410})
_LAST_OK = 299


class WebPush:
    """Sends to browsers."""

    def __init__(
        self,
        key: ec.EllipticCurvePrivateKey,
        *,
        contact: str,
        client: httpx.AsyncClient,
        guard: UrlGuard,
        now: Callable[[], datetime],
    ) -> None:
        """Keep what is needed; ``contact`` (``mailto:`` or ``https:``) is whom a push service may ask about us."""
        self._key, self._contact, self._client, self._guard, self._now = key, contact, client, guard, now

    @property
    def public_key(self) -> str:
        """Return the key that browsers subscribe with."""
        return base64url(point_of(self._key.public_key()))

    async def send(self, target: PushTarget, push: OutgoingPush) -> None:
        """Encrypt and send."""
        try:
            url = self._guard.check(target.token)
            body = self._body(target, push)
            headers = self.headers(url, push)
            response = await self._client.post(url, content=body, headers=headers, follow_redirects=False)
        except AddressRefused as refused:
            raise DeviceUnregistered("device_unregistered", answer=str(refused)) from refused
        except (httpx.HTTPError, OSError) as error:
            raise unreachable(error) from error
        self._judge(response)

    def headers(self, url: httpx.URL, push: OutgoingPush) -> dict[str, str]:
        """Return the headers of a push to a service."""
        lives = max(0, int((push.expires_at - self._now()).total_seconds()))
        return {
            "Authorization": f"vapid t={self._token(url)}, k={self.public_key}",
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(lives),
            "Urgency": "high" if push.urgent else "normal",
            "Topic": topic_of(push.collapse_key),
        }

    def _token(self, url: httpx.URL) -> str:
        """Return a token that this service alone takes."""
        origin = f"{url.scheme}://{url.netloc.decode()}"
        expires = int((self._now() + _TOKEN_LIVES).timestamp())
        return signed({"aud": origin, "exp": expires, "sub": self._contact}, self._key, typ="JWT")

    def _body(self, target: PushTarget, push: OutgoingPush) -> bytes:
        keys = target.keys or {}
        plain = json.dumps(push.data, separators=(",", ":")).encode()
        try:
            return encrypt(plain, p256dh=unbase64url(keys["p256dh"]), auth=unbase64url(keys["auth"]))
        except (KeyError, ValueError) as error:
            raise DeviceUnregistered("device_unregistered", answer=f"its keys are none: {error}") from error

    def _judge(self, response: httpx.Response) -> None:
        if response.status_code <= _LAST_OK:
            return
        if is_busy(response):
            raise unavailable(response, self._now())
        if response.status_code in _GONE:
            raise DeviceUnregistered("device_unregistered", answer=words_of(response))
        raise PushRefused("push_refused", answer=words_of(response))


def guarded_web_push(
    pem: str, *, contact: str, guard: UrlGuard, timeout: float, now: Callable[[], datetime]
) -> WebPush:
    """Return a sender over a guarded network, with the key in a PEM text; raises ValueError for another kind of key."""
    key = private_key(pem)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("Web Push needs a key on P-256")
    transport = GuardedTransport(guard, limits=httpx.Limits(max_connections=50, max_keepalive_connections=10))
    client = httpx.AsyncClient(transport=transport, timeout=timeout, trust_env=False)
    return WebPush(key, contact=contact, client=client, guard=guard, now=now)


def topic_of(collapse_key: str) -> str:
    """Return a collapse key as a topic: 32 characters of the URL-safe alphabet, which is what services take."""
    return base64url(hashlib.sha256(collapse_key.encode()).digest())[:_TOPIC_LENGTH]
