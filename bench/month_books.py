"""The tables of a made-up month about money: journals, the processor's objects, payouts, partners' invoices."""

from bench.month_plan import UNBILLED

_CARD = "intent IS NOT NULL"
_TAKEN = f"captured > 0 AND {_CARD}"


def _booked(kind: str, cause: tuple[str, str], source: str, sides: list[tuple[str, str, str]], at: str) -> str:
    """Return the statements that book one journal per row of ``source``: its sides are account, owner and amount.

    An account that begins with ``~`` is in the pending layer.
    """
    name = f"'jrn_' || code || '{kind}_{cause[0]}'" if cause[0] != "cdr" else "'jrn_' || public_id"
    values = ", ".join(
        f"('{account.lstrip('~')}', {owner}, ({amount})::bigint, '{'pending' if account[0] == '~' else 'posted'}')"
        for account, owner, amount in sides
    )
    return f"""
INSERT INTO journal (id, kind, cause_type, cause_id, charging_session_id, occurred_at, period, booked_in)
SELECT {name}, '{kind}', '{cause[0]}', {cause[1]}, {"NULL" if kind == "topped_up" else "charge"}, {at},
  to_char({at} AT TIME ZONE 'UTC', 'YYYY-MM'), 3 FROM {source};
INSERT INTO ledger_entry (journal_id, account_id, layer, currency, amount_minor)
SELECT {name}, v.account || ':' || v.owner || ':' || currency, v.layer, currency, v.amount
FROM {source} CROSS JOIN LATERAL (VALUES {values}) v (account, owner, amount, layer) WHERE v.amount <> 0;
"""  # noqa: S608 - our own words


def _of(which: str) -> str:
    return f"(SELECT m.*, m.id AS charge FROM month_plan m WHERE {which}) m"  # noqa: S608 - our own words


_EARNED = [("revenue", "''", "-(captured - taken_vat)"), ("vat", "''", "-taken_vat")]
_WITH_TAX = "(SELECT m.*, m.id AS charge, captured * vat / owed AS taken_vat FROM month_plan m WHERE {}) m"
_BILLED = """(SELECT m.code, m.currency, m.partner, m.billed_at, m.id AS charge, r.key, r.public_id,
  round(r.total_cost * 100)::bigint AS cost FROM cdr r JOIN month_plan m ON m.id = r.charging_session_id) m"""
_REST = """(SELECT m.*, m.id AS charge, {0} AS rest, vat - captured * vat / owed AS rest_vat
  FROM month_plan m WHERE {0} > 0) m"""
_BACK = "(SELECT m.*, m.id AS charge, 300 * vat / owed AS back_vat FROM month_plan m WHERE refunded > 0) m"
_HELD = [("~psp_holds", "''", "authorized"), ("~driver_holds", "''", "-authorized")]
_LET_GO = [("~psp_holds", "''", "-authorized"), ("~driver_holds", "''", "authorized")]
_RESERVED = [("~prepaid", "driver", "authorized"), ("~prepaid_reserved", "driver", "-authorized")]
_FREED = [("~prepaid", "driver", "-authorized"), ("~prepaid_reserved", "driver", "authorized")]
_FEE = [("psp_fees", "''", "25"), ("psp_clearing", "''", "-25")]
_FEE_OF_PAYIN = [("psp_fees", "''", "20"), ("psp_clearing", "''", "-20")]
_HOLD, _PAYIN = ("hold", "hold"), ("payin", "'pin_' || code")
_OVER = "kind NOT IN ('awaiting', 'charging', 'declined')"

