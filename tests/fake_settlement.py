"""``FakeSettlement``: the settlement port in memory. Import it from ``tests.fakes``.

Keeps to the same contract as ``StripeSettlement`` (``tests/clients/stripe/test_contract_settlement.py`` runs both).
What moves the balance is told by the test (``book``), so a service can be shown any feed, complete or not.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from api.domain.money import Money
from api.ports.clock import Clock
from api.ports.settlement import BalanceEntry, DisputeSnapshot, DisputeStatus, PayoutSnapshot
from tests.fake_answers import AnswerBook, PaymentsCall, Trouble, refused

OPEN = frozenset({DisputeStatus.INQUIRY, DisputeStatus.NEEDS_RESPONSE, DisputeStatus.UNDER_REVIEW})
TIME_TO_ANSWER = timedelta(days=7)


class FakeSettlement:
    """Implements ``api.ports.settlement.Settlement``; the methods under "steering" are for tests."""

    def __init__(self, clock: Clock) -> None:
        """Start with no dispute, no payout and an empty balance."""
        self._clock = clock
        self._disputes: dict[str, DisputeSnapshot] = {}
        self._payouts: dict[str, PayoutSnapshot] = {}
        self._entries: list[BalanceEntry] = []
        self._paid_out: dict[str, str] = {}
        self._book = AnswerBook(clock)

    # --- steering -----------------------------------------------------------------------------------------------------

    def lose_answer(self, method: str) -> None:
        """Let the next call of ``method`` be done and its answer be lost: ``OutcomeUnknown``."""
        self._book.trouble(method, Trouble.LOSE_ANSWER)

    def break_before(self, method: str) -> None:
        """Let the next call of ``method`` never arrive: ``OutcomeUnknown`` and nothing done."""
        self._book.trouble(method, Trouble.BREAK_BEFORE)

    def refuse(self, method: str, processor_code: str) -> None:
        """Let the next call of ``method`` be refused with ``processor_code``."""
        self._book.trouble(method, refused(processor_code))

    def open_dispute(
        self, payment_intent_id: str, amount: Money, *, fee: Money | None = None, inquiry: bool = False
    ) -> DisputeSnapshot:
        """Let the card holder dispute a payment; an inquiry takes no money, a dispute takes all and a fee."""
        zero = Money.zero(amount.currency)
        dispute = DisputeSnapshot(
            dispute_id=f"du_fake{len(self._disputes) + 1}",
            payment_intent_id=payment_intent_id,
            status=DisputeStatus.INQUIRY if inquiry else DisputeStatus.NEEDS_RESPONSE,
            amount=amount,
            reason="fraudulent",
            withdrawn=zero if inquiry else amount,
            fee=zero if inquiry else fee or Money(2000, amount.currency),
            evidence_due_at=self._clock.now() + TIME_TO_ANSWER,
            created_at=self._clock.now(),
        )
        self._disputes[dispute.dispute_id] = dispute
        return dispute

    def end_dispute(self, dispute_id: str, *, won: bool) -> None:
        """Let the bank decide; a won dispute gives the money back and keeps the fee."""
        seen = self._disputes[dispute_id]
        withdrawn = Money.zero(seen.amount.currency) if won else seen.withdrawn
        status = DisputeStatus.WON if won else DisputeStatus.LOST
        self._disputes[dispute_id] = replace(seen, status=status, withdrawn=withdrawn)

    def disputed(self, payment_intent_id: str) -> bool:
        """Say whether a dispute of a payment is open or lost."""
        return any(
            one.payment_intent_id == payment_intent_id
            and one.status in OPEN - {DisputeStatus.INQUIRY} | {DisputeStatus.LOST}
            for one in self._disputes.values()
        )

    def book(
        self,
        kind: str,
        amount: Money,
        *,
        fee: Money | None = None,
        source_id: str | None = None,
        payment_intent_id: str | None = None,
        available_at: datetime | None = None,
    ) -> BalanceEntry:
        """Add one movement to the balance, made now."""
        fee = fee or Money.zero(amount.currency)
        entry = BalanceEntry(
            entry_id=f"txn_fake{len(self._entries) + 1}",
            kind=kind,
            amount=amount,
            fee=fee,
            net=amount - fee,
            source_id=source_id,
            payment_intent_id=payment_intent_id,
            created_at=self._clock.now(),
            available_at=available_at or self._clock.now(),
        )
        self._entries.append(entry)
        return entry

    def pay_out(self, *, status: str = "in_transit", reconciled: bool = True) -> PayoutSnapshot:
        """Pay out everything not paid out yet, of one currency, as the processor does daily."""
        entries = [entry for entry in self._entries if entry.entry_id not in self._paid_out]
        amount = sum((entry.net for entry in entries[1:]), start=entries[0].net)
        payout = PayoutSnapshot(
            payout_id=f"po_fake{len(self._payouts) + 1}",
            status=status,
            amount=amount,
            arrives_at=self._clock.now() + timedelta(days=1),
            automatic=True,
            reconciled=reconciled,
        )
        self._payouts[payout.payout_id] = payout
        own = self.book("payout", -amount, source_id=payout.payout_id)
        self._paid_out |= {entry.entry_id: payout.payout_id for entry in (*entries, own)}
        return payout

    def change_payout(self, payout_id: str, *, status: str, reconciled: bool = True) -> None:
        """Let a payout arrive or fail; a failed one brings the money back to the balance."""
        seen = self._payouts[payout_id]
        self._payouts[payout_id] = replace(seen, status=status, reconciled=reconciled)
        if status == "failed":
            self.book("payout_failure", seen.amount, source_id=payout_id)

    @property
    def entries(self) -> list[BalanceEntry]:
        """Every movement of the balance, oldest first."""
        return list(self._entries)

    @property
    def calls(self) -> list[PaymentsCall]:
        """Every call so far, in order."""
        return self._book.calls

    def calls_of(self, method: str) -> list[PaymentsCall]:
        """Return the calls of one method, in order."""
        return [call for call in self.calls if call.method == method]

    # --- the port -----------------------------------------------------------------------------------------------------

    async def fetch_dispute(self, dispute_id: str) -> DisputeSnapshot:
        """Return the dispute as it is now."""
        await self._book.read("fetch_dispute", dispute_id)
        return self._dispute(dispute_id)

    async def submit_evidence(
        self, dispute_id: str, evidence: Mapping[str, str], *, final: bool, idempotency_key: str
    ) -> DisputeSnapshot:
        """Take evidence, once for good."""
        arguments = (dispute_id, tuple(sorted(evidence.items())), final)
        return await self._book.write(
            "submit_evidence", arguments, idempotency_key, lambda: self._submit(dispute_id, final)
        )

    async def fetch_payout(self, payout_id: str) -> PayoutSnapshot:
        """Return the payout as it is now."""
        await self._book.read("fetch_payout", payout_id)
        return self._payout(payout_id)

    async def balance_entries(
        self, *, payout_id: str | None = None, since: datetime | None = None
    ) -> tuple[BalanceEntry, ...]:
        """Return the balance's movements, oldest first."""
        await self._book.read("balance_entries", payout_id, since)
        if payout_id is not None:
            self._payout(payout_id)
        return tuple(
            entry
            for entry in self._entries
            if (payout_id is None or self._paid_out.get(entry.entry_id) == payout_id)
            and (since is None or entry.created_at >= since)
        )

    # --- inside -------------------------------------------------------------------------------------------------------

    def _dispute(self, dispute_id: str) -> DisputeSnapshot:
        if dispute_id not in self._disputes:
            raise refused("resource_missing")
        return self._disputes[dispute_id]

    def _payout(self, payout_id: str) -> PayoutSnapshot:
        if payout_id not in self._payouts:
            raise refused("resource_missing")
        return self._payouts[payout_id]

    def _submit(self, dispute_id: str, final: bool) -> DisputeSnapshot:
        seen = self._dispute(dispute_id)
        if seen.status not in OPEN or seen.evidence_submitted:
            raise refused("invalid_request_error")
        if final:
            status = DisputeStatus.INQUIRY if seen.status is DisputeStatus.INQUIRY else DisputeStatus.UNDER_REVIEW
            seen = replace(seen, evidence_submitted=True, status=status)
            self._disputes[dispute_id] = seen
        return seen
