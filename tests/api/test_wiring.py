"""The live outside world, as each environment gets it."""

import pytest
from pydantic import SecretStr

from api.settings import Environment, Settings
from api.wiring import build_transport
from clients.ocpi.url_guard import UrlRefused


@pytest.mark.parametrize("environment", [Environment.STAGING, Environment.PRODUCTION])
def test_partners_without_tls_are_refused_outside_the_sandbox(environment: Environment) -> None:
    """Tokens and drivers' data never go over plain http; the sandbox, all on one machine, may (X13)."""
    real = Settings(
        environment=environment,
        secret_key=SecretStr("k" * 40),
        stripe_webhook_secrets=(SecretStr("whsec_real"),),
        public_url="https://chargehand.example",
    )
    with pytest.raises(UrlRefused):
        build_transport(real).guard.check("http://cpo.example/ocpi/versions")
    assert build_transport(real).guard.check("https://cpo.example/ocpi/versions").host == "cpo.example"
    assert build_transport(Settings()).guard.check("http://cpo.example/ocpi/versions").host == "cpo.example"
