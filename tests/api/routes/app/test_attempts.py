"""Guessing passwords: refused after a few, the same for addresses that exist and that do not (reliability.md X8)."""

import asyncio

import httpx
import pytest
from sqlalchemy import text

from api.db import UnitOfWork
from api.services.drivers.attempts import (
    AT_ONE_ADDRESS,
    OF_ONE_CALLER,
    OF_ONE_CALLER_AT_ONE_ADDRESS,
    WINDOW,
    Limit,
    TooManyAttempts,
    count_attempt,
    guesses,
    network_of,
    sweep_attempts,
)
from tests.api.routes.app.conftest import PASSWORD, App, Someone
from tests.api.routes.app.test_problems import checked
from tests.fakes import START, fake_policy

POLICY = fake_policy()


async def tried(work: UnitOfWork, *limits: Limit) -> None:
    """Count one attempt."""
    await count_attempt(work=work, policy=POLICY, now=START, limits=limits)


async def used_up(work: UnitOfWork, limit: Limit) -> None:
    """Leave nothing of a limit, as many attempts would have."""
    await tried(work, limit)
    async with work() as db:
        update = text("UPDATE attempt_count SET made = :most WHERE key = :key")
        await (await db.connection()).execute(update, {"most": limit.most, "key": limit.key(POLICY)})


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


async def test_guesses_at_once_are_counted_one_by_one(app: App, ada: Someone) -> None:
    """Thirty guesses at the same moment: ten are looked at, whatever the order in which they come."""
    body = {"email": "ada@example.com", "password": "guess"}

    async def guess() -> httpx.Response:
        return await ada.http.post("/v1/sign-in", json=body)

    answers = await asyncio.gather(*(guess() for _ in range(30)))
    assert sorted(each.status_code for each in answers) == [401] * OF_ONE_CALLER_AT_ONE_ADDRESS + [429] * 20


async def test_many_callers_at_one_address_are_one_attack(work: UnitOfWork) -> None:
    """Guesses at one account that come from everywhere are stopped too; another account is not touched."""
    _, at_address, _ = guesses("password", email="ada@example.com", caller="10.0.0.1")
    assert at_address.most == AT_ONE_ADDRESS
    await used_up(work, at_address)
    with pytest.raises(TooManyAttempts):
        await tried(work, *guesses("password", email="Ada@example.com", caller="10.9.9.9"))
    await tried(work, *guesses("password", email="bob@example.com", caller="10.9.9.9"))


async def test_one_caller_at_many_addresses_is_one_attack(work: UnitOfWork) -> None:
    """One password tried on many accounts is stopped; other callers are not."""
    _, _, of_caller = guesses("password", email="ada@example.com", caller="10.0.0.1")
    assert of_caller.most == OF_ONE_CALLER
    await used_up(work, of_caller)
    with pytest.raises(TooManyAttempts):
        await tried(work, *guesses("password", email="bob@example.com", caller="10.0.0.1"))
    await tried(work, *guesses("password", email="ada@example.com", caller="10.0.0.2"))


async def test_a_refused_attempt_counts_nowhere(work: UnitOfWork) -> None:
    """What one limit refuses uses up no other: an attacker cannot lock an address by guessing past the end."""
    own, at_address, of_caller = guesses("password", email="ada@example.com", caller="10.0.0.1")
    await used_up(work, own)
    with pytest.raises(TooManyAttempts):
        await tried(work, own, at_address, of_caller)
    async with work() as db:
        assert (await (await db.connection()).execute(text("SELECT count(*) FROM attempt_count"))).scalar_one() == 1


async def test_no_address_is_kept_for_having_been_tried(work: UnitOfWork) -> None:
    """The table holds digests under our key, and what is over goes."""
    await tried(work, *guesses("password", email="ada@example.com", caller="10.0.0.1"))
    async with work() as db:
        keys = list((await (await db.connection()).execute(text("SELECT key FROM attempt_count"))).scalars())
    assert all(len(key) == 64 and int(key, 16) for key in keys)
    await sweep_attempts(work=work, now=START + WINDOW * 2)
    async with work() as db:
        assert (await (await db.connection()).execute(text("SELECT count(*) FROM attempt_count"))).scalar_one() == 0


def test_a_caller_is_what_it_can_hardly_change() -> None:
    """Of an IPv6 address the first half counts, since one customer has the rest; IPv4 counts whole."""
    assert network_of("2001:db8:1:2:aaaa::1") == network_of("2001:db8:1:2:bbbb::2") == "2001:db8:1:2::"
    assert network_of("2001:db8:1:3::1") != network_of("2001:db8:1:2::1")
    assert network_of("::ffff:10.0.0.1") == network_of("10.0.0.1") == "10.0.0.1"
    assert network_of("nobody") == "nobody"
