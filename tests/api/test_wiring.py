"""The live outside world, as each environment gets it: rules, keys, clock and the guard on partners' addresses."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from api.domain.charging.facts import Timer
from api.domain.staff.identity import StaffProvider
from api.policies import build_policy
from api.settings import Environment, Settings
from api.wiring import build_checkpoints, build_clock, build_identity, build_stripe, build_transport
from clients.identity.oidc import NoIdentityProvider, OidcIdentityProvider
from clients.ocpi.url_guard import UrlRefused
from clients.system import KillingCheckpoints, SandboxClock, SilentCheckpoints, SystemClock

KEYS = {Environment.STAGING: "sk_test_1", Environment.PRODUCTION: "sk_live_1"}


def real(environment: Environment = Environment.PRODUCTION, **fields: Any) -> Settings:
    """Return the settings of an installation that is no sandbox."""
    values: dict[str, Any] = {
        "environment": environment,
        "secret_key": SecretStr("k" * 40),
        "stripe_api_key": SecretStr(KEYS[environment]),
        "stripe_webhook_secrets": (SecretStr("whsec_real"),),
        "public_url": "https://chargehand.example",
        "issuer_name": "A Real Company",
        "issuer_street": "Real Street 1",
        "issuer_vat_id": "DE123456789",
        "issuer_email": "help@charge.test",
    }
    return Settings(**(values | fields))


@pytest.mark.parametrize("environment", list(KEYS))
def test_partners_without_tls_are_refused_outside_the_sandbox(environment: Environment) -> None:
    """Tokens and drivers' data never go over plain http; the sandbox, all on one machine, may (X13)."""
    guard = build_transport(real(environment)).guard
    with pytest.raises(UrlRefused):
        guard.check("http://cpo.example/ocpi/versions")
    assert guard.check("https://cpo.example/ocpi/versions").host == "cpo.example"
    assert build_transport(Settings()).guard.check("http://cpo.example/ocpi/versions").host == "cpo.example"


def test_the_rules_of_holds_come_from_json(monkeypatch: pytest.MonkeyPatch) -> None:
    """Currency, network and EVSE rules are read from the environment; an amount that is none stops the start (CK10)."""
    monkeypatch.setenv("CHARGEHAND_HOLD_DEFAULTS", '{"EUR": 6000}')
    monkeypatch.setenv("CHARGEHAND_HOLD_BY_PARTY", '{"DE-ABC": {"EUR": 8000}}')
    monkeypatch.setenv("CHARGEHAND_HOLD_BY_EVSE", '{"DE*ABC*E71*001": {"EUR": 12000}}')
    policy = build_policy(Settings())
    assert policy.hold_defaults == {"EUR": 6000}
    assert policy.hold_by_party == {"DE-ABC": {"EUR": 8000}}
    assert policy.hold_by_evse == {"DE*ABC*E71*001": {"EUR": 12000}}
    for wrong in ('{"EUR": 0}', '{"eur": 6000}', '{"EUR": 60.5}'):
        monkeypatch.setenv("CHARGEHAND_HOLD_DEFAULTS", wrong)
        with pytest.raises(ValidationError):
            Settings()


def test_every_clock_of_a_charge_gets_its_length_from_the_settings() -> None:
    """A clock without a length would fail when it is first started; the hold's own is counted back from its end."""
    policy = build_policy(Settings(unplug_reminder_seconds=7, hold_expiry_margin_seconds=60))

    assert set(policy.timers) == set(Timer) - {Timer.HOLD_EXPIRY_NEAR}
    assert policy.timers[Timer.UNPLUG_REMINDER] == timedelta(seconds=7)
    assert policy.hold_expiry_margin == timedelta(minutes=1)


def test_urls_that_we_hand_out_have_one_slash() -> None:
    """An operator may end the public address with a slash or not."""
    assert build_policy(Settings(public_url="http://127.0.0.1:8000/")).public_url == "http://127.0.0.1:8000"


