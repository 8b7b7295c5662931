"""The accepted quote binds: what a CDR asks for above it is the partner's matter and not the driver's."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from api.domain.charging.state import ChargingStatus
from api.domain.pricing.tariff import Restrictions, TariffElement
from api.domain.roaming.session import Price, SessionStatus
from api.models.charging import ChargingSession
from tests.bench import Bench
from tests.builders import a_cdr, a_location, a_period, a_session, a_tariff, after, push_cdr, push_session
from tests.charges import a_charge

S = ChargingStatus
D = Decimal


async def findings(bench: Bench) -> dict[str, int | None]:
    """Return the open findings about CDRs with their amounts."""
    query = "SELECT reason, amount_minor FROM mismatch WHERE resolved_at IS NULL AND reason LIKE 'cdr%'"
    return {row.reason: row.amount_minor for row in await bench.rows(query)}


async def settled_by(bench: Bench, **cdr: Any) -> ChargingSession:
    """Return a charge after one CDR of 20 kWh, for which 7.80 were promised, was settled."""
    charge = await a_charge(bench, S.ENDED)
    await push_cdr(bench, replace(a_cdr(charge), **cdr))
    await bench.drain()
    return await bench.charge(charge)


async def test_a_bill_above_the_promise_is_paid_up_to_it(bench: Bench) -> None:
    """9.00 for what costs 7.80: the driver pays 9.28 with tax, we owe 9.00, and 1.20 are the partner's to explain."""
    charge = await settled_by(bench, total_cost=Price(D("9.00")))

    assert (charge.status, charge.owed_minor, charge.captured_minor) == (S.SETTLED, 928, 928)
    assert await findings(bench) == {"cdr_unexplained": 120}
    (check,) = (charge.driver_price or {})["checks"]
    assert (check["verdict"], check["promise_kept"], check["difference"]) == ("unexplained", True, "1.2")
    payable = await bench.rows(
        "SELECT sum(e.amount_minor) AS owed FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id"
        " WHERE a.name = 'cpo_payable'"
    )
    assert payable[0].owed == -900


async def test_another_tariff_in_the_bill_is_named(bench: Bench) -> None:
    """A CDR under a tariff of its own that is dearer than the accepted one: the verdict says so."""
    dearer = a_tariff(kwh="0.50", id="T2")
    charge = await settled_by(bench, total_cost=Price(D("10.00")), tariffs=(dearer,))

    assert charge.owed_minor == 928
    assert await findings(bench) == {"cdr_wrong_tariff": 220}


async def test_a_tariff_that_changed_since_the_start_changes_nothing(bench: Bench) -> None:
    """The partner publishes a dearer price while the car charges: the accepted snapshot is what is promised."""
    charge = await a_charge(bench, S.ENDED)
    await a_location(bench, tariff=a_tariff(kwh="0.90", last_updated=after(30)))
    await push_cdr(bench, replace(a_cdr(charge), total_cost=Price(D("18.00"))))
    await bench.drain()

    assert (await bench.charge(charge)).owed_minor == 928


async def test_a_bill_below_the_promise_is_passed_on(bench: Bench) -> None:
    """What the partner does not ask for, the driver does not pay; that it differs is told all the same."""
    charge = await settled_by(bench, total_cost=Price(D("7.00")))

    assert charge.owed_minor == 833
    assert await findings(bench) == {"cdr_unexplained": -80}


@pytest.mark.capability("CK15")
async def test_energy_above_the_meter_is_not_paid(bench: Bench) -> None:
    """The session ended at 18.5 kWh; a bill for 20 is paid for 18.5 (CK15)."""
    charge = await a_charge(bench, S.CHARGING)
    over = a_session(charge, kwh=D("18.500"), status=SessionStatus.COMPLETED, ended_at=after(60))
    await push_session(bench, replace(over, last_updated=after(60)))
    await push_cdr(bench, a_cdr(charge))
    await bench.drain()

    stored = await bench.charge(charge)
    assert (stored.owed_minor, stored.kwh) == (859, D("18.5"))
    assert "cdr_energy_above_metered" in await findings(bench)


