"""A charge that a pass began goes the way of every charge: priced, secured as far as can be, billed once."""

from dataclasses import replace
from typing import Any, cast

import pytest

from api.db import UnitOfWork
from api.domain.charging.facts import Timer
from api.domain.charging.state import ChargingStatus, HoldStatus
from api.domain.pricing.tariff import ComponentType
from api.domain.roaming.command import StopCommand
from api.services.charging.start import ConnectorBusy
from tests.api.services.charging.given_back import pause_ends
from tests.api.services.charging.test_other_payers import a_fleet
from tests.bench import Bench, a_bench, a_policy
from tests.builders import a_location, a_partner, after, an_evse, connector_of, push_cdr, push_session
from tests.charges import IDLE_PERIODS, a_quote, start, stop
from tests.passes import OVER, a_pass, cdr_by_pass, charges, proven, session_by_pass, the_charge
from tests.wallets import top_up

S, H = ChargingStatus, HoldStatus
DECLINED = "pm_card_chargeDeclined"


@pytest.fixture
async def bench(work: UnitOfWork) -> Bench:
    """Return an installation that lets passes charge, with a partner of two posts."""
    bench = a_bench(work, policy=a_policy(passes_enabled=True))
    await a_partner(bench)
    await a_location(bench, evses=(an_evse("EVSE1"), an_evse("EVSE2")))
    bench.clock.set(after(1))
    return bench


def stopped(bench: Bench) -> list[str]:
    """Return the sessions that partners were asked to stop."""
    sent = [cast("StopCommand", call.arguments[0]) for call in bench.roaming.calls_of("send_stop")]
    return [each.session_id for each in sent]


async def ends(bench: Bench, **cdr: Any) -> None:
    """Let the session end and its bill come."""
    bench.clock.set(after(61))
    await push_session(bench, session_by_pass(**OVER))
    await push_cdr(bench, cdr_by_pass(**cdr))
    await bench.drain()


@pytest.mark.capability("CN29", "CK32")
async def test_a_pass_charges_like_the_app_held_captured_to_the_cent_and_receipted(bench: Bench) -> None:
    """Session, hold, bill, capture, receipt: one way of pricing, and the charge keeps how it began and who pays."""
    await a_pass(bench)
    await push_session(bench, session_by_pass())
    await bench.drain()
    charge = await the_charge(bench)
    assert (charge.status, charge.hold_status, charge.metering) == (S.CHARGING, H.PLACED, "live")
    assert (charge.auth_channel, charge.payer_type, charge.token_uid) == ("badge", "card", "CARD1")
    assert (charge.consent["text"], charge.consent["amount_minor"]) == ("pass-terms-1", 5000)
    assert charge.running is not None
    assert charge.running["total_minor"] == 70  # 1.5 kWh at 0.39 and 19 %
    assert not (await bench.hold(charge)).on_session
    assert bench.roaming.calls == []  # nobody was asked to start

    await ends(bench)

    charge = await the_charge(bench)
    assert (charge.status, charge.owed_minor, charge.captured_minor) == (S.SETTLED, 928, 928)
    assert await bench.rows("SELECT kind, total_minor FROM receipt") == [("receipt", 928)]
    assert await bench.messages() == ["charge_started", "charge_ended", "receipt_ready"]
    assert await bench.findings() == set()
    proof = await proven(bench)
    assert (proof.authorized, proof.captured, proof.released) == (5000, 928, 4072)


@pytest.mark.capability("CN29")
@pytest.mark.parametrize("kind", [ComponentType.energy, ComponentType.flat])
async def test_pass_and_app_are_priced_alike(bench: Bench, kind: ComponentType) -> None:
    """The quote behind both has the same tariff, terms, parts and hold: who is asked to pay never changes a price."""
    await a_pass(bench)
    by_app = await a_quote(bench)
    await push_session(bench, session_by_pass())
    rows = await bench.rows("SELECT tariff, retail, hold_minor, price->'components' FROM quote ORDER BY created_at, id")
    assert len(rows) == 2
    assert rows[0] == rows[1]
    assert by_app.hold_minor == rows[0].hold_minor
    assert any(each["type"] == kind for each in rows[0][3]) is (kind is ComponentType.energy)


async def test_the_unplug_meter_and_the_reminder_are_there_too(bench: Bench) -> None:
    """Energy ended at the first word of it: the driver is told to unplug, and reminded."""
    await a_pass(bench)
    await push_session(bench, session_by_pass(charging_periods=IDLE_PERIODS, last_updated=after(35)))
    charge = await the_charge(bench)
    assert charge.status == S.IDLE
    assert await bench.messages() == ["charge_started", "unplug"]
    clocks = {row[0] for row in await bench.rows("SELECT timer FROM charging_timer")}
    assert clocks >= {Timer.UNPLUG_REMINDER, Timer.METERING_STALE}


@pytest.mark.capability("CN29", "CK32")
@pytest.mark.parametrize("paid_by", ["wallet", "fleet"])
async def test_the_usual_payer_pays_for_a_pass(bench: Bench, paid_by: str) -> None:
    """A wallet reserves and a fleet answers, as for a start from the app; no processor is asked."""
    await a_pass(bench, pay_with=paid_by)
    if paid_by == "wallet":
        await top_up(bench, 6000)
    else:
        await a_fleet(bench)
    await push_session(bench, session_by_pass())
    await bench.drain()
    charge = await the_charge(bench)
    assert (charge.payer_type, charge.hold_status) == (paid_by, H.PLACED)

    await ends(bench)

    charge = await the_charge(bench)
    assert (charge.status, charge.captured_minor) == (S.SETTLED, 928)
    assert bench.payments.calls_of("place_hold") == []
    await proven(bench)


