"""Disputes: what the bank took and gave back is booked once, refunds wait, evidence is frozen and handed in once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import DBAPIError

from api.ports.settlement import DisputeStatus
from api.services.charging.advance import lock_charge
from api.services.charging.disputes import converge_dispute
from api.services.charging.evidence import assemble_evidence
from api.services.charging.evidence_submit import NotAnswerable, NothingAssembled, submit_evidence
from api.services.charging.refund_decisions import DisputeOpen
from api.services.charging.sweep import sweep_operations
from api.services.charging.sweep_afterwards import sweep_afterwards
from tests.api.services.charging.given_back import (
    INTENT,
    books,
    credit,
    euro,
    hears,
    paid,
    refund_rows,
    refunds,
    settlement,
    state,
)
from tests.bench import Bench


async def assemble(bench: Bench, dispute_id: str) -> str:
    """Assemble evidence; return the pack's id."""
    async with bench.work() as db:
        now = bench.clock.now()
        return (await assemble_evidence(db=db, ports=bench.ports, now=now, dispute_id=dispute_id, by="Ada")).id


async def submit(bench: Bench, dispute_id: str) -> str:
    """Plan handing it in; return the operation's id."""
    async with bench.work() as db:
        now = bench.clock.now()
        return (await submit_evidence(db=db, ports=bench.ports, now=now, dispute_id=dispute_id, by="Ada")).id


async def open_findings(bench: Bench) -> set[str]:
    """Return the reasons of open findings."""
    return {row.reason for row in await bench.rows("SELECT reason FROM mismatch WHERE resolved_at IS NULL")}


async def test_a_dispute_takes_the_money_and_its_fee_once(bench: Bench) -> None:
    """Two events of one dispute book once, tell finance the day evidence is due, and ask the driver for nothing."""
    charge = await paid(bench)
    dispute = settlement(bench).open_dispute(INTENT, euro(2380))
    await hears(bench, "charge.dispute.created", "dispute", dispute.dispute_id)
    await hears(bench, "charge.dispute.funds_withdrawn", "dispute", dispute.dispute_id)

    assert await books(bench, charge) == {"psp_clearing": -2000, "disputes": 2380, "revenue": -2000, "vat": -380}
    assert await bench.value("SELECT count(*) FROM dispute_event") == 1
    finding = (await bench.rows("SELECT detail FROM mismatch WHERE reason = 'dispute_open'"))[0].detail
    assert dispute.evidence_due_at is not None
    assert finding["evidence_due_at"] == dispute.evidence_due_at.isoformat()
    seen = await state(bench, charge)
    assert (seen.afterwards.disputed, seen.receivable, seen.excess) == (euro(2380), euro(0), euro(0))


@pytest.mark.parametrize("won", [True, False])
async def test_a_dispute_ends(bench: Bench, won: bool) -> None:
    """Won: the money comes back, the fee does not. Lost: it stays gone, and finance is told."""
    charge = await paid(bench)
    dispute = settlement(bench).open_dispute(INTENT, euro(2380))
    await hears(bench, "charge.dispute.created", "dispute", dispute.dispute_id)
    settlement(bench).end_dispute(dispute.dispute_id, won=won)
    await hears(bench, "charge.dispute.closed", "dispute", dispute.dispute_id)

    found = await books(bench, charge)
    assert (found["psp_clearing"], found.get("disputes", 0)) == ((380, 0) if won else (-2000, 2380))
    assert (await state(bench, charge)).afterwards.disputed == euro(0 if won else 2380)
    assert await open_findings(bench) == (set() if won else {"dispute_lost"})


async def test_a_partial_dispute_leaves_the_rest_to_be_refunded(bench: Bench) -> None:
    """Only what the bank took counts: once it is lost, the rest of the payment may still go back."""
    charge = await paid(bench)
    dispute = settlement(bench).open_dispute(INTENT, euro(1000))
    settlement(bench).end_dispute(dispute.dispute_id, won=False)
    await hears(bench, "charge.dispute.closed", "dispute", dispute.dispute_id)
    settlement(bench)._disputes.clear()  # the fake refuses refunds of a lost dispute; the processor allows the rest

    await credit(bench, charge, None)
    await bench.drain()

    assert [one.amount for one in refunds(bench).refunds] == [euro(1380)]


