"""FCM HTTP v1 against a stand-in that checks what Google checks: the assertion, the access token, the message."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jose import jwt

from api.ports.push import DeviceUnregistered, Platform, PushRefused, PushTarget, PushUnavailable
from clients.push.fcm import SCOPE, Fcm, ServiceAccount
from tests.clients.push.standing_in import NOW, PUSH, QUIET, Asked, Recorder, pem, public_pem
from tests.serving import serve

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
TARGET = PushTarget(Platform.FCM, "fcm-token-of-a-phone")
SEND = "/v1/projects/charge-1/messages:send"


@dataclass
class Google(Recorder):
    """Gives access tokens for assertions that hold, and takes messages that carry the newest of them."""

    url: str = ""
    given: list[str] = field(default_factory=list)
    claims: list[dict[str, Any]] = field(default_factory=list)
    token_answers: list[tuple[int, bytes, dict[str, str]]] = field(default_factory=list)

    def take(self, asked: Asked) -> tuple[int, bytes, dict[str, str]]:
        """Answer a token request by checking it, and a message by its token."""
        if asked.path == "/token":
            return self.token_answers.pop(0) if self.token_answers else self._token(asked)
        if not self.given or asked.headers.get("authorization") != f"Bearer {self.given[-1]}":
            self.asked.append(asked)
            return 401, b'{"error": {"status": "UNAUTHENTICATED"}}', {}
        return super().take(asked)

    def _token(self, asked: Asked) -> tuple[int, bytes, dict[str, str]]:
        form = parse_qs(asked.body.decode())
        assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
        assertion = form["assertion"][0]
        options = {"verify_exp": False, "verify_iat": False}
        audience = f"{self.url}/token"
        claims = jwt.decode(assertion, public_pem(KEY), algorithms=["RS256"], audience=audience, options=options)
        assert jwt.get_unverified_header(assertion)["kid"] == "key-1"
        self.claims.append(claims)
        self.given.append(f"ya29.{len(self.given) + 1}")
        return 200, json.dumps({"access_token": self.given[-1], "expires_in": 3600}).encode(), {}

    @property
    def messages(self) -> list[dict[str, Any]]:
        """Return the messages that came."""
        return [json.loads(each.body)["message"] for each in self.asked]


@dataclass
class Clock:
    """A clock to turn."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.at


@pytest.fixture
def google() -> Iterator[Google]:
    """Serve the stand-in."""
    stand_in = Google()
    with serve(stand_in) as url:
        stand_in.url = url
        yield stand_in


@pytest.fixture
def clock() -> Clock:
    """Return the clock."""
    return Clock()


@pytest.fixture
async def fcm(google: Google, clock: Clock) -> AsyncIterator[Fcm]:
    """Return our side."""
    account = ServiceAccount.of(
        json.dumps(
            {
                "type": "service_account",
                "project_id": "charge-1",
                "client_email": "push@charge-1.example",
                "private_key_id": "key-1",
                "private_key": pem(KEY),
                "token_uri": f"{google.url}/token",
            }
        )
    )
    async with httpx.AsyncClient(timeout=5) as client:
        yield Fcm(account, client=client, now=clock, api=google.url)


@pytest.mark.capability("A27")
async def test_a_push_says_which_notice_and_no_more(google: Google, fcm: Fcm) -> None:
    """The message names id, kind, and keys of words; nothing in it is of a person, and it collapses by charge."""
    await fcm.send(TARGET, PUSH)

    (asked,) = google.asked
    assert (asked.method, asked.path) == ("POST", SEND)
    assert google.messages == [
        {
            "token": "fcm-token-of-a-phone",
            "data": {"id": "ntc_1", "kind": "unplug"},
            "android": {
                "collapse_key": "chs_1",
                "priority": "HIGH",
                "ttl": "43200s",
                "notification": {
                    "tag": "chs_1",
                    "title_loc_key": "notice_unplug_vehicle_title",
                    "body_loc_key": "notice_unplug_vehicle_text",
                },
            },
        }
    ]


async def test_the_assertion_is_that_of_the_service_account(google: Google, fcm: Fcm) -> None:
    """RFC 7523: who we are, for what, to whom, and not for long; its signature was checked by the stand-in."""
    await fcm.send(TARGET, PUSH)

    (claims,) = google.claims
    issued = int(NOW.timestamp())
    assert claims == {
        "iss": "push@charge-1.example",
        "scope": SCOPE,
        "aud": f"{google.url}/token",
        "iat": issued,
        "exp": issued + 600,
    }


