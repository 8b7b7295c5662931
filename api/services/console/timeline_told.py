"""Who was told what of a charge, what people did about it, and what it is in the books."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import text

from api.services.console.entries import Entry, Lane, Source, amount, facts_of, words
from api.services.console.masking import masked

_RECEIPTS = text("SELECT * FROM receipt WHERE charging_session_id = :charge ORDER BY issued_at, id")
_MAILS = text(
    "SELECT m.*, r.number FROM mail_outbox m JOIN receipt r ON r.id = m.receipt_id"
    " WHERE r.charging_session_id = :charge ORDER BY m.created_at, m.id"
)
_NOTICES = text(
    "SELECT n.*, (SELECT string_agg(concat_ws(' ', d.channel, d.outcome), ', ' ORDER BY d.channel, d.id)"
    " FROM notice_delivery d WHERE d.notice_id = n.id) AS sent FROM notice n WHERE n.charging_session_id = :charge"
    " ORDER BY n.created_at, n.id"
)
_WEBHOOKS = text(
    "SELECT e.created_at AS at, e.type, e.id, (SELECT string_agg(d.outcome, ', ' ORDER BY d.id) FROM webhook_delivery d"
    " WHERE d.event_id = e.id) AS sent FROM webhook_event e WHERE e.object_id = :charge ORDER BY e.number LIMIT 200"
)
_HEARD = text(
    "SELECT e.id, e.type, e.received_at, e.handled_at FROM processor_event e WHERE e.payment_intent_id IN"
    " (SELECT payment_intent_id FROM hold WHERE charging_session_id = :charge UNION ALL"
    " SELECT payment_intent_id FROM payin WHERE charging_session_id = :charge) ORDER BY e.received_at, e.id LIMIT 200"
)
_ACTIONS = text("SELECT * FROM staff_action WHERE charging_session_id = :charge ORDER BY id")
_FINDINGS = text(
    "SELECT id, reason, severity, state, opened_at, resolved_at, resolution, resolved_by, amount_minor, currency,"
    " detail FROM mismatch WHERE charging_session_id = :charge ORDER BY opened_at, id"
)
_FINDING_EVENTS = text(
    "SELECT e.*, m.reason FROM mismatch_event e JOIN mismatch m ON m.id = e.mismatch_id"
    " WHERE m.charging_session_id = :charge AND e.kind NOT IN ('opened', 'resolved') ORDER BY e.id"
)
_JOURNALS = text(
    "SELECT j.id, j.kind, j.occurred_at, j.period, j.reason, j.created_by, (SELECT json_agg(json_build_array(a.name,"
    " e.layer, e.amount_minor, e.currency) ORDER BY e.id) FROM ledger_entry e JOIN ledger_account a"
    " ON a.id = e.account_id WHERE e.journal_id = j.id) AS sides FROM journal j WHERE j.charging_session_id = :charge"
    " ORDER BY j.occurred_at, j.id"
)
_PAYOUTS = text("SELECT * FROM payout_line WHERE charging_session_id = :charge ORDER BY at, id")

_SUM = ("amount_minor", "currency")
"""What of a step's facts is told as its amount."""


def _receipt(row: Any) -> Iterable[Entry]:
    """Tell a paper."""
    title = f"{words(row.kind)} {row.number}"
    yield Entry(row.issued_at, Lane.TOLD, title, amount(row.total_minor, row.currency), id=row.id)


def _mail(row: Any) -> Iterable[Entry]:
    """Tell a mail about a paper."""
    told, facts = f"to {masked(row.to_address)}: {row.outcome.replace('_', ' ')}", facts_of({"detail": row.detail})
    tone = "bad" if row.outcome in {"refused", "given_up"} else ""
    at = row.finished_at or row.created_at
    yield Entry(at, Lane.TOLD, f"Mail of {row.number}", told=told, id=row.id, facts=facts, tone=tone)


