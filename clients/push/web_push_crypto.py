"""Encrypting a push for one browser: RFC 8291 over the one-record ``aes128gcm`` coding of RFC 8188.

Only the browser that made the subscription can read it; the push service in between cannot.
"""

import os

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_RECORD = 4096
_AUTH_BYTES, _SALT_BYTES, _KEY_BYTES, _NONCE_BYTES = 16, 16, 16, 12
_LAST_RECORD = b"\x02"


def point_of(key: ec.EllipticCurvePublicKey) -> bytes:
    """Return a public key as the 65 bytes of its uncompressed point."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def encrypt(
    plain: bytes,
    *,
    p256dh: bytes,
    auth: bytes,
    salt: bytes | None = None,
    ephemeral: ec.EllipticCurvePrivateKey | None = None,
) -> bytes:
    """Return the body of a push for the browser with these keys; raises ValueError for keys that are none.

    ``salt`` and ``ephemeral`` are fresh each time; only the test of the RFC's own example gives them.
    """
    if len(auth) != _AUTH_BYTES:
        raise ValueError("the secret of a subscription has 16 bytes")
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), p256dh)
    ours = ephemeral or ec.generate_private_key(ec.SECP256R1())
    salt = salt or os.urandom(_SALT_BYTES)
    point = point_of(ours.public_key())
    shared = ours.exchange(ec.ECDH(), theirs)
    keying = _derive(shared, auth, b"WebPush: info\x00" + point_of(theirs) + point, 32)
    key = _derive(keying, salt, b"Content-Encoding: aes128gcm\x00", _KEY_BYTES)
    nonce = _derive(keying, salt, b"Content-Encoding: nonce\x00", _NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, plain + _LAST_RECORD, None)
    return salt + _RECORD.to_bytes(4) + bytes([len(point)]) + point + sealed


def _derive(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)
