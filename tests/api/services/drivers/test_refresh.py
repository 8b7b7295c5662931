"""Refresh tokens: each is good once, a second use closes the family, and only hashes are stored."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import select

from api.db import UnitOfWork
from api.models.driver import Driver, RefreshToken
from api.ports import Ports
from api.services.drivers.passwords import CHEAP, password_fits
from api.services.drivers.refresh import RefreshRefused, hash_token, refresh_token, sign_out
from api.services.drivers.signin import SignedIn, SignInRefused, sign_in
from api.services.drivers.signup import EmailTaken, add_driver
from tests.fakes import START

LIFETIME = timedelta(days=60)


async def a_driver(work: UnitOfWork, ports: Ports, email: str = "Ada@Example.com ") -> Driver:
    """Return a driver without a card."""
    return await add_driver(
        work=work, ports=ports, now=START, email=email, name="Ada", password="long enough", hasher=CHEAP
    )


async def signed_in(work: UnitOfWork, ports: Ports, email: str = "ada@example.com") -> SignedIn:
    """Sign the driver in on one more device."""
    return await sign_in(work=work, ports=ports, now=START, email=email, password="long enough", lifetime=LIFETIME)


@pytest.mark.capability("A17")
async def test_tokens_rotate(work: UnitOfWork, ports: Ports) -> None:
    """Each exchange gives the next token of the same family, with the end that the first one had."""
    await a_driver(work, ports)
    first = await signed_in(work, ports)
    later = START + timedelta(days=1)
    second = await refresh_token(work=work, ports=ports, now=later, token=first.refresh_token)
    third = await refresh_token(work=work, ports=ports, now=later, token=second.refresh_token)
    assert len({first.refresh_token, second.refresh_token, third.refresh_token}) == 3
    assert first.family_id == second.family_id == third.family_id
    assert third.refresh_token_expires_at == first.refresh_token_expires_at == START + LIFETIME


@pytest.mark.capability("A17")
async def test_a_stolen_token_closes_the_family(work: UnitOfWork, ports: Ports) -> None:
    """Using a used token revokes the whole family, the newest token too; another device stays signed in."""
    await a_driver(work, ports)
    stolen, other = await signed_in(work, ports), await signed_in(work, ports)
    newest = await refresh_token(work=work, ports=ports, now=START, token=stolen.refresh_token)
    with pytest.raises(RefreshRefused):
        await refresh_token(work=work, ports=ports, now=START, token=stolen.refresh_token)
    with pytest.raises(RefreshRefused):
        await refresh_token(work=work, ports=ports, now=START, token=newest.refresh_token)
    assert (await refresh_token(work=work, ports=ports, now=START, token=other.refresh_token)).refresh_token


async def test_of_two_at_once_only_one_is_served(work: UnitOfWork, ports: Ports) -> None:
    """Two exchanges of one token at the same moment: one wins, the other is a re-use and ends the family."""
    await a_driver(work, ports)
    token = (await signed_in(work, ports)).refresh_token
    twice = (refresh_token(work=work, ports=ports, now=START, token=token) for _ in range(2))
    results = await asyncio.gather(*twice, return_exceptions=True)
    assert sorted(isinstance(each, RefreshRefused) for each in results) == [False, True]
    async with work() as db:
        assert all(row.revoked_at for row in (await db.exec(select(RefreshToken))).all())


async def test_expired_unknown_and_signed_out_tokens(work: UnitOfWork, ports: Ports) -> None:
    """A token at its end, one nobody knows and one of a closed device are refused alike."""
    await a_driver(work, ports)
    old, gone = await signed_in(work, ports), await signed_in(work, ports)
    async with work() as db:
        await sign_out(db=db, now=START, token=gone.refresh_token)
        await sign_out(db=db, now=START, token="nobody knows this")
    for token, now in ((old.refresh_token, START + LIFETIME), ("unknown", START), (gone.refresh_token, START)):
        with pytest.raises(RefreshRefused) as refused:
            await refresh_token(work=work, ports=ports, now=now, token=token)
        assert (refused.value.code, refused.value.facts) == ("refresh_refused", {})


async def test_the_database_holds_no_secret(work: UnitOfWork, ports: Ports) -> None:
    """Neither the token nor the password is in their rows, only what cannot be turned back."""
    driver = await a_driver(work, ports)
    first = await signed_in(work, ports)
    async with work() as db:
        row = (await db.exec(select(RefreshToken))).one()
    assert row.token_hash == hash_token(first.refresh_token)
    assert first.refresh_token not in row.model_dump_json()
    assert (driver.password_hash or "").startswith("$argon2id$")
    assert "long enough" not in driver.model_dump_json()


@pytest.mark.parametrize(
    ("email", "password"), [("ada@example.com", "wrong"), ("nobody@example.com", "long enough"), ("", "")]
)
async def test_refusals_of_a_sign_in_are_alike(work: UnitOfWork, ports: Ports, email: str, password: str) -> None:
    """A wrong password and an unknown address cannot be told apart by the error."""
    await a_driver(work, ports)
    with pytest.raises(SignInRefused) as refused:
        await sign_in(work=work, ports=ports, now=START, email=email, password=password, lifetime=LIFETIME)
    assert (refused.value.code, refused.value.facts) == ("sign_in_refused", {})


async def test_an_unknown_address_costs_a_hash_too(
    work: UnitOfWork, ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both refusals verify exactly one hash, so that time does not tell whether an address has an account."""
    await a_driver(work, ports)
    verified: list[str] = []

    async def counting(password: str, password_hash: str) -> bool:
        verified.append(password_hash)
        return await password_fits(password, password_hash)

    monkeypatch.setattr("api.services.drivers.signin.password_fits", counting)
    for email in ("ada@example.com", "nobody@example.com"):
        with pytest.raises(SignInRefused):
            await sign_in(work=work, ports=ports, now=START, email=email, password="wrong", lifetime=LIFETIME)
    assert len(verified) == 2
    assert all(each.startswith("$argon2id$") for each in verified)


async def test_addresses_are_one_whatever_their_case(work: UnitOfWork, ports: Ports) -> None:
    """The same address in another case cannot have a second account."""
    await a_driver(work, ports)
    with pytest.raises(EmailTaken):
        await a_driver(work, ports, email="ADA@example.COM")
