"""Settings: what is dangerous in an environment stops the process before it serves anybody (reliability.md X13)."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from api.ports.mail import MailSecurity
from api.settings import SANDBOX_SECRET, Environment, Settings

SAFE: dict[str, Any] = {
    "public_url": "https://charge.example",
    "secret_key": "a-secret-of-more-than-thirty-two-characters",
    "stripe_webhook_secrets": ("whsec_real",),
}
ISSUER = {
    "issuer_name": "A Real Company",
    "issuer_street": "Real Street 1",
    "issuer_vat_id": "DE123456789",
    "issuer_email": "help@charge.example",
}
LIVE = SAFE | ISSUER | {"environment": Environment.PRODUCTION, "stripe_api_key": "sk_live_1"}
STAGED = SAFE | {"environment": Environment.STAGING, "stripe_api_key": "sk_test_1"}


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the machine's own variables and any .env file out of these tests."""
    for name in ("DATABASE_URL", "STRIPE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def test_a_fresh_machine_gets_a_sandbox() -> None:
    """Without any setting the process is a sandbox with nothing to lose."""
    settings = Settings()

    assert settings.environment is Environment.SANDBOX
    assert not settings.livemode


@pytest.mark.parametrize("safe", [LIVE, STAGED, LIVE | {"stripe_api_key": "rk_live_1"}])
def test_a_safe_installation_starts(safe: dict[str, Any]) -> None:
    """What the refusals below ask for is enough."""
    assert Settings(**safe).livemode == (safe["environment"] is Environment.PRODUCTION)


OUTSIDE = [
    ({"access_token_seconds": 901}, "access_token_seconds"),
    ({"secret_key": SANDBOX_SECRET}, "default secret_key"),
    ({"secret_key": "short"}, "at least 32"),
    ({"stripe_webhook_secrets": ("whsec_sandbox",)}, "webhook secret"),
    ({"stripe_webhook_secrets": ("whsec_real", "whsec_sandbox")}, "webhook secret"),
    ({"clock_file": Path("clock")}, "clock_file"),
    ({"kill_at": "hold.planned"}, "kill_at"),
    ({"allow_loopback_partners": True}, "allow_loopback_partners"),
    ({"stripe_api_base": "http://127.0.0.1:12111"}, "stripe_api_base"),
    ({"stripe_js_url": "https://js.stripe.com.evil.example/v3/"}, "stripe_js_url"),
    ({"public_url": "http://charge.example"}, "https"),
]


@pytest.mark.capability("A34")
@pytest.mark.parametrize("safe", [LIVE, STAGED], ids=["production", "staging"])
@pytest.mark.parametrize(("unsafe", "why"), OUTSIDE)
def test_what_is_for_the_sandbox_is_refused_outside(safe: dict[str, Any], unsafe: dict[str, Any], why: str) -> None:
    """Default secrets, a clock that can be moved, a processor that is none and an open wire stop the start."""
    with pytest.raises(ValidationError, match=why):
        Settings(**(safe | unsafe))


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"stripe_api_key": "sk_live_1"}, "sandbox"),
        ({"stripe_api_key": "rk_live_1"}, "sandbox"),
        (STAGED | {"stripe_api_key": "sk_live_1"}, "outside production"),
        (LIVE | {"stripe_api_key": "sk_test_1"}, "live Stripe key"),
        (LIVE | {"stripe_publishable_key": "pk_test_1"}, "stripe_publishable_key"),
        ({"secret_key": "short"}, "at least 32"),
    ],
)
def test_a_key_must_fit_its_environment(settings: dict[str, Any], why: str) -> None:
    """Real money moves in production and nowhere else."""
    with pytest.raises(ValidationError, match=why):
        Settings(**settings)


def test_a_refusal_does_not_repeat_the_secret() -> None:
    """The message of a refused start ends in logs."""
    with pytest.raises(ValidationError) as refused:
        Settings(**({"secret_key": "hush"} | STAGED | {"secret_key": "hush"}))

    assert "hush" not in str(refused.value)


def test_secrets_are_not_shown_by_accident() -> None:
    """A settings object may be logged or shown in a debugger."""
    shown = repr(Settings(**LIVE))

    assert "sk_live_1" not in shown
    assert SAFE["secret_key"] not in shown


def test_variables_are_read_as_everybody_expects_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own have a prefix; the database and the processor's key have the names that hosts give them."""
    monkeypatch.setenv("CHARGEHAND_OUR_PARTY_ID", "ABC")
    monkeypatch.setenv("DATABASE_URL", "postgresql://db.example/chargehand")
    monkeypatch.setenv("STRIPE_API_KEY", "sk_test_from_environment")
    settings = Settings()

    assert (settings.our_party_id, settings.database_url) == ("ABC", "postgresql://db.example/chargehand")
    assert settings.stripe_api_key.get_secret_value() == "sk_test_from_environment"


@pytest.mark.parametrize("name", ISSUER)
def test_production_knows_who_issues_receipts(name: str) -> None:
    """A receipt that names nobody who exists is none: each part of the issuer is asked for, in production only."""
    nobody = {each: value for each, value in LIVE.items() if each != name}
    with pytest.raises(ValidationError, match=name):
        Settings(**nobody)
    assert Settings(**STAGED).issuer_name


def test_receipts_are_not_mailed_in_clear_in_production() -> None:
    """A mail server without encryption, or a sender that belongs to nobody, stops the start."""
    with pytest.raises(ValidationError, match="smtp_security"):
        Settings(**LIVE, smtp_host="mail.charge.example", smtp_security=MailSecurity.NONE, mail_from="a@charge.test")
    with pytest.raises(ValidationError, match="mail_from"):
        Settings(**LIVE, smtp_host="mail.charge.example")
    assert Settings(**LIVE, smtp_host="mail.charge.example", mail_from="a@charge.test").smtp_port == 587
