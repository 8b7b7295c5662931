"""Forged and odd access tokens: none is accepted (reliability.md X2), and what is accepted says what we wrote."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from api.access_tokens import AccessTokenRefused, AccessTokens

SECRET = "s" * 40
ISSUER = "https://app.test"
NOW = datetime(2030, 1, 1, tzinfo=UTC)
TOKENS = AccessTokens(SECRET, issuer=ISSUER, lifetime=timedelta(minutes=15))
KEY = hmac.new(SECRET.encode(), b"chargehand access tokens", hashlib.sha256).hexdigest().encode()


def a_token(now: datetime = NOW) -> str:
    """Return a good token."""
    return TOKENS.issue(driver_id="drv_1", family_id="fam_1", jti="jti_1", now=now)


def packed(value: object) -> str:
    """Return one part of a token."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def opened(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and claims of a token."""
    parts = [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split(".")[:2]]
    return json.loads(parts[0]), json.loads(parts[1])


def signed(header: object, claims: object, key: bytes = KEY, digest: str = "sha256") -> str:
    """Return a token signed with HMAC, whatever its header says."""
    head = f"{packed(header)}.{packed(claims)}"
    return f"{head}.{packed(hmac.new(key, head.encode(), digest).digest())}"


def changed(header: dict[str, Any] | None = None, claims: dict[str, Any] | None = None, **signing: Any) -> str:
    """Return a good token with changes, signed with our own key: None removes a field."""
    old_header, old_claims = opened(a_token())
    new = [old_header | (header or {}), old_claims | (claims or {})]
    cleaned = [{name: value for name, value in each.items() if value is not None} for each in new]
    return signed(cleaned[0], cleaned[1], **signing)


def public_key(encoding: serialization.Encoding) -> bytes:
    """Return a public key as an attacker would use it as an HMAC secret."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    return key.public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)


FORGED: dict[str, Callable[[], str]] = {
    "empty": lambda: "",
    "no parts": lambda: "abc",
    "two parts": lambda: ".".join(a_token().split(".")[:2]),
    "five parts, as an encrypted token": lambda: a_token() + ".x.y",
    "signature cut": lambda: a_token()[:-2],
    "signature empty": lambda: a_token().rsplit(".", 1)[0] + ".",
    "alg none": lambda: changed({"alg": "none"}),
    "alg None without a signature": lambda: changed({"alg": "None"}).rsplit(".", 1)[0] + ".",
    "alg HS512 with our key": lambda: changed({"alg": "HS512"}, digest="sha512"),
    "alg RS256": lambda: changed({"alg": "RS256"}),
    "alg in lower case": lambda: changed({"alg": "hs256"}),
    "alg missing": lambda: changed({"alg": None}),
    "signed with the empty secret": lambda: changed(key=b""),
    "signed with the plain secret": lambda: changed(key=SECRET.encode()),
    "signed with a public key in PEM": lambda: changed(key=public_key(serialization.Encoding.PEM)),
    "signed with a public key in DER": lambda: changed(key=public_key(serialization.Encoding.DER)),
    "crit": lambda: changed({"crit": ["exp"]}),
    "key in the header": lambda: changed({"jwk": {"kty": "oct", "k": "AA"}}),
    "another kid": lambda: changed({"kid": "0" * 16}),
    "kid missing": lambda: changed({"kid": None}),
    "typ at+jwt": lambda: changed({"typ": "at+jwt"}),
    "header is a list": lambda: signed(["HS256"], opened(a_token())[1]),
    "header is no JSON": lambda: signed(b"{", opened(a_token())[1]),
    "header nested deeply": lambda: signed(b"[" * 3000, opened(a_token())[1])[:4096],
    "claims are a list": lambda: signed(opened(a_token())[0], ["sub"]),
    "no exp": lambda: changed(claims={"exp": None}),
    "no iat": lambda: changed(claims={"iat": None}),
    "no aud": lambda: changed(claims={"aud": None}),
    "no iss": lambda: changed(claims={"iss": None}),
    "no sub": lambda: changed(claims={"sub": None}),
    "no jti": lambda: changed(claims={"jti": None}),
    "no family": lambda: changed(claims={"fam": None}),
    "another claim": lambda: changed(claims={"role": "admin"}),
    "another audience": lambda: changed(claims={"aud": "chargehand-console"}),
    "list of audiences": lambda: changed(claims={"aud": ["chargehand-app", "other"]}),
    "another issuer": lambda: changed(claims={"iss": "https://other.test"}),
    "sub is a number": lambda: changed(claims={"sub": 1}),
    "sub is empty": lambda: changed(claims={"sub": ""}),
    "exp is text": lambda: changed(claims={"exp": "9999999999"}),
    "exp is true": lambda: changed(claims={"exp": True}),
    "exp is infinite": lambda: changed(claims={"exp": float("inf")}),
    "lives too long": lambda: changed(claims={"exp": int(NOW.timestamp()) + 901}),
    "issued tomorrow": lambda: a_token(NOW + timedelta(days=1)),
    "expired": lambda: a_token(NOW - timedelta(minutes=15)),
    "longer than 4 kB": lambda: changed(claims={"sub": "d" * 4096}),
    "letters that are no ASCII": lambda: a_token() + "ä",
    "null bytes": lambda: a_token() + "\x00",
}


@pytest.mark.capability("A18")
@pytest.mark.parametrize("make", FORGED.values(), ids=FORGED.keys())
def test_forged_and_odd_tokens_are_refused(make: Callable[[], str]) -> None:
    """Whatever is wrong with a token, it is refused as such and never crashes the reader."""
    with pytest.raises(AccessTokenRefused):
        TOKENS.read(make(), now=NOW)


def test_a_good_token_says_what_was_written() -> None:
    """Driver, device and moments come back as issued; our own hand-made signing agrees with the library's."""
    for token in (a_token(), changed()):
        read = TOKENS.read(token, now=NOW + timedelta(minutes=14, seconds=59))
        assert (read.driver_id, read.family_id, read.jti) == ("drv_1", "fam_1", "jti_1")
        assert read.expires_at - read.issued_at == timedelta(minutes=15)


