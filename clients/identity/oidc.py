"""OpenID Connect, authorization code flow with PKCE: where to send a browser, and who came back.

Lives here: discovery, the code for tokens, the keys, and what is believed of an ID token (OpenID Connect Core 3.1,
Discovery 4, RFC 7636). Nothing is kept between two sign-ins, so keys that the provider changes are known at once. Does
not live here: the memory of who was sent where (``services/staff/provider_sign_in.py``).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.client import OAuth2Client
from authlib.oauth2.rfc6749.parameters import prepare_token_request
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from api.domain.staff.identity import SECOND_FACTOR_KEPT, Identity
from api.ports.identity import Errand, IdentityRefused, IdentityUnavailable

ALGORITHMS = ("RS256", "PS256", "ES256")
"""Signatures with a pair of keys only: no ``none``, and nothing that the public key or a shared secret could sign."""
_KEY_TYPES = frozenset({"RSA", "EC"})
_LEEWAY_SECONDS = 60
_LONGEST_ANSWER = 512 * 1024
_LONGEST_TOKEN = 32 * 1024
_OK, _BAD_REQUEST = 200, 400
_FORM = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True)
class OidcConfig:
    """How we are known to the provider."""

    issuer: str
    client_id: str
    client_secret: str
    levels: tuple[str, ...] = ()
    """Values of ``acr`` that we ask for."""
    timeout_seconds: float = 5.0


class OidcIdentityProvider:
    """Implements ``ports.identity.IdentityProvider``."""

    def __init__(self, config: OidcConfig) -> None:
        """Keep the configuration; connections are made per sign-in, since those are few."""
        self._config = config

    def speaks_for(self, issuer: str | None) -> bool:
        """Compare the issuer that an answer names with ours; an answer need not name one."""
        return issuer is None or issuer == self._config.issuer

    async def address(self, errand: Errand, *, fresh: bool) -> str:
        """Discover the provider and make the address."""
        async with self._client() as client:
            provider = await self._discover(client)
        extra: dict[str, Any] = {"max_age": int(SECOND_FACTOR_KEPT.total_seconds())} if fresh else {}
        if self._config.levels:
            extra["acr_values"] = " ".join(self._config.levels)
        request = OAuth2Client(
            session=None,
            client_id=self._config.client_id,
            scope="openid email",
            redirect_uri=errand.redirect_uri,
            code_challenge_method="S256",
        )
        url, _ = request.create_authorization_url(
            provider["authorization_endpoint"],
            state=errand.state,
            code_verifier=errand.verifier,
            nonce=errand.nonce,
            **extra,
        )
        return str(url)

    async def identify(self, errand: Errand, *, code: str, now: datetime) -> Identity:
        """Give the code for tokens, and believe the ID token if all of it is right."""
        async with self._client() as client:
            provider = await self._discover(client)
            tokens = await self._tokens(client, provider, errand, code)
            keys = await _read(client, "GET", provider["jwks_uri"])
        claims = self._believed(tokens, keys, errand.nonce, now)
        return _identity(claims)

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(timeout=self._config.timeout_seconds, trust_env=False)

    async def _discover(self, client: httpx.AsyncClient) -> Mapping[str, Any]:
        """Return what the provider says of itself; it must be the one we mean, and be called in private only."""
        found = await _read(client, "GET", get_well_known_url(self._config.issuer, external=True))
        provider = OpenIDProviderMetadata(found)
        try:
            provider.validate_issuer()
            provider.validate_authorization_endpoint()
            provider.validate_token_endpoint()
            provider.validate_jwks_uri()
        except (ValueError, TypeError, AttributeError) as error:
            raise IdentityUnavailable("identity_unavailable", answer=str(error)) from error
        if provider["issuer"] != self._config.issuer:
            raise IdentityUnavailable("identity_unavailable", answer="it says that it is another issuer")
        return dict(provider)

    async def _tokens(
        self, client: httpx.AsyncClient, provider: Mapping[str, Any], errand: Errand, code: str
    ) -> Mapping[str, Any]:
        offered = provider.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        method = "client_secret_basic" if "client_secret_basic" in offered else "client_secret_post"
        body = prepare_token_request(
            "authorization_code", redirect_uri=errand.redirect_uri, code=code, code_verifier=errand.verifier
        )
        we = ClientAuth(self._config.client_id, self._config.client_secret, method)
        url, headers, body = we.prepare("POST", provider["token_endpoint"], dict(_FORM), body)
        return await _read(client, "POST", url, content=body, headers=headers)

    def _believed(
        self, tokens: Mapping[str, Any], keys: Mapping[str, Any], nonce: str, now: datetime
    ) -> Mapping[str, Any]:
        """Return the claims of an ID token that is signed, for us, of this trip and in time; raises IdentityRefused."""
        text = tokens.get("id_token")
        if not isinstance(text, str) or len(text) > _LONGEST_TOKEN:
            raise IdentityRefused("identity_refused", reason="no_id_token")
        options: dict[str, Any] = {
            "iss": {"essential": True, "value": self._config.issuer},
            "aud": {"essential": True, "value": self._config.client_id},
        }
        params = {
            "nonce": nonce,
            "client_id": self._config.client_id,
            "access_token": tokens.get("access_token"),
        }
        try:
            token = jwt.decode(text, _keys(keys), algorithms=ALGORITHMS)
            claims = CodeIDToken(token.claims, token.header, options, params)
            claims.validate(now=int(now.timestamp()), leeway=_LEEWAY_SECONDS)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            words = f"{type(error).__name__} {error}".strip()[:200]
            raise IdentityRefused("identity_refused", reason=words) from error
        return dict(claims)


def _keys(found: Mapping[str, Any]) -> KeySet:
    """Return the keys that can sign; a shared secret among them is none of ours to use."""
    listed = found.get("keys")
    able = [
        each
        for each in (listed if isinstance(listed, list) else [])
        if isinstance(each, dict) and each.get("kty") in _KEY_TYPES and each.get("use", "sig") == "sig"
    ]
    return KeySet.import_key_set({"keys": able})


def _identity(claims: Mapping[str, Any]) -> Identity:
    methods, level, at = claims.get("amr"), claims.get("acr"), claims.get("auth_time")
    email = claims.get("email")
    return Identity(
        subject=str(claims["sub"])[:255],
        email=email if isinstance(email, str) else "",
        email_verified=claims.get("email_verified") is True,
        methods=tuple(each for each in methods if isinstance(each, str)) if isinstance(methods, list) else (),
        level=level if isinstance(level, str) else None,
        authenticated_at=datetime.fromtimestamp(at, UTC) if type(at) is int and 0 < at < 1 << 40 else None,
    )


async def _read(client: httpx.AsyncClient, method: str, url: str, **sent: Any) -> Mapping[str, Any]:
    """Return the JSON object of an answer, at most so long; no redirect is followed."""
    body = b""
    try:
        async with client.stream(method, url, **sent) as response:
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > _LONGEST_ANSWER:
                    raise IdentityUnavailable("identity_unavailable", answer="it answered without an end")
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        words = f"{type(error).__name__} {error}".strip()[:200]
        raise IdentityUnavailable("identity_unavailable", answer=words) from error
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if method == "POST" and response.status_code == _BAD_REQUEST and isinstance(answer, dict):
        raise IdentityRefused("identity_refused", reason=f"provider said {str(answer.get('error'))[:100]}")
    if response.status_code != _OK or not isinstance(answer, dict):
        raise IdentityUnavailable("identity_unavailable", answer=f"it answered {response.status_code}")
    return answer


class NoIdentityProvider:
    """Stands where no provider is set up: nobody is sent anywhere."""

    def speaks_for(self, issuer: str | None) -> bool:  # noqa: ARG002 - the port's signature
        """Say no."""
        return False

    async def address(self, errand: Errand, *, fresh: bool) -> str:  # noqa: ARG002 - as above
        """Raise IdentityUnavailable."""
        raise IdentityUnavailable("identity_unavailable", answer="no provider is set up")

    async def identify(self, errand: Errand, *, code: str, now: datetime) -> Identity:  # noqa: ARG002 - as above
        """Raise IdentityUnavailable."""
        raise IdentityUnavailable("identity_unavailable", answer="no provider is set up")
