"""What is believed of an identity provider: a real one over HTTP, which lies in one way a test."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from api.domain.staff.identity import Identity
from api.ports.identity import Errand, IdentityRefused, IdentityUnavailable
from clients.identity.oidc import OidcConfig, OidcIdentityProvider
from tests.oidc_provider import CLIENT_ID, CLIENT_SECRET, Provider
from tests.serving import serve

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ERRAND = Errand("state-1", "nonce-1", "verifier-" + 40 * "1", "http://app.test/console/provider/back")


@pytest.fixture(scope="module")
def served() -> Iterator[Provider]:
    """Yield a provider that is there for all tests of this file."""
    provider = Provider()
    with serve(provider.app()) as issuer:
        provider.issuer = issuer
        yield provider


@pytest.fixture
def provider(served: Provider) -> Provider:
    """Return it, honest again."""
    served.signature, served.metadata, served.answer, served.now = "RS256", {}, {}, NOW.timestamp()
    served.says("ada@example.com")
    served.asked.clear()
    return served


def ours(provider: Provider, **changed: Any) -> OidcIdentityProvider:
    """Return our side of it."""
    usual = {"issuer": provider.issuer, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    return OidcIdentityProvider(OidcConfig(**(usual | changed)))


async def come_back(provider: Provider, errand: Errand = ERRAND, *, at: datetime = NOW) -> Identity:
    """Send a browser there, and take what it brings back."""
    client = ours(provider)
    async with httpx.AsyncClient(trust_env=False) as browser:
        answer = await browser.get(await client.address(errand, fresh=False))
    code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
    return await client.identify(ERRAND, code=code, now=at)


async def test_somebody_is_named(provider: Provider) -> None:
    """The way there carries state, nonce and a PKCE challenge; who comes back is told with how they proved it."""
    provider.says("Ada@example.com", amr=["pwd", "otp"], acr="gold", auth_time=int(NOW.timestamp()) - 60)
    found = await come_back(provider)
    since = NOW - timedelta(seconds=60)
    assert found == Identity("u-1", "Ada@example.com", True, ("pwd", "otp"), "gold", since)
    asked = provider.asked[0]
    assert (asked["state"], asked["nonce"]) == (ERRAND.state, ERRAND.nonce)
    assert ERRAND.verifier not in str(asked)


LIES: dict[str, tuple[Callable[[Provider], Any], str]] = {
    "wrong nonce": (lambda it: it.claims.update(nonce="other"), "'nonce'"),
    "no nonce": (lambda it: it.claims.update(nonce=None), "'nonce'"),
    "wrong audience": (lambda it: it.claims.update(aud="another-app"), "'aud'"),
    "many audiences, nobody's own": (lambda it: it.claims.update(aud=[CLIENT_ID, "another-app"]), "'azp'"),
    "for us, made for another": (lambda it: it.claims.update(azp="another-app"), "'azp'"),
    "wrong issuer": (lambda it: it.claims.update(iss="https://evil.example"), "'iss'"),
    "expired": (lambda it: it.claims.update(exp=int(NOW.timestamp()) - 61), "ExpiredToken"),
    "no expiry": (lambda it: it.claims.update(exp=None), "'exp'"),
    "of the future": (lambda it: it.claims.update(iat=int(NOW.timestamp()) + 3600), "in the future"),
    "another access token": (lambda it: it.claims.update(at_hash="AAAA"), "'at_hash'"),
    "not signed": (lambda it: setattr(it, "signature", "none"), "'none' is not allowed"),
    "signed with the public key as a secret": (lambda it: setattr(it, "signature", "HS256"), "'HS256' is not allowed"),
    "signed by somebody else": (lambda it: setattr(it, "signature", "other"), "BadSignature"),
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_token_that_is_not_right_names_nobody(provider: Provider, lie: str) -> None:
    """Every part of an ID token counts: one wrong is refused."""
    lied, part = LIES[lie]
    lied(provider)
    with pytest.raises(IdentityRefused) as refused:
        await come_back(provider)
    assert part in str(refused.value.facts["reason"])


async def test_a_stolen_code_opens_nothing(provider: Provider) -> None:
    """The code of a trip that somebody else began lacks our verifier (PKCE), and a code counts once."""
    stolen = Errand("state-2", "nonce-1", "another-" + 40 * "2", ERRAND.redirect_uri)
    with pytest.raises(IdentityRefused) as refused:
        await come_back(provider, stolen)
    assert refused.value.facts["reason"] == "provider said invalid_grant"


async def test_an_address_is_verified_by_the_word_true_only(provider: Provider) -> None:
    """Neither silence nor a word that looks like it says that the provider looked."""
    for said in (None, "true", 1, False):
        provider.says("ada@example.com", email_verified=said)
        assert not (await come_back(provider)).email_verified


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://login.example/token"},
        {"jwks_uri": None},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
async def test_a_provider_that_is_not_what_we_mean_is_not_used(provider: Provider, metadata: dict[str, Any]) -> None:
    """Another issuer, a way in clear over the net or no keys: nobody is sent there."""
    provider.metadata = metadata
    with pytest.raises(IdentityUnavailable):
        await ours(provider).address(ERRAND, fresh=False)


async def test_a_provider_that_is_away_or_does_not_know_us_is_told_from_a_refusal(provider: Provider) -> None:
    """Nobody's sign-in is at fault where there is no answer, or our own secret is wrong."""
    with pytest.raises(IdentityUnavailable):
        await ours(provider, issuer="http://127.0.0.1:9").address(ERRAND, fresh=False)
    with pytest.raises(IdentityUnavailable):
        await ours(provider, client_secret="old").identify(ERRAND, code="c", now=NOW)
