"""Secrets at rest: partners' tokens are sealed with AES-GCM, our own are only kept as a digest.

The key comes from ``ServicePolicy.sealing_key``; what older keys sealed stays readable (``old_sealing_keys``) and is
sealed anew when the partner's token changes. Does not live here: where the key comes from (``api/wiring.py``).
"""

import base64
import contextlib
import hashlib
import hmac
import os
from collections.abc import Iterable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from api.domain.errors import Invalid

_NONCE_BYTES = 12


class SealBroken(Invalid):
    """A sealed text was made with another key, for another owner, or was changed."""


def digest(secret: str) -> str:
    """Return the SHA-256 of a secret in hexadecimal; enough without salt because our secrets are random (256 bits)."""
    return hashlib.sha256(secret.encode()).hexdigest()


def seal(key: bytes, text: str, *, owner: str) -> str:
    """Encrypt ``text`` so that only ``unseal`` with the same 32-byte ``key`` and ``owner`` (a row's id) reads it."""
    nonce = os.urandom(_NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, text.encode(), owner.encode())
    return base64.urlsafe_b64encode(nonce + sealed).decode()


def unseal(keys: Iterable[bytes], sealed: str, *, owner: str) -> str:
    """Return the text that ``seal`` was given, with the first of ``keys`` that opens it; raises SealBroken."""
    try:
        data = base64.urlsafe_b64decode(sealed)
    except ValueError:
        raise SealBroken("seal_broken", owner=owner) from None
    for key in keys:
        with contextlib.suppress(InvalidTag, ValueError):
            return AESGCM(key).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], owner.encode()).decode()
    raise SealBroken("seal_broken", owner=owner)


def derived_secret(key: bytes, purpose: str) -> str:
    """Return a 256-bit URL-safe secret that only ``key`` gives for ``purpose``, the same every time."""
    mac = hmac.new(key, purpose.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac).decode().rstrip("=")