@pytest.mark.parametrize("year", [2020, 2030, 2090])
def test_time_is_the_injected_one(year: int) -> None:
    """A clock that runs years before or after the wall decides alone whether a token lives."""
    now = datetime(year, 1, 1, tzinfo=UTC)
    token = a_token(now)
    assert TOKENS.read(token, now=now).driver_id == "drv_1"
    with pytest.raises(AccessTokenRefused) as refused:
        TOKENS.read(token, now=now + timedelta(minutes=15))
    assert refused.value.code == "access_token_expired"


def test_another_installation_does_not_share_tokens() -> None:
    """Another secret or another public address refuses our tokens."""
    for secret, issuer in (("t" * 40, ISSUER), (SECRET, "https://elsewhere.test")):
        with pytest.raises(AccessTokenRefused):
            AccessTokens(secret, issuer=issuer, lifetime=timedelta(minutes=15)).read(a_token(), now=NOW)


def test_a_short_secret_is_refused_at_boot() -> None:
    """A secret below 32 characters never signs anything."""
    with pytest.raises(ValueError, match="32"):
        AccessTokens("s" * 31, issuer=ISSUER, lifetime=timedelta(minutes=15))


@pytest.mark.capability("A19")
def test_a_change_of_the_secret_signs_nobody_out() -> None:
    """Before, during and after: new tokens name the new key, old ones are read by theirs, a removed key reads none."""
    old = AccessTokens(SECRET, issuer=ISSUER, lifetime=timedelta(minutes=15))
    new = AccessTokens("n" * 40, issuer=ISSUER, lifetime=timedelta(minutes=15), old_secrets=[SECRET])
    rolling = AccessTokens(SECRET, issuer=ISSUER, lifetime=timedelta(minutes=15), old_secrets=["n" * 40])
    without = AccessTokens("n" * 40, issuer=ISSUER, lifetime=timedelta(minutes=15))
    who = {"driver_id": "drv_1", "family_id": "fam_1", "jti": "jti_1", "now": NOW}
    before, after = old.issue(**who), new.issue(**who)  # type: ignore[arg-type]  # one mapping of mixed values
    assert opened(before)[0]["kid"] != opened(after)[0]["kid"]
    for tokens in (new, rolling):
        assert {tokens.read(each, now=NOW).driver_id for each in (before, after)} == {"drv_1"}
    assert without.read(after, now=NOW).driver_id == "drv_1"
    with pytest.raises(AccessTokenRefused):
        without.read(before, now=NOW)


@pytest.mark.capability("A19")
def test_a_token_that_names_another_key_than_it_was_signed_with() -> None:
    """The key is chosen by name and must fit: naming an old key does not let the new one sign for it."""
    new = AccessTokens("n" * 40, issuer=ISSUER, lifetime=timedelta(minutes=15), old_secrets=[SECRET])
    header, claims = opened(new.issue(driver_id="drv_1", family_id="fam_1", jti="jti_1", now=NOW))
    with pytest.raises(AccessTokenRefused):
        new.read(signed(header, claims), now=NOW)
    with pytest.raises(AccessTokenRefused):
        new.read(signed(header | {"kid": ["x"]}, claims), now=NOW)
