"""Firebase Cloud Messaging, HTTP v1: a service account signs for an access token (RFC 7523), which sends.

https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages - the app has the words, by key.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

import httpx

from api.ports.push import DeviceUnregistered, OutgoingPush, PushRefused, PushTarget, PushUnavailable
from clients.push.answers import is_busy, unavailable, unreachable, words_of
from clients.push.jws import PrivateKey, private_key, signed

API = "https://fcm.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_ASSERTION_LIVES = timedelta(minutes=10)
_MARGIN = timedelta(minutes=2)
_OK, _UNAUTHORIZED, _NOT_FOUND = 200, 401, 404


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """Who we are to Google: the fields of a service account's key file that are needed."""

    project_id: str
    client_email: str
    key: PrivateKey
    key_id: str
    token_uri: str

    @classmethod
    def of(cls, text: str) -> Self:
        """Return the account of a key file's JSON; raises ValueError."""
        try:
            found = json.loads(text)
            return cls(
                project_id=found["project_id"],
                client_email=found["client_email"],
                key=private_key(found["private_key"]),
                key_id=found["private_key_id"],
                token_uri=found["token_uri"],
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"no key file of a service account: {error}") from error


class Fcm:
    """Sends through one project's FCM."""

    def __init__(
        self,
        account: ServiceAccount,
        *,
        client: httpx.AsyncClient,
        now: Callable[[], datetime],
        api: str = API,
    ) -> None:
        """Keep what is needed; ``client`` is ours alone. ``now`` is wall time, which Google judges tokens by."""
        self._account, self._client, self._now = account, client, now
        self._url = f"{api}/v1/projects/{account.project_id}/messages:send"
        self._token: tuple[str, datetime] | None = None
        self._alone = asyncio.Lock()

    async def send(self, target: PushTarget, push: OutgoingPush) -> None:
        """Send; an access token that Google no longer takes is fetched anew, once."""
        body = {"message": self.message(target, push)}
        try:
            response = await self._post(body)
            if response.status_code == _UNAUTHORIZED:
                self._token = None
                response = await self._post(body)
        except (httpx.HTTPError, OSError) as error:
            raise unreachable(error) from error
        self._judge(response)

    def message(self, target: PushTarget, push: OutgoingPush) -> dict[str, Any]:
        """Return the message: data for the app, keys of its own words for the system while the app sleeps."""
        lives = max(0, int((push.expires_at - self._now()).total_seconds()))
        return {
            "token": target.token,
            "data": push.data,
            "android": {
                "collapse_key": push.collapse_key,
                "priority": "HIGH" if push.urgent else "NORMAL",
                "ttl": f"{lives}s",
                "notification": {
                    "tag": push.collapse_key,
                    "title_loc_key": push.words("title"),
                    "body_loc_key": push.words("text"),
                },
            },
        }

    async def _post(self, body: dict[str, Any]) -> httpx.Response:
        headers = {"Authorization": f"Bearer {await self._access_token()}"}
        return await self._client.post(self._url, json=body, headers=headers)

    def _judge(self, response: httpx.Response) -> None:
        if response.status_code == _OK:
            return
        if is_busy(response):
            raise unavailable(response, self._now())
        code = _error_code(response)
        if code == "UNREGISTERED" or (response.status_code == _NOT_FOUND and code in (None, "NOT_FOUND")):
            raise DeviceUnregistered("device_unregistered", answer=words_of(response))
        if response.status_code == _UNAUTHORIZED:
            raise unavailable(response, self._now())  # our account's trouble, not the push's
        raise PushRefused("push_refused", answer=words_of(response))

    async def _access_token(self) -> str:
        """Return an access token that lives a while yet; one request at a time asks for a new one."""
        async with self._alone:
            now = self._now()
            if self._token is None or self._token[1] - _MARGIN <= now:
                self._token = await self._fetch(now)
            return self._token[0]

    async def _fetch(self, now: datetime) -> tuple[str, datetime]:
        account, issued = self._account, int(now.timestamp())
        claims = {
            "iss": account.client_email,
            "scope": SCOPE,
            "aud": account.token_uri,
            "iat": issued,
            "exp": issued + int(_ASSERTION_LIVES.total_seconds()),
        }
        assertion = signed(claims, account.key, typ="JWT", kid=account.key_id)
        answer = await self._client.post(account.token_uri, data={"grant_type": _GRANT, "assertion": assertion})
        if answer.status_code != _OK:
            raise unavailable(answer, now)
        try:
            found = answer.json()
            return str(found["access_token"]), now + timedelta(seconds=int(found["expires_in"]))
        except (ValueError, KeyError, TypeError) as error:
            raise PushUnavailable("push_unavailable", answer="no access token", retry_after_s=None) from error


def _error_code(response: httpx.Response) -> str | None:
    """Return FCM's own code of an error (``UNREGISTERED``), else the status that it is an example of."""
    try:
        error = response.json()["error"]
        details = [each for each in error.get("details", []) if "errorCode" in each]
        return str(details[0]["errorCode"] if details else error["status"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
