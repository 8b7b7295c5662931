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
