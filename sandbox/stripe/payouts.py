"""Payouts: once a day of virtual time, what is available goes to the bank.

Answers to https://docs.stripe.com/api/payouts and https://docs.stripe.com/payouts. Only automatic payouts exist here:
only they are tied to balance transactions. A balance below zero is not collected from the bank; it waits.
"""

from sandbox.stripe.balance import book_payout
from sandbox.stripe.config import DAY_SECONDS
from sandbox.stripe.errors import Obj, invalid
from sandbox.stripe.listing import keep_equal, list_page
from sandbox.stripe.metadata import merge_metadata
from sandbox.stripe.state import State

_ENDED = ("failed", "canceled")


def plan_payout(state: State, booked: Obj) -> None:
    """Plan the day's payout at which ``booked`` will be available, unless it is planned already."""
    hour = state.config.payout_at_seconds
    day = -(-(booked["available_on"] - hour) // DAY_SECONDS)  # rounds up: today's hour may have passed
    run_at = day * DAY_SECONDS + hour
    # What is taken from the balance makes nothing to pay out.
    if booked["net"] > 0 and run_at not in state.payout_runs:
        state.payout_runs.add(run_at)
        state.later(run_at, lambda at: _pay_out(state, at))


def _pay_out(state: State, at: int) -> None:
    """Pay out what is available and was not paid out before, one payout a currency."""
    ready: dict[str, list[Obj]] = {}
    for booked in state.balance_transactions.oldest_first():
        if booked["available_on"] <= at and booked["id"] not in state.payout_of:
            ready.setdefault(booked["currency"], []).append(booked)
    for currency, entries in ready.items():
        amount = sum(entry["net"] for entry in entries)
        if amount > 0:
            _make(state, currency, amount, entries, at)


def _make(state: State, currency: str, amount: int, entries: list[Obj], at: int) -> None:
    payout: Obj = {
        "id": state.new_id("po_1"),
        "object": "payout",
        "amount": amount,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": at - at % DAY_SECONDS + state.config.payout_days * DAY_SECONDS,
        "automatic": True,
        "balance_transaction": None,
        "created": at,
        "currency": currency,
        "description": "STRIPE PAYOUT",
        "destination": "ba_1sandbox",
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": {},
        "method": "standard",
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "in_progress",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": None,
        "status": "in_transit",
        "trace_id": {"status": "pending", "value": None},
        "type": "bank_account",
    }
    state.payouts.add(payout)
    own = book_payout(state, payout, failed=False, at=at)
    payout["balance_transaction"] = own["id"]
    state.payout_of |= {entry["id"]: payout["id"] for entry in (*entries, own)}
    state.emit("payout.created", payout, at=at)
    state.later(at + state.config.reconciliation_seconds, lambda then: _reconcile(state, payout, then))
    state.later(payout["arrival_date"], lambda then: _arrive(state, payout, then))


def _reconcile(state: State, payout: Obj, at: int) -> None:
    payout["reconciliation_status"] = "completed"
    state.emit("payout.reconciliation_completed", payout, at=at)


def _arrive(state: State, payout: Obj, at: int) -> None:
    if payout["status"] in _ENDED:
        return
    if state.knobs.fail_payouts is not None:
        fail_payout(state, payout["id"], code=state.knobs.fail_payouts, at=at)
        return
    payout.update(status="paid", trace_id={"status": "supported", "value": f"trace{payout['id'][-8:]}"})
    state.emit("payout.paid", payout, at=at)


def fail_payout(state: State, payout_id: str, *, code: str, at: int) -> Obj:
    """Let the bank refuse a payout, also one that seemed paid: the money returns to the balance.

    Raises ``StripeFailure`` (400) when it failed before.
    """
    payout = state.payouts.need(payout_id)
    if payout["status"] in _ENDED:
        raise invalid(f"This payout is over: {payout['status']}.")
    returned = book_payout(state, payout, failed=True, at=at)
    payout.update(
        status="failed",
        failure_code=code,
        failure_message="The bank refused this payout.",
        failure_balance_transaction=returned["id"],
    )
    state.emit("payout.failed", payout, at=at)
    return payout


def update_payout(state: State, payout_id: str, params: Obj) -> Obj:
    """Change the metadata of a payout."""
    payout = state.payouts.need(payout_id)
    payout["metadata"] = merge_metadata(payout["metadata"], params.get("metadata"))
    state.emit("payout.updated", payout)
    return payout


def list_payouts(state: State, params: Obj) -> Obj:
    """List payouts, newest first, by ``status``, ``destination`` and ``created``."""
    return list_page(state.payouts, params, "/v1/payouts", keep=keep_equal(params, "status", "destination"))