# --- bills ------------------------------------------------------------------------------------------------------------


@pytest.mark.capability("CN29")
async def test_a_bill_without_any_session_is_owed_with_a_link(bench: Bench) -> None:
    """It came after the fact: nothing is held for it, the charge is dated by it, and there is a receipt."""
    await a_pass(bench)
    bench.clock.set(after(90))
    await push_cdr(bench, cdr_by_pass())
    await bench.drain()

    charge = await the_charge(bench)
    assert (charge.status, charge.hold_status, charge.owed_minor) == (S.SETTLED, H.DECLINED, 928)
    assert (charge.created_at, charge.charging_at, charge.unplugged_at) == (after(0), after(0), after(60))
    assert bench.payments.calls == []
    assert sorted(await bench.messages()) == ["charge_ended", "payment_due", "receipt_ready"]
    assert await bench.value("SELECT detail->>'url' FROM notice WHERE message = 'payment_due'")
    assert await bench.rows("SELECT kind, total_minor FROM receipt") == [("receipt", 928)]
    assert (await proven(bench)).receivable == 928


@pytest.mark.parametrize("named", [True, False])
async def test_what_comes_again_or_late_of_a_billed_charge_makes_no_second_one(bench: Bench, *, named: bool) -> None:
    """The same CDR twice, then its session to the end, whether or not the bill named it: one charge, one bill."""
    await a_pass(bench)
    bench.clock.set(after(90))
    for _ in range(2):
        await push_cdr(bench, cdr_by_pass(session_id="SES1" if named else None))
    await bench.drain()
    await push_session(bench, session_by_pass(**OVER))
    await push_cdr(bench, cdr_by_pass(session_id="SES1" if named else None))
    await bench.drain()
    charge = await the_charge(bench)
    assert (charge.status, charge.owed_minor) == (S.SETTLED, 928)
    assert await bench.value("SELECT charging_session_id FROM partner_session") == charge.id
    assert bench.payments.calls_of("place_hold") == []
    assert (await proven(bench)).receivable == 928


async def test_a_credited_bill_goes_back(bench: Bench) -> None:
    """The credit CDR finds the charge by what it credits, and what was captured is refunded."""
    await a_pass(bench)
    await push_session(bench, session_by_pass())
    await bench.drain()
    await ends(bench)
    await push_cdr(bench, cdr_by_pass(cost="-7.80", id="CDR2", credit=True, credit_reference_id="CDR1"))
    await bench.drain()
    await pause_ends(bench, await the_charge(bench))
    charge = await the_charge(bench)
    assert (charge.status, charge.owed_minor) == (S.SETTLED, 0)
    proof = await proven(bench)
    assert (proof.captured, proof.refunded) == (928, 928)


# --- beside other charges ---------------------------------------------------------------------------------------------


@pytest.mark.capability("CN29")
async def test_two_passes_of_one_driver_charge_two_cars_at_once(bench: Bench) -> None:
    """What partners tell is so: each charge has a hold and a bill of its own, and the newest one opens the app."""
    await a_pass(bench)
    await a_pass(bench, "CARD2")
    await push_session(bench, session_by_pass())
    second = {"uid": "card2", "id": "SES2", "evse_uid": "EVSE2"}
    await push_session(bench, session_by_pass(**second, starts_at=after(0.5)))
    await bench.drain()
    assert [(each.status, each.hold_status) for each in await charges(bench)] == [(S.CHARGING, H.PLACED)] * 2

    await ends(bench)
    await push_session(bench, session_by_pass(**second, **OVER))
    token = replace(session_by_pass().cdr_token, uid="card2")
    place = replace(cdr_by_pass().location, evse_uid="EVSE2")
    await push_cdr(bench, cdr_by_pass(cost="3.90", id="CDR2", session_id="SES2", cdr_token=token, location=place))
    await bench.drain()

    assert [(each.token_uid, each.captured_minor) for each in await charges(bench)] == [("CARD1", 928), ("CARD2", 464)]
    assert (await proven(bench)).captured == 928 + 464


async def test_the_driver_stops_a_charge_of_their_pass_in_the_app(bench: Bench) -> None:
    """STOP_SESSION names the session that the card began."""
    await a_pass(bench)
    await push_session(bench, session_by_pass())
    await bench.drain()
    await stop(bench, await the_charge(bench))
    await bench.drain()
    assert stopped(bench) == ["SES1"]
    await ends(bench)
    charge = await the_charge(bench)
    assert (charge.status, charge.stop_cause) == (S.SETTLED, "driver")
    await proven(bench)


async def test_a_connector_in_use_by_a_pass_is_busy_for_the_app_and_another_one_is_not(bench: Bench) -> None:
    """The post would refuse it anyway; the driver may charge a second car from the app."""
    await a_pass(bench)
    here, there = [await a_quote(bench, connector=connector_of(uid=uid)) for uid in ("EVSE1", "EVSE2")]
    await push_session(bench, session_by_pass())
    with pytest.raises(ConnectorBusy):
        await start(bench, here)
    assert (await start(bench, there)).status == S.AWAITING_HOLD
