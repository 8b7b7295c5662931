"""Rules about both sides of a payment: ours, and the processor's as it was copied last.

A side that changed after the other was looked at proves nothing: such a pair opens no finding and closes none.
"""

from api.domain.finance import rules
from api.services.reconciliation.sql_rule import CALLING, OPEN, SqlRule

_PAYMENTS, _REFUNDS, _ENTRIES = ("payments",), ("refunds",), ("entries",)
_COMPLETE = "(SELECT complete_until FROM mirror_progress WHERE kind = '{}')"
_OURS = "p.environment = :environment"

_OLD_ENOUGH = f"""least({_COMPLETE.format("payments")}, :cut_off) - :processor"""
"""What was made before must be in the copy."""
_OLDEST = "(SELECT min(created_at) FROM processor_payment)"
"""What was made before may be too old for the copy."""

_BUSY = f"""EXISTS (SELECT 1 FROM payment_operation o WHERE o.hold_id = h.id AND o.state IN ({CALLING}))"""  # noqa: S608 - our own words
_LEFT = "CASE p.status WHEN 'requires_capture' THEN p.capturable_minor ELSE p.received_minor - p.refunded_minor END"
_HAS_MONEY = f"p.status IN ('requires_capture', 'succeeded', 'processing') AND ({_LEFT} > 0 OR p.status = 'processing')"
_OF_NOBODY = """NOT EXISTS (SELECT 1 FROM hold o WHERE o.payment_intent_id = p.id)
  AND NOT EXISTS (SELECT 1 FROM payin o WHERE o.payment_intent_id = p.id)"""

ORPHAN_AT_PROCESSOR = SqlRule(
    rules.ORPHAN_AT_PROCESSOR,
    f"processor_payment p WHERE {_OURS} AND @payment(p.id)",
    f"""SELECT p.id AS subject, c.id AS charging_session_id, c.partner_id, {_LEFT} AS amount_minor,
      p.currency, p.capture_before AS due_at, 'breach' AS severity, p.created_at <= :cut_off - :processor
        AND NOT EXISTS (SELECT 1 FROM mismatch m WHERE m.subject = p.id AND m.reason = 'second_payment_at_processor')
        AS opens,
      jsonb_build_object('status', p.status, 'hold', p.hold_id, 'about', p.subject_id) AS detail
    FROM processor_payment p LEFT JOIN hold h ON h.id = p.hold_id
      LEFT JOIN charging_session c ON c.id = coalesce(h.charging_session_id, p.charging_session_id)
    WHERE {_OURS} AND @payment(p.id) AND {_HAS_MONEY} AND {_OF_NOBODY}
      AND (h.id IS NULL OR (h.payment_intent_id IS NULL AND NOT {_BUSY}))""",  # noqa: S608 - our own words
    _PAYMENTS,
)

SECOND_HOLD = SqlRule(
    rules.SECOND_HOLD,
    f"processor_payment p WHERE {_OURS} AND p.hold_id IS NOT NULL AND @payment(p.id)",
    f"""SELECT p.id AS subject, h.charging_session_id, c.partner_id, {_LEFT} AS amount_minor, p.currency,
      p.capture_before AS due_at, 'breach' AS severity, p.created_at <= :cut_off - :processor AS opens,
      jsonb_build_object('status', p.status, 'hold', h.id, 'its_own', h.payment_intent_id) AS detail
    FROM processor_payment p JOIN hold h ON h.id = p.hold_id AND h.payment_intent_id <> p.id
      JOIN charging_session c ON c.id = h.charging_session_id
    WHERE {_OURS} AND @payment(p.id) AND {_HAS_MONEY} AND {_OF_NOBODY}""",  # noqa: S608 - our own words
    _PAYMENTS,
)

HOLD_NOT_AT_PROCESSOR = SqlRule(
    rules.HOLD_NOT_AT_PROCESSOR,
    "hold h WHERE h.payment_intent_id IS NOT NULL AND @charge(h.charging_session_id)",
    f"""SELECT h.payment_intent_id AS subject, h.charging_session_id, c.partner_id, h.amount_minor, h.currency,
      h.capture_before AS due_at, 'breach' AS severity,
      h.created_at <= {_OLD_ENOUGH} AND h.created_at >= {_OLDEST} AND NOT {_BUSY} AS opens,
      jsonb_build_object('hold', h.id, 'status', h.status) AS detail
    FROM hold h JOIN charging_session c ON c.id = h.charging_session_id
      LEFT JOIN processor_payment p ON p.id = h.payment_intent_id
    WHERE h.payment_intent_id IS NOT NULL AND @charge(h.charging_session_id) AND p.id IS NULL""",  # noqa: S608 - our own words
    _PAYMENTS,
)

