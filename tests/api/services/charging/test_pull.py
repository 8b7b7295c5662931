"""Pulling sessions and CDRs: what a lost push would have told, with no object that can spoil the rest."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from api.domain.charging.state import ChargingStatus
from api.domain.roaming.session import SessionStatus
from api.ports.roaming import PartnerUnreachable, PulledObject, UnreadableObject
from api.services.charging.pull import pull_cdrs, pull_sessions
from api.services.roaming.partners import PartnerNotConnected
from tests.bench import Bench
from tests.builders import a_cdr, a_session, after
from tests.charges import a_charge

S = ChargingStatus


def pulled(value: Any, raw: str = "{}") -> PulledObject[Any]:
    """Return an object as a partner's list has it."""
    return PulledObject(value, raw)


async def sessions(bench: Bench) -> int:
    """Pull the default partner's sessions."""
    return await pull_sessions(work=bench.work, ports=bench.ports, partner_id="prt_1")


async def cdrs(bench: Bench) -> int:
    """Pull the default partner's CDRs."""
    return await pull_cdrs(work=bench.work, ports=bench.ports, partner_id="prt_1")


async def test_a_lost_push_is_found_by_the_pull(bench: Bench) -> None:
    """Session and CDR that were never pushed settle the charge when they are pulled."""
    charge = await a_charge(bench, S.START_ACCEPTED)
    over = a_session(
        charge, kwh=Decimal(20), status=SessionStatus.COMPLETED, ended_at=after(60), last_updated=after(60)
    )
    bench.roaming.sessions = [pulled(over)]
    bench.roaming.cdrs = [pulled(a_cdr(charge))]

    assert (await sessions(bench), await cdrs(bench)) == (1, 1)
    await bench.drain()

    assert (await bench.charge(charge)).status == S.SETTLED
    assert (await bench.hold(charge)).captured_minor == 928


async def test_pulling_what_was_pushed_changes_nothing(bench: Bench) -> None:
    """A pull overlaps what is known: the same session and CDR again are no news."""
    charge = await a_charge(bench, S.CHARGING)
    bench.roaming.sessions = [pulled(a_session(charge))]

    await sessions(bench)

    assert (await bench.charge(charge)).version == charge.version


async def test_one_bad_object_loses_none_of_the_others(bench: Bench) -> None:
    """Unreadable, unstorable, foreign and nonsensical objects are told to finance, and the good one is taken."""
    charge = await a_charge(bench, S.START_ACCEPTED)
    good = a_session(charge)
    bench.roaming.sessions = [
        UnreadableObject("kwh: missing", '{"id": 1}'),
        pulled(a_session(charge, id="S\x00"), "1"),
        pulled(a_session(charge, id=""), "2"),
        pulled(a_session(charge, id="x" * 300), "3"),
        pulled(a_session(charge, party_id="XYZ"), "4"),
        pulled(good, "5"),
    ]

    assert await sessions(bench) == 1

    assert (await bench.charge(charge)).status == S.CHARGING
    assert await bench.value("SELECT count(*) FROM mismatch WHERE reason = 'unreadable_object'") == 5


async def test_the_same_bad_object_is_told_once(bench: Bench) -> None:
    """A partner that repeats its mistake daily opens one finding, not one a day."""
    await a_charge(bench, S.START_ACCEPTED)
    bench.roaming.sessions = [UnreadableObject("kwh: missing", '{"id": 1}')]

    await sessions(bench)
    await sessions(bench)

    assert await bench.value("SELECT count(*) FROM mismatch") == 1


async def test_a_pull_reaches_back_behind_the_last_one(bench: Bench) -> None:
    """Clocks differ: two days at first, then fifteen minutes before the last pull that succeeded."""
    await a_charge(bench, S.START_ACCEPTED)
    first = bench.clock.now()
    await sessions(bench)
    bench.clock.advance(3600)
    await sessions(bench)

    since = [call.arguments[0] for call in bench.roaming.calls_of("pull_sessions")]
    assert since == [first - timedelta(days=2, minutes=15), first - timedelta(minutes=15)]


async def test_a_pull_that_broke_off_is_done_again_from_where_it_began(bench: Bench) -> None:
    """What came is kept, and the next pull starts no later than this one did."""
    charge = await a_charge(bench, S.START_ACCEPTED)
    bench.roaming.sessions = [pulled(a_session(charge))]
    bench.roaming.pull_error = PartnerUnreachable("partner_unreachable")

    with pytest.raises(PartnerUnreachable):
        await sessions(bench)
    assert (await bench.charge(charge)).status == S.CHARGING
    bench.roaming.pull_error = None
    await sessions(bench)

    since = {call.arguments[0] for call in bench.roaming.calls_of("pull_sessions")}
    assert len(since) == 1


async def test_a_partner_that_left_is_not_called(bench: Bench) -> None:
    """A suspended connection is no address to send tokens to."""
    await a_charge(bench, S.START_ACCEPTED)
    await bench.rows("UPDATE partner SET status = 'suspended' RETURNING id")

    with pytest.raises(PartnerNotConnected):
        await cdrs(bench)

    assert bench.roaming.calls_of("pull_cdrs") == []
