"""Charges that rules alone would leave open: sessions without end, holds that lapse unbilled, decisions of staff."""

from dataclasses import replace
from decimal import Decimal

import pytest

from api.domain.charging.facts import Timer
from api.domain.charging.state import ChargingStatus, HoldStatus
from api.domain.roaming.session import Price, SessionStatus
from api.services.charging.fire import fire_timer
from api.services.charging.staff import OwedNegative, settle_by_staff
from api.services.charging.start import QuoteExpired
from tests.bench import Bench
from tests.builders import a_cdr, a_partner, a_session, after, push_cdr, push_session
from tests.charges import METERED, a_charge, a_quote, start


async def _set(bench: Bench, charge_id: str, timer: Timer) -> None:
    """Let one clock of a charge have run out."""
    await bench.rows(
        "INSERT INTO charging_timer (charging_session_id, timer, due_at, set_at) VALUES (:id, :timer, :at, :at)"
        " ON CONFLICT (charging_session_id, timer) DO UPDATE SET due_at = :at RETURNING 1",
        id=charge_id,
        timer=timer,
        at=bench.clock.now(),
    )


async def test_a_session_without_end_frees_driver_and_connector(bench: Bench) -> None:
    """Whoever's session never ends can charge again, while the old charge still waits for its bill."""
    charge = await a_charge(bench, ChargingStatus.CHARGING)
    await _set(bench, charge.id, Timer.SESSION_TOO_LONG)
    assert await fire_timer(
        work=bench.work, ports=bench.ports, charging_session_id=charge.id, timer=Timer.SESSION_TOO_LONG
    )
    assert "session_too_long" in await bench.findings()
    assert (await bench.charge(charge)).freed_at is not None
    again = await start(bench, await a_quote(bench))
    assert again.id != charge.id
    await push_cdr(bench, a_cdr(charge))
    await bench.drain()
    assert (await bench.hold(charge)).captured_minor == 928


async def test_a_lapsing_hold_takes_what_the_partner_said_where_no_tariff_is_known(bench: Bench) -> None:
    """Without a tariff of ours the session's own total, with our tax, is captured before the hold lapses."""
    charge = await a_charge(bench, ChargingStatus.CHARGING)
    await bench.rows(
        "UPDATE charging_session SET tariff = NULL, running = NULL WHERE id = :id RETURNING 1", id=charge.id
    )
    total = Price(Decimal("8.00"))
    await push_session(bench, a_session(charge, kwh=Decimal(20), total_cost=total, last_updated=after(30)))
    await _set(bench, charge.id, Timer.HOLD_EXPIRY_NEAR)
    await fire_timer(work=bench.work, ports=bench.ports, charging_session_id=charge.id, timer=Timer.HOLD_EXPIRY_NEAR)
    await bench.drain()
    assert (await bench.hold(charge)).captured_minor == 952
    assert "estimate_captured" in await bench.findings()


@pytest.mark.parametrize(("owed", "status", "captured"), [(0, HoldStatus.RELEASED, 0), (700, HoldStatus.CAPTURED, 700)])
async def test_staff_end_a_charge_whose_bill_never_comes(
    bench: Bench, owed: int, status: HoldStatus, captured: int
) -> None:
    """A signed sum, or none, ends the hold; a negative one is refused."""
    charge = await a_charge(bench, ChargingStatus.ENDED)
    async with bench.work() as db:
        with pytest.raises(OwedNegative):
            await settle_by_staff(
                db=db, ports=bench.ports, now=bench.clock.now(), charging_session_id=charge.id, owed_minor=-1, by="Ada"
            )
        await settle_by_staff(
            db=db, ports=bench.ports, now=bench.clock.now(), charging_session_id=charge.id, owed_minor=owed, by="Ada"
        )
    await bench.drain()
    hold = await bench.hold(charge)
    assert (hold.status, hold.captured_minor) == (status, captured)


async def test_two_sessions_of_one_charge_are_told_to_finance(bench: Bench) -> None:
    """Bills of two sessions that the charge had are both owed, but somebody must look."""
    charge = await a_charge(bench, ChargingStatus.ENDED)
    again = a_session(charge, id="SES2", kwh=METERED, status=SessionStatus.COMPLETED, ended_at=after(60))
    await push_session(bench, replace(again, last_updated=after(61)))
    await push_cdr(bench, a_cdr(charge, id="CDR1"))
    await push_cdr(bench, a_cdr(charge, id="CDR2", session_id="SES2"))
    await bench.drain()
    assert "charge_with_two_sessions" in await bench.findings()
    assert (await bench.charge(charge)).owed_minor == 1856


async def test_a_partner_suspended_after_the_quote_gets_no_start(bench: Bench) -> None:
    """No hold is placed where the start could only fail."""
    quote = await a_quote(bench)
    await a_partner(bench)
    await bench.rows("UPDATE partner SET status = 'suspended' RETURNING 1")
    with pytest.raises(QuoteExpired) as refused:
        await start(bench, quote)
    assert refused.value.facts["reason"] == "operator_not_connected"
    assert await bench.value("SELECT count(*) FROM hold") == 0
