"""A small OpenID provider over real HTTP, written by hand from the specification: it shares no code with ours.

It signs with its own RSA key, keeps codes with their PKCE challenge, and lies where a test tells it to.
"""

import base64
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT_ID, CLIENT_SECRET = "console", "a secret of the console"
_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def b64(data: bytes) -> str:
    """Return base64 for addresses, without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _number(value: int) -> str:
    return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


@dataclass
class Provider:
    """What it says, and how it signs; a test changes it before somebody comes."""

    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    """Over the usual ones; None takes one away."""
    signature: str = "RS256"
    """``RS256``; ``none``; ``HS256``, with the public key as the secret; ``other``: somebody else's key."""
    metadata: dict[str, Any] = field(default_factory=dict)
    now: float | None = None
    """Its clock; None is the wall's."""
    answer: dict[str, str] = field(default_factory=dict)
    """Over what it sends back with the browser."""
    asked: list[dict[str, str]] = field(default_factory=list)
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def says(self, email: str, **claims: Any) -> None:
        """Name somebody to whoever comes next."""
        self.claims = {"email": email, "email_verified": True} | claims

    def id_token(self, nonce: str) -> str:
        """Return a signed token."""
        now = int(self.now if self.now is not None else time.time())
        usual = {"iss": self.issuer, "aud": CLIENT_ID, "sub": "u-1", "nonce": nonce, "iat": now, "exp": now + 300}
        claims = {name: value for name, value in (usual | self.claims).items() if value is not None}
        algorithm = {"other": "RS256"}.get(self.signature, self.signature)
        header = {"alg": algorithm, "kid": "k1", "typ": "JWT"}
        signed = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}"
        return f"{signed}.{b64(self._sign(signed.encode()))}"

    def _sign(self, signed: bytes) -> bytes:
        if self.signature == "none":
            return b""
        if self.signature == "HS256":
            public = _KEY.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            return hmac.new(public, signed, hashlib.sha256).digest()
        key = _OTHER_KEY if self.signature == "other" else _KEY
        return key.sign(signed, padding.PKCS1v15(), hashes.SHA256())

    async def discovery(self, _request: Request) -> Response:
        """Tell where everything is."""
        usual = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }
        return JSONResponse(usual | self.metadata)

    async def keys(self, _request: Request) -> Response:
        """Show the public key, beside others that must not be used."""
        public = _KEY.public_key().public_numbers()
        ours = {"kty": "RSA", "kid": "k1", "use": "sig", "n": _number(public.n), "e": _number(public.e)}
        unfit = [{"kty": "oct", "kid": "k1", "k": b64(b"guess")}, {"kty": "new", "kid": "k2"}]
        return JSONResponse({"keys": [*unfit, ours]})

    async def authorize(self, request: Request) -> Response:
        """Sign in whoever comes, without a page, and send them back with a code."""
        asked = dict(request.query_params)
        self.asked.append(asked)
        assert (asked["client_id"], asked["response_type"]) == (CLIENT_ID, "code")
        assert {"openid", "email"} <= set(asked["scope"].split())
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        back = {"code": code, "state": asked["state"], "iss": self.issuer} | self.answer
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(back)}", 302)

    async def token(self, request: Request) -> Response:
        """Give a token for a code, once, to whoever has the verifier and the secret."""
        form = {name: values[-1] for name, values in parse_qs((await request.body()).decode()).items()}
        expected = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        known = self._codes.pop(form.get("code", ""), None)
        proof = b64(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if request.headers.get("authorization") != f"Basic {expected}":
            return JSONResponse({"error": "invalid_client"}, 401)
        if known is None or known["code_challenge"] != proof or known["redirect_uri"] != form.get("redirect_uri"):
            return JSONResponse({"error": "invalid_grant"}, 400)
        token = {"access_token": "at", "token_type": "Bearer", "id_token": self.id_token(known["nonce"])}
        return JSONResponse(token)

    def app(self) -> Starlette:
        """Return it as an application."""
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.discovery),
                Route("/keys", self.keys),
                Route("/authorize", self.authorize),
                Route("/token", self.token, methods=["POST"]),
            ]
        )


def path_of(address: str) -> str:
    """Return an address without its site."""
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"
