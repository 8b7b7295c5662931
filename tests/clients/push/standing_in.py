"""What the stand-ins of push services share: keys, a push, a recorder that answers as told."""

from collections import deque
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from api.ports.push import OutgoingPush

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PUSH = OutgoingPush(
    id="ndl_1",
    notice_id="ntc_1",
    kind="unplug",
    text_key="unplug.vehicle",
    collapse_key="chs_1",
    urgent=True,
    expires_at=NOW + timedelta(hours=12),
)
QUIET = replace(PUSH, id="ndl_2", notice_id="ntc_2", kind="charge_ended", text_key="charge_ended", urgent=False)


def pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    """Return a private key as its PEM text."""
    plain, form = serialization.NoEncryption(), serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, plain).decode()


def public_pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    """Return the public half of a key as its PEM text."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


@dataclass
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Recorder:
    """Keeps requests and answers as told: a status, a body, headers; 200 when nothing is queued."""

    asked: list[Asked] = field(default_factory=list)
    answers: deque[tuple[int, bytes, dict[str, str]]] = field(default_factory=deque)
    usual: tuple[int, bytes, dict[str, str]] = (200, b"{}", {})

    def take(self, asked: Asked) -> tuple[int, bytes, dict[str, str]]:
        """Keep a request and return its answer."""
        self.asked.append(asked)
        return self.answers.popleft() if self.answers else self.usual

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Be an ASGI application."""
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        query = f"?{scope['query_string'].decode()}" if scope["query_string"] else ""
        status, answer, more_headers = self.take(Asked(scope["method"], scope["path"] + query, headers, body))
        raw = [(name.encode(), value.encode()) for name, value in more_headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": answer})
