"""A charge that a pass began and nothing secures: it goes on, unless that is not wanted, and its bill is owed."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from api.domain.charging.state import ChargingStatus, HoldStatus
from api.services.charging.sweep import sweep_operations
from api.services.deferral import Job
from tests.api.services.charging.test_charge_by_pass import bench as bench
from tests.api.services.charging.test_charge_by_pass import ends, stopped
from tests.bench import Bench
from tests.builders import a_period, after, push_session
from tests.fakes import ACTION_CARD
from tests.passes import a_pass, proven, session_by_pass, the_charge
from tests.wallets import account

S, H = ChargingStatus, HoldStatus
DECLINED = "pm_card_chargeDeclined"


def strict(bench: Bench) -> None:
    """Let the installation want unsecured charges stopped."""
    bench.ports = replace(bench.ports, policy=replace(bench.ports.policy, pass_stop_unsecured=True))


@pytest.mark.capability("CN29")
@pytest.mark.parametrize(
    ("driver", "code"),
    [
        ({"payment_method_id": None}, "no_card_saved"),
        ({"payment_method_id": DECLINED}, "generic_decline"),
        ({"payment_method_id": ACTION_CARD}, "authentication_required"),
    ],
)
async def test_a_charge_that_nothing_secures_goes_on_and_its_bill_is_owed(
    bench: Bench, driver: dict[str, Any], code: str
) -> None:
    """The driver hears that nothing is reserved, is not stopped, and gets a link to pay when the bill is there."""
    await a_pass(bench, **driver)
    await push_session(bench, session_by_pass())
    await bench.drain()
    charge = await the_charge(bench)
    assert (charge.status, charge.hold_status, charge.failure_code) == (S.CHARGING, H.DECLINED, code)
    assert stopped(bench) == []

    await ends(bench)

    charge = await the_charge(bench)
    assert (charge.status, charge.captured_minor, charge.failure_code) == (S.SETTLED, None, None)
    told = ["charge_started", "nothing_reserved", "charge_ended", "receipt_ready", "payment_due"]
    assert sorted(await bench.messages()) == sorted(told)
    assert await account(bench, "receivable") == 928
    assert (await proven(bench)).receivable == 928


async def test_an_empty_wallet_pays_for_a_pass_down_to_its_floor(bench: Bench) -> None:
    """It reserves nothing, and what was charged all the same is taken from it as every bill above a reservation is."""
    await a_pass(bench, pay_with="wallet")
    await push_session(bench, session_by_pass())
    await bench.drain()
    charge = await the_charge(bench)
    assert (charge.payer_type, charge.hold_status, charge.failure_code) == ("wallet", H.DECLINED, "wallet_too_low")
    await ends(bench)
    assert "wallet_below_zero" in await bench.messages()
    proof = await proven(bench)
    assert (proof.paid_beside, proof.receivable) == (928, 0)


async def test_it_is_stopped_where_the_installation_wants_that(bench: Bench) -> None:
    """STOP_SESSION goes out as soon as the card said no, and what was delivered by then is owed."""
    strict(bench)
    await a_pass(bench, payment_method_id=DECLINED)
    await push_session(bench, session_by_pass())
    await bench.drain()
    charge = await the_charge(bench)
    assert (charge.status, charge.stop_cause) == (S.STOP_ACCEPTED, "hold_limit")
    assert stopped(bench) == ["SES1"]

    await ends(bench)
    assert (await proven(bench)).receivable == 928


async def test_one_that_nothing_secures_is_stopped_at_the_amount_that_would_be_held(bench: Bench) -> None:
    """50.00 are the limit of every charge; a card that declines is no reason to go on for ever."""
    await a_pass(bench, payment_method_id=DECLINED)
    await push_session(bench, session_by_pass())
    await bench.drain()
    bench.clock.set(after(5))
    much = (a_period(0, kwh="110", hours="0.05"),)
    await push_session(bench, session_by_pass(kwh=Decimal(110), charging_periods=much, last_updated=after(5)))
    await bench.drain()
    assert (await the_charge(bench)).stop_cause == "hold_limit"
    assert stopped(bench) == ["SES1"]


async def test_the_hold_of_a_running_charge_waits_for_a_processor_that_is_away(bench: Bench) -> None:
    """Energy flows whether the processor answers or not: it is asked again until it does, and the bill waits for it."""
    await a_pass(bench)
    for _ in range(2):
        bench.payments.break_before("place_hold")
        bench.payments.break_before("find_hold")
    await push_session(bench, session_by_pass())
    await bench.drain()
    assert (await the_charge(bench)).hold_status == H.UNKNOWN
    await ends(bench)
    assert (await the_charge(bench)).status == S.SETTLING

    for _ in range(3):
        bench.clock.advance(1800)
        await sweep_operations(work=bench.work, ports=bench.ports)
        await bench.drain()

    charge = await the_charge(bench)
    assert (charge.status, charge.captured_minor) == (S.SETTLED, 928)
    await proven(bench)


async def test_a_placement_that_never_arrived_is_asked_for_again_a_day_later(bench: Bench) -> None:
    """Its key is worn out and nothing is there: a charge that runs is worth another one."""
    await a_pass(bench)
    for _ in range(2):  # the placement, and looking what became of it
        bench.payments.break_before("place_hold")
    await push_session(bench, session_by_pass())
    await bench.drain()
    bench.clock.advance(25 * 3600)
    await sweep_operations(work=bench.work, ports=bench.ports)
    await bench.run(Job.PLACE_HOLD, Job.RESOLVE_HOLD)
    assert (await the_charge(bench)).hold_status == H.PLACED
    states = await bench.rows("SELECT state FROM payment_operation ORDER BY created_at, id")
    assert [row[0] for row in states] == ["failed", "done"]
