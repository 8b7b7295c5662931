"""Facts become state, history, version and news: together or not at all."""

import asyncio

import asyncpg
import pytest

from api.domain.charging.facts import DriverCanceled, Fact, SessionSeen, StartAccepted
from api.domain.charging.lifecycle import IllegalTransition
from api.domain.charging.state import ChargingStatus
from api.models.charging import ChargingSession
from api.services.charging.advance import CHANNEL, UnknownCharge, apply_facts, lock_charge
from api.services.charging.queries import events_of_charge
from api.services.charging.stored_state import state_document, state_of
from tests.bench import Bench
from tests.builders import a_session, after, push_session
from tests.charges import a_charge

S = ChargingStatus
TOO_LATE = DriverCanceled()
"""Nobody can give up a start whose session was seen."""


def _seen(charge: ChargingSession) -> SessionSeen:
    """Return the first sign of a session."""
    return SessionSeen(charge.kwh, metered=False)


async def tell(bench: Bench, charge: ChargingSession, *facts: Fact) -> ChargingSession:
    """Apply facts in one transaction."""
    async with bench.work() as db:
        locked = await lock_charge(db=db, charging_session_id=charge.id)
        now = bench.clock.now()
        await apply_facts(db=db, ports=bench.ports, now=now, charge=locked, facts=facts)
    return locked


async def test_the_stored_state_is_the_machines_own(bench: Bench) -> None:
    """What is written to the row is read back equal, so that no step starts from something else."""
    charge = await a_charge(bench, S.SETTLED)

    assert state_document(state_of(charge)) == charge.state
    assert (charge.status, charge.hold_status) == (state_of(charge).status, state_of(charge).hold)


async def test_history_tells_the_story_in_order(bench: Bench) -> None:
    """Each fact that changed something is kept with what it led to and what it ordered."""
    charge = await a_charge(bench, S.CHARGING)

    async with bench.work() as db:
        history = await events_of_charge(db=db, charging_session_id=charge.id)

    assert [event.fact for event in history] == ["HoldPlaced", "StartAccepted", "SessionSeen"]
    assert [event.status for event in history] == ["starting", "start_accepted", "charging"]
    assert "SendStart" in [order["order"] for order in history[0].orders]


async def test_a_meter_report_is_no_history(bench: Bench) -> None:
    """Thousands of reports only restart a clock: they raise the version and leave the history readable."""
    charge = await a_charge(bench, S.CHARGING)
    before = len(await bench.rows("SELECT 1 FROM charging_event"))

    await push_session(bench, a_session(charge, last_updated=after(3)))

    assert len(await bench.rows("SELECT 1 FROM charging_event")) == before
    assert (await bench.charge(charge)).version > charge.version


async def test_a_fact_that_cannot_have_happened_leaves_nothing(bench: Bench) -> None:
    """A mistake on our side is raised, and all that came with it is undone."""
    charge = await a_charge(bench, S.START_ACCEPTED)

    with pytest.raises(IllegalTransition):
        await tell(bench, charge, _seen(charge), TOO_LATE)

    stored = await bench.charge(charge)
    assert (stored.status, stored.version) == (charge.status, charge.version)


async def test_the_version_grows_with_every_visible_change_and_no_other(bench: Bench) -> None:
    """The version is the app's ETag: a fact that changes nothing must not wake every phone."""
    charge = await a_charge(bench, S.START_ACCEPTED)

    assert (await tell(bench, charge, StartAccepted())).version == charge.version
    assert (await tell(bench, charge, _seen(charge))).version == charge.version + 1


async def test_news_goes_out_with_the_commit_and_not_before(bench: Bench, database_url: str) -> None:
    """Other processes hear of a change when it is visible to them; of one that was rolled back, never."""
    charge = await a_charge(bench, S.START_ACCEPTED)
    heard: asyncio.Queue[str] = asyncio.Queue()
    listener = await asyncpg.connect(database_url)
    await listener.add_listener(CHANNEL, lambda *news: heard.put_nowait(str(news[3])))
    try:
        with pytest.raises(IllegalTransition):
            await tell(bench, charge, _seen(charge), TOO_LATE)
        moved = await tell(bench, charge, _seen(charge))

        assert await asyncio.wait_for(heard.get(), 5) == f"{charge.id}:{moved.version}:{charge.driver_id}"
        assert heard.empty()
    finally:
        await listener.close()


async def test_facts_of_one_charge_come_one_after_the_other(bench: Bench) -> None:
    """Two transactions cannot both start from the same state: the second waits and sees what the first left."""
    charge = await a_charge(bench, S.START_ACCEPTED)

    await asyncio.gather(*(tell(bench, charge, _seen(charge)) for _ in range(8)))

    assert (await bench.messages()).count("charge_started") == 1
    assert (await bench.charge(charge)).version == charge.version + 1


async def test_an_unknown_charge_is_told_so(bench: Bench) -> None:
    """Nothing can be locked that is not there."""
    async with bench.work() as db:
        with pytest.raises(UnknownCharge):
            await lock_charge(db=db, charging_session_id="chs_none")
