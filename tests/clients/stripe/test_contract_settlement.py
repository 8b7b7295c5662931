"""The settlement contract, for ``FakeSettlement`` and ``StripeSettlement`` alike; and what the client reads."""

from datetime import timedelta

import pytest

from api.domain.money import Money
from api.ports.payments import OutcomeUnknown, ProcessorRefused
from api.ports.refunds import RefundReason, RefundRequest
from api.ports.settlement import DisputeStatus
from clients.stripe.settlement import read_dispute, read_entry, read_payout
from tests.clients.stripe.money_harness import MoneyHarness, StripeMoneyHarness


class TestDisputes:
    """What is promised of disputes."""

    async def test_a_dispute_takes_the_money_and_a_fee(self, money: MoneyHarness) -> None:
        """While it is open the money is gone, with a fee, and there is a day by which to answer."""
        intent_id = await money.paid(minor=3000)
        seen = await money.settlement.fetch_dispute(await money.dispute(intent_id))
        assert (seen.payment_intent_id, seen.status) == (intent_id, DisputeStatus.NEEDS_RESPONSE)
        assert (seen.amount, seen.withdrawn, seen.fee) == (Money(3000, "EUR"), Money(3000, "EUR"), Money(2000, "EUR"))
        assert seen.evidence_due_at is not None
        assert timedelta(days=1) < seen.evidence_due_at - money.clock.now() < timedelta(days=30)
        assert (seen.evidence_submitted, seen.created_at) == (False, money.clock.now())

    @pytest.mark.parametrize(("won", "withdrawn"), [(True, 0), (False, 3000)])
    async def test_the_end_of_a_dispute(self, money: MoneyHarness, won: bool, withdrawn: int) -> None:
        """A won dispute gives the money back, a lost one keeps it; the fee stays taken either way."""
        dispute_id = await money.dispute(await money.paid(minor=3000))
        await money.end_dispute(dispute_id, won=won)
        seen = await money.settlement.fetch_dispute(dispute_id)
        assert seen.status is (DisputeStatus.WON if won else DisputeStatus.LOST)
        assert (seen.withdrawn.minor, seen.fee.minor) == (withdrawn, 2000)

    async def test_an_inquiry_takes_nothing(self, money: MoneyHarness) -> None:
        """A question is no dispute yet: the amount is named and nothing is withdrawn."""
        seen = await money.settlement.fetch_dispute(await money.dispute(await money.paid(), inquiry=True))
        assert (seen.status, seen.amount.minor) == (DisputeStatus.INQUIRY, 4000)
        assert (seen.withdrawn.minor, seen.fee.minor) == (0, 0)

    async def test_evidence_is_handed_in_once(self, money: MoneyHarness) -> None:
        """Drafts may be stored; what is final goes to the bank, and nothing after it, nor once it is over."""
        dispute_id = await money.dispute(await money.paid())
        texts = {"product_description": "Electricity for a car", "customer_name": "A Driver"}
        draft = await money.settlement.submit_evidence(dispute_id, texts, final=False, idempotency_key="draft")
        assert (draft.status, draft.evidence_submitted) == (DisputeStatus.NEEDS_RESPONSE, False)
        for _ in range(2):
            done = await money.settlement.submit_evidence(dispute_id, texts, final=True, idempotency_key="final")
            assert (done.status, done.evidence_submitted) == (DisputeStatus.UNDER_REVIEW, True)
        with pytest.raises(ProcessorRefused):
            await money.settlement.submit_evidence(dispute_id, texts, final=True, idempotency_key="more")
        await money.end_dispute(dispute_id, won=False)
        with pytest.raises(ProcessorRefused):
            await money.settlement.submit_evidence(dispute_id, texts, final=True, idempotency_key="late")

    async def test_what_is_unknown_is_refused(self, money: MoneyHarness) -> None:
        """A dispute or payout that the processor does not know is refused, in every call."""
        for call in (
            money.settlement.fetch_dispute("du_nobody"),
            money.settlement.submit_evidence("du_nobody", {}, final=True, idempotency_key="x"),
            money.settlement.fetch_payout("po_nobody"),
            money.settlement.balance_entries(payout_id="po_nobody"),
        ):
            with pytest.raises(ProcessorRefused) as caught:
                await call
            assert caught.value.facts["processor_code"] == "resource_missing"