def _notice(row: Any) -> Iterable[Entry]:
    """Tell what the driver was told, and on what ways."""
    told = (row.sent or "in the app only").replace("_", " ")
    facts = facts_of(row.detail)
    yield Entry(row.created_at, Lane.TOLD, f"Driver told: {words(row.message).lower()}", told=told, facts=facts)


def _webhook(row: Any) -> Iterable[Entry]:
    """Tell an event that apps' back ends were told of."""
    yield Entry(
        row.at, Lane.TOLD, f"Webhook {row.type}", told=(row.sent or "nobody asked").replace("_", " "), id=row.id
    )


def _heard(row: Any) -> Iterable[Entry]:
    """Tell an event of the processor."""
    told = "handled" if row.handled_at else "waits"
    yield Entry(row.received_at, Lane.MONEY, f"Processor's event {row.type}", told=told, id=row.id)


def _action(row: Any) -> Iterable[Entry]:
    """Tell what somebody of staff did or asked for: credits and write-offs, too, are told from here only."""
    sum_ = amount(row.after.get("amount_minor"), row.after.get("currency"))
    facts = tuple((f"before, {name}", value) for name, value in facts_of(row.before))
    facts += tuple((f"after, {name}", value) for name, value in facts_of(row.after, without=_SUM if sum_ else ()))
    facts += (("request", row.request_id),) if row.request_id else ()
    told = f"by {row.by}" + (f": {row.reason}" if row.reason else "")
    yield Entry(row.at, Lane.PEOPLE, words(row.action), sum_, told, row.subject_id, facts)


def _finding(row: Any) -> Iterable[Entry]:
    """Tell a finding, and how it ended."""
    where, sum_, name = ("finding", row.id), amount(row.amount_minor, row.currency), words(row.reason).lower()
    facts = facts_of(row.detail)
    title = f"Finding: {name}"
    yield Entry(row.opened_at, Lane.PEOPLE, title, sum_, row.severity, row.id, facts, "bad", where)
    if row.resolved_at is not None:
        told = (row.resolution or "") + (f" by {row.resolved_by}" if row.resolved_by else "")
        yield Entry(row.resolved_at, Lane.PEOPLE, f"Finding resolved: {name}", told=told, id=row.id, target=where)


def _finding_event(row: Any) -> Iterable[Entry]:
    """Tell what people did about a finding."""
    told = f"by {row.by}" + (f": {row.text}" if row.text else "")
    title = f"Finding {row.kind}: {words(row.reason).lower()}"
    yield Entry(row.at, Lane.PEOPLE, title, told=told, id=row.mismatch_id, target=("finding", row.mismatch_id))


def _journal(row: Any) -> Iterable[Entry]:
    """Tell a booking with its sides."""
    facts = tuple(
        (f"{'debit' if minor > 0 else 'credit'} {name}" + (" (pending)" if layer == "pending" else ""), sum_)
        for name, layer, minor, currency in row.sides or ()
        if (sum_ := amount(abs(minor), currency))
    )
    told = f"period {row.period}" + (f", by {row.created_by}: {row.reason}" if row.created_by else "")
    yield Entry(row.occurred_at, Lane.BOOKS, f"Booked: {words(row.kind).lower()}", told=told, id=row.id, facts=facts)


def _payout(row: Any) -> Iterable[Entry]:
    """Tell that money of this charge was in a payout to our bank."""
    facts = (("fee", amount(row.fee_minor, row.currency)), ("matched to", row.matched_to))
    title, net = f"Paid out: {row.kind.replace('_', ' ')}", amount(row.net_minor, row.currency)
    yield Entry(row.at, Lane.BOOKS, title, net, "", row.payout_id, facts, "money", ("payout", row.payout_id))


SOURCES = (
    Source(_RECEIPTS, _receipt),
    Source(_MAILS, _mail),
    Source(_NOTICES, _notice),
    Source(_WEBHOOKS, _webhook),
    Source(_HEARD, _heard),
    Source(_ACTIONS, _action),
    Source(_FINDINGS, _finding),
    Source(_FINDING_EVENTS, _finding_event),
    Source(_JOURNALS, _journal, books=True),
    Source(_PAYOUTS, _payout, books=True),
)
