"""Rules about partners' sessions and bills: each has a charge, each charge its bill, and what was taken is the bill."""

from api.domain.finance import rules
from api.services.finance.sql_money import minor_of
from api.services.reconciliation.sql_rule import SqlRule

_COST = minor_of("r.total_cost", "r.currency")

CDR_MISSING = SqlRule(
    rules.CDR_MISSING,
    "charging_session c WHERE c.status IN ('idle', 'ended') AND @one(c.id)",
    """SELECT c.id AS subject, c.id AS charging_session_id, c.partner_id,
      (c.running->>'total_minor')::bigint AS amount_minor,
      CASE WHEN c.running->>'total_minor' IS NOT NULL THEN c.currency END AS currency, h.capture_before AS due_at,
      'breach' AS severity, coalesce(c.unplugged_at, c.energy_ended_at) <= :cut_off - :cdr AS opens,
      jsonb_build_object('session', c.partner_session_key, 'ended_at', coalesce(c.unplugged_at, c.energy_ended_at))
        AS detail
    FROM charging_session c LEFT JOIN hold h ON h.charging_session_id = c.id
    WHERE c.status IN ('idle', 'ended') AND @one(c.id) AND coalesce(c.unplugged_at, c.energy_ended_at) IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM cdr r WHERE r.charging_session_id = c.id)""",
)

_WITHOUT_ORIGINAL = """r.credit AND NOT EXISTS (SELECT 1 FROM cdr o WHERE NOT o.credit
  AND o.key = r.partner_id || '/' || upper(r.country_code || '/' || r.party_id || '/'
    || replace(replace(r.credit_reference_id, '%', '%25'), '/', '%2F')))"""
"""By the key under which a bill is stored (``services/roaming/keys.py``)."""

CDR_WITHOUT_CHARGE = SqlRule(
    rules.CDR_WITHOUT_CHARGE,
    "cdr r WHERE @since(r.received_at, r.key)",
    f"""SELECT r.key AS subject, NULL AS charging_session_id, r.partner_id, {_COST} AS amount_minor, r.currency,
      NULL::timestamptz AS due_at, 'breach' AS severity, NOT ({_WITHOUT_ORIGINAL}) AS opens,
      jsonb_build_object('cdr', r.id, 'session', r.session_id) AS detail
    FROM cdr r WHERE r.charging_session_id IS NULL""",  # noqa: S608 - our own words
)
"""Those without a charge are few and have an index: all are looked at in every run."""

CREDIT_WITHOUT_ORIGINAL = SqlRule(
    rules.CREDIT_WITHOUT_ORIGINAL,
    "cdr r WHERE r.credit AND @since(r.received_at, r.key)",
    f"""SELECT r.key AS subject, r.charging_session_id, r.partner_id, {_COST} AS amount_minor, r.currency,
      NULL::timestamptz AS due_at, 'breach' AS severity,
      r.received_at <= :cut_off - :cdr_unbilled AND NOT EXISTS (SELECT 1 FROM mismatch m WHERE m.resolved_at IS NULL
        AND (m.reason = 'cdr_without_charge' AND m.subject = r.key
          OR m.reason = 'cdr_unpriceable' AND m.subject = r.charging_session_id)) AS opens,
      jsonb_build_object('cdr', r.id, 'credits', r.credit_reference_id) AS detail
    FROM cdr r WHERE @since(r.received_at, r.key) AND {_WITHOUT_ORIGINAL}""",  # noqa: S608 - our own words
)
"""Not opened where the bill is told already: as one of no charge, or as one that its charge cannot be billed by."""

SESSION_OF_NO_CHARGE = SqlRule(
    rules.SESSION_OF_NO_CHARGE,
    "partner_session p WHERE @since(p.updated_at, p.key)",
    """SELECT p.key AS subject, NULL AS charging_session_id, p.partner_id, NULL::bigint AS amount_minor,
      NULL AS currency, NULL::timestamptz AS due_at, 'breach' AS severity, true AS opens,
      jsonb_build_object('session', p.id, 'status', p.status) AS detail
    FROM partner_session p WHERE p.charging_session_id IS NULL""",
)


def _state(name: str) -> str:
    """Return the SQL for an amount that the machine remembers; nothing remembered is zero."""
    return f"coalesce((c.state->'{name}'->>'minor')::bigint, 0)"


def _after(name: str) -> str:
    """Return the same for what moved beside the hold."""
    return f"coalesce((c.state->'after'->'{name}'->>'minor')::bigint, 0)"


_WRITTEN_OFF = f"""CASE WHEN {_after("written_off")} = 0 THEN 0 ELSE (SELECT coalesce(sum(e.amount_minor), 0)
  FROM ledger_entry e JOIN journal j ON j.id = e.journal_id WHERE j.charging_session_id = c.id
    AND e.account_id = 'write_off::' || c.currency) END"""  # noqa: S608 - our own words

