"""Control totals by currency, folded from what became of every authorized amount.

For each currency: authorized = captured + released + expired + open_holds. ``net`` is what all movements but payouts
left with us; ``paid_out`` is the part of it that went to the bank.
"""

from sandbox.stripe.errors import Obj
from sandbox.stripe.state import State


def fold_totals(state: State) -> dict[str, Obj]:
    """Return the totals in minor units, keyed by lower-case currency."""
    totals: dict[str, Obj] = {}

    def of(currency: str) -> Obj:
        names = ("authorized", "captured", "released", "expired", "open_holds", "open_hold_count", "refunded",
                 "disputed", "fees", "net", "paid_out")  # fmt: skip
        return totals.setdefault(currency, dict.fromkeys(names, 0))

    for hold in state.holds.values():
        total = of(hold.currency)
        for name in ("authorized", "captured", "released", "expired"):
            total[name] += getattr(hold, name)
        total["open_holds"] += hold.open_minor
        total["open_hold_count"] += hold.open_minor > 0
    for refund in state.refunds.oldest_first():
        if refund["status"] != "failed":
            of(refund["currency"])["refunded"] += refund["amount"]
    for dispute in state.disputes.oldest_first():
        if dispute["status"] != "won" and dispute["balance_transactions"]:
            of(dispute["currency"])["disputed"] += dispute["amount"]
    for booked in state.balance_transactions.oldest_first():
        total = of(booked["currency"])
        if booked["type"] in ("payout", "payout_failure"):
            total["paid_out"] -= booked["net"]
        else:
            total["fees"] += booked["fee"]
            total["net"] += booked["net"]
    return totals