JOURNALS = "".join(
    (
        _booked("hold_placed", _HOLD, _of(f"authorized > 0 AND {_CARD}"), _HELD, "created_at"),
        _booked("hold_ended", _HOLD, _of(f"{_CARD} AND {_OVER}"), _LET_GO, "billed_at"),
        _booked("prepaid_reserved", _HOLD, _of("kind = 'wallet'"), _RESERVED, "created_at"),
        _booked("prepaid_unreserved", _HOLD, _of("kind = 'wallet'"), _FREED, "billed_at"),
        _booked(
            "hold_captured",
            _HOLD,
            _WITH_TAX.format(_TAKEN),
            [("psp_clearing", "''", "captured"), *_EARNED],
            "billed_at",
        ),
        _booked(
            "hold_captured",
            _HOLD,
            _WITH_TAX.format("kind = 'fleet'"),
            [("fleet_receivable", "'flt_1'", "captured"), *_EARNED],
            "billed_at",
        ),
        _booked(
            "prepaid_spent",
            _HOLD,
            _WITH_TAX.format("kind = 'wallet'"),
            [("prepaid", "driver", "captured"), *_EARNED],
            "billed_at",
        ),
        _booked("processor_fee", _HOLD, _of(_TAKEN), _FEE, "billed_at"),
        _booked(
            "partner_cost",
            ("cdr", "key"),
            _BILLED,
            [("roaming_cost", "''", "cost"), ("cpo_payable", "'prt_' || partner", "-cost")],
            "billed_at",
        ),
        _booked(
            "receivable_raised",
            ("charge", "charge"),
            _REST.format("(receivable + paid_later)"),
            [("receivable", "driver", "rest"), ("revenue", "''", "-(rest - rest_vat)"), ("vat", "''", "-rest_vat")],
            "billed_at",
        ),
        _booked(
            "receivable_paid",
            _PAYIN,
            _of("paid_later > 0"),
            [("psp_clearing", "''", "paid_later"), ("receivable", "driver", "-paid_later")],
            "billed_at",
        ),
        _booked(
            "refunded",
            ("refund", "'rfd_' || code"),
            _BACK,
            [("psp_clearing", "''", "-300"), ("revenue", "''", "300 - back_vat"), ("vat", "''", "back_vat")],
            "billed_at",
        ),
        _booked(
            "topped_up",
            _PAYIN,
            _of("kind = 'wallet'"),
            [("psp_clearing", "''", "10000"), ("prepaid", "driver", "-10000")],
            "created_at",
        ),
        _booked("processor_fee", _PAYIN, _of("kind IN ('wallet', 'paid_later')"), _FEE_OF_PAYIN, "billed_at"),
    )
)
ACCOUNTS = """
INSERT INTO ledger_account (id, name, owner, currency)
SELECT DISTINCT account_id, split_part(account_id, ':', 1), split_part(account_id, ':', 2), currency FROM ledger_entry;
"""

MIRROR = """
INSERT INTO processor_payment (id, status, currency, amount_minor, capturable_minor, received_minor, refunded_minor,
  cancellation_reason, capture_before, charge_id, hold_id, charging_session_id, environment, created_at, seen_at)
SELECT intent, CASE WHEN captured > 0 THEN 'succeeded' WHEN kind IN ('awaiting', 'charging') THEN 'requires_capture'
    WHEN kind = 'declined' THEN 'requires_payment_method' ELSE 'canceled' END, currency, 6000,
  CASE WHEN kind IN ('awaiting', 'charging') THEN 6000 ELSE 0 END, captured, refunded,
  CASE kind WHEN 'expired' THEN 'expired' END, created_at + interval '7 days', 'ch_' || code, hold, id, 'sandbox',
  created_at, least(billed_at, $1 - interval '30 minutes') + interval '10 minutes'
FROM month_plan WHERE intent IS NOT NULL;
INSERT INTO processor_payment (id, status, currency, amount_minor, capturable_minor, received_minor, refunded_minor,
  subject_id, environment, created_at, seen_at)
SELECT payment_intent_id, 'succeeded', currency, amount_minor, 0, amount_minor, 0, id, 'sandbox', created_at,
  finished_at + interval '10 minutes' FROM payin;
INSERT INTO processor_refund (id, payment_intent_id, status, currency, amount_minor, refund_id, environment, created_at,
  seen_at)
SELECT processor_refund_id, payment_intent_id, state, currency, amount_minor, id, 'sandbox', created_at,
  finished_at + interval '10 minutes' FROM refund;
INSERT INTO processor_entry (id, kind, reporting_category, currency, amount_minor, fee_minor, net_minor, source_id,
  payment_intent_id, created_at, available_at, seen_at)
SELECT 'txn_' || code || v.kind, v.kind, v.kind, currency, v.amount, v.fee, v.amount - v.fee, v.source, v.intent,
  billed_at, billed_at + interval '2 days', billed_at + interval '10 minutes'
FROM month_plan m CROSS JOIN LATERAL (VALUES ('charge', m.captured::bigint, 25, 'ch_' || code, intent),
  ('refund', -m.refunded::bigint, 0, 're_' || code, intent),
  ('payment', CASE m.kind WHEN 'wallet' THEN 10000 ELSE m.paid_later END, 20, 'py_' || code, 'pi_' || code || 'b')
) v (kind, amount, fee, source, intent) WHERE v.amount <> 0 AND v.intent IS NOT NULL;
INSERT INTO mirror_progress (kind, complete_until, cursor, updated_at)
SELECT kind, $1 - interval '25 minutes', '{}', $1 FROM unnest(ARRAY['payments', 'refunds', 'entries']) kind;
"""

