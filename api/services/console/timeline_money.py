"""What happened to a charge's money: the hold, the calls to the processor, refunds, disputes, payments beside."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import text

from api.services.console.entries import Entry, Facts, Lane, Source, amount, facts_of, words

_HOLD_EVENTS = text(
    "SELECT e.*, h.currency FROM hold_event e JOIN hold h ON h.id = e.hold_id WHERE h.charging_session_id = :charge"
    " ORDER BY e.id"
)
_OPERATIONS = text(
    "SELECT o.*, c.currency FROM payment_operation o JOIN charging_session c ON c.id = o.charging_session_id"
    " WHERE o.charging_session_id = :charge ORDER BY o.created_at, o.id"
)
_PAYINS = text("SELECT * FROM payin WHERE charging_session_id = :charge ORDER BY created_at, id")
_REFUNDS = text("SELECT * FROM refund WHERE charging_session_id = :charge ORDER BY created_at, id")
_DISPUTES = text(
    "SELECT e.*, d.id AS dispute, d.currency, d.amount_minor, d.reason, d.processor_dispute_id FROM dispute_event e"
    " JOIN dispute d ON d.id = e.dispute_id WHERE d.charging_session_id = :charge ORDER BY e.id"
)


def _hold_event(row: Any) -> Iterable[Entry]:
    """Tell what was asked of the processor, or learned from it."""
    tone = "bad" if row.kind.endswith("_failed") or row.kind == "expired" else ""
    tone = "money" if row.kind.endswith("_succeeded") else tone
    facts = ((("processor's reference", row.psp_reference),) if row.psp_reference else ()) + facts_of(row.detail)
    told = f"by {row.source}"
    title = f"Hold: {words(row.kind).lower()}"
    yield Entry(row.at, Lane.MONEY, title, amount(row.amount_minor, row.currency), told, row.hold_id, facts, tone)


def _operation(row: Any) -> Iterable[Entry]:
    """Tell a call that moves money, with the processor's request id."""
    told = f"{row.state}, tried {row.attempts} time{'' if row.attempts == 1 else 's'}"
    facts: Facts = (("reason", row.reason),) if row.reason else ()
    facts += facts_of(row.outcome) + ((("replaces", row.replaces_id),) if row.replaces_id else ())
    tone = "bad" if row.state in {"failed", "unknown"} else ""
    title = f"Call to the processor: {row.kind.replace('_', ' ')}"
    at = row.sent_at or row.created_at
    yield Entry(at, Lane.MONEY, title, amount(row.amount_minor, row.currency), told, row.id, facts, tone)


def _payin(row: Any) -> Iterable[Entry]:
    """Tell a payment beside the hold."""
    sum_, facts = amount(row.amount_minor, row.currency), (("method", row.method), ("asked by", row.source))
    yield Entry(row.created_at, Lane.MONEY, "Payment beside the hold", sum_, row.status, row.id, facts)
    if row.finished_at is not None:
        good, told = row.status == "succeeded", row.decline_code or ""
        title = f"Payment beside the hold {row.status}"
        received = amount(row.received_minor, row.currency) if good else ""
        yield Entry(row.finished_at, Lane.MONEY, title, received, told, row.id, tone="money" if good else "bad")


def _refund(row: Any) -> Iterable[Entry]:
    """Tell a refund, and what became of it."""
    sum_ = amount(row.amount_minor, row.currency)
    origin = "by hand at the processor" if row.origin == "by_hand" else "ordered"
    yield Entry(row.created_at, Lane.MONEY, f"Refund {origin}", sum_, row.state.replace("_", " "), row.id)
    if row.finished_at is not None:
        good = row.state == "succeeded"
        facts = (("processor's id", row.processor_refund_id),) if row.processor_refund_id else ()
        title, told = f"Refund {row.state}", row.code or ""
        yield Entry(row.finished_at, Lane.MONEY, title, sum_, told, row.id, facts, "money" if good else "bad")


def _dispute(row: Any) -> Iterable[Entry]:
    """Tell a step of a dispute."""
    facts: Facts = (("reason", row.reason), ("processor's id", row.processor_dispute_id), ("by", row.source))
    facts += (("taken by the bank", amount(row.withdrawn_minor, row.currency)),) if row.withdrawn_minor else ()
    title = f"Dispute: {row.status.replace('_', ' ')}"
    yield Entry(row.at, Lane.MONEY, title, amount(row.amount_minor, row.currency), "", row.dispute, facts, "bad")


SOURCES = (
    Source(_HOLD_EVENTS, _hold_event),
    Source(_OPERATIONS, _operation),
    Source(_PAYINS, _payin),
    Source(_REFUNDS, _refund),
    Source(_DISPUTES, _dispute),
)
