"""The lists of finance: holds, findings, journal, payouts, refunds, disputes, wallets, a month's cut-off and accruals.

E-mail addresses are masked here already, so that no list, page or export, tells a whole one.
"""

from collections.abc import Mapping
from types import MappingProxyType

from api.services.closing.listing import Column, Kind, Listing
from api.services.closing.lists_books import ACCRUALS, CUT_OFF, JOURNAL, WALLETS

M, T, N = Kind.MONEY, Kind.MOMENT, Kind.NUMBER

HOLDS = Listing(
    name="holds",
    title="Holds",
    columns=(
        Column("hold_id"), Column("charging_session_id"), Column("driver_id"), Column("partner_id"), Column("status"),
        Column("charge_status"), Column("currency"), Column("amount", M), Column("authorized", M),
        Column("captured", M), Column("released", M), Column("fee", M), Column("card_brand"), Column("card_last4"),
        Column("payment_intent_id"), Column("placed_at", T), Column("capture_before", T), Column("has_cdr"),
    ),
    base="""SELECT h.id AS hold_id, h.charging_session_id, h.driver_id, c.partner_id, h.status,
      c.status AS charge_status, h.currency, h.amount_minor AS amount, h.authorized_minor AS authorized,
      h.captured_minor AS captured, h.released_minor AS released, h.fee_minor AS fee, h.card_brand, h.card_last4,
      h.payment_intent_id, h.created_at AS placed_at, h.capture_before,
      CASE WHEN EXISTS (SELECT 1 FROM cdr d WHERE d.charging_session_id = c.id) THEN 'yes' ELSE 'no' END AS has_cdr,
      h.created_at AS sort_at, h.id AS sort_id
    FROM hold h JOIN charging_session c ON c.id = h.charging_session_id WHERE h.psp = 'stripe' AND {where}""",
    conditions={
        "since": "h.created_at >= :since",
        "until": "h.created_at < :until",
        "currency": "h.currency = :currency",
        "state": "CASE CAST(:state AS text) WHEN 'open' THEN h.status NOT IN"
        " ('captured', 'released', 'expired', 'declined', 'passed_on') ELSE h.status = :state END",
        "partner_id": "c.partner_id = :partner_id",
        "driver_id": "h.driver_id = :driver_id",
        "charge": "h.charging_session_id = :charge",
        "search": "(h.id = :search OR h.payment_intent_id = :search OR h.card_last4 = :search)",
    },
    choices={"state": ("open", "placed", "capturing", "captured", "released", "expired", "capture_failed")},
)  # fmt: skip

FINDINGS = Listing(
    name="findings",
    title="Findings",
    columns=(
        Column("finding_id"), Column("reason"), Column("severity"), Column("state"), Column("subject"),
        Column("charging_session_id"), Column("partner_id"), Column("currency"), Column("amount", M),
        Column("assignee"), Column("opened_at", T), Column("due_at", T), Column("resolved_at", T),
        Column("resolution"), Column("resolved_by"),
    ),
    base="""SELECT m.id AS finding_id, m.reason, m.severity, m.state, m.subject, m.charging_session_id, m.partner_id,
      m.currency, m.amount_minor AS amount, m.assignee, m.opened_at, m.due_at, m.resolved_at, m.resolution,
      m.resolved_by, m.opened_at AS sort_at, m.id AS sort_id
    FROM mismatch m WHERE {where}""",
    conditions={
        "since": "m.opened_at >= :since",
        "until": "m.opened_at < :until",
        "currency": "m.currency = :currency",
        "state": "CASE CAST(:state AS text) WHEN 'unresolved' THEN m.resolved_at IS NULL ELSE m.state = :state END",
        "kind": "m.reason = :kind",
        "partner_id": "m.partner_id = :partner_id",
        "charge": "m.charging_session_id = :charge",
        "search": "(m.id = :search OR m.subject = :search)",
    },
    choices={"state": ("unresolved", "open", "acknowledged", "snoozed", "resolved")},
)  # fmt: skip