CONTROLS = """
INSERT INTO processor_payment (id, status, currency, amount_minor, capturable_minor, received_minor, refunded_minor,
  environment, created_at, seen_at) VALUES
  ('pi_of_another_house', 'requires_capture', 'EUR', 5000, 5000, 0, 0, 'staging', $1 - interval '2 days', $1),
  ('pi_given_up', 'canceled', 'EUR', 5000, 0, 0, 0, 'sandbox', $1 - interval '2 days', $1),
  ('pi_given_back', 'succeeded', 'EUR', 5000, 0, 5000, 5000, 'sandbox', $1 - interval '2 days', $1),
  ('pi_too_young', 'requires_capture', 'EUR', 5000, 5000, 0, 0, 'sandbox', $1 - interval '5 minutes', $1);
"""
"""What looks like a fault and is none."""

PAYOUTS = """
INSERT INTO payout_line (id, payout_id, kind, currency, amount_minor, fee_minor, net_minor, source_id,
  payment_intent_id, matched_to, detail, at)
SELECT id, 'po_' || currency || to_char(created_at AT TIME ZONE 'UTC', 'YYYYMMDD'), kind, currency, amount_minor,
  fee_minor, net_minor, source_id, payment_intent_id, CASE kind WHEN 'refund' THEN 'refund' ELSE 'hold' END,
  jsonb_build_object('subject', payment_intent_id, 'booked_minor', net_minor), created_at
FROM processor_entry WHERE created_at < $1 - interval '3 days';
INSERT INTO payout (id, currency, amount_minor, processor_status, automatic, rest_minor, seen_at, reconciled_at)
SELECT payout_id, currency, sum(net_minor), 'paid', true, 0, max(at) + interval '2 days', max(at) + interval '2 days'
FROM payout_line GROUP BY 1, 2;
INSERT INTO processor_entry (id, kind, reporting_category, currency, amount_minor, fee_minor, net_minor, source_id,
  created_at, available_at, seen_at)
SELECT 'txn_' || id, 'payout', 'payout', currency, -amount_minor, 0, -amount_minor, id, seen_at, seen_at, $1
FROM payout;
INSERT INTO journal (id, kind, cause_type, cause_id, occurred_at, period, booked_in)
SELECT 'jrn_' || id, 'payout', 'payout', id, seen_at, to_char(seen_at AT TIME ZONE 'UTC', 'YYYY-MM'), 3
FROM payout;
INSERT INTO ledger_entry (journal_id, account_id, layer, currency, amount_minor)
SELECT 'jrn_' || id, v.account || '::' || currency, 'posted', currency, v.amount FROM payout
CROSS JOIN LATERAL (VALUES ('bank_transit', amount_minor), ('psp_clearing', -amount_minor)) v (account, amount);
"""

INVOICES = f"""
INSERT INTO invoice_report (key, partner_id, country_code, party_id, id, invoice_id, last_updated, raw, raw_hash,
  earlier, received_at, updated_at, stated_amount, stated_currency, stated_by, stated_at, sums, differences, checked_at)
SELECT partner_id || '/DE/' || party_id || '/INV', partner_id, 'DE', party_id, 'inv', 'INV ' || party_id,
  $1 - interval '2 hours', '{{}}', md5(partner_id), '[]', $1 - interval '2 hours', $1 - interval '2 hours',
  sum(total_cost), min(currency), 'Ada', $1 - interval '2 hours', '{{}}', '[]', $1 - interval '2 hours'
FROM cdr WHERE split_part(partner_id, '_', 2)::integer >= {UNBILLED} GROUP BY partner_id, party_id;
INSERT INTO invoiced_cdr (report_key, place, partner_id, cdr_id, spelled)
SELECT i.key, row_number() OVER (PARTITION BY i.key ORDER BY r.key) - 1, r.partner_id, upper(r.id), r.id
FROM cdr r JOIN invoice_report i ON i.partner_id = r.partner_id;
"""  # noqa: S608 - numbers of ours

BOOKS = (JOURNALS, MIRROR, CONTROLS, PAYOUTS, ACCOUNTS, INVOICES)
