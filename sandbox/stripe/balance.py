"""Balance transactions: what each movement did to the account, with the processing fee; and the balance itself.

Answers to https://docs.stripe.com/api/balance_transactions and /balance. Paying the balance out is in ``payouts``.
"""

from sandbox.stripe.config import DAY_SECONDS
from sandbox.stripe.errors import Obj
from sandbox.stripe.listing import keep_equal, list_page
from sandbox.stripe.state import State


def book_charge(state: State, charge: Obj, amount: int, at: int) -> Obj:
    """Book captured money: the gross amount less our fee; sets the charge's ``balance_transaction``."""
    config = state.config
    # Half a minor unit rounds up.
    fee = (amount * config.fee_basis_points + 5_000) // 10_000 + config.fee_fixed_minor
    booked = _book(state, charge, amount=amount, fee=fee, kind="charge", at=at)
    charge["balance_transaction"] = booked["id"]
    return booked


def book_refund(state: State, refund: Obj, *, failed: bool, at: int) -> Obj:
    """Book a refund, or its return to the balance when it ``failed``; fees are never given back."""
    kind = "refund_failure" if failed else "refund"
    amount = refund["amount"] if failed else -refund["amount"]
    return _book(state, refund, amount=amount, fee=0, kind=kind, at=at)


def book_dispute(state: State, dispute: Obj, *, returned: bool, at: int) -> Obj:
    """Book money withdrawn for a dispute with its fee, or given back when it was won."""
    amount = dispute["amount"] if returned else -dispute["amount"]
    fee = 0 if returned else state.config.dispute_fee_minor
    category = "dispute_reversal" if returned else "dispute"
    return _book(state, dispute, amount=amount, fee=fee, kind="adjustment", at=at, category=category)


def book_payout(state: State, payout: Obj, *, failed: bool, at: int) -> Obj:
    """Book a payout, or its return to the balance when the bank refused it."""
    amount = payout["amount"] if failed else -payout["amount"]
    return _book(state, payout, amount=amount, fee=0, kind="payout_failure" if failed else "payout", at=at)


def _book(state: State, source: Obj, *, amount: int, fee: int, kind: str, at: int, category: str | None = None) -> Obj:
    currency = source["currency"]
    detail = {"amount": fee, "application": None, "currency": currency, "type": "stripe_fee"}
    # Only captured money has to wait: what is taken, and what comes back, counts at once.
    waits = state.config.available_days if kind == "charge" else 0
    available_on = at - at % DAY_SECONDS + waits * DAY_SECONDS if waits else at
    booked: Obj = {
        "id": state.new_id("txn_1"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": available_on,
        "balance_type": "payments",
        "created": at,
        "currency": currency,
        "description": source.get("description"),
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [{**detail, "description": "Processing fee"}] if fee else [],
        "net": amount - fee,
        "reporting_category": category or kind,
        "source": source["id"],
        "status": "pending" if waits else "available",
        "type": kind,
    }
    if waits:
        state.later(available_on, lambda _: booked.update(status="available"))
    state.balance_transactions.add(booked)
    state.on_booking(booked)
    return booked


def list_balance_transactions(state: State, params: Obj) -> Obj:
    """List bookings, newest first, by ``type``, ``source``, ``currency``, ``payout`` and ``created``."""
    payout = params.get("payout")
    if payout is not None:
        state.payouts.need(payout, param="payout", in_path=False)
    equal = keep_equal(params, "type", "source", "currency")

    def keep(booked: Obj) -> bool:
        return equal(booked) and (payout is None or state.payout_of.get(booked["id"]) == payout)

    return list_page(state.balance_transactions, params, "/v1/balance_transactions", keep=keep)


def retrieve_balance(state: State, _params: Obj) -> Obj:
    """Return what is available and what is pending, by currency."""
    sums: dict[str, dict[str, int]] = {"available": {}, "pending": {}}
    for booked in state.balance_transactions.oldest_first():
        of = sums[booked["status"]]
        of[booked["currency"]] = of.get(booked["currency"], 0) + booked["net"]
    currencies = sorted({*sums["available"], *sums["pending"]})
    parts = {
        name: [
            {"amount": of.get(currency, 0), "currency": currency, "source_types": {"card": of.get(currency, 0)}}
            for currency in currencies
        ]
        for name, of in sums.items()
    }
    return {"object": "balance", "livemode": False, **parts}