def test_an_installation_may_know_tax_rates_better(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own rates are exact, by the three letters of a location's country; anything else is refused at boot."""
    monkeypatch.setenv("CHARGEHAND_VAT_PERCENT_BY_COUNTRY", '{"DEU": "16", "USA": "8.875"}')
    assert build_policy(Settings()).vat_percent_by_country == {"DEU": Decimal(16), "USA": Decimal("8.875")}

    for wrong in ('{"DE": "16"}', '{"DEU": "-1"}', '{"DEU": "101"}'):
        monkeypatch.setenv("CHARGEHAND_VAT_PERCENT_BY_COUNTRY", wrong)
        with pytest.raises(ValidationError):
            Settings()


def test_the_sealing_key_is_derived_from_the_secret_and_is_not_it() -> None:
    """Partners' tokens are sealed with a key of their own: the same after a restart, another for another secret."""
    one, other = build_policy(real()), build_policy(real(secret_key=SecretStr("l" * 40)))
    assert len(one.sealing_key) == 32
    assert one.sealing_key == build_policy(real()).sealing_key != other.sealing_key
    assert one.sealing_key != b"k" * 32


def test_a_secret_key_of_before_still_opens_partners_tokens() -> None:
    """Named among the old ones, a key stays in use for reading; rotation by age is off unless days are given."""
    before = build_policy(real())
    after = build_policy(
        real(
            secret_key=SecretStr("l" * 40),
            old_secret_keys=(real().secret_key,),
            rotate_tokens_days=30,
        )
    )
    assert after.old_sealing_keys == (before.sealing_key,)
    assert (before.rotation_period, after.rotation_period) == (None, timedelta(days=30))


def test_only_the_sandbox_moves_its_clock_and_kills_itself(tmp_path: Path) -> None:
    """Without the sandbox's settings the clock is the wall's and checkpoints say nothing."""
    assert isinstance(build_clock(real()), SystemClock)
    assert isinstance(build_checkpoints(real()), SilentCheckpoints)
    sandbox = Settings(clock_file=tmp_path / "clock", kill_at="hold.planned", data_dir=tmp_path)
    assert isinstance(build_clock(sandbox), SandboxClock)
    assert isinstance(build_checkpoints(sandbox), KillingCheckpoints)


def test_a_slow_machine_may_be_given_longer_time_outs() -> None:
    """Each time-out of a call comes from the settings; a tap stays within eight seconds unless somebody says so."""
    patient = Settings(
        partner_timeout_seconds=45, stripe_timeout_seconds=30, stripe_tap_seconds=40, connect_timeout_seconds=20
    )
    limits, stripe = build_transport(patient).limits, build_stripe(patient).config
    assert (limits.connect_seconds, limits.read_seconds) == (20, 45)
    assert (stripe.timeout.connect, stripe.timeout.read, stripe.tap_deadline_seconds) == (20, 30, 40)
    assert build_stripe(Settings()).config.tap_deadline_seconds == 8


def test_a_provider_for_staff_is_set_up_whole_or_not_at_all() -> None:
    """Half of it, or one that would be called in clear, stops the start; its secret is shown nowhere."""
    whole: dict[str, Any] = {"console_oidc_issuer": "https://login.charge.test", "console_oidc_client_id": "c"}
    secret: dict[str, Any] = {"console_oidc_client_secret": SecretStr("kept to ourselves")}
    for wrong in (whole, secret, whole | secret | {"console_oidc_issuer": "http://login.charge.test"}):
        with pytest.raises(ValidationError, match="console_oidc"):
            real(**wrong)
    settings = real(**whole, **secret, console_oidc_amr=("mfa",))
    assert isinstance(build_identity(settings), OidcIdentityProvider)
    assert "kept to ourselves" not in repr(settings)
    provider = build_policy(settings).staff_provider
    assert provider is not None
    assert provider == StaffProvider("single sign-on", methods=frozenset({"mfa"}))
    assert isinstance(build_identity(real()), NoIdentityProvider)
    assert build_policy(real()).staff_provider is None
