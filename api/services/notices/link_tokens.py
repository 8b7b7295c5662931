"""The tokens in mailed links: derived from our secret and the link's id, so that none is ever stored or logged.

The row keeps a hash of the token (a stolen table opens nothing), and a mail that is made later, or again, derives the
same one. A change of the secret keeps old links alive: a link's own hash tells which of our keys it was made with.
"""

import hashlib
import hmac

from api.ports.policy import ServicePolicy

_PURPOSE, _CODE = b"account link\n", b"account code\n"
CODE_DIGITS = 8


def new_token(policy: ServicePolicy, link_id: str) -> str:
    """Return the token of a link that is being made."""
    return _token(policy.sealing_key, link_id)


def hash_of(token: str) -> str:
    """Return what is stored of a token: its SHA-256 in hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


def token_of(policy: ServicePolicy, link_id: str, token_hash: str) -> str:
    """Return the token of a stored link; one whose key we no longer have gets one that opens nothing."""
    return _token(_key_of(policy, link_id, token_hash), link_id)


def code_of(policy: ServicePolicy, link_id: str, token_hash: str) -> str:
    """Return the digits that may be typed instead of following the link."""
    digest = hmac.new(_key_of(policy, link_id, token_hash), _CODE + link_id.encode(), hashlib.sha256).digest()
    return f"{int.from_bytes(digest) % 10**CODE_DIGITS:0{CODE_DIGITS}d}"


def _key_of(policy: ServicePolicy, link_id: str, token_hash: str) -> bytes:
    """Return the key that a link was made with."""
    keys = (policy.sealing_key, *policy.old_sealing_keys)
    fitting = (key for key in keys if hmac.compare_digest(hash_of(_token(key, link_id)), token_hash))
    return next(fitting, policy.sealing_key)


def _token(key: bytes, link_id: str) -> str:
    return f"{link_id}.{hmac.new(key, _PURPOSE + link_id.encode(), hashlib.sha256).hexdigest()}"
