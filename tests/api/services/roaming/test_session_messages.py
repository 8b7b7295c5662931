"""What is kept of every message about a session, and which of two messages counts (behaviours 4, 5 and 13)."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.roaming.session import Session, SessionPatch, SessionStatus
from api.models.partner import Partner
from api.ports import Ports
from api.services.roaming.documents import read_session
from api.services.roaming.messages import How, messages_about
from api.services.roaming.patching import PatchRefused
from api.services.roaming.sessions import (
    MOST_PERIODS,
    StoredSession,
    UnknownSession,
    store_session,
    store_session_patch,
)
from tests.api.services.roaming.builders import a_partner, a_period, a_session, at
from tests.fakes import START

KEY = "prt_1/DE/CPO/SES1"


async def put(db: AsyncSession, ports: Ports, partner: Partner, session: Session, **fields: str) -> StoredSession:
    """Store a whole session of 2.1.1."""
    said = {"raw": "{}", "version": "2.1.1"} | fields
    return await store_session(db=db, ports=ports, now=START, partner=partner, session=session, **said)  # type: ignore[arg-type]  # raw and version


async def patch(
    db: AsyncSession, ports: Ports, partner: Partner, changes: dict[str, object], *, at: datetime | None = None
) -> StoredSession:
    """Merge a PATCH of 2.1.1, with or without a date, into SES1."""
    return await store_session_patch(
        db=db,
        ports=ports,
        now=START,
        partner=partner,
        country_code="DE",
        party_id="CPO",
        session_id="SES1",
        patch=SessionPatch(changes, at),
        raw="{}",
        version="2.1.1",
        undated=True,
    )


async def test_every_message_is_kept_as_it_came(db: AsyncSession, ports: Ports) -> None:
    """Taken or not, pushed or pulled: the text, the way and the reason are on file, in order."""
    partner = await a_partner(db)
    first, newer = a_session(), a_session(kwh=Decimal(3), last_updated=at(3))
    await put(db, ports, partner, first, raw='{"n": 1.0}')
    await put(db, ports, partner, newer, raw='{"n": 2}', how=How.PULL)
    await put(db, ports, partner, newer, raw='{ "n": 2}')
    await put(db, ports, partner, first, raw='{"n": 3}')
    await put(db, ports, partner, replace(newer, status=SessionStatus.COMPLETED, last_updated=at(4)), raw='{"n": 4}')
    await put(db, ports, partner, replace(newer, last_updated=at(5)), raw='{"n": 5}')
    assert [(each.raw, each.how, each.refusal) for each in await messages_about(db, KEY)] == [
        ('{"n": 1.0}', "put", None),
        ('{"n": 2}', "pull", None),
        ('{ "n": 2}', "put", "repeated"),
        ('{"n": 3}', "put", "older"),
        ('{"n": 4}', "put", None),
        ('{"n": 5}', "put", "after_end"),
    ]


@pytest.mark.parametrize("statement", ["UPDATE partner_message SET raw = ''", "DELETE FROM partner_message"])
async def test_what_was_said_is_never_rewritten(db: AsyncSession, ports: Ports, statement: str) -> None:
    """Messages are insert-only, also for us."""
    await put(db, ports, await a_partner(db), a_session())
    with pytest.raises(DBAPIError, match="never changed or deleted"):
        await (await db.connection()).execute(text(statement))


async def test_behavior_13_moments_are_compared_with_the_partners_own_only(db: AsyncSession, ports: Ports) -> None:
    """A clock a day ahead of ours is accepted; what is older by that clock is dropped, what is newer is taken."""
    partner = await a_partner(db)
    ahead = at(24 * 60)
    assert (await put(db, ports, partner, a_session(last_updated=ahead))).changed
    assert not (await put(db, ports, partner, a_session(kwh=Decimal(9), last_updated=at(30)))).changed
    later = a_session(kwh=Decimal(2), last_updated=at(24 * 60 + 1))
    assert (await put(db, ports, partner, later)).session.kwh == 2


async def test_behavior_4_of_two_messages_of_one_moment_the_one_that_goes_on_counts(
    db: AsyncSession, ports: Ports
) -> None:
    """Clocks that count in seconds date two messages alike: less energy or an earlier status is the older one."""
    partner = await a_partner(db)
    await put(db, ports, partner, a_session(kwh=Decimal(2)))
    assert not (await put(db, ports, partner, a_session(kwh=Decimal("1.9")))).changed
    assert not (await put(db, ports, partner, a_session(kwh=Decimal(2), status=SessionStatus.PENDING))).changed
    assert (await put(db, ports, partner, a_session(kwh=Decimal(2), status=SessionStatus.COMPLETED))).changed


async def test_behavior_4_without_a_date_energy_and_status_only_go_on(db: AsyncSession, ports: Ports) -> None:
    """A PATCH of 2.1.1 that says less than is known came late; one that says the same is a repetition."""
    partner = await a_partner(db)
    await put(db, ports, partner, a_session())
    assert (await patch(db, ports, partner, {"kwh": Decimal(5)})).changed
    assert not (await patch(db, ports, partner, {"kwh": Decimal(4)})).changed
    assert not (await patch(db, ports, partner, {"kwh": Decimal(5)})).changed
    assert not (await patch(db, ports, partner, {"kwh": Decimal(6), "status": SessionStatus.PENDING})).changed
    assert (await patch(db, ports, partner, {"status": SessionStatus.COMPLETED})).changed
    stored = await patch(db, ports, partner, {"kwh": Decimal(7), "status": SessionStatus.ACTIVE})
    assert (stored.changed, stored.session.kwh, stored.session.status) == (False, Decimal(5), SessionStatus.COMPLETED)
    refusals = [each.refusal for each in await messages_about(db, KEY)]
    assert refusals == [None, None, "backwards", "repeated", "backwards", None, "after_end"]


async def test_behavior_4_an_undated_change_moves_no_date(db: AsyncSession, ports: Ports) -> None:
    """Our clock is not the partner's: what it dates later is taken still, and its first PUT again is not."""
    partner = await a_partner(db)
    first = a_session()
    await put(db, ports, partner, first)
    stored = await patch(db, ports, partner, {"kwh": Decimal(5)})
    assert stored.row.last_updated == first.last_updated
    assert not (await put(db, ports, partner, first)).changed
    assert (await put(db, ports, partner, a_session(kwh=Decimal(6), last_updated=at(2)))).changed