async def test_an_inquiry_takes_nothing(bench: Bench) -> None:
    """A question of the bank is a finding with a date, and no booking."""
    charge = await paid(bench)
    before = await books(bench, charge)
    dispute = settlement(bench).open_dispute(INTENT, euro(2380), inquiry=True)
    await hears(bench, "charge.dispute.created", "dispute", dispute.dispute_id)

    assert await books(bench, charge) == before
    assert await open_findings(bench) == {"dispute_inquiry"}
    await credit(bench, charge, 100)  # and it forbids no refund


async def test_no_refund_while_a_dispute_is_open(bench: Bench) -> None:
    """A credit is refused; one that was on its way stays here and is owed, since the processor would refuse (26)."""
    charge = await paid(bench)
    await credit(bench, charge, 500)  # planned, not sent yet
    dispute = settlement(bench).open_dispute(INTENT, euro(2380))
    await bench.run()
    await hears(bench, "charge.dispute.created", "dispute", dispute.dispute_id)

    with pytest.raises(DisputeOpen):
        await credit(bench, charge, 100)
    (row,) = await refund_rows(bench)
    assert row.state == "failed"
    assert refunds(bench).refunds == []


async def test_a_dispute_of_a_refunded_session_is_linked_and_counted_once(bench: Bench) -> None:
    """10.00 were refunded, then all is disputed: the bank takes the rest; both are on the finding (mode 26)."""
    charge = await paid(bench)
    await credit(bench, charge, 1000)
    await bench.drain()
    dispute = settlement(bench).open_dispute(INTENT, euro(1380))
    await hears(bench, "charge.dispute.created", "dispute", dispute.dispute_id)

    (row,) = await refund_rows(bench)
    finding = (await bench.rows("SELECT detail, amount_minor FROM mismatch WHERE reason = 'dispute_open'"))[0]
    assert (finding.detail["refunds"], finding.amount_minor) == ([row.id], 1380)
    assert "dispute_beyond_payment" not in await bench.findings()
    assert (await books(bench, charge))["disputes"] == 1380


async def test_a_refund_and_a_dispute_of_the_same_money_are_told(bench: Bench) -> None:
    """They crossed: more went than came, which only evidence brings back."""
    charge = await paid(bench)
    await credit(bench, charge, 1000)
    await bench.drain()
    dispute = settlement(bench).open_dispute(INTENT, euro(2380))
    await hears(bench, "charge.dispute.created", "dispute", dispute.dispute_id)

    beyond = await bench.rows("SELECT amount_minor FROM mismatch WHERE reason = 'dispute_beyond_payment'")
    assert [row.amount_minor for row in beyond] == [1000]
    assert (await state(bench, charge)).excess == euro(0)


async def test_an_older_picture_never_undoes_a_newer_one(bench: Bench) -> None:
    """Two looks overtake each other: the end that is known stays, and nothing is booked back and forth (mode 18)."""
    charge = await paid(bench)
    old = settlement(bench).open_dispute(INTENT, euro(2380))
    settlement(bench).end_dispute(old.dispute_id, won=True)
    await hears(bench, "charge.dispute.closed", "dispute", old.dispute_id)
    before = await books(bench, charge)

    async with bench.work() as db:
        locked = await lock_charge(db=db, charging_session_id=charge.id)
        for snapshot in (old, replace(old, status=DisputeStatus.INQUIRY, withdrawn=euro(0))):
            await converge_dispute(
                db=db, ports=bench.ports, now=bench.clock.now(), charge=locked, snapshot=snapshot, source="sweep"
            )

    assert await books(bench, charge) == before
    assert await bench.value("SELECT status FROM dispute") == "won"


async def test_a_dispute_whose_webhook_was_lost_is_found_out_about(bench: Bench) -> None:
    """An open one is looked at every day, until it is over (mode 19)."""
    await paid(bench)
    dispute = settlement(bench).open_dispute(INTENT, euro(2380))
    await hears(bench, "charge.dispute.created", "dispute", dispute.dispute_id)
    settlement(bench).end_dispute(dispute.dispute_id, won=False)

    bench.clock.advance(timedelta(days=2).total_seconds())
    await sweep_afterwards(work=bench.work, ports=bench.ports)
    await bench.drain()

    assert await bench.value("SELECT status FROM dispute") == "lost"


