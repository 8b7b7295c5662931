"""Storing sessions: replaced, merged, dropped when old, never revived."""

import itertools
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from api.db import UnitOfWork
from api.domain.roaming.session import Session, SessionPatch, SessionStatus
from api.domain.roaming.token import CdrToken, TokenType
from api.models.partner import Partner
from api.ports import Ports
from api.services.roaming.documents import read_session
from api.services.roaming.patching import PatchRefused
from api.services.roaming.queries import quarantined_sessions, sessions_of_charge
from api.services.roaming.sessions import StoredSession, UnknownSession, store_session, store_session_patch
from tests.api.services.roaming.builders import a_charge, a_partner, a_period, a_session, at
from tests.fakes import START


async def put(db: AsyncSession, ports: Ports, partner: Partner, session: Session) -> StoredSession:
    """Store a whole session."""
    return await store_session(db=db, ports=ports, now=START, partner=partner, session=session, raw="{}")


async def patch(
    db: AsyncSession, ports: Ports, partner: Partner, minutes: float | None, **changes: Any
) -> StoredSession:
    """Merge a PATCH of some minutes into the story into SES1."""
    return await store_session_patch(
        db=db,
        ports=ports,
        now=START,
        partner=partner,
        country_code="DE",
        party_id="CPO",
        session_id="SES1",
        patch=SessionPatch(changes, at(minutes) if minutes is not None else None),
        raw="{}",
    )


async def test_a_put_replaces_everything(db: AsyncSession, ports: Ports) -> None:
    """A newer PUT without periods and cost leaves neither behind."""
    partner = await a_partner(db)
    await put(db, ports, partner, a_session())
    newer = a_session(charging_periods=(), total_cost=None, last_updated=at(2))
    stored = await put(db, ports, partner, newer)
    assert stored.changed
    assert stored.previous == a_session()
    assert read_session(stored.row.document) == newer


async def test_a_repeated_put_changes_nothing(db: AsyncSession, ports: Ports) -> None:
    """The same session again is answered and is no news."""
    partner = await a_partner(db)
    await put(db, ports, partner, a_session())
    assert not (await put(db, ports, partner, a_session())).changed


async def test_an_older_put_is_dropped(db: AsyncSession, ports: Ports) -> None:
    """What is older than what we hold does not take its place."""
    partner = await a_partner(db)
    await put(db, ports, partner, a_session(kwh=Decimal(5), last_updated=at(5)))
    stored = await put(db, ports, partner, a_session(kwh=Decimal(4), last_updated=at(4)))
    assert not stored.changed
    assert stored.session.kwh == Decimal(5)
    assert stored.row.kwh == Decimal(5)


async def test_every_order_of_five_messages_ends_at_the_newest(work: UnitOfWork, ports: Ports) -> None:
    """Five PUTs in all 120 orders, with one repeated, each end at the newest (S12)."""
    async with work() as db:
        partner = await a_partner(db)
    messages = [a_session(kwh=Decimal(n), last_updated=at(n)) for n in range(1, 5)]
    messages.append(a_session(kwh=Decimal(5), last_updated=at(5), status=SessionStatus.COMPLETED, ended_at=at(5)))
    for number, order in enumerate(itertools.permutations(messages)):
        async with work() as db:
            for message in (*order, order[0]):
                stored = await put(db, ports, partner, replace(message, id=f"SES{number}"))
            assert stored.session == replace(messages[-1], id=f"SES{number}"), order


@pytest.mark.parametrize("end", [SessionStatus.COMPLETED, SessionStatus.INVALID])
@pytest.mark.parametrize("later", [SessionStatus.ACTIVE, SessionStatus.PENDING, SessionStatus.RESERVATION])
async def test_a_session_never_leaves_its_end(
    db: AsyncSession, ports: Ports, end: SessionStatus, later: SessionStatus
) -> None:
    """Neither PUT nor PATCH, however new, makes an ended session run again."""
    partner = await a_partner(db)
    await put(db, ports, partner, a_session(status=end))
    assert not (await put(db, ports, partner, a_session(status=later, last_updated=at(9)))).changed
    assert not (await patch(db, ports, partner, 9, status=later)).changed


async def test_an_ended_session_may_be_corrected(db: AsyncSession, ports: Ports) -> None:
    """A newer message of an ended session that leaves it ended is taken."""
    partner = await a_partner(db)
    await put(db, ports, partner, a_session(status=SessionStatus.COMPLETED))
    stored = await patch(db, ports, partner, 9, kwh=Decimal("2.25"))
    assert stored.changed
    assert (stored.session.kwh, stored.session.status) == (Decimal("2.25"), SessionStatus.COMPLETED)


