"""How a webhook to an app's back end is signed: HMAC-SHA256 over the moment of sending and the raw body.

``Chargehand-Signature: t=1772442000,v1=5257a8...``; while a secret is being changed there is a ``v1`` of each. Who
receives one computes it over ``t``, a dot and the body's bytes, compares in constant time, and refuses what was sent
more than five minutes ago: ``verify`` is that rule, for our own reading of signed requests and as the example to copy.
"""

import hashlib
import hmac
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from api.domain.errors import Unauthenticated

HEADER = "Chargehand-Signature"
WINDOW = timedelta(minutes=5)
_VERSION = "v1"


class SignatureRefused(Unauthenticated):
    """The signature is missing, wrong, or too old."""


def sign(secrets: Iterable[str], *, now: datetime, body: bytes) -> str:
    """Return the header's value for a body sent now."""
    stamp = int(now.timestamp())
    return ",".join([f"t={stamp}", *(f"{_VERSION}={_digest(each, stamp, body)}" for each in secrets)])


def verify(header: str | None, secrets: Iterable[str], *, now: datetime, body: bytes) -> None:
    """Raise SignatureRefused unless one of the secrets signed this body within the last five minutes."""
    parts = [each.strip().partition("=") for each in (header or "").split(",")]
    stamps = [value for name, _, value in parts if name == "t" and value.isascii() and value.isdigit()]
    if len(stamps) != 1 or len(stamps[0]) > len("9999999999"):
        raise SignatureRefused("signature_refused")
    stamp = int(stamps[0])
    given = [value for name, _, value in parts if name == _VERSION]
    right = any(
        hmac.compare_digest(_digest(secret, stamp, body).encode(), each.encode())
        for secret in secrets
        for each in given
    )
    if not right or abs(now - datetime.fromtimestamp(stamp, UTC)) > WINDOW:
        raise SignatureRefused("signature_refused")


def _digest(secret: str, stamp: int, body: bytes) -> str:
    return hmac.new(secret.encode(), str(stamp).encode() + b"." + body, hashlib.sha256).hexdigest()
