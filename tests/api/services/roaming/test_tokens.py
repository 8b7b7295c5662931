"""Tokens made for charges."""

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.roaming.token import Allowed, TokenType, Whitelist
from api.models.roaming import DriverTokenRow
from api.services.charging.authorize import authorize_token
from api.services.roaming.queries import token_of_charge
from api.services.roaming.tokens import (
    UnknownToken,
    as_driver_token,
    issue_start_token,
    page_of_tokens,
    retire_token,
)
from tests.api.services.roaming.builders import a_charge, a_driver, a_partner, at
from tests.fakes import fake_policy, fake_ports

POLICY = fake_policy()


async def test_every_start_has_a_fresh_token(db: AsyncSession) -> None:
    """Two tokens of one driver differ; each is an app token that nobody may accept on its own, stored in upper case."""
    driver, ports = await a_driver(db), fake_ports()
    rows = [
        issue_start_token(db=db, ports=ports, now=at(0), driver=driver, charging_session_id=f"chs_{n}") for n in (1, 2)
    ]
    given = issue_start_token(db=db, ports=ports, now=at(0), driver=driver, charging_session_id="chs_3", uid="abc-Def")
    db.expunge_all()
    assert rows[0].uid != rows[1].uid
    assert given.uid == "ABC-DEF"
    token = as_driver_token(rows[0], POLICY)
    assert (token.type, token.whitelist, token.valid) == (TokenType.APP_USER, Whitelist.NEVER, True)
    assert (token.country_code, token.party_id, token.issuer) == ("DE", "CHH", "Chargehand")
    assert len(token.uid) <= 36


async def test_partners_are_told_the_language_in_two_letters(db: AsyncSession) -> None:
    """A phone's ``de-AT`` is ``de`` in OCPI; without a language there is none."""
    driver, ports = await a_driver(db), fake_ports()
    languages = []
    for number, given in enumerate(("de-AT", "EN", "")):
        driver.language = given
        row = issue_start_token(db=db, ports=ports, now=at(0), driver=driver, charging_session_id=f"chs_{number}")
        languages.append(as_driver_token(row, POLICY).language)
    db.expunge_all()
    assert languages == ["de", "en", None]


async def test_a_retired_token_is_blocked_and_counts_as_changed(db: AsyncSession) -> None:
    """Partners that ask are told; partners that list changes since then see it once more."""
    partner = await a_partner(db)
    charge = await a_charge(db, partner)
    await retire_token(db=db, now=at(9), uid="uida1")
    await retire_token(db=db, now=at(10), uid="uida1")
    await retire_token(db=db, now=at(10), uid="nobody")
    info = await authorize_token(
        db=db, ports=fake_ports(), now=at(9), partner=partner, uid="UIDA1", token_type=TokenType.APP_USER
    )
    assert (info.allowed, info.authorization_reference) == (Allowed.BLOCKED, None)
    page = await page_of_tokens(db=db, policy=POLICY, partner=partner, offset=0, limit=10, changed_from=at(9))
    assert [token.valid for token in page.tokens] == [False]
    row = await token_of_charge(db, charge.id)
    assert isinstance(row, DriverTokenRow)
    assert row.last_updated == at(9)


async def test_a_token_of_another_kind_is_unknown(db: AsyncSession) -> None:
    """A uid is known only together with its kind."""
    partner = await a_partner(db)
    await a_charge(db, partner)
    with pytest.raises(UnknownToken):
        await authorize_token(
            db=db, ports=fake_ports(), now=at(9), partner=partner, uid="UIDA1", token_type=TokenType.RFID
        )