async def test_a_patch_merges_and_appends_periods_by_start(db: AsyncSession, ports: Ports) -> None:
    """Absent fields stay; periods are added in order, and one with a known start replaces that one."""
    partner = await a_partner(db)
    await put(db, ports, partner, a_session(charging_periods=(a_period(0, "1"), a_period(10, "2"))))
    stored = await patch(
        db, ports, partner, 30, kwh=Decimal(9), charging_periods=(a_period(20, "4"), a_period(10, "2.5"))
    )
    assert stored.session.charging_periods == (a_period(0, "1"), a_period(10, "2.5"), a_period(20, "4"))
    assert stored.session.kwh == Decimal(9)
    assert stored.session.status is SessionStatus.ACTIVE
    assert stored.session.last_updated == at(30)


async def test_null_clears_what_may_be_empty(db: AsyncSession, ports: Ports) -> None:
    """An explicit null on optional fields empties them."""
    partner = await a_partner(db)
    await put(db, ports, partner, a_session())
    stored = await patch(db, ports, partner, 2, total_cost=None, charging_periods=None)
    assert (stored.session.total_cost, stored.session.charging_periods) == (None, ())


@pytest.mark.parametrize(
    ("minutes", "changes"),
    [
        (2, {"kwh": None}),
        (2, {"id": "OTHER"}),
        (2, {"party_id": "OTH"}),
        (2, {"no_such_field": 1}),
        (None, {"kwh": Decimal(2)}),
    ],
)
async def test_a_patch_that_makes_no_sense_is_refused(
    db: AsyncSession, ports: Ports, minutes: float | None, changes: dict[str, object]
) -> None:
    """Null on a required field, another session's id, an unknown field, no last_updated: refused, nothing stored."""
    partner = await a_partner(db)
    stored = await put(db, ports, partner, a_session())
    with pytest.raises(PatchRefused):
        await patch(db, ports, partner, minutes, **changes)
    assert read_session(stored.row.document) == a_session()


async def test_an_older_patch_is_dropped(db: AsyncSession, ports: Ports) -> None:
    """A PATCH from before what we hold changes nothing."""
    partner = await a_partner(db)
    await put(db, ports, partner, a_session(last_updated=at(5)))
    assert not (await patch(db, ports, partner, 4, kwh=Decimal(99))).changed


async def test_a_patch_before_its_put_is_unknown(db: AsyncSession, ports: Ports) -> None:
    """We cannot merge into what we do not hold; and another partner's session is not held for this one."""
    partner = await a_partner(db)
    other = await a_partner(db, partner_id="prt_2", token="another-token")
    with pytest.raises(UnknownSession):
        await patch(db, ports, partner, 2, kwh=Decimal(2))
    await put(db, ports, other, a_session())
    with pytest.raises(UnknownSession):
        await patch(db, ports, partner, 2, kwh=Decimal(2))


@pytest.mark.parametrize("spelling", ["UIDA1", "uida1", "UidA1"])
async def test_a_session_finds_its_charge_by_token_in_any_case(db: AsyncSession, ports: Ports, spelling: str) -> None:
    """The token made for one charge finds it, however the partner spells it."""
    partner = await a_partner(db)
    charge = await a_charge(db, partner, token_uid="UIDA1")
    stored = await put(db, ports, partner, a_session(cdr_token=CdrToken(spelling, TokenType.APP_USER, "C")))
    assert stored.row.charging_session_id == charge.id
    assert [row.key for row in await sessions_of_charge(db, charge.id)] == [stored.row.key]


async def test_a_session_finds_its_charge_by_reference_when_a_hub_changed_the_token(
    db: AsyncSession, ports: Ports
) -> None:
    """Without a token we know, the authorization reference that we sent decides."""
    partner = await a_partner(db)
    charge = await a_charge(db, partner)
    session = a_session(cdr_token=CdrToken("HUBS-OWN", TokenType.APP_USER, "C"), authorization_reference=charge.id)
    assert (await put(db, ports, partner, session)).row.charging_session_id == charge.id


async def test_a_session_of_no_charge_is_kept_in_quarantine(db: AsyncSession, ports: Ports) -> None:
    """An unknown token, or another partner's, is stored and belongs to nobody."""
    partner = await a_partner(db)
    other = await a_partner(db, partner_id="prt_2", token="another-token")
    await a_charge(db, other, token_uid="UIDA1")
    stored = await put(db, ports, partner, a_session(authorization_reference="chs_1"))
    assert stored.row.charging_session_id is None
    assert [row.key for row in await quarantined_sessions(db)] == [stored.row.key]


async def test_ids_are_compared_without_case(db: AsyncSession, ports: Ports) -> None:
    """``ses1`` is ``SES1``; the spelling of the first stays."""
    partner = await a_partner(db)
    await put(db, ports, partner, a_session())
    stored = await put(db, ports, partner, a_session(id="ses1", kwh=Decimal(3), last_updated=at(3)))
    assert stored.previous is not None
    assert stored.row.id == "SES1"
