"""Rules about money that went back, to the bank or into wallets; about invoices of partners; about rules themselves."""

from api.domain.finance import rules
from api.services.finance.sql_money import minor_of
from api.services.reconciliation.sql_rule import SqlRule


def _refunds_unpaid(rule: rules.Rule, state: str) -> SqlRule:
    """Return the rule that refunds in this state were paid in another way."""
    where = f"r.state = '{state}' AND r.repaid_minor < r.amount_minor AND @one(r.charging_session_id)"
    return SqlRule(
        rule,
        f"refund r WHERE r.state = '{state}' AND @one(r.charging_session_id)",
        f"""SELECT r.id AS subject, r.charging_session_id, c.partner_id, r.amount_minor - r.repaid_minor
          AS amount_minor, r.currency, NULL::timestamptz AS due_at, 'breach' AS severity, true AS opens,
          jsonb_build_object('code', r.code, 'payment_intent_id', r.payment_intent_id) AS detail
        FROM refund r JOIN charging_session c ON c.id = r.charging_session_id WHERE {where}""",  # noqa: S608 - our own words
    )


REFUND_FAILED = _refunds_unpaid(rules.REFUND_FAILED, "failed")
REFUND_DENIED = _refunds_unpaid(rules.REFUND_DENIED, "denied")

PAYOUT_REST = SqlRule(
    rules.PAYOUT_REST,
    "payout y WHERE y.reconciled_at IS NOT NULL AND @since(y.reconciled_at, y.id)",
    """SELECT y.id AS subject, NULL AS charging_session_id, NULL AS partner_id, y.amount_minor - y.explained
      AS amount_minor, y.currency, NULL::timestamptz AS due_at, 'breach' AS severity, true AS opens,
      jsonb_build_object('explained_minor', y.explained, 'told_rest_minor', y.rest_minor) AS detail
    FROM (SELECT y.*, (SELECT coalesce(sum((l.detail->>'booked_minor')::bigint), 0)::bigint FROM payout_line l
        WHERE l.payout_id = y.id) AS explained
      FROM payout y WHERE y.reconciled_at IS NOT NULL AND @since(y.reconciled_at, y.id)) y
    WHERE y.amount_minor <> y.explained""",
)

WALLET_DRIFT = SqlRule(
    rules.WALLET_DRIFT,
    "wallet w WHERE @driver(w.driver_id)",
    """SELECT m.driver || ':' || m.currency AS subject, NULL AS charging_session_id, NULL AS partner_id,
      sum(m.booked - m.due)::bigint AS amount_minor, m.currency, NULL::timestamptz AS due_at, 'breach' AS severity,
      true AS opens, jsonb_build_object('driver', m.driver, 'booked_minor', sum(m.booked), 'due_minor', sum(m.due))
        AS detail
    FROM (
      SELECT a.owner AS driver, e.currency, -e.amount_minor AS booked, 0 AS due
      FROM ledger_account a JOIN ledger_entry e ON e.account_id = a.id AND e.layer = 'posted'
        JOIN journal j ON j.id = e.journal_id LEFT JOIN journal o ON o.id = j.reverses_id
      WHERE a.name = 'prepaid' AND @driver(a.owner)
        AND (coalesce(o.kind, j.kind) IN ('topped_up', 'top_up_returned', 'prepaid_spent', 'help_paid', 'help_refunded')
          OR (j.kind = 'reversed' AND coalesce(o.cause_type, j.cause_type) = 'wallet_payout'))
      UNION ALL SELECT driver_id, currency, 0, received_minor FROM payin
        WHERE purpose = 'top_up' AND status = 'succeeded' AND @driver(driver_id)
      UNION ALL SELECT driver_id, currency, 0, -amount_minor FROM wallet_payout
        WHERE status IN ('pending', 'succeeded') AND @driver(driver_id)
      UNION ALL SELECT coalesce(payer_id, driver_id), currency, 0, -captured_minor FROM hold
        WHERE psp = 'wallet' AND captured_minor <> 0 AND @driver(driver_id)
      UNION ALL SELECT driver_id, currency, 0, -amount_minor FROM help_offer
        WHERE state = 'accepted' AND @driver(driver_id)
    ) m GROUP BY m.driver, m.currency HAVING sum(m.booked) <> sum(m.due)""",
)
"""What payments, their returns, charges and paid help say that a wallet holds, against what is booked in it."""