async def test_a_session_that_ends_after_its_bill_is_audited_again(bench: Bench) -> None:
    """The bill came first: once the session's end is told, energy above it is found, and is due back to the driver."""
    charge = await a_charge(bench, S.CHARGING)
    await push_cdr(bench, a_cdr(charge))
    await bench.drain()
    assert await findings(bench) == {}

    over = a_session(charge, kwh=D("18.500"), status=SessionStatus.COMPLETED, ended_at=after(60))
    await push_session(bench, replace(over, last_updated=after(62)))
    await bench.drain()

    stored = await bench.charge(charge)
    assert stored.owed_minor == 859
    assert "cdr_energy_above_metered" in await findings(bench)


async def test_a_credited_overcharge_leaves_nothing_owed_and_its_replacement_counts(bench: Bench) -> None:
    """Credit and replacement are netted against what was promised, bill by bill; the credited finding is closed."""
    charge = await a_charge(bench, S.ENDED)
    await push_cdr(bench, replace(a_cdr(charge), total_cost=Price(D("9.00"))))
    credit = replace(a_cdr(charge, id="CREDIT"), credit=True, credit_reference_id="CDR1", total_cost=Price(D("-9.00")))
    await push_cdr(bench, credit)
    await push_cdr(bench, a_cdr(charge, id="CDR2"))
    await bench.drain()

    stored = await bench.charge(charge)
    assert (stored.status, stored.owed_minor) == (S.SETTLED, 928)


async def test_a_finding_that_no_longer_holds_is_closed(bench: Bench) -> None:
    """A difference that a later audit does not find any more is closed, not left for somebody to wonder about."""
    charge = await settled_by(bench, total_cost=Price(D("9.00")))
    assert await findings(bench) == {"cdr_unexplained": 120}
    await bench.rows(
        "UPDATE cdr SET document = jsonb_set(document, '{total_cost,before_taxes}', '\"7.80\"') RETURNING key"
    )
    await push_cdr(bench, a_cdr(charge, id="CREDIT", credit=True, credit_reference_id="CDR1", cost="-9.00"))
    await bench.drain()

    assert "cdr_unexplained" not in await findings(bench)


async def test_a_bill_that_hangs_on_unmeasured_power_is_paid_within_the_dearest_reading(bench: Bench) -> None:
    """Two prices by power, and a bill without power: anything between the two is the partner's word, not more."""
    fast = TariffElement(a_tariff(kwh="0.60").elements[0].components, Restrictions(min_power=D(50)))
    await a_location(bench, tariff=a_tariff(elements=(fast, *a_tariff().elements)))
    charge = await settled_by(bench, total_cost=Price(D("14.00")))

    assert charge.owed_minor == 1428  # 20 kWh at 0.60 with 19 %
    assert await findings(bench) == {"cdr_unpriced": 200}


@pytest.mark.capability("P8")
async def test_what_was_said_to_be_parking_stays_parking(bench: Bench) -> None:
    """A session that told half an hour of parking is not billed for it as charging time."""
    await a_location(bench, tariff=a_tariff(hour="6.00", idle_hour="1.20"))
    charge = await a_charge(bench, S.CHARGING)
    told = (a_period(0, kwh="20", hours="0.5"), a_period(30, idle="0.5"))
    over = a_session(charge, kwh=D(20), status=SessionStatus.COMPLETED, ended_at=after(60), charging_periods=told)
    await push_session(bench, replace(over, last_updated=after(60)))
    billed = (a_period(0, kwh="20", hours="0.5"), a_period(30, hours="0.5"))
    await push_cdr(bench, replace(a_cdr(charge), charging_periods=billed, total_cost=Price(D("13.80"))))
    await bench.drain()

    stored = await bench.charge(charge)
    assert stored.owed_minor == 1357  # 7.80 + 3.00 + 0.60, with 19 %
    assert await findings(bench) == {"cdr_idle_at_charging_rate": 240}