PAYMENT_NOT_AT_PROCESSOR = SqlRule(
    rules.PAYMENT_NOT_AT_PROCESSOR,
    "payin i WHERE i.payment_intent_id IS NOT NULL AND @payment(i.payment_intent_id)",
    f"""SELECT i.id AS subject, i.charging_session_id, c.partner_id, i.amount_minor, i.currency,
      NULL::timestamptz AS due_at, 'breach' AS severity,
      i.created_at <= {_OLD_ENOUGH} AND i.created_at >= {_OLDEST} AS opens,
      jsonb_build_object('payment_intent_id', i.payment_intent_id, 'status', i.status) AS detail
    FROM payin i LEFT JOIN charging_session c ON c.id = i.charging_session_id
      LEFT JOIN processor_payment p ON p.id = i.payment_intent_id
    WHERE i.payment_intent_id IS NOT NULL AND @payment(i.payment_intent_id) AND p.id IS NULL""",  # noqa: S608 - our own words
    _PAYMENTS,
)

_THEIRS = f"""CASE WHEN h.status IN ({OPEN}) AND h.authorized_minor > 0 THEN p.status = 'requires_capture'
  WHEN h.status = 'captured' THEN p.status = 'succeeded'
  WHEN h.status IN ('released', 'expired') THEN p.status = 'canceled'
  WHEN h.status = 'declined' THEN p.status NOT IN ('requires_capture', 'succeeded') ELSE p.status <> 'succeeded' END"""
"""Whether the processor's word for a hold is ours."""

HOLD_DIFFERS = SqlRule(
    rules.HOLD_DIFFERS,
    "hold h JOIN processor_payment p ON p.id = h.payment_intent_id WHERE @charge(h.charging_session_id)",
    f"""SELECT p.id AS subject, h.charging_session_id, c.partner_id, p.received_minor - h.captured_minor
      AS amount_minor, h.currency, h.capture_before AS due_at, 'breach' AS severity,
      p.seen_at >= h.updated_at AND h.updated_at <= :cut_off - :processor AND NOT {_BUSY} AS opens,
      jsonb_build_object('hold', h.id, 'ours', jsonb_build_object('status', h.status, 'authorized_minor',
          h.authorized_minor, 'captured_minor', h.captured_minor, 'currency', h.currency),
        'theirs', jsonb_build_object('status', p.status, 'authorized_minor', p.amount_minor, 'captured_minor',
          p.received_minor, 'currency', p.currency)) AS detail
    FROM hold h JOIN processor_payment p ON p.id = h.payment_intent_id
      JOIN charging_session c ON c.id = h.charging_session_id
    WHERE @charge(h.charging_session_id) AND (NOT {_THEIRS} OR p.currency <> h.currency
      OR p.received_minor <> h.captured_minor OR (h.authorized_minor > 0 AND p.amount_minor <> h.authorized_minor))""",  # noqa: S608 - our own words
    _PAYMENTS,
)

PAYMENT_DIFFERS = SqlRule(
    rules.PAYMENT_DIFFERS,
    "payin i JOIN processor_payment p ON p.id = i.payment_intent_id WHERE @payment(p.id)",
    """SELECT i.id AS subject, i.charging_session_id, c.partner_id, p.received_minor - i.received_minor
      AS amount_minor, i.currency, NULL::timestamptz AS due_at, 'breach' AS severity,
      p.seen_at >= greatest(i.looked_at, i.finished_at) AND greatest(i.created_at, i.finished_at)
        <= :cut_off - :processor AS opens,
      jsonb_build_object('payment_intent_id', p.id, 'ours', jsonb_build_object('status', i.status, 'received_minor',
        i.received_minor, 'currency', i.currency), 'theirs', jsonb_build_object('status', p.status, 'received_minor',
        p.received_minor, 'currency', p.currency)) AS detail
    FROM payin i JOIN processor_payment p ON p.id = i.payment_intent_id
      LEFT JOIN charging_session c ON c.id = i.charging_session_id
    WHERE @payment(p.id) AND ((i.status = 'succeeded') <> (p.status = 'succeeded') OR p.currency <> i.currency
      OR p.received_minor <> i.received_minor)""",
    _PAYMENTS,
)

