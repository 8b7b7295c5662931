"""Access tokens: the only file that speaks JWT (RFC 7519, RFC 8725), through python-jose.

One fixed algorithm, every claim required, nothing read from the token that we did not put there. python-jose ignores
``crit``, accepts a missing ``exp`` and takes whatever ``alg`` the caller allows, so all of that is decided here. The
expiry is judged by the injected ``now``, since a sandbox clock runs ahead of the wall. Refresh tokens are no JWTs: see
``services/drivers/refresh.py``.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from jose import JWTError, jwt

from api.domain.errors import Unauthenticated

ALGORITHM = "HS256"
AUDIENCE = "chargehand-app"
LONGEST = 4096
"""Bytes; a longer token is not looked at."""
MOST_REMEMBERED = 10_000
"""Tokens whose signature was checked and need not be again, by their digest: some 400 bytes each."""
_CLAIMS = frozenset({"iss", "aud", "sub", "iat", "exp", "jti", "fam"})
_HEADER = frozenset({"alg", "typ", "kid"})
_SKEW = timedelta(seconds=60)
# The signature, issuer and audience are checked by the library, every moment by us: a moment that is required there is
# also verified there, against the wall clock. All claims are required by ``_read_claims``.
_OPTIONS = {f"require_{name}": True for name in ("iss", "aud", "sub", "jti")} | {
    f"verify_{name}": False for name in ("exp", "nbf", "iat", "at_hash")
}


class AccessTokenRefused(Unauthenticated):
    """The access token is missing, forged, odd or expired; ``reason`` is for our logs and tests, not for thieves."""

    def __init__(self, reason: str) -> None:
        """Use one code for every reason but the expiry, which the app answers by refreshing."""
        super().__init__("access_token_expired" if reason == "expired" else "access_token_refused")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What a valid access token says."""

    driver_id: str
    family_id: str
    """The signed-in device it belongs to."""
    jti: str
    issued_at: datetime
    expires_at: datetime


class AccessTokens:
    """Issues and reads the access tokens of one installation."""

    def __init__(self, secret: str, *, issuer: str, lifetime: timedelta, old_secrets: Sequence[str] = ()) -> None:
        """Derive the signing key from the installation's secret (at least 32 characters) and name it by its digest.

        Tokens that were signed with one of ``old_secrets`` are read as well: a change of the secret signs nobody out.
        """
        if len(secret) < 32:
            raise ValueError("the signing secret needs at least 32 characters")
        self._key, self._kid = _key_of(secret)
        self._known = {kid: key for key, kid in (_key_of(each) for each in (*old_secrets, secret))}
        self._issuer = issuer
        self._checked: OrderedDict[bytes, AccessToken] = OrderedDict()
        self.lifetime = lifetime

    def issue(self, *, driver_id: str, family_id: str, jti: str, now: datetime) -> str:
        """Return a token for a driver on a device, valid from ``now`` for the lifetime."""
        claims = {
            "iss": self._issuer,
            "aud": AUDIENCE,
            "sub": driver_id,
            "fam": family_id,
            "jti": jti,
            "iat": int(now.timestamp()),
            "exp": int((now + self.lifetime).timestamp()),
        }
        return jwt.encode(claims, self._key, algorithm=ALGORITHM, headers={"kid": self._kid})

    def read(self, token: str, *, now: datetime) -> AccessToken:
        """Return what a token says if it is ours and lives; raises ``AccessTokenRefused``.

        What a token says never changes, so its signature is checked once; whether it lives is asked each time.
        """
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest() if len(token) <= LONGEST else b""
        said = self._checked.get(digest)
        if said is None:
            said = self._verified(token)
            self._checked[digest] = said
            if len(self._checked) > MOST_REMEMBERED:
                self._checked.popitem(last=False)
        self._check_moments(said, now)
        return said

    def token_of(self, authorization: str, *, now: datetime) -> AccessToken | None:
        """Return the token that an ``Authorization`` header carries; None for any that would be refused."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            return None
        try:
            return self.read(token, now=now)
        except AccessTokenRefused:
            return None

    def driver_of(self, authorization: str, *, now: datetime) -> str | None:
        """Return whose token an ``Authorization`` header carries; None for any that would be refused."""
        said = self.token_of(authorization, now=now)
        return None if said is None else said.driver_id

    def _verified(self, token: str) -> AccessToken:
        """Return what a token says if we signed it; raises ``AccessTokenRefused``."""
        key = self._key_named_by(token)
        try:
            claims = jwt.decode(
                token, key, algorithms=[ALGORITHM], audience=AUDIENCE, issuer=self._issuer, options=_OPTIONS
            )
        except JWTError as error:
            raise AccessTokenRefused("invalid") from error
        return _read_claims(claims)

    def _key_named_by(self, token: str) -> str:
        """Return the key that a token names; refuse everything but exactly the header that we write."""
        if len(token) > LONGEST or not token.isascii():
            raise AccessTokenRefused("too_long" if len(token) > LONGEST else "not_ascii")
        if token.count(".") != 2:
            raise AccessTokenRefused("not_three_parts")
        header = _header(token)
        if set(header) != _HEADER or header["alg"] != ALGORITHM or header["typ"] != "JWT":
            raise AccessTokenRefused("header")
        kid = header["kid"]
        if not isinstance(kid, str) or kid not in self._known:
            raise AccessTokenRefused("kid")
        return self._known[kid]

    def _check_moments(self, said: AccessToken, now: datetime) -> None:
        """Check that a token is in time, and does not live longer than ours do."""
        present = now.replace(microsecond=0)
        if said.expires_at <= present:
            raise AccessTokenRefused("expired")
        if said.issued_at > present + _SKEW or said.expires_at - said.issued_at > self.lifetime:
            raise AccessTokenRefused("moments")


def _read_claims(claims: dict[str, Any]) -> AccessToken:
    """Check that every claim is there and of its type."""
    if set(claims) != _CLAIMS:
        raise AccessTokenRefused("claims")
    if not all(isinstance(claims[name], str) and claims[name] for name in ("iss", "aud", "sub", "jti", "fam")):
        raise AccessTokenRefused("claims")
    if type(claims["iat"]) is not int or type(claims["exp"]) is not int:
        raise AccessTokenRefused("claims")
    try:
        issued, expires = _moment(claims["iat"]), _moment(claims["exp"])
    except (OverflowError, ValueError, OSError) as error:  # no year of ours
        raise AccessTokenRefused("moments") from error
    return AccessToken(claims["sub"], claims["fam"], claims["jti"], issued, expires)


def _key_of(secret: str) -> tuple[str, str]:
    """Return the signing key made of a secret, and its name."""
    key = hmac.new(secret.encode(), b"chargehand access tokens", hashlib.sha256).hexdigest()
    return key, hashlib.sha256(key.encode()).hexdigest()[:16]


def _header(token: str) -> dict[str, Any]:
    """Return the token's header without trusting it; raises ``AccessTokenRefused``."""
    first = token.split(".", 1)[0]
    try:
        header = json.loads(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise AccessTokenRefused("header") from error
    if not isinstance(header, dict):
        raise AccessTokenRefused("header")
    return header


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
