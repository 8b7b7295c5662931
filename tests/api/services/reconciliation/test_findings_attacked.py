"""What people tried with findings so that money moved twice, late, or past the second person: each is refused."""

import pytest

from api.domain.charging.state import ChargingStatus, HoldStatus
from api.domain.errors import AppError
from api.domain.finance.finding import Action
from api.domain.finance.finding_actions import ActionNotPossible
from api.services.charging.approvals import RequestState
from tests.api.services.charging.given_back import a_bill, approves, credit, paid, refunds, write_off
from tests.api.services.reconciliation.findings_hands import CLERK, OTHER_CLERK, a_finding, acts
from tests.bench import Bench
from tests.charges import a_charge


async def test_two_clicks_are_one_request(bench: Bench) -> None:
    """While what was asked for waits, the same is not asked for again: both would be approved and paid."""
    bench.ports.policy.refund_approval["EUR"] = 500
    charge = await paid(bench)
    finding_id = await a_finding(bench, "early_fraud_warning", charge.id, charge=charge)
    first = await acts(bench, finding_id, Action.REFUND, CLERK, amount_minor=1000)
    for who in (CLERK, OTHER_CLERK):
        with pytest.raises(ActionNotPossible):
            await acts(bench, finding_id, Action.REFUND, who, amount_minor=1000)
    await approves(bench, first.subject_id)
    await bench.drain()
    assert [one.amount.minor for one in refunds(bench).refunds] == [1000]


async def test_what_is_given_in_different_words_counts_together(bench: Bench) -> None:
    """A write-off of 21.40 and a credit of 40.00 are more than the 50.00 of one person, each alone is not."""
    charge = await paid(bench, "60.00")
    assert (await write_off(bench, charge, None)).state == RequestState.APPROVED
    waits = await credit(bench, charge, 4000, by="Bo")
    await bench.drain()
    assert (waits.state, refunds(bench).refunds) == (RequestState.REQUESTED, [])


async def test_a_request_about_a_charge_that_changed_is_asked_anew(bench: Bench) -> None:
    """60.00 were asked for while no bill was there; the bill is 23.80: nobody makes 60.00 of it by approving late."""
    charge = await a_charge(bench, ChargingStatus.ENDED)
    finding_id = await a_finding(bench, "cdr_missing", charge.id, charge=charge)
    asked = await acts(bench, finding_id, Action.CAPTURE, amount_minor=6000, reason="bill_missing")
    bench.payments.refuse("capture_hold", "card_declined")
    await a_bill(bench, charge, 1, "20.00")
    await bench.drain()
    assert (await bench.charge(charge)).hold_status == HoldStatus.CAPTURE_FAILED
    with pytest.raises(AppError, match="charge_changed"):
        await approves(bench, asked.subject_id)
    after = await bench.charge(charge)
    assert (after.owed_minor, after.status) == (2380, ChargingStatus.NEEDS_FINANCE)