CAPTURED_DIFFERS = SqlRule(
    rules.CAPTURED_DIFFERS,
    "charging_session c WHERE c.status = 'settled' AND @charge(c.id)",
    f"""SELECT a.id AS subject, a.id AS charging_session_id, a.partner_id, a.off AS amount_minor, a.currency,
      NULL::timestamptz AS due_at, 'breach' AS severity, a.updated_at <= :cut_off - :settled AS opens,
      jsonb_build_object('direction', CASE WHEN a.off > 0 THEN 'over' ELSE 'under' END, 'captured_minor', a.captured,
        'owed_minor', a.owed, 'accounted_minor', a.accounted) AS detail
    FROM (
      SELECT b.*, b.accounted - least(b.disputed, greatest(b.accounted - b.owed, 0)) - b.owed - b.excess AS off
      FROM (
        SELECT c.id, c.partner_id, c.currency, c.updated_at, coalesce(h.captured_minor, 0)::bigint AS captured,
          coalesce(c.owed_minor, 0) AS owed, {_state("excess")} AS excess, {_after("disputed")} AS disputed,
          coalesce(h.captured_minor, 0) + {_after("paid")} - {_state("ordered_back")} + {_after("withheld")}
            - {_after("repaid")} - {_after("returned")} + {_state("receivable")}
            + CASE WHEN {_state("billed")} = 0 THEN coalesce(c.owed_minor, 0) ELSE 0 END
            + least({_after("credited")}, {_state("billed")}) + {_WRITTEN_OFF} AS accounted
        FROM charging_session c LEFT JOIN hold h ON h.charging_session_id = c.id
        WHERE c.status = 'settled' AND @charge(c.id) AND (h.id IS NULL OR h.currency = c.currency)
      ) b
    ) a WHERE a.off <> 0""",  # noqa: S608 - our own words
)
"""What became of a settled bill, as ``services/finance/proof.py`` adds it up: kept, still owed, or given up."""

CURRENCY_DIFFERS = SqlRule(
    rules.CURRENCY_DIFFERS,
    "charging_session c WHERE c.status = 'settled' AND @charge(c.id)",
    """SELECT c.id AS subject, c.id AS charging_session_id, c.partner_id, NULL::bigint AS amount_minor,
      NULL AS currency, NULL::timestamptz AS due_at, 'breach' AS severity, c.updated_at <= :cut_off - :settled AS opens,
      jsonb_build_object('charge', c.currency, 'hold', h.currency, 'cdr', r.currency) AS detail
    FROM charging_session c LEFT JOIN hold h ON h.charging_session_id = c.id
      LEFT JOIN (SELECT charging_session_id, string_agg(DISTINCT currency, ' ' ORDER BY currency) AS currency
        FROM cdr r WHERE @charge(r.charging_session_id) GROUP BY 1) r ON r.charging_session_id = c.id
    WHERE c.status = 'settled' AND @charge(c.id) AND (h.currency <> c.currency OR r.currency <> c.currency)""",
)
"""Only where money moved all the same: a bill in another currency is otherwise told as ``cdr_unpriceable``."""

CDR_NOT_BILLED = SqlRule(
    rules.CDR_NOT_BILLED,
    "cdr r WHERE @charge(r.charging_session_id)",
    """SELECT c.id AS subject, c.id AS charging_session_id, c.partner_id, NULL::bigint AS amount_minor,
      NULL AS currency, h.capture_before AS due_at, 'breach' AS severity,
      r.newest <= :cut_off - :cdr_unbilled AS opens,
      jsonb_build_object('cdr', r.key, 'cdrs', r.total::text, 'billed', c.driver_price->>'partner_cost') AS detail
    FROM (SELECT r.charging_session_id, sum(r.total_cost) AS total, max(r.received_at) AS newest, max(r.key) AS key,
        max(r.currency) AS most, min(r.currency) AS least,
        bool_or(coalesce(jsonb_typeof(r.audit), 'null') = 'null') AS unseen
      FROM cdr r WHERE r.charging_session_id IS NOT NULL AND @charge(r.charging_session_id) GROUP BY 1) r
      JOIN charging_session c ON c.id = r.charging_session_id LEFT JOIN hold h ON h.charging_session_id = c.id
    WHERE r.most = c.currency AND r.least = c.currency AND (r.unseen OR (c.status = 'settled'
      AND coalesce((c.state->>'signed')::boolean, false) IS FALSE
      AND (c.driver_price->>'partner_cost')::numeric <> r.total))""",
)

CDR_COST_DIFFERS = SqlRule(
    rules.CDR_COST_DIFFERS,
    "cdr r WHERE r.charging_session_id IS NOT NULL AND @charge(r.charging_session_id)",
    f"""SELECT r.key AS subject, r.charging_session_id, r.partner_id,
      coalesce(b.booked, 0)::bigint - {_COST} AS amount_minor, r.currency, NULL::timestamptz AS due_at,
      'breach' AS severity, r.received_at <= :cut_off - :cdr_unbilled AS opens,
      jsonb_build_object('cdr', r.id, 'booked_minor', coalesce(b.booked, 0), 'due_minor', {_COST}) AS detail
    FROM cdr r JOIN charging_session c ON c.id = r.charging_session_id AND c.currency = r.currency
      LEFT JOIN (SELECT coalesce(o.cause_id, j.cause_id) AS key, sum(e.amount_minor) AS booked
        FROM journal j LEFT JOIN journal o ON o.id = j.reverses_id
          JOIN ledger_entry e ON e.journal_id = j.id
          JOIN ledger_account a ON a.id = e.account_id AND a.name = 'roaming_cost'
        WHERE j.kind IN ('partner_cost', 'reversed') AND coalesce(o.kind, j.kind) = 'partner_cost'
          AND @charge(j.charging_session_id) GROUP BY 1) b ON b.key = r.key
    WHERE @charge(r.charging_session_id) AND abs(r.total_cost) < 1000000000
      AND coalesce(jsonb_typeof(r.audit), 'null') <> 'null' AND coalesce(b.booked, 0) <> {_COST}""",  # noqa: S608 - our own words
)
"""Once it was billed; before, ``cdr_not_billed`` tells of it."""

RULES = (
    CDR_MISSING,
    CDR_WITHOUT_CHARGE,
    CREDIT_WITHOUT_ORIGINAL,
    SESSION_OF_NO_CHARGE,
    CAPTURED_DIFFERS,
    CURRENCY_DIFFERS,
    CDR_NOT_BILLED,
    CDR_COST_DIFFERS,
)
