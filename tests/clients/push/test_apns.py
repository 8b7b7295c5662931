"""APNs against a stand-in that speaks HTTP/2 over TLS and checks what Apple checks."""

import json
import ssl
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jose import jwt

from api.ports.push import DeviceUnregistered, Platform, PushRefused, PushTarget, PushUnavailable
from clients.push.apns import Apns, ApnsKey
from clients.push.jws import private_key
from tests.clients.push.http2 import make_certificate, serving_http2
from tests.clients.push.standing_in import NOW, PUSH, QUIET, Recorder, pem, public_pem

KEY = ec.generate_private_key(ec.SECP256R1())
TARGET = PushTarget(Platform.APNS, "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0")


@dataclass
class Stage:
    """Apple's side, ours, and the clock."""

    apple: Recorder
    apns: Apns
    at: datetime = NOW

    def now(self) -> datetime:
        """Tell the time."""
        return self.at


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a certificate of this machine."""
    return make_certificate(tmp_path_factory.mktemp("tls") / "server.pem")


@pytest.fixture
async def stage(certificate: Path) -> AsyncIterator[Stage]:
    """Serve Apple's side over HTTP/2."""
    apple = Recorder(usual=(200, b"", {}))
    trusted = ssl.create_default_context(cafile=str(certificate))
    async with serving_http2(apple, certificate) as url, httpx.AsyncClient(http2=True, verify=trusted) as client:
        stage = Stage(apple, None)  # type: ignore[arg-type]  # made in the next line, with the stage's clock
        ours = ApnsKey("TEAM123456", "KEY1234567", private_key(pem(KEY)), "example.chargehand.app")
        stage.apns = Apns(ours, client=client, now=stage.now, api=url)
        yield stage


def refusal(status: int, reason: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    """Return an error as Apple writes it."""
    return status, json.dumps({"reason": reason}).encode(), headers


@pytest.mark.capability("A27")
async def test_a_push_says_which_notice_and_no_more(stage: Stage) -> None:
    """Over HTTP/2, to the device's path: id, kind, and keys of words."""
    await stage.apns.send(TARGET, PUSH)

    (asked,) = stage.apple.asked
    assert (asked.method, asked.path) == ("POST", f"/3/device/{TARGET.token}")
    assert json.loads(asked.body) == {
        "aps": {
            "alert": {"title-loc-key": "notice_unplug_vehicle_title", "loc-key": "notice_unplug_vehicle_text"},
            "sound": "default",
            "thread-id": "chs_1",
        },
        "id": "ntc_1",
        "kind": "unplug",
    }


async def test_the_headers_are_those_of_one_push(stage: Stage) -> None:
    """Topic, priority, expiry and collapse id; the same push sent twice has the same apns-id."""
    await stage.apns.send(TARGET, PUSH)
    await stage.apns.send(TARGET, PUSH)
    await stage.apns.send(TARGET, QUIET)

    first, again, quiet = (
        {k: v for k, v in each.headers.items() if k.startswith("apns")} for each in stage.apple.asked
    )
    assert first == {
        "apns-push-type": "alert",
        "apns-topic": "example.chargehand.app",
        "apns-id": str(uuid.UUID(first["apns-id"])),
        "apns-priority": "10",
        "apns-expiration": str(int(PUSH.expires_at.timestamp())),
        "apns-collapse-id": "chs_1",
    }
    assert again == first
    assert (quiet["apns-priority"], quiet["apns-collapse-id"]) == ("5", "chs_1")
    assert quiet["apns-id"] != first["apns-id"]


async def test_the_provider_token_is_ours_and_renewed_in_time(stage: Stage) -> None:
    """ES256 by our key, with team and key id; kept for 45 minutes, since Apple dislikes younger and older ones."""
    await stage.apns.send(TARGET, PUSH)
    stage.at += timedelta(minutes=44)
    await stage.apns.send(TARGET, PUSH)
    stage.at += timedelta(minutes=2)
    await stage.apns.send(TARGET, PUSH)

    tokens = [each.headers["authorization"].removeprefix("bearer ") for each in stage.apple.asked]
    assert tokens[0] == tokens[1] != tokens[2]
    options = {"verify_iat": False}
    assert jwt.decode(tokens[0], public_pem(KEY), algorithms=["ES256"], options=options) == {
        "iss": "TEAM123456",
        "iat": int(NOW.timestamp()),
    }
    assert jwt.get_unverified_header(tokens[2]) == {"alg": "ES256", "kid": "KEY1234567"}


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        (refusal(410, "Unregistered"), DeviceUnregistered),
        (refusal(410, "ExpiredToken"), DeviceUnregistered),
        (refusal(400, "BadDeviceToken"), DeviceUnregistered),
        (refusal(400, "DeviceTokenNotForTopic"), DeviceUnregistered),
        (refusal(400, "BadTopic"), PushRefused),
        (refusal(413, "PayloadTooLarge"), PushRefused),
        (refusal(403, "BadCertificate"), PushRefused),
        (refusal(403, "InvalidProviderToken"), PushUnavailable),
        (refusal(429, "TooManyRequests"), PushUnavailable),
        (refusal(500, "InternalServerError"), PushUnavailable),
        (refusal(503, "Shutdown"), PushUnavailable),
        ((400, b"no json", {}), PushRefused),
    ],
)
async def test_what_answers_mean(stage: Stage, answer: Any, raised: type[Exception]) -> None:
    """A device that is gone, a push that is wrong, our token's trouble, and a service that is busy."""
    stage.apple.answers.append(answer)
    with pytest.raises(raised):
        await stage.apns.send(TARGET, PUSH)


async def test_a_refused_provider_token_is_made_anew(stage: Stage) -> None:
    """What Apple called expired is not sent again."""
    stage.apple.answers.append(refusal(403, "ExpiredProviderToken"))
    with pytest.raises(PushUnavailable):
        await stage.apns.send(TARGET, PUSH)
    stage.at += timedelta(minutes=1)
    await stage.apns.send(TARGET, PUSH)

    first, second = (each.headers["authorization"] for each in stage.apple.asked)
    assert first != second


async def test_the_wait_that_apple_asks_for_is_told(stage: Stage) -> None:
    """Retry-After is passed on."""
    stage.apple.answers.append(refusal(503, "ServiceUnavailable", **{"retry-after": "30"}))
    with pytest.raises(PushUnavailable) as caught:
        await stage.apns.send(TARGET, PUSH)
    assert caught.value.facts["retry_after_s"] == 30


async def test_a_long_collapse_key_is_cut_to_size_and_stays_its_own(stage: Stage) -> None:
    """Apple takes 64 bytes: two long keys still are two."""
    for end in ("a", "b"):
        await stage.apns.send(TARGET, replace(PUSH, collapse_key="chs_" + "0" * 80 + end))
    ids = {each.headers["apns-collapse-id"] for each in stage.apple.asked}
    assert (len(ids), {len(each) for each in ids}) == (2, {64})
