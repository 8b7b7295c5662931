"""Payouts on the virtual clock, late bookings, and the balance: what a payout holds adds up to the cent."""

from typing import Any

import pytest
import stripe

from tests.sandbox.stripe.bench import Bench

DAY = 86_400


async def captured(bench: Bench, minor: int = 3000, *, card: str = "pm_card_visa", **changes: Any) -> Any:
    """Capture a hold."""
    hold = await bench.hold(card, **changes)
    return await bench.intents.capture_async(hold.id, {"amount_to_capture": minor})


async def payouts(bench: Bench) -> list[stripe.Payout]:
    """Return every payout, oldest first."""
    return (await bench.sdk.v1.payouts.list_async({"limit": 100})).data[::-1]


async def entries(bench: Bench, payout_id: str) -> list[stripe.BalanceTransaction]:
    """Return the balance transactions of a payout, oldest first."""
    return (await bench.sdk.v1.balance_transactions.list_async({"payout": payout_id, "limit": 100})).data[::-1]


async def test_available_money_is_paid_out_once_a_day(bench: Bench) -> None:
    """After a week what was captured goes out, less fees, with what was taken in between; each entry goes out once."""
    first = await captured(bench)
    await bench.sdk.v1.refunds.create_async({"payment_intent": first.id, "amount": 500})
    await captured(bench, 2000, currency="chf")
    assert await payouts(bench) == []
    await bench.advance(9 * DAY)
    made = await payouts(bench)
    assert {payout.currency: payout.amount for payout in made} == {"eur": 3000 - 70 - 500, "chf": 2000 - 55}
    for payout in made:
        assert (payout.automatic, payout.reconciliation_status, payout.status) == (True, "completed", "paid")
        found = await entries(bench, payout.id)
        assert sum(entry.net for entry in found) == 0
        assert [entry.type for entry in found][-1] == "payout"
        assert found[-1].id == payout.balance_transaction
    await bench.advance(3 * DAY)
    assert len(await payouts(bench)) == 2
    totals = await bench.totals()
    assert (totals["net"], totals["paid_out"]) == (2430, 2430)


async def test_a_payout_is_told_step_by_step(bench: Bench) -> None:
    """Created, its entries complete, arrived: three events at three times."""
    await captured(bench)
    await bench.advance(9 * DAY)
    page = await bench.sdk.v1.events.list_async({"type": "payout.*"})
    told = [(event.type, event.created) for event in page.data[::-1]]
    assert [kind for kind, _ in told] == ["payout.created", "payout.reconciliation_completed", "payout.paid"]
    assert told[1][1] - told[0][1] == 600
    assert told[2][1] == (await payouts(bench))[0].arrival_date


async def test_a_failed_payout_comes_back_and_goes_out_again(bench: Bench) -> None:
    """With the knob on the bank refuses: the money returns by an entry of its own and is in the next payout."""
    await captured(bench)
    await bench.steer("knobs", fail_payouts="account_closed")
    await bench.advance(8 * DAY)
    await bench.advance(DAY)
    failed = (await payouts(bench))[0]
    assert (failed.status, failed.failure_code) == ("failed", "account_closed")
    assert failed.failure_balance_transaction is not None
    await bench.steer("knobs", fail_payouts=None)
    await bench.advance(3 * DAY)
    again = (await payouts(bench))[-1]
    assert (again.status, again.amount) == ("paid", failed.amount)
    assert [entry.type for entry in await entries(bench, again.id)] == ["payout_failure", "payout"]


async def test_a_payout_may_fail_after_it_arrived(bench: Bench) -> None:
    """Banks send money back days later; a second refusal of the same payout is none."""
    await captured(bench)
    await bench.advance(9 * DAY)
    (payout,) = await payouts(bench)
    assert payout.status == "paid"
    await bench.steer(f"dashboard/payouts/{payout.id}/fail", code="no_account")
    assert (await bench.sdk.v1.payouts.retrieve_async(payout.id)).failure_code == "no_account"
    assert (await bench.http.post(f"/_sandbox/dashboard/payouts/{payout.id}/fail")).status_code == 400


async def test_a_balance_below_zero_waits(bench: Bench) -> None:
    """A dispute may take more than there is: nothing is paid out until there is something again."""
    intent = await captured(bench)
    await bench.advance(9 * DAY)
    await bench.steer(f"dashboard/charges/{intent.latest_charge}/dispute")
    balance = await bench.sdk.v1.balance.retrieve_async()
    assert balance.available[0].amount == -3000 - 2000
    await captured(bench, 4000)
    await bench.advance(9 * DAY)
    assert len(await payouts(bench)) == 1
    await captured(bench, 5000)
    await bench.advance(9 * DAY)
    assert len(await payouts(bench)) == 2
    assert (await bench.sdk.v1.balance.retrieve_async()).available[0].amount == 0


async def test_the_balance_of_an_unknown_payout_is_refused(bench: Bench) -> None:
    """A filter by a payout that does not exist is a mistake and no empty answer."""
    with pytest.raises(stripe.InvalidRequestError):
        await bench.sdk.v1.balance_transactions.list_async({"payout": "po_nobody"})


async def test_a_booking_may_come_late(bench: Bench) -> None:
    """With the knob on a capture has no balance transaction at first; ``charge.updated`` brings it."""
    await bench.steer("knobs", late_booking_seconds=30)
    intent = await captured(bench)
    charge = await bench.sdk.v1.charges.retrieve_async(intent.latest_charge)
    assert (charge.captured, charge.balance_transaction) == (True, None)
    await bench.advance(31)
    assert (await bench.sdk.v1.charges.retrieve_async(charge.id)).balance_transaction is not None
    (event,) = (await bench.sdk.v1.events.list_async({"type": "charge.updated"})).data
    assert event.data.previous_attributes is not None
    assert event.data.previous_attributes.to_dict() == {"balance_transaction": None}


async def test_an_unknown_knob_is_refused(bench: Bench) -> None:
    """A typing error in a test must not pass for a knob."""
    assert (await bench.http.post("/_sandbox/knobs", json={"late": 1})).status_code == 400
