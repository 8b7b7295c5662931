"""Web Push against a stand-in push service that checks VAPID, and a browser that decrypts with another's code."""

import json
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import http_ece
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jose import jwt

from api.ports.push import DeviceUnregistered, Platform, PushRefused, PushTarget, PushUnavailable
from clients.push.jws import base64url, unbase64url
from clients.push.web_push import WebPush, guarded_web_push, topic_of
from clients.push.web_push_crypto import encrypt, point_of
from clients.url_guard import UrlGuard
from tests.clients.push.standing_in import NOW, PUSH, QUIET, Recorder, pem
from tests.serving import serve

KEY = ec.generate_private_key(ec.SECP256R1())
BROWSER = ec.generate_private_key(ec.SECP256R1())
AUTH = os.urandom(16)
KEYS = {"p256dh": base64url(point_of(BROWSER.public_key())), "auth": base64url(AUTH)}


@pytest.fixture
def service() -> Iterator[tuple[Recorder, str]]:
    """Serve a push service."""
    recorder = Recorder(usual=(201, b"", {}))
    with serve(recorder) as url:
        yield recorder, url


@pytest.fixture
async def ours() -> AsyncIterator[WebPush]:
    """Return our side; push services on loopback are allowed."""
    guard = UrlGuard(allow_loopback=True)
    sender = guarded_web_push(pem(KEY), contact="mailto:ops@example.com", guard=guard, timeout=5, now=lambda: NOW)
    yield sender
    await sender._client.aclose()


def target(url: str, **keys: str) -> PushTarget:
    """Return a browser that subscribed at a service."""
    return PushTarget(Platform.WEB_PUSH, f"{url}/push/abc", KEYS | keys)


@pytest.mark.capability("A27")
async def test_the_browser_reads_which_notice_and_no_more(service: tuple[Recorder, str], ours: WebPush) -> None:
    """RFC 8291: the body, decrypted by an independent implementation, holds id and kind; the service cannot read it."""
    recorder, url = service
    await ours.send(target(url), PUSH)

    (asked,) = recorder.asked
    plain = http_ece.decrypt(asked.body, private_key=BROWSER, auth_secret=AUTH, version="aes128gcm")
    assert json.loads(plain) == {"id": "ntc_1", "kind": "unplug"}
    assert b"unplug" not in asked.body


async def test_the_headers_are_those_of_rfc_8030(service: tuple[Recorder, str], ours: WebPush) -> None:
    """TTL, Urgency, Topic and the coding; the topic is the same for one charge and 32 URL-safe characters."""
    recorder, url = service
    await ours.send(target(url), PUSH)
    await ours.send(target(url), QUIET)

    first, second = (each.headers for each in recorder.asked)
    assert (first["ttl"], first["urgency"], first["content-encoding"]) == ("43200", "high", "aes128gcm")
    assert (second["urgency"], second["topic"]) == ("normal", first["topic"])
    assert first["topic"] == topic_of("chs_1") != topic_of("chs_2")
    assert len(first["topic"]) == 32


async def test_we_are_who_browsers_subscribed_to(service: tuple[Recorder, str], ours: WebPush) -> None:
    """RFC 8292: the token is signed by the key in ``k``, which is ours, for this service and at most a day."""
    recorder, url = service
    await ours.send(target(url), PUSH)

    scheme, _, rest = recorder.asked[0].headers["authorization"].partition(" ")
    parts = dict(each.strip().split("=", 1) for each in rest.split(","))
    assert (scheme, parts["k"]) == ("vapid", ours.public_key)
    shown = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unbase64url(parts["k"]))
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    key = shown.public_bytes(serialization.Encoding.PEM, form).decode()
    claims = jwt.decode(parts["t"], key, algorithms=["ES256"], audience=url, options={"verify_exp": False})
    expires = int((NOW + timedelta(hours=12)).timestamp())
    assert claims == {"aud": url, "exp": expires, "sub": "mailto:ops@example.com"}


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        ((404, b"", {}), DeviceUnregistered),
        ((410, b"", {}), DeviceUnregistered),
        ((400, b"", {}), PushRefused),
        ((413, b"", {}), PushRefused),
        ((301, b"", {"location": "http://169.254.169.254/"}), PushRefused),
        ((429, b"", {"retry-after": "60"}), PushUnavailable),
        ((502, b"", {}), PushUnavailable),
    ],
)
async def test_what_answers_mean(
    service: tuple[Recorder, str], ours: WebPush, answer: Any, raised: type[Exception]
) -> None:
    """A subscription that is gone, a push that is wrong, a service that is busy; redirects are not followed."""
    recorder, url = service
    recorder.answers.append(answer)
    with pytest.raises(raised):
        await ours.send(target(url), PUSH)
    assert len(recorder.asked) == 1


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.8/push",
        "file:///etc/passwd",
        "https://user:secret@push.example.com/",
        "http://[::ffff:127.0.0.1]/",
    ],
)
async def test_an_endpoint_inside_our_network_is_never_called(ours: WebPush, endpoint: str) -> None:
    """A driver's browser names the address: it is guarded like a partner's, and such a device is dropped."""
    with pytest.raises(DeviceUnregistered):
        await ours.send(PushTarget(Platform.WEB_PUSH, endpoint, KEYS), PUSH)


@pytest.mark.parametrize(
    "keys", [{"p256dh": "AAAA"}, {"auth": "AAAA"}, {"p256dh": base64url(b"\x04" + b"\x01" * 64)}, {"auth": "%%%"}]
)
async def test_keys_that_are_none_drop_the_device(
    service: tuple[Recorder, str], ours: WebPush, keys: dict[str, str]
) -> None:
    """A point off the curve or a secret of another length encrypts nothing; nothing is sent."""
    recorder, url = service
    with pytest.raises(DeviceUnregistered):
        await ours.send(target(url, **keys), PUSH)
    assert recorder.asked == []


async def test_nobody_answers(ours: WebPush) -> None:
    """A service that is away is for later."""
    with pytest.raises(PushUnavailable):
        await ours.send(target("http://127.0.0.1:1"), PUSH)


async def test_a_push_that_has_expired_lives_no_longer(service: tuple[Recorder, str], ours: WebPush) -> None:
    """A TTL is never negative."""
    recorder, url = service
    await ours.send(target(url), replace(PUSH, expires_at=NOW - timedelta(hours=1)))
    assert recorder.asked[0].headers["ttl"] == "0"


def test_the_example_of_the_rfc() -> None:
    """RFC 8291, appendix A: with its keys and salt our body is its body, byte for byte."""
    salt = unbase64url("DGv6ra1nlYgDCS1FRnbzlw")
    p256dh = unbase64url("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4")
    auth = unbase64url("BTBZMqHH6r4Tts7J_aSIgg")
    ephemeral = ec.derive_private_key(
        int.from_bytes(unbase64url("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")), ec.SECP256R1()
    )
    body = encrypt(
        b"When I grow up, I want to be a watermelon", p256dh=p256dh, auth=auth, salt=salt, ephemeral=ephemeral
    )
    assert base64url(body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3"
        "jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_a_key_of_another_kind_is_refused_at_the_start() -> None:
    """A wrong setting shows when the process starts."""
    other = ec.generate_private_key(ec.SECP384R1())
    with pytest.raises(ValueError, match="P-256"):
        guarded_web_push(pem(other), contact="mailto:a@example.com", guard=UrlGuard(), timeout=1, now=lambda: NOW)