REFUND_DIFFERS = SqlRule(
    rules.REFUND_DIFFERS,
    "refund r JOIN processor_refund p ON p.id = r.processor_refund_id WHERE @charge(r.charging_session_id)",
    """SELECT r.id AS subject, r.charging_session_id, c.partner_id, p.amount_minor - r.amount_minor AS amount_minor,
      r.currency, NULL::timestamptz AS due_at, 'breach' AS severity,
      p.seen_at >= greatest(r.looked_at, r.finished_at, r.accepted_at)
        AND greatest(r.finished_at, r.accepted_at, r.created_at) <= :cut_off - :refund AS opens,
      jsonb_build_object('refund', p.id, 'ours', jsonb_build_object('status', r.state, 'amount_minor', r.amount_minor),
        'theirs', jsonb_build_object('status', p.status, 'amount_minor', p.amount_minor)) AS detail
    FROM refund r JOIN processor_refund p ON p.id = r.processor_refund_id
      JOIN charging_session c ON c.id = r.charging_session_id
    WHERE @charge(r.charging_session_id) AND (p.amount_minor <> r.amount_minor OR p.currency <> r.currency
      OR (r.state = 'succeeded') <> (p.status = 'succeeded')
      OR (r.state IN ('failed', 'denied')) <> (p.status IN ('failed', 'canceled')))""",
    _REFUNDS,
)

_BOOKED = """
  SELECT coalesce(i.payment_intent_id, r.payment_intent_id, d.payment_intent_id, h.payment_intent_id) AS subject,
    e.currency, sum(e.amount_minor) AS total, max(j.occurred_at) AS newest
  FROM ledger_account a JOIN ledger_entry e ON e.account_id = a.id JOIN journal j ON j.id = e.journal_id
    LEFT JOIN journal o ON o.id = j.reverses_id
    CROSS JOIN LATERAL (SELECT coalesce(o.cause_type, j.cause_type) AS type, coalesce(o.cause_id, j.cause_id) AS id) s
    LEFT JOIN hold h ON s.type = 'hold' AND h.id = split_part(s.id, ':', 1)
    LEFT JOIN wallet_payout w ON s.type = 'wallet_payout' AND w.id = s.id
    LEFT JOIN payin i ON i.id = coalesce(w.payin_id, CASE s.type WHEN 'payin' THEN s.id END)
    LEFT JOIN refund r ON s.type IN ('refund', 'refund_failed') AND r.id = s.id
    LEFT JOIN dispute_event v ON s.type = 'dispute_event' AND v.id::text = s.id
    LEFT JOIN dispute d ON d.id = v.dispute_id
  WHERE a.name = 'psp_clearing' AND s.type NOT IN ('payout', 'balance_entry', 'payment_intent') GROUP BY 1, 2
"""
"""What our books have for each payment, a reversal counted with what it undoes."""

CLEARING_DIFFERS = SqlRule(
    rules.CLEARING_DIFFERS,
    "processor_entry t WHERE t.payment_intent_id IS NOT NULL AND @payment(t.payment_intent_id)",
    f"""SELECT x.subject, coalesce(h.charging_session_id, i.charging_session_id) AS charging_session_id, c.partner_id,
      sum(x.booked - x.told)::bigint AS amount_minor, CASE WHEN count(*) = 1 THEN max(x.currency) END AS currency,
      NULL::timestamptz AS due_at, 'breach' AS severity,
      coalesce(max(x.booked_at), '-infinity') <= {_COMPLETE.format("entries")} - :clearing
        AND greatest(max(x.booked_at), max(x.told_at)) <= :cut_off - :clearing
        AND coalesce(min(x.booked_at), 'infinity') >= (SELECT min(created_at) FROM processor_entry) AS opens,
      jsonb_object_agg(x.currency, jsonb_build_object('booked_minor', x.booked, 'at_processor_minor', x.told)) AS detail
    FROM (SELECT coalesce(b.subject, t.subject) AS subject, coalesce(b.currency, t.currency) AS currency,
        coalesce(b.total, 0) AS booked, coalesce(t.total, 0) AS told, b.newest AS booked_at, t.newest AS told_at
      FROM ({_BOOKED}) b FULL JOIN (SELECT payment_intent_id AS subject, currency, sum(net_minor) AS total,
          max(created_at) AS newest FROM processor_entry WHERE payment_intent_id IS NOT NULL GROUP BY 1, 2) t
        ON t.subject = b.subject AND t.currency = b.currency
      WHERE coalesce(b.total, 0) <> coalesce(t.total, 0)) x
      LEFT JOIN hold h ON h.payment_intent_id = x.subject LEFT JOIN payin i ON i.payment_intent_id = x.subject
      LEFT JOIN charging_session c ON c.id = coalesce(h.charging_session_id, i.charging_session_id)
    WHERE (h.id IS NOT NULL OR i.id IS NOT NULL) AND @payment(x.subject)
    GROUP BY x.subject, h.charging_session_id, i.charging_session_id, c.partner_id""",  # noqa: S608 - our own words
    _ENTRIES,
)

RULES = (
    ORPHAN_AT_PROCESSOR,
    SECOND_HOLD,
    HOLD_NOT_AT_PROCESSOR,
    PAYMENT_NOT_AT_PROCESSOR,
    HOLD_DIFFERS,
    PAYMENT_DIFFERS,
    REFUND_DIFFERS,
    CLEARING_DIFFERS,
)
