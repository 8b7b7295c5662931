"""Signing the short tokens that push services want (RFC 7515, 7518): ES256 and RS256, compact, nothing else.

These are ours to sign and theirs to read; the tokens of drivers are another matter (``api/access_tokens.py``).
"""

import base64
import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_private_key

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
_P256_BYTES = 32


def base64url(data: bytes) -> str:
    """Return data as JSON tokens and browsers spell it, without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unbase64url(text: str) -> bytes:
    """Return what was spelled so; raises ValueError."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def private_key(pem: str) -> PrivateKey:
    """Return the key in a PEM text: EC on P-256, or RSA. Raises ValueError."""
    key = load_pem_private_key(pem.encode(), password=None)
    if isinstance(key, rsa.RSAPrivateKey):
        return key
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise ValueError("neither an RSA key nor one on P-256")


def signed(claims: Mapping[str, Any], key: PrivateKey, **header: str) -> str:
    """Return a compact token of these claims, signed as the key's kind asks for."""
    algorithm = "RS256" if isinstance(key, rsa.RSAPrivateKey) else "ES256"
    parts = ({"alg": algorithm} | header, claims)
    content = ".".join(base64url(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
    return f"{content}.{base64url(_signature(key, content.encode()))}"


def _signature(key: PrivateKey, content: bytes) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(content, padding.PKCS1v15(), hashes.SHA256())
    r, s = decode_dss_signature(key.sign(content, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(_P256_BYTES) + s.to_bytes(_P256_BYTES)
