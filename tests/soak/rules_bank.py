"""Rules of the processor's dashboard and of drivers' banks: captures, cancels and refunds by hand, and disputes."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.soak.base import NTH, USUALLY, Base, nth

_HELD = """
SELECT charging_session_id, payment_intent_id FROM hold WHERE payment_intent_id IS NOT NULL ORDER BY created_at, id
"""
_PAID = """
SELECT charging_session_id, payment_intent_id FROM hold WHERE captured_minor > 0 AND payment_intent_id IS NOT NULL
UNION ALL SELECT charging_session_id, payment_intent_id FROM payin
  WHERE purpose = 'receivable' AND received_minor > 0 AND payment_intent_id IS NOT NULL ORDER BY 1, 2
"""


class BankRules(Base):
    """What happens to our payments without us; nobody but an event tells us of most of it."""

    @precondition(lambda self: self.town.ledgers)
    @rule(which=NTH, percent=st.sampled_from([0, 20, 100]))
    def end_hold_by_hand(self, which: int, percent: int) -> None:
        """Staff captures a hold at the dashboard, some of it or all, or cancels it; the former only an event tells."""
        if percent and not self.tells:
            return
        held = {each["id"]: each["amount_capturable"] for each in self.house.listed("payment_intents")}
        rows = [row for row in self.play(self.town.rows(_HELD)) if held.get(row["payment_intent_id"])]
        if not rows:
            return
        row = nth(rows, which)
        path, amount = f"dashboard/payment_intents/{row['payment_intent_id']}", held[row["payment_intent_id"]]
        self.town.nobody_is_safe([row["charging_session_id"]])
        if percent:
            self.house.wish(f"{path}/capture", amount=max(amount * percent // 100, 50))
        else:
            self.house.wish(f"{path}/cancel")

    @precondition(lambda self: self.tells and self.town.billed())
    @rule(which=NTH, amount=st.sampled_from([100, 900, None]), works=USUALLY)
    def refund_by_hand(self, which: int, amount: int | None, works: bool) -> None:
        """Staff gives money back at the dashboard, some of what is left of a payment or all of it."""
        rows = self.play(self.town.rows(_PAID))
        if not rows:
            return
        row = nth(rows, which)
        told = {} if amount is None else {"amount": amount}
        refund = self.house.wish(f"dashboard/payment_intents/{row['payment_intent_id']}/refund", **told)
        if refund is not None:
            self.town.ledgers[row["charging_session_id"]].by_hand += refund["amount"]
            self._tell(f"refund.created {refund['id']}", works=works)

    @precondition(lambda self: self.tells and self.town.billed())
    @rule(which=NTH, inquiry=st.sampled_from([False, False, True]), half=st.booleans(), works=USUALLY)
    def dispute(self, which: int, inquiry: bool, half: bool, works: bool) -> None:
        """A driver's bank takes a payment back, or half of what is left of it, or only asks about it."""
        charges = [each for each in self.house.listed("charges")[::-1] if self._can_be_disputed(each)]
        ours = {row["payment_intent_id"] for row in self.play(self.town.rows(_PAID))}
        charges = [each for each in charges if each["payment_intent"] in ours]
        if charges:
            charge = nth(charges, which)
            left = charge["amount_captured"] - charge["amount_refunded"]
            told = {"inquiry": inquiry} | ({"amount": max(left // 2, 1)} if half else {})
            opened = self.house.wish(f"dashboard/charges/{charge['id']}/dispute", **told)
            self._tell(f"charge.dispute.created {opened['id']}", works=works)

    def _can_be_disputed(self, charge: dict[str, object]) -> bool:
        """Say whether there is money left of a charge, and nothing of it is with a bank."""
        return bool(charge["captured"]) and not charge["disputed"] and not charge["refunded"]

    @precondition(lambda self: self.tells and self.town.billed())
    @rule(which=NTH, how=st.sampled_from(["won", "lost", "escalate"]), works=USUALLY)
    def end_dispute(self, which: int, how: str, works: bool) -> None:
        """A bank decides, or turns its question into a dispute."""
        going_on = [each for each in self.house.listed("disputes")[::-1] if each["status"] not in _OVER]
        if not going_on:
            return
        path = f"dashboard/disputes/{nth(going_on, which)['id']}"
        ended = (
            self.house.wish(f"{path}/escalate") if how == "escalate" else self.house.wish(f"{path}/end", outcome=how)
        )
        if ended is not None:
            self._tell(f"charge.dispute.closed {ended['id']}", works=works)

    def _tell(self, what: str, *, works: bool) -> None:
        """Mostly let the newest event of a kind about an object reach us at once; others are told in the end."""
        kind, _, object_id = what.partition(" ")
        told = [each for each in self.house.listed("events") if each["type"] == kind]
        told = [each for each in told if each["data"]["object"]["id"] == object_id]

        async def part() -> None:
            if works and told:
                await self.town.webhook(told[0])
                await self.town.drain()

        self.play(part())


_OVER = ("won", "lost", "warning_closed")