async def test_an_early_fraud_warning_is_told(bench: Bench) -> None:
    """The card network expects a dispute: staff may refund in time."""
    await paid(bench)
    await hears(bench, "radar.early_fraud_warning.created", "radar.early_fraud_warning", "issfr_1")
    assert "early_fraud_warning" in await bench.findings()


async def test_a_dispute_of_somebody_elses_payment_costs_no_call(bench: Bench) -> None:
    """The account may serve other systems."""
    await paid(bench)
    await hears(bench, "charge.dispute.created", "dispute", "du_other", intent="pi_other")
    assert settlement(bench).calls == []
    assert await bench.value("SELECT count(*) FROM processor_event WHERE handled_at IS NULL") == 0


async def test_evidence_is_what_the_driver_agreed_to_and_what_happened(bench: Bench) -> None:
    """Consent with its exact amount and moment, the price shown, commands, meter, bill, receipt, refunds; frozen."""
    charge = await paid(bench)
    await credit(bench, charge, 1000)
    await bench.drain()
    dispute = settlement(bench).open_dispute(INTENT, euro(1380))
    await hears(bench, "charge.dispute.created", "dispute", dispute.dispute_id)
    pack_id = await assemble(bench, dispute.dispute_id)
    assert await assemble(bench, dispute.dispute_id) == pack_id, "nothing new, no second pack"

    pack = (await bench.rows("SELECT facts, texts FROM evidence_pack"))[0]
    assert pack.facts["consent"]["amount_minor"] == charge.hold_minor
    assert [each["kind"] for each in pack.facts["session"]["commands"]] == ["start"]
    assert pack.facts["session"]["meter"]
    assert [each["id"] for each in pack.facts["bills"]] == ["CDR1"]
    assert len(pack.facts["refunds"]) == 1
    assert pack.facts["receipts"]
    texts = pack.texts
    assert texts["customer_email_address"] == "drv_1@example.test"
    assert "exactly 50.00 EUR be reserved" in texts["uncategorized_text"]
    assert "refund of 10.00 EUR" in texts["refund_policy_disclosure"]
    assert "asked in the app to start the charge" in texts["access_activity_log"]
    with pytest.raises(DBAPIError, match="never changed"):
        await bench.rows("UPDATE evidence_pack SET sha256 = '' RETURNING id")


async def test_evidence_is_handed_in_once(bench: Bench) -> None:
    """A lost answer is asked for with the same key; after that the dispute is the bank's to decide."""
    await paid(bench)
    dispute = settlement(bench).open_dispute(INTENT, euro(2380))
    await hears(bench, "charge.dispute.created", "dispute", dispute.dispute_id)
    with pytest.raises(NothingAssembled):
        await submit(bench, dispute.dispute_id)
    await assemble(bench, dispute.dispute_id)
    settlement(bench).lose_answer("submit_evidence")
    operation_id = await submit(bench, dispute.dispute_id)
    assert await submit(bench, dispute.dispute_id) == operation_id
    await bench.drain()
    bench.clock.advance(60)
    await sweep_operations(work=bench.work, ports=bench.ports)
    await bench.drain()

    assert {call.idempotency_key for call in settlement(bench).calls_of("submit_evidence")} == {operation_id}
    assert await bench.value("SELECT state FROM payment_operation WHERE kind = 'submit_evidence'") == "done"
    assert await bench.value("SELECT status FROM dispute WHERE evidence_submitted") == "under_review"
    with pytest.raises(NotAnswerable):
        await submit(bench, dispute.dispute_id)


async def test_refused_evidence_is_told_while_there_is_time(bench: Bench) -> None:
    """What the processor does not take is for a person, before the day it is due."""
    await paid(bench)
    dispute = settlement(bench).open_dispute(INTENT, euro(2380))
    await hears(bench, "charge.dispute.created", "dispute", dispute.dispute_id)
    await assemble(bench, dispute.dispute_id)
    settlement(bench).refuse("submit_evidence", "invalid_request_error")
    await submit(bench, dispute.dispute_id)
    await bench.drain()

    assert "evidence_refused" in await open_findings(bench)
    await submit(bench, dispute.dispute_id)  # and it may be tried again
    await bench.drain()
    assert "evidence_refused" not in await open_findings(bench)