_ASKED, _COUNTED = minor_of("i.stated_amount", "i.stated_currency"), minor_of("i.counted", "i.stated_currency")

INVOICE_SUM_DIFFERS = SqlRule(
    rules.INVOICE_SUM_DIFFERS,
    "invoice_report i WHERE i.deleted_at IS NULL AND i.stated_amount IS NOT NULL AND @since(i.updated_at, i.key)",
    f"""SELECT i.key AS subject, NULL AS charging_session_id, i.partner_id, {_ASKED} - {_COUNTED} AS amount_minor,
      i.stated_currency AS currency, NULL::timestamptz AS due_at, 'breach' AS severity,
      i.updated_at <= :cut_off - :settled AS opens,
      jsonb_build_object('invoice', i.invoice_id, 'asked', i.stated_amount::text, 'computed', i.counted::text) AS detail
    FROM (SELECT i.*, (SELECT coalesce(sum(r.total_cost), 0)
        FROM (SELECT DISTINCT l.cdr_id FROM invoiced_cdr l WHERE l.report_key = i.key) l
          JOIN cdr r ON r.currency = i.stated_currency AND r.key = i.partner_id || '/' || upper(i.country_code || '/'
            || i.party_id || '/' || replace(replace(l.cdr_id, '%', '%25'), '/', '%2F'))
        WHERE NOT EXISTS (SELECT 1 FROM jsonb_array_elements(i.differences) d WHERE upper(d->>'subject') = l.cdr_id
          AND (d->>'fault' <> 'invoice_cdr_repeated' OR d->>'detail' LIKE 'also on invoice %'))) AS counted
      FROM (SELECT i.*, greatest(i.updated_at, i.checked_at) AS touched_at FROM invoice_report i) i
      WHERE i.deleted_at IS NULL AND i.stated_amount IS NOT NULL AND @since(i.touched_at, i.key) OFFSET 0) i
    WHERE {_ASKED} <> {_COUNTED}""",  # noqa: S608 - our own words
)
"""As ``domain/finance/invoice_check.py`` counts: a CDR listed twice counts once. OFFSET has the sum made once, too."""

MIRROR_BEHIND = SqlRule(
    rules.MIRROR_BEHIND,
    "mirror_progress",
    """SELECT m.kind AS subject, NULL AS charging_session_id, NULL AS partner_id, NULL::bigint AS amount_minor,
      NULL AS currency, NULL::timestamptz AS due_at, 'warning' AS severity, true AS opens,
      jsonb_build_object('complete_until', m.complete_until) AS detail
    FROM mirror_progress m WHERE coalesce(m.complete_until, m.updated_at) < :cut_off - :mirror""",
)

RULE_RUNAWAY = SqlRule(
    rules.RULE_RUNAWAY,
    "reconciliation_rule",
    """SELECT r.reason AS subject, NULL AS charging_session_id, NULL AS partner_id, NULL::bigint AS amount_minor,
      NULL AS currency, NULL::timestamptz AS due_at, 'breach' AS severity, true AS opens,
      jsonb_build_object('rule', r.reason, 'withheld', r.withheld, 'since', r.withheld_since, 'sample', r.sample)
        AS detail
    FROM reconciliation_rule r WHERE r.withheld > 0""",
)

RULES = (REFUND_FAILED, REFUND_DENIED, PAYOUT_REST, WALLET_DRIFT, INVOICE_SUM_DIFFERS, MIRROR_BEHIND)