PAYOUTS = Listing(
    name="payouts",
    title="Payouts",
    columns=(
        Column("payout_id"), Column("status"), Column("currency"), Column("amount", M), Column("rest", M),
        Column("lines", N), Column("arrives_at", T), Column("seen_at", T), Column("reconciled_at", T),
    ),
    base="""SELECT p.id AS payout_id, p.processor_status AS status, p.currency, p.amount_minor AS amount,
      p.rest_minor AS rest, (SELECT count(*) FROM payout_line l WHERE l.payout_id = p.id) AS lines, p.arrives_at,
      p.seen_at, p.reconciled_at, coalesce(p.arrives_at, p.seen_at) AS sort_at, p.id AS sort_id
    FROM payout p WHERE {where}""",
    conditions={
        "since": "coalesce(p.arrives_at, p.seen_at) >= :since",
        "until": "coalesce(p.arrives_at, p.seen_at) < :until",
        "currency": "p.currency = :currency",
        "state": "p.processor_status = :state",
        "search": "p.id = :search",
    },
    choices={"state": ("pending", "in_transit", "paid", "failed", "canceled")},
)  # fmt: skip

REFUNDS = Listing(
    name="refunds",
    title="Refunds",
    columns=(
        Column("refund_id"), Column("charging_session_id"), Column("state"), Column("origin"), Column("currency"),
        Column("amount", M), Column("repaid", M), Column("code"), Column("processor_refund_id"),
        Column("payment_intent_id"), Column("decided_by"), Column("created_at", T), Column("accepted_at", T),
        Column("due_at", T), Column("finished_at", T),
    ),
    base="""SELECT r.id AS refund_id, r.charging_session_id, r.state, r.origin, r.currency, r.amount_minor AS amount,
      r.repaid_minor AS repaid, r.code, r.processor_refund_id, r.payment_intent_id, r.decided_by, r.created_at,
      r.accepted_at, CASE WHEN r.finished_at IS NULL THEN r.accepted_at + interval '10 days' END AS due_at,
      r.finished_at, r.created_at AS sort_at, r.id AS sort_id
    FROM refund r WHERE {where}""",
    conditions={
        "since": "r.created_at >= :since",
        "until": "r.created_at < :until",
        "currency": "r.currency = :currency",
        "state": "r.state = :state",
        "kind": "r.origin = :kind",
        "charge": "r.charging_session_id = :charge",
        "search": "(r.id = :search OR r.processor_refund_id = :search OR r.payment_intent_id = :search)",
    },
    choices={
        "state": ("awaiting_approval", "ordered", "pending", "succeeded", "failed", "denied"),
        "kind": ("ordered", "by_hand"),
    },
)  # fmt: skip

DISPUTES = Listing(
    name="disputes",
    title="Disputes",
    columns=(
        Column("dispute_id"), Column("processor_dispute_id"), Column("charging_session_id"), Column("status"),
        Column("reason"), Column("currency"), Column("amount", M), Column("withdrawn", M), Column("fee", M),
        Column("due_at", T), Column("is_evidence_submitted"), Column("payment_intent_id"), Column("opened_at", T),
    ),
    base="""SELECT d.id AS dispute_id, d.processor_dispute_id, d.charging_session_id, d.status, d.reason, d.currency,
      d.amount_minor AS amount, d.withdrawn_minor AS withdrawn, d.fee_minor AS fee, d.evidence_due_at AS due_at,
      CASE WHEN d.evidence_submitted THEN 'yes' ELSE 'no' END AS is_evidence_submitted, d.payment_intent_id,
      d.opened_at, d.opened_at AS sort_at, d.id AS sort_id
    FROM dispute d WHERE {where}""",
    conditions={
        "since": "d.opened_at >= :since",
        "until": "d.opened_at < :until",
        "currency": "d.currency = :currency",
        "state": "d.status = :state",
        "kind": "d.reason = :kind",
        "charge": "d.charging_session_id = :charge",
        "search": "(d.id = :search OR d.processor_dispute_id = :search OR d.payment_intent_id = :search)",
    },
    choices={"state": ("needs_response", "under_review", "won", "lost", "warning_needs_response", "warning_closed")},
)  # fmt: skip

LISTS: Mapping[str, Listing] = MappingProxyType(
    {each.name: each for each in (HOLDS, FINDINGS, JOURNAL, PAYOUTS, REFUNDS, DISPUTES, WALLETS, CUT_OFF, ACCRUALS)}
)