async def test_behavior_5_the_same_periods_again_add_nothing(db: AsyncSession, ports: Ports) -> None:
    """Periods are known by their start, so a change that is delivered twice leaves one of each."""
    partner = await a_partner(db)
    await put(db, ports, partner, a_session(charging_periods=()))
    for _ in range(2):
        stored = await patch(db, ports, partner, {"charging_periods": (a_period(0, "1"), a_period(5, "2"))})
    assert read_session(stored.row.document).charging_periods == (a_period(0, "1"), a_period(5, "2"))


async def test_a_change_in_another_version_is_of_a_session_we_do_not_hold(db: AsyncSession, ports: Ports) -> None:
    """Two shapes cannot be merged: the partner is to PUT the session in the version it speaks now."""
    partner = await a_partner(db)
    await put(db, ports, partner, a_session(), version="2.2.1")
    with pytest.raises(UnknownSession):
        await patch(db, ports, partner, {"kwh": Decimal(5)})


@pytest.mark.parametrize("kwh", ["4.9", "0"])
async def test_behavior_4_an_undated_end_with_less_energy_is_an_end(db: AsyncSession, ports: Ports, kwh: str) -> None:
    """A PATCH of 2.1.1 that completes a session counts; the larger reading stays, since energy only grows."""
    partner = await a_partner(db)
    await put(db, ports, partner, a_session(kwh=Decimal(5)))
    stored = await patch(db, ports, partner, {"kwh": Decimal(kwh), "status": SessionStatus.COMPLETED})
    assert (stored.changed, stored.session.kwh, stored.session.status) == (True, Decimal(5), SessionStatus.COMPLETED)


async def test_behavior_4_an_end_of_the_same_moment_with_less_energy_is_an_end(db: AsyncSession, ports: Ports) -> None:
    """In either order the session is completed."""
    partner = await a_partner(db)
    running, over = a_session(kwh=Decimal(5)), a_session(kwh=Decimal("4.9"), status=SessionStatus.COMPLETED)
    for number, order in enumerate(((running, over), (over, running))):
        ends = [await put(db, ports, partner, replace(each, id=f"SES{number}")) for each in order]
        assert ends[-1].session.status is SessionStatus.COMPLETED


async def test_periods_of_patches_do_not_grow_without_end(db: AsyncSession, ports: Ports) -> None:
    """Beyond what a day can have a PATCH is refused with the reason, and the session stays as it was."""
    partner = await a_partner(db)
    await put(db, ports, partner, a_session(charging_periods=()))
    many = tuple(a_period(minute / 10, "1") for minute in range(MOST_PERIODS))
    assert len((await patch(db, ports, partner, {"charging_periods": many})).session.charging_periods) == MOST_PERIODS
    with pytest.raises(PatchRefused) as refused:
        await patch(db, ports, partner, {"charging_periods": (a_period(-1, "1"),)})
    assert refused.value.facts == {"reason": f"charging_periods: more than {MOST_PERIODS}"}
