"""Guessing passwords: refused after a few, the same for addresses that exist and that do not (reliability.md X8)."""

import pytest

from api.routes.app.attempts import (
    AT_ONE_ADDRESS,
    OF_ONE_CALLER,
    OF_ONE_CALLER_AT_ONE_ADDRESS,
    WINDOW,
    Attempts,
    TooManyAttempts,
)
from tests.api.routes.app.conftest import PASSWORD, App, Someone
from tests.api.routes.app.test_problems import checked
from tests.fakes import START


@pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com"])
async def test_guessing_ends_after_a_few(app: App, ada: Someone, email: str) -> None:
    """After ten wrong passwords none is looked at, not even the right one, however the address is spelled."""
    wrong = [{"email": spelled, "password": "guess"} for spelled in (email, email.upper(), f" {email}".strip())]
    for number in range(OF_ONE_CALLER_AT_ONE_ADDRESS):
        checked(await ada.http.post("/v1/sign-in", json=wrong[number % 3]), 401, "sign-in-refused")
    right = {"email": email, "password": PASSWORD}
    refused = await ada.http.post("/v1/sign-in", json=right)
    checked(refused, 429, "too-many-attempts")
    assert int(refused.headers["retry-after"]) == WINDOW.total_seconds()
    app.clock.advance(WINDOW.total_seconds())
    assert (await ada.http.post("/v1/sign-in", json=right)).status_code == (200 if email.startswith("ada") else 401)


async def test_a_driver_who_knows_the_password_is_never_stopped(app: App, ada: Someone) -> None:
    """Signing in many times, with slips between, is no attack."""
    for password in ["slip", "slip", PASSWORD] * OF_ONE_CALLER_AT_ONE_ADDRESS:
        answer = await ada.http.post("/v1/sign-in", json={"email": "ada@example.com", "password": password})
        assert answer.status_code == (200 if password == PASSWORD else 401)


def test_many_callers_at_one_address_are_one_attack() -> None:
    """Guesses at one account that come from everywhere are stopped too; another account is not touched."""
    attempts = Attempts()
    for number in range(AT_ONE_ADDRESS):
        attempts.begin(email="ada@example.com", caller=f"10.0.0.{number}", now=START)
    with pytest.raises(TooManyAttempts):
        attempts.begin(email="ada@example.com", caller="10.9.9.9", now=START)
    attempts.begin(email="bob@example.com", caller="10.9.9.9", now=START)


def test_one_caller_at_many_addresses_is_one_attack() -> None:
    """One password tried on many accounts is stopped; other callers are not."""
    attempts = Attempts()
    for number in range(OF_ONE_CALLER):
        attempts.begin(email=f"{number}@example.com", caller="10.0.0.1", now=START)
    with pytest.raises(TooManyAttempts):
        attempts.begin(email="ada@example.com", caller="10.0.0.1", now=START)
    attempts.begin(email="ada@example.com", caller="10.0.0.2", now=START)
