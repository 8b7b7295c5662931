"""Storing CDRs: once each, the first counts, conflicts are kept."""

import asyncio
import json
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.db import UnitOfWork
from api.domain.roaming.cdr import Cdr
from api.domain.roaming.session import Price
from api.domain.roaming.token import CdrToken, TokenType
from api.models.partner import Partner
from api.models.roaming import CdrRow
from api.ports import Ports
from api.services.roaming.cdrs import StoredCdr, cdr_by_public_id, content_hash, store_cdr
from api.services.roaming.documents import read_cdr
from api.services.roaming.queries import cdrs_of_charge
from api.services.roaming.sessions import store_session
from tests.api.services.roaming.builders import a_cdr, a_charge, a_partner, a_session
from tests.fakes import START

STRANGER = CdrToken("NOBODYS", TokenType.RFID, "C")


async def post(db: AsyncSession, ports: Ports, partner: Partner, cdr: Cdr, raw: str = '{"id":"CDR1"}') -> StoredCdr:
    """Store a CDR."""
    return await store_cdr(db=db, ports=ports, now=START, partner=partner, cdr=cdr, raw=raw)


async def test_a_new_cdr_is_kept_with_its_charge(db: AsyncSession, ports: Ports) -> None:
    """Columns, document, raw JSON and the charge behind the token are all there."""
    partner = await a_partner(db)
    charge = await a_charge(db, partner)
    stored = await post(db, ports, partner, a_cdr())
    assert (stored.is_new, stored.conflict) == (True, False)
    assert stored.row.charging_session_id == charge.id
    assert stored.row.total_cost == Decimal("7.80")
    assert read_cdr(stored.row.document) == a_cdr()
    assert [row.key for row in await cdrs_of_charge(db, charge.id)] == [stored.row.key]


async def test_a_repeated_cdr_is_recognized_whatever_its_spelling(db: AsyncSession, ports: Ports) -> None:
    """The same content with other white space, order, zeros and nulls is the same CDR with the same address."""
    partner = await a_partner(db)
    first = await post(db, ports, partner, a_cdr(), '{"id":"CDR1","total":{"a":1.50,"b":[1,2]}}')
    again = await post(db, ports, partner, a_cdr(), '{ "total":{"b":[1.0,2],"a":1.5}, "remark":null, "id":"CDR1" }')
    assert (again.is_new, again.conflict) == (False, False)
    assert again.row.public_id == first.row.public_id


async def test_another_content_under_a_known_id_is_kept_aside(db: AsyncSession, ports: Ports) -> None:
    """The first CDR counts; the other one is kept for staff and changes no amount."""
    partner = await a_partner(db)
    await post(db, ports, partner, a_cdr(), '{"cost":7.80}')
    other = await post(db, ports, partner, a_cdr(total_cost=Price(Decimal("99.00"))), '{"cost":99.00}')
    assert (other.is_new, other.conflict) == (False, True)
    assert other.row.total_cost == Decimal("7.80")
    assert other.row.raw == '{"cost":7.80}'
    assert other.row.conflicting_raw == '{"cost":99.00}'


async def test_the_same_id_of_another_owner_is_another_cdr(db: AsyncSession, ports: Ports) -> None:
    """A CDR is known by country, party and id, not by id alone; nor by the partner's neighbor's."""
    partner = await a_partner(db)
    other = await a_partner(db, partner_id="prt_2", token="another-token")
    assert (await post(db, ports, partner, a_cdr(), '{"n":1}')).is_new
    assert (await post(db, ports, partner, a_cdr(party_id="OTH"), '{"n":2}')).is_new
    assert (await post(db, ports, other, a_cdr(), '{"n":3}')).is_new


async def test_a_credit_cdr_finds_the_charge_of_what_it_credits(db: AsyncSession, ports: Ports) -> None:
    """Without a token we know, a credit belongs to the charge of the CDR that it cancels."""
    partner = await a_partner(db)
    charge = await a_charge(db, partner)
    await post(db, ports, partner, a_cdr())
    credit = a_cdr(
        id="CDR1-C",
        cdr_token=STRANGER,
        credit=True,
        credit_reference_id="cdr1",
        total_cost=Price(Decimal("-7.80")),
    )
    assert (await post(db, ports, partner, credit, '{"id":"CDR1-C"}')).row.charging_session_id == charge.id


async def test_a_cdr_finds_the_charge_of_its_session(db: AsyncSession, ports: Ports) -> None:
    """Without a token we know, a CDR belongs to the charge of the session that it names."""
    partner = await a_partner(db)
    charge = await a_charge(db, partner)
    await store_session(db=db, ports=ports, now=START, partner=partner, session=a_session(), raw="{}")
    cdr = a_cdr(cdr_token=STRANGER, session_id="ses1")
    assert (await post(db, ports, partner, cdr)).row.charging_session_id == charge.id


async def test_a_cdr_of_nobody_is_kept_and_billed_to_nobody(db: AsyncSession, ports: Ports) -> None:
    """A token of another partner's charge proves nothing."""
    partner = await a_partner(db)
    other = await a_partner(db, partner_id="prt_2", token="another-token")
    await a_charge(db, other)
    assert (await post(db, ports, partner, a_cdr(session_id="SES1"))).row.charging_session_id is None


async def test_a_cdr_is_shown_to_its_sender_only(db: AsyncSession, ports: Ports) -> None:
    """The address we answer is of no use to another partner."""
    partner = await a_partner(db)
    other = await a_partner(db, partner_id="prt_2", token="another-token")
    public_id = (await post(db, ports, partner, a_cdr())).row.public_id
    assert await cdr_by_public_id(db, partner, public_id) is not None
    assert await cdr_by_public_id(db, other, public_id) is None


async def test_ten_deliveries_at_once_make_one_cdr(work: UnitOfWork, ports: Ports) -> None:
    """The same CDR delivered on ten connections at the same moment is stored once and new once."""
    async with work() as db:
        partner = await a_partner(db)

    async def deliver() -> bool:
        async with work() as db:
            return (await post(db, ports, partner, a_cdr())).is_new

    outcomes = await asyncio.gather(*(deliver() for _ in range(10)))
    async with work() as db:
        rows = (await db.exec(select(CdrRow))).all()
    assert sorted(outcomes) == [False] * 9 + [True]
    assert len(rows) == 1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ('{"a":1.0}', '{"a":1}', True),
        ('{"a":100}', '{"a":1e2}', True),
        ('{"a":0.0}', '{"a":0}', True),
        ('{"a":null}', "{}", True),
        ('{"a":1}', '{"a":-1}', False),
        ('{"a":[1,2]}', '{"a":[2,1]}', False),
        ('{"a":0.1234567890123456789012345678901}', '{"a":0.1234567890123456789012345678902}', False),
        ('{"a":"x"}', '{"a":"X"}', False),
        ('{"a":1e400}', '{"a":1e401}', False),
    ],
)
def test_content_is_compared_exactly(one: str, other: str, same: bool) -> None:
    """Spelling of numbers and empty fields do not count; any digit, order of a list or letter does."""
    assert (content_hash(one) == content_hash(other)) is same


def test_absurd_nesting_still_has_a_hash() -> None:
    """JSON too deep to be walked is compared by its letters."""
    deep: Any = "[" * 5000 + "]" * 5000
    assert content_hash(deep) == content_hash(deep)
    assert content_hash(deep) != content_hash(json.dumps([]))
