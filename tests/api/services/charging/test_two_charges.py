"""A bill whose token and session are of two charges: staff are told, and what else it says decides, or nothing does."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from api.domain.charging.state import ChargingStatus
from api.domain.roaming.cdr import Cdr, CdrLocation
from api.domain.roaming.session import SessionStatus
from api.models.charging import ChargingSession
from api.services.charging.two_charges import TWO_CHARGES
from tests.bench import Bench
from tests.builders import a_cdr, a_location, a_session, after, an_evse, connector_of, push_cdr, push_session
from tests.charges import a_charge

S = ChargingStatus
AT_TWO = CdrLocation("LOC1", "Street 1", "Town", "DEU", "EVSE2", "DE*CPO*EVSE2", "1")
NOWHERE = CdrLocation("LOC9", "Street 9", "Town", "DEU", "#NA", "#NA", "#NA")


async def two_charges(bench: Bench) -> tuple[ChargingSession, ChargingSession]:
    """Return two charges side by side, with the sessions SES1 and SES2 that are over."""
    await a_location(bench, evses=(an_evse("EVSE1"), an_evse("EVSE2")))
    first = await a_charge(bench, S.ENDED)
    second = await a_charge(bench, S.START_ACCEPTED, driver_id="drv_2", connector=connector_of(uid="EVSE2"))
    over = {"status": SessionStatus.COMPLETED, "kwh": Decimal(1000), "ended_at": after(60), "last_updated": after(60)}
    await push_session(bench, a_session(second, id="SES2", **over))
    return first, second


async def settled(bench: Bench, *charges: ChargingSession) -> list[str]:
    """Return the status of charges after all jobs."""
    await bench.drain()
    return [(await bench.charge(charge)).status for charge in charges]


def crossed(first: ChargingSession, **fields: Any) -> Cdr:
    """Return a bill with the token of the first charge and the session of the second."""
    return replace(a_cdr(first, session_id="SES2"), **fields)


async def taken_for(bench: Bench) -> str | None:
    """Return the charge that the bill is stored for."""
    found = await bench.value("SELECT charging_session_id FROM cdr")
    return None if found is None else str(found)


async def test_the_evse_says_that_the_token_is_right(bench: Bench) -> None:
    """At the first charge's EVSE and in its time: the session's id was a slip, and staff see it."""
    first, second = await two_charges(bench)
    await push_cdr(bench, crossed(first))
    assert await settled(bench, first, second) == [S.SETTLED, S.ENDED]
    assert (await taken_for(bench), TWO_CHARGES in await bench.findings()) == (first.id, True)


async def test_the_evse_says_that_the_session_is_right(bench: Bench) -> None:
    """At the second charge's EVSE: the token was a slip, and the first charge pays nothing of it."""
    first, second = await two_charges(bench)
    await push_cdr(bench, crossed(first, location=AT_TWO))
    assert await settled(bench, first, second) == [S.ENDED, S.SETTLED]
    assert (await taken_for(bench), TWO_CHARGES in await bench.findings()) == (second.id, True)


async def test_our_reference_decides_where_the_place_is_unknown(bench: Bench) -> None:
    """Only we gave it, to one start."""
    first, second = await two_charges(bench)
    await push_cdr(bench, crossed(first, location=NOWHERE, authorization_reference=second.id))
    assert await settled(bench, first, second) == [S.ENDED, S.SETTLED]


@pytest.mark.parametrize("contradicts", [False, True])
async def test_a_bill_that_leaves_a_doubt_settles_nothing(bench: Bench, contradicts: bool) -> None:
    """Nowhere, or at one charge's EVSE with the other's reference: it waits for staff."""
    first, second = await two_charges(bench)
    told: dict[str, Any] = {"location": AT_TWO, "authorization_reference": first.id} if contradicts else {}
    await push_cdr(bench, crossed(first, **({"location": NOWHERE} | told)))
    assert await settled(bench, first, second) == [S.ENDED, S.ENDED]
    assert await taken_for(bench) is None
    assert {TWO_CHARGES, "cdr_without_charge"} <= await bench.findings()


async def test_a_bill_taken_by_its_token_alone_is_looked_at_before_it_settles(bench: Bench) -> None:
    """However it was stored: the charge is not settled by a bill of another one's session."""
    first, second = await two_charges(bench)
    await push_cdr(bench, crossed(first, location=AT_TWO))
    await bench.rows("UPDATE cdr SET charging_session_id = :of RETURNING key", of=first.id)
    await bench.rows("UPDATE mismatch SET reason = 'before_' || reason RETURNING id")  # findings are never deleted
    await bench.rows("DELETE FROM procrastinate_jobs RETURNING id")
    async with bench.work() as db:
        await _settle_soon(db, first.id)
    assert await settled(bench, first, second) == [S.ENDED, S.SETTLED]
    assert (await taken_for(bench), TWO_CHARGES in await bench.findings()) == (second.id, True)


async def test_a_session_that_turns_out_to_be_anothers_is_told_of(bench: Bench) -> None:
    """The bill came first and was settled by its token; when its session is another charge's, staff see it."""
    await a_location(bench, evses=(an_evse("EVSE1"), an_evse("EVSE2")))
    first = await a_charge(bench, S.ENDED)
    second = await a_charge(bench, S.START_ACCEPTED, driver_id="drv_2", connector=connector_of(uid="EVSE2"))
    await push_cdr(bench, crossed(first))
    assert await settled(bench, first) == [S.SETTLED]
    assert TWO_CHARGES not in await bench.findings()
    await push_session(bench, a_session(second, id="ses2"))
    assert await settled(bench, first, second) == [S.SETTLED, S.CHARGING]
    assert TWO_CHARGES in await bench.findings()


async def _settle_soon(db: Any, charging_session_id: str) -> None:
    from api.services.deferral import Job, defer_job

    await defer_job(db, Job.SETTLE, lock=charging_session_id, charging_session_id=charging_session_id)
