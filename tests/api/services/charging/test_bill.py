"""From CDR to books: the price in money, its tax to the cent, and every part of it booked once."""

from dataclasses import replace
from typing import Any

import pytest

from api.domain.charging.state import ChargingStatus
from api.domain.roaming.token import CdrToken, TokenType
from api.models.charging import ChargingSession
from api.services.deferral import Job, defer_job
from tests.bench import Bench
from tests.builders import a_cdr, a_location, a_period, a_tariff, after, push_cdr
from tests.charges import a_charge

S = ChargingStatus


async def books(bench: Bench) -> dict[str, int]:
    """Return the balance of each account in the posted layer, by name."""
    query = (
        "SELECT a.name, sum(e.amount_minor) AS total FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id"
        " WHERE e.layer = 'posted' GROUP BY a.name"
    )
    return {row.name: int(row.total) for row in await bench.rows(query)}


async def billed(bench: Bench, **cdr: Any) -> ChargingSession:
    """Return a charge that was settled by one CDR."""
    charge = await a_charge(bench, S.ENDED)
    await push_cdr(bench, a_cdr(charge, **cdr))
    await bench.drain()
    return await bench.charge(charge)


# --- the price --------------------------------------------------------------------------------------------------------


async def test_the_place_gives_the_tax_that_the_partner_leaves_open(bench: Bench) -> None:
    """7.80 with 19 % are 9.28: the gross is rounded once, its tax is 1.48 and the net is the rest."""
    charge = await billed(bench, cost="7.80")

    price = charge.driver_price
    assert price is not None
    assert (price["total_minor"], price["net_minor"], price["vat_minor"]) == (928, 780, 148)
    assert price["taxes"] == [{"percent": "19", "minor": 148}]
    assert await books(bench) == {
        "psp_clearing": 928 - 38,
        "psp_fees": 38,
        "revenue": -780,
        "vat": -148,
        "roaming_cost": 780,
        "cpo_payable": -780,
    }


async def test_a_stated_tax_is_passed_on_under_the_rate_that_explains_it(bench: Bench) -> None:
    """A partner that rounds its totals still charges 19 %, not 18.97 %; a tax of its own keeps its own rate."""
    price = (await billed(bench, cost="7.80", taxed="9.28")).driver_price

    assert price is not None
    assert (price["total_minor"], price["taxes"]) == (928, [{"percent": "19", "minor": 148}])


async def test_another_rate_than_the_places_is_believed(bench: Bench) -> None:
    """A partner may know of a reduced rate: what both of its totals say is passed on as it is."""
    price = (await billed(bench, cost="10.00", taxed="10.70")).driver_price

    assert price is not None
    assert (price["total_minor"], price["taxes"]) == (1070, [{"percent": "7.00", "minor": 70}])


async def test_an_unknown_tax_stays_unknown(bench: Bench) -> None:
    """Where nobody knows the rate the amount is passed on as it is, and its income waits in an account of its own."""
    await a_location(bench, country="USA")
    price = (await billed(bench, cost="7.80")).driver_price

    assert price is not None
    assert (price["total_minor"], price["vat_minor"], price["taxes"]) == (780, None, [])
    booked = await books(bench)
    assert booked["revenue_tax_unknown"] == -780
    assert "vat" not in booked


async def test_a_bill_below_the_minimum_is_waived(bench: Bench) -> None:
    """What the processor cannot take is not taken: the hold is released, and finance knows of the waiver."""
    charge = await billed(bench, cost="0.30")

    assert (charge.status, charge.captured_minor) == (S.SETTLED, None)
    assert (await bench.hold(charge)).status == "released"
    assert "below_minimum_waived" in await bench.findings()


async def test_a_bill_above_the_hold_is_taken_in_two_parts_with_all_of_its_tax(bench: Bench) -> None:
    """62.11 on a hold of 50.00: the capture is the whole hold, the rest a receivable, and no tax is lost."""
    charge = await billed(bench, cost="52.19", total_energy_kwh="20")

    assert charge.driver_price is not None
    total, vat = charge.driver_price["total_minor"], charge.driver_price["vat_minor"]
    assert (total, vat) == (6211, 992)
    booked = await books(bench)
    assert booked["receivable"] == total - 5000
    assert -booked["revenue"] - booked["vat"] == total
    assert -booked["vat"] == vat
    assert "owed_above_hold" in await bench.findings()


@pytest.mark.parametrize("cost", ["42.44", "51.99", "84.03"])
async def test_no_cent_of_tax_is_lost_or_made_by_taking_a_bill_in_parts(bench: Bench, cost: str) -> None:
    """Two rounded shares may not sum to the rounded whole, so the second part carries what is left."""
    charge = await billed(bench, cost=cost)

    assert charge.driver_price is not None
    booked = await books(bench)
    assert -booked["vat"] == charge.driver_price["vat_minor"]
    assert -booked["revenue"] == charge.driver_price["net_minor"]


async def test_a_late_correction_upwards_is_booked_with_the_rest_of_the_tax(bench: Bench) -> None:
    """Credit and replacement after the capture: the difference is a receivable, and the books hold the new bill."""
    charge = await a_charge(bench, S.SETTLED)
    await push_cdr(bench, a_cdr(charge, id="CREDIT", cost="-7.80", credit=True, credit_reference_id="CDR1"))
    await push_cdr(bench, a_cdr(charge, id="CDR2", cost="9.99"))
    await bench.drain()

    stored = await bench.charge(charge)
    assert stored.driver_price is not None
    assert (stored.status, stored.driver_price["total_minor"]) == (S.SETTLED, 1189)
    booked = await books(bench)
    assert booked["receivable"] == 1189 - 928
    assert (-booked["revenue"], -booked["vat"]) == (stored.driver_price["net_minor"], stored.driver_price["vat_minor"])
    assert (booked["roaming_cost"], booked["cpo_payable"]) == (999, -999)