class TestPayouts:
    """What is promised of payouts and the balance."""

    async def test_a_payout_is_the_sum_of_its_entries(self, money: MoneyHarness) -> None:
        """The entries of a payout, its own included, sum to nothing, and each tells its payment and fee."""
        intent_id = await money.paid(minor=3000)
        payout_id = await money.next_payout()
        payout = await money.settlement.fetch_payout(payout_id)
        assert (payout.automatic, payout.reconciled) == (True, True)
        entries = await money.settlement.balance_entries(payout_id=payout_id)
        assert [entry.kind for entry in entries] == ["charge", "payout"]
        charge, own = entries
        assert (charge.amount, charge.payment_intent_id) == (Money(3000, "EUR"), intent_id)
        assert charge.net == charge.amount - charge.fee == payout.amount
        assert own.net == -payout.amount
        assert own.source_id == payout_id
        assert charge.source_id

    async def test_entries_since_a_moment(self, money: MoneyHarness) -> None:
        """What moved since a moment is told, oldest first, and nothing older."""
        await money.paid(minor=3000)
        before = money.clock.now()
        money.clock.advance(60)
        assert await money.settlement.balance_entries(since=before + timedelta(seconds=1)) == ()
        (entry,) = await money.settlement.balance_entries(since=before)
        assert entry.created_at == before

    async def test_a_failed_payout_comes_back(self, money: MoneyHarness) -> None:
        """The bank's refusal shows on the payout, and the money is in the balance again."""
        await money.paid(minor=3000)
        payout_id = await money.next_payout()
        money.fail_payout(payout_id)
        payout = await money.settlement.fetch_payout(payout_id)
        assert payout.status == "failed"
        (*_, last) = await money.settlement.balance_entries()
        assert (last.kind, last.net, last.source_id) == ("payout_failure", payout.amount, payout_id)


async def test_every_kind_of_entry_leads_to_its_payment(
    money_wire: StripeMoneyHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Captures, refunds and disputes all tell the payment they belong to, over as many pages as there are."""
    monkeypatch.setattr("clients.stripe.settlement.PAGE", 2)
    intent_id = await money_wire.paid(minor=3000)
    request = RefundRequest("rfd_1", intent_id, Money(500, "EUR"), RefundReason.REQUESTED)
    await money_wire.refunds.refund_payment(request, idempotency_key="refund")
    dispute_id = await money_wire.dispute(intent_id)
    await money_wire.end_dispute(dispute_id, won=True)
    entries = await money_wire.settlement.balance_entries()
    assert [(entry.kind, entry.amount.minor) for entry in entries] == [
        ("charge", 3000),
        ("refund", -500),
        ("adjustment", -2500),
        ("adjustment", 2500),
    ]
    assert {entry.payment_intent_id for entry in entries} == {intent_id}
    totals = money_wire.wire.totals()
    assert sum(entry.net.minor for entry in entries) == totals["net"]


def test_an_unreadable_answer_is_an_unknown_outcome() -> None:
    """An answer of another shape never becomes a crash, nor a guess; a new word for a status is none."""
    dispute = {"id": "du_1", "amount": 5, "currency": "eur", "status": "contemplated", "reason": "x", "created": 1}
    assert read_dispute(dispute).status is DisputeStatus.OTHER
    for read in (read_dispute, read_payout, read_entry):
        with pytest.raises(OutcomeUnknown):
            read({"id": "x", "amount": "many", "currency": "eur"})
