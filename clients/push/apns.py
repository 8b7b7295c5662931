"""Apple Push Notification service over HTTP/2, with a token of ours that Apple reads (ES256, renewed every 45 minutes).

https://developer.apple.com/documentation/usernotifications - Apple refuses tokens older than an hour, and ones renewed
more often than every 20 minutes.
"""

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from api.ports.push import DeviceUnregistered, OutgoingPush, PushRefused, PushTarget
from clients.push.answers import is_busy, unavailable, unreachable, words_of
from clients.push.jws import PrivateKey, signed

LIVE, SANDBOX = "https://api.push.apple.com", "https://api.sandbox.push.apple.com"
_RENEWED = timedelta(minutes=45)
_LONGEST_COLLAPSE_ID = 64
_OK, _FORBIDDEN, _GONE = 200, 403, 410
_UNREGISTERED = frozenset({"BadDeviceToken", "DeviceTokenNotForTopic", "Unregistered", "ExpiredToken"})
_OUR_TOKEN = frozenset({"ExpiredProviderToken", "InvalidProviderToken", "MissingProviderToken"})


@dataclass(frozen=True, slots=True)
class ApnsKey:
    """Who we are to Apple; ``topic`` is the app's bundle id."""

    team_id: str
    key_id: str
    key: PrivateKey
    topic: str


class Apns:
    """Sends to one app's devices."""

    def __init__(
        self, ours: ApnsKey, *, client: httpx.AsyncClient, now: Callable[[], datetime], api: str = LIVE
    ) -> None:
        """Keep what is needed; ``client`` speaks HTTP/2. ``now`` is wall time, which Apple judges tokens by."""
        self._ours, self._client, self._now, self._api = ours, client, now, api
        self._token: tuple[str, datetime] | None = None

    async def send(self, target: PushTarget, push: OutgoingPush) -> None:
        """Send; one whose token of ours was refused is for later, with a new one."""
        url = f"{self._api}/3/device/{target.token}"
        try:
            response = await self._client.post(url, json=self.payload(push), headers=self.headers(push))
        except (httpx.HTTPError, OSError) as error:
            raise unreachable(error) from error
        if response.status_code != _OK:
            self._judge(response)

    def headers(self, push: OutgoingPush) -> dict[str, str]:
        """Return the headers; ``apns-id`` and ``apns-collapse-id`` depend on nothing but the push."""
        return {
            "authorization": f"bearer {self._provider_token()}",
            "apns-push-type": "alert",
            "apns-topic": self._ours.topic,
            "apns-id": str(uuid.uuid5(uuid.NAMESPACE_OID, push.id)),
            "apns-priority": "10" if push.urgent else "5",
            "apns-expiration": str(int(push.expires_at.timestamp())),
            "apns-collapse-id": _collapse_id(push.collapse_key),
        }

    def payload(self, push: OutgoingPush) -> dict[str, Any]:
        """Return the payload: which notice, and the keys of the app's own words for it."""
        alert = {"title-loc-key": push.words("title"), "loc-key": push.words("text")}
        aps = {"alert": alert, "sound": "default", "thread-id": _collapse_id(push.collapse_key)}
        return {"aps": aps} | push.data

    def _provider_token(self) -> str:
        now, ours = self._now(), self._ours
        if self._token is None or now - self._token[1] >= _RENEWED:
            claims = {"iss": ours.team_id, "iat": int(now.timestamp())}
            self._token = (signed(claims, ours.key, kid=ours.key_id), now)
        return self._token[0]

    def _judge(self, response: httpx.Response) -> None:
        reason = _reason(response)
        if is_busy(response):
            raise unavailable(response, self._now())
        if response.status_code == _GONE or reason in _UNREGISTERED:
            raise DeviceUnregistered("device_unregistered", answer=words_of(response))
        if response.status_code == _FORBIDDEN and reason in _OUR_TOKEN:
            self._token = None
            raise unavailable(response, self._now())
        raise PushRefused("push_refused", answer=words_of(response))


def _collapse_id(key: str) -> str:
    """Return a collapse key within Apple's 64 bytes."""
    if len(key.encode()) <= _LONGEST_COLLAPSE_ID:
        return key
    return hashlib.sha256(key.encode()).hexdigest()


def _reason(response: httpx.Response) -> str | None:
    try:
        return str(response.json()["reason"])
    except (ValueError, KeyError, TypeError):
        return None
