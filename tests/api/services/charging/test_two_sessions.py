"""A charger that begins anew: two sessions of the partner for one charge of ours."""

from decimal import Decimal

from api.domain.charging.state import ChargingStatus, HoldStatus
from api.domain.roaming.session import SessionStatus
from tests.bench import Bench
from tests.builders import a_session, after, push_session
from tests.charges import a_charge


async def test_an_invalid_first_attempt_does_not_end_the_session_that_charges(bench: Bench) -> None:
    """The charger gave up one session and charges in another: the hold stays for the one that will be billed."""
    charge = await a_charge(bench, ChargingStatus.CHARGING)

    void = {"status": SessionStatus.INVALID, "kwh": Decimal(0), "charging_periods": ()}
    await push_session(bench, a_session(charge, id="SES0", **void))
    await bench.drain()
    assert (await bench.charge(charge)).status == ChargingStatus.CHARGING
    assert (await bench.hold(charge)).status == HoldStatus.PLACED

    await push_session(bench, a_session(charge, last_updated=after(5), **void))
    await bench.drain()
    assert (await bench.charge(charge)).status == ChargingStatus.SETTLED
    assert (await bench.hold(charge)).status == HoldStatus.RELEASED


async def test_the_energy_of_a_second_session_comes_on_top_of_the_first(bench: Bench) -> None:
    """Each session's meter begins at nothing: what the driver sees is what both delivered, from the first report on."""
    charge = await a_charge(bench, ChargingStatus.CHARGING)
    await push_session(bench, a_session(charge, kwh=Decimal(10), last_updated=after(20)))
    seen = []
    for minutes, kwh in ((31, "0.5"), (40, "4"), (50, "9")):
        again = {"starts_at": after(30), "last_updated": after(minutes), "charging_periods": ()}
        await push_session(bench, a_session(charge, id="SES2", kwh=Decimal(kwh), **again))
        stored = await bench.charge(charge)
        seen.append((stored.kwh, Decimal((stored.running or {})["lines"][0]["quantity"])))
    assert seen == [(Decimal(each), Decimal(each)) for each in ("10.5", "14", "19")]

    await push_session(bench, a_session(charge, kwh=Decimal(11), last_updated=after(29)))  # its last word came late
    await push_session(
        bench, a_session(charge, id="SES2", kwh=Decimal(10), starts_at=after(30), last_updated=after(55))
    )
    assert (await bench.charge(charge)).kwh == 21


async def test_a_charge_that_is_told_under_two_ids_is_counted_once(bench: Bench) -> None:
    """Two sessions of the same time are the same energy."""
    charge = await a_charge(bench, ChargingStatus.CHARGING)
    await push_session(bench, a_session(charge, kwh=Decimal(10), last_updated=after(20)))
    await push_session(bench, a_session(charge, id="COPY", kwh=Decimal(10), last_updated=after(20)))
    await push_session(bench, a_session(charge, id="COPY", kwh=Decimal(12), last_updated=after(25)))
    assert (await bench.charge(charge)).kwh == 12


async def test_the_short_way_leaves_a_charge_with_two_sessions_alone(bench: Bench) -> None:
    """It knows of one meter only: nothing is kept that it could go on from."""
    charge = await a_charge(bench, ChargingStatus.CHARGING)
    assert (await bench.charge(charge)).running_state is not None
    for session_id, minutes in (("SES2", 31), ("SES1", 32)):
        await push_session(bench, a_session(charge, id=session_id, starts_at=after(30), last_updated=after(minutes)))
        assert (await bench.charge(charge)).running_state is None