async def test_an_access_token_is_used_while_it_lives(google: Google, fcm: Fcm, clock: Clock) -> None:
    """Two pushes need one token; shortly before it ends another is fetched."""
    await fcm.send(TARGET, PUSH)
    await fcm.send(TARGET, QUIET)
    assert google.given == ["ya29.1"]

    clock.at += timedelta(minutes=59)
    await fcm.send(TARGET, PUSH)
    assert google.given == ["ya29.1", "ya29.2"]


async def test_a_token_that_is_no_longer_taken_is_fetched_anew_once(google: Google, fcm: Fcm) -> None:
    """Google may revoke early: the push goes out all the same."""
    await fcm.send(TARGET, PUSH)
    google.given.append("revoked everything before")
    await fcm.send(TARGET, QUIET)

    assert [message["data"]["id"] for message in google.messages] == ["ntc_1", "ntc_2", "ntc_2"]
    assert google.given[-1] == "ya29.3"


async def test_news_goes_at_normal_priority(google: Google, fcm: Fcm) -> None:
    """Only what must not wait wakes a sleeping phone."""
    await fcm.send(TARGET, QUIET)
    assert google.messages[0]["android"]["priority"] == "NORMAL"


def error(status: int, code: str, name: str = "NOT_FOUND", **headers: str) -> tuple[int, bytes, dict[str, str]]:
    """Return an error as FCM writes it."""
    details = [{"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code}] if code else []
    return status, json.dumps({"error": {"code": status, "status": name, "details": details}}).encode(), headers


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        (error(404, "UNREGISTERED"), DeviceUnregistered),
        (error(404, ""), DeviceUnregistered),
        (error(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT"), PushRefused),
        (error(403, "SENDER_ID_MISMATCH", "PERMISSION_DENIED"), PushRefused),
        (error(429, "QUOTA_EXCEEDED", "RESOURCE_EXHAUSTED"), PushUnavailable),
        (error(503, "UNAVAILABLE", "UNAVAILABLE"), PushUnavailable),
        ((500, b"<html>oops</html>", {}), PushUnavailable),
        ((404, b"not json", {}), DeviceUnregistered),
    ],
)
async def test_what_answers_mean(google: Google, fcm: Fcm, answer: Any, raised: type[Exception]) -> None:
    """A phone that is gone, a message that is wrong, and a service that is busy are three things."""
    google.answers.append(answer)
    with pytest.raises(raised):
        await fcm.send(TARGET, PUSH)


@pytest.mark.parametrize(
    ("stated", "seconds"), [("120", 120), ("Mon, 02 Mar 2026 09:01:30 GMT", 90), ("999999999", 86400), ("soon", None)]
)
async def test_the_wait_that_google_asks_for_is_told(google: Google, fcm: Fcm, stated: str, seconds: int) -> None:
    """Retry-After in seconds or as a date is passed on, at most a day."""
    google.answers.append(error(503, "UNAVAILABLE", "UNAVAILABLE", **{"Retry-After": stated}))
    with pytest.raises(PushUnavailable) as caught:
        await fcm.send(TARGET, PUSH)
    assert caught.value.facts["retry_after_s"] == seconds


async def test_trouble_with_the_account_is_for_later(google: Google, fcm: Fcm) -> None:
    """No access token, a nonsensical one, or one that is never taken: our side's to mend, the device stays."""
    google.token_answers += [(400, b'{"error": "invalid_grant"}', {}), (200, b"[]", {})]
    for _ in range(2):
        with pytest.raises(PushUnavailable):
            await fcm.send(TARGET, PUSH)
    google.answers += [(401, b"{}", {}), (401, b"{}", {})]
    with pytest.raises(PushUnavailable):
        await fcm.send(TARGET, PUSH)


async def test_nobody_answers(google: Google, fcm: Fcm) -> None:
    """A connection that is refused is for later."""
    fcm._url = "http://127.0.0.1:1/v1"
    with pytest.raises(PushUnavailable):
        await fcm.send(TARGET, PUSH)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"project_id": "p"}'])
def test_a_file_that_is_no_key_file_is_refused_at_the_start(text: str) -> None:
    """A wrong setting shows when the process starts, not when a driver waits."""
    with pytest.raises(ValueError, match=r".*"):
        ServiceAccount.of(text)