async def test_a_late_correction_downwards_is_told_and_waits_for_its_replacement(bench: Bench) -> None:
    """What was taken above the new bill is due to the driver: finance is told how much, and a clock runs."""
    charge = await a_charge(bench, S.SETTLED)
    await push_cdr(bench, a_cdr(charge, id="CREDIT", cost="-7.80", credit=True, credit_reference_id="CDR1"))
    await push_cdr(bench, a_cdr(charge, id="CDR2", cost="5.00"))
    await bench.drain()

    excess = await bench.rows("SELECT amount_minor FROM mismatch WHERE reason = 'cdr_changed_after_capture'")
    assert [row.amount_minor for row in excess] == [928 - 595]
    assert (await bench.hold(charge)).captured_minor == 928


async def test_the_same_cdr_settles_once(bench: Bench) -> None:
    """A repeated CDR changes neither the bill nor the books, and settling again by hand does neither."""
    charge = await a_charge(bench, S.SETTLED)
    before = await books(bench)
    await push_cdr(bench, a_cdr(charge))
    async with bench.work() as db:
        await defer_job(db, Job.SETTLE, lock=charge.id, charging_session_id=charge.id)
    await bench.drain()

    assert await books(bench) == before
    assert len(bench.payments.calls_of("capture_hold")) == 1
    assert (await bench.charge(charge)).version == charge.version


async def test_a_cdr_in_another_currency_is_never_converted(bench: Bench) -> None:
    """Francs on a hold in euros: staff decide, the hold stays, and what we owe the partner is booked in francs."""
    charge = await a_charge(bench, S.NEEDS_FINANCE)

    assert (await bench.hold(charge)).status == "placed"
    assert (await bench.charge(charge)).failure_code == "currency_differs"
    rows = await bench.rows("SELECT DISTINCT currency FROM ledger_entry WHERE account_id LIKE 'cpo_payable%'")
    assert [row.currency for row in rows] == ["CHF"]


async def test_a_conflicting_cdr_moves_no_money(bench: Bench) -> None:
    """Another content under a known id: the first one counts and finance decides."""
    charge = await a_charge(bench, S.SETTLED)
    stored = await push_cdr(bench, a_cdr(charge, cost="99.00"))
    await bench.drain()

    assert stored.conflict
    assert (await bench.hold(charge)).captured_minor == 928
    assert "cdr_conflict" in await bench.findings()


async def test_a_cdr_of_nobody_is_kept_and_told(bench: Bench) -> None:
    """A CDR that matches no charge of ours is never billed to a guess."""
    charge = await a_charge(bench, S.CHARGING)
    stranger = a_cdr(charge, session_id=None)
    await push_cdr(bench, replace(stranger, cdr_token=CdrToken("SOMEBODY", TokenType.RFID, "X")))
    await bench.drain()

    assert await bench.findings() == {"cdr_without_charge"}
    assert (await bench.charge(charge)).status == S.CHARGING


# --- the audit --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cdr",
    [
        {"charging_periods": (a_period(90, kwh="20"),)},
        {"charging_periods": (a_period(0, kwh="-1"), a_period(30, kwh="21"))},
    ],
    ids=["periods after the end", "negative energy"],
)
async def test_periods_that_cannot_be_priced_do_not_hold_up_the_bill(bench: Bench, cdr: dict[str, Any]) -> None:
    """Contradicting periods are told; the totals still bound what is owed, and the bill is within them."""
    charge = await billed(bench, **cdr)

    assert (charge.status, charge.owed_minor) == (S.SETTLED, 928)
    assert "cdr_unpriced" in await bench.findings()


async def test_a_broken_snapshot_waits_for_a_person(bench: Bench) -> None:
    """Where nobody can tell any more what was promised, no money moves by rule; the hold stays."""
    charge = await a_charge(bench, S.ENDED)
    await bench.rows('UPDATE charging_session SET tariff = \'{"id": "T1"}\' RETURNING id')
    await push_cdr(bench, a_cdr(charge))
    await bench.drain()

    assert (await bench.charge(charge)).status == S.NEEDS_FINANCE
    assert (await bench.hold(charge)).status == "placed"
    assert "cdr_unpriced" in await bench.findings()


async def test_a_charge_without_a_session_is_dated_by_its_cdr(bench: Bench) -> None:
    """When every push was lost, the bill still tells when the charge took place."""
    charge = await a_charge(bench, S.START_ACCEPTED)
    await push_cdr(bench, a_cdr(charge))
    await bench.drain()

    stored = await bench.charge(charge)
    assert (stored.status, stored.charging_at, stored.unplugged_at) == (S.SETTLED, after(0), after(60))


async def test_a_charge_in_francs_is_held_and_billed_in_francs(bench: Bench) -> None:
    """The hold is taken in the tariff's currency, so that its CDR needs no conversion."""
    await a_location(bench, tariff=a_tariff(currency="CHF"))
    charge = await a_charge(bench, S.ENDED)
    await push_cdr(bench, a_cdr(charge, currency="CHF"))
    await bench.drain()

    assert (charge.currency, (await bench.charge(charge)).status) == ("CHF", S.SETTLED)
