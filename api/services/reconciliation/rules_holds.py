"""Rules about holds and calls that must come to an end in time."""

from api.domain.finance import rules
from api.services.reconciliation.sql_rule import CALLING, OPEN, SqlRule

_LEFT = "(h.capture_before - CAST(:cut_off AS timestamptz))"


def _by_band(value: str) -> str:
    """Return the SQL for the name or severity of the band that a hold is in."""
    cases = " ".join(
        f"WHEN {_LEFT} <= interval '{int(band.within.total_seconds())} seconds' THEN '{getattr(band, value)}'"
        for band in rules.BANDS
    )
    return f"CASE {cases} END"


_SOON = f"interval '{int(rules.BANDS[-1].within.total_seconds())} seconds'"
_OPEN_HOLDS = f"hold h WHERE h.status IN ({OPEN}) AND @one(h.charging_session_id)"
_AMOUNT = "coalesce(nullif(h.authorized_minor, 0)::bigint, h.amount_minor)"

HOLD_OPEN = SqlRule(
    rules.HOLD_OPEN,
    _OPEN_HOLDS,
    f"""SELECT h.charging_session_id AS subject, h.charging_session_id, c.partner_id, {_AMOUNT} AS amount_minor,
      h.currency, h.capture_before AS due_at, 'breach' AS severity, true AS opens,
      jsonb_build_object('hold', h.id, 'status', h.status, 'placed_at', h.created_at) AS detail
    FROM hold h JOIN charging_session c ON c.id = h.charging_session_id
    WHERE h.status IN ({OPEN}) AND @one(h.charging_session_id) AND h.created_at <= :cut_off - :hold_open
      AND (h.capture_before IS NULL OR {_LEFT} > {_SOON})""",  # noqa: S608 - our own words
)
"""By age; once its last moment is near, that is told instead, so that nobody is alarmed twice."""

HOLD_NEAR_EXPIRY = SqlRule(
    rules.HOLD_NEAR_EXPIRY,
    _OPEN_HOLDS,
    f"""SELECT h.charging_session_id AS subject, h.charging_session_id, c.partner_id, {_AMOUNT} AS amount_minor,
      h.currency, h.capture_before AS due_at, {_by_band("severity")} AS severity, true AS opens,
      jsonb_build_object('hold', h.id, 'status', h.status, 'band', {_by_band("name")}) AS detail
    FROM hold h JOIN charging_session c ON c.id = h.charging_session_id
    WHERE h.status IN ({OPEN}) AND @one(h.charging_session_id) AND {_LEFT} <= {_SOON}
      AND NOT EXISTS (SELECT 1 FROM payment_operation o WHERE o.hold_id = h.id AND o.kind = 'capture'
        AND o.state IN ({CALLING}))""",  # noqa: S608 - our own words
)
"""One finding that grows with the bands; a capture under way has its own alarm (``capture_at_risk``)."""

OPERATION_WITHOUT_END = SqlRule(
    rules.OPERATION_WITHOUT_END,
    f"""(SELECT o.charging_session_id FROM payment_operation o WHERE o.state IN ({CALLING})
      UNION ALL SELECT p.charging_session_id FROM payin_operation o JOIN payin p ON p.id = o.payin_id
        WHERE o.state IN ({CALLING})
      UNION ALL SELECT NULL FROM wallet_payout w WHERE w.state IN ({CALLING})) o
    WHERE @one(o.charging_session_id)""",  # noqa: S608 - our own words
    f"""SELECT o.subject, max(o.charging_session_id) AS charging_session_id, max(c.partner_id) AS partner_id,
      CASE WHEN count(*) = 1 THEN max(o.amount_minor) END AS amount_minor,
      CASE WHEN count(*) = 1 AND max(o.amount_minor) IS NOT NULL THEN max(coalesce(o.currency, c.currency)) END
        AS currency,
      NULL::timestamptz AS due_at, 'breach' AS severity, min(o.created_at) <= :cut_off - :operation AS opens,
      jsonb_build_object('calls', jsonb_agg(jsonb_build_object('id', o.id, 'kind', o.kind, 'state', o.state)
        ORDER BY o.created_at, o.id)) AS detail
    FROM (
      SELECT id, kind, state, amount_minor, NULL AS currency, created_at, charging_session_id AS subject,
        charging_session_id
      FROM payment_operation WHERE state IN ({CALLING})
      UNION ALL SELECT o.id, o.kind, o.state, p.amount_minor, p.currency, o.created_at, p.id, p.charging_session_id
      FROM payin_operation o JOIN payin p ON p.id = o.payin_id WHERE o.state IN ({CALLING})
      UNION ALL SELECT id, 'wallet_payout', state, amount_minor, currency, created_at, id, NULL
      FROM wallet_payout WHERE state IN ({CALLING})
    ) o LEFT JOIN charging_session c ON c.id = o.charging_session_id
    WHERE @one(o.charging_session_id) GROUP BY o.subject""",  # noqa: S608 - our own words
)

SESSION_WITHOUT_HOLD = SqlRule(
    rules.SESSION_WITHOUT_HOLD,
    "charging_session c WHERE c.partner_session_key IS NOT NULL AND @charge(c.id)",
    """SELECT c.id AS subject, c.id AS charging_session_id, c.partner_id, (c.running->>'total_minor')::bigint
      AS amount_minor, c.currency, NULL::timestamptz AS due_at, 'breach' AS severity,
      c.created_at <= :cut_off - :settled AS opens,
      jsonb_build_object('session', c.partner_session_key, 'hold', h.id, 'hold_status', h.status) AS detail
    FROM charging_session c LEFT JOIN hold h ON h.charging_session_id = c.id
    WHERE c.partner_session_key IS NOT NULL AND @charge(c.id)
      AND c.status NOT IN ('settled', 'needs_finance', 'start_failed', 'abandoned', 'declined')
      AND (h.id IS NULL OR h.status = 'declined' OR (h.status IN ('released', 'expired')
        AND c.status IN ('charging', 'stop_requested', 'stop_accepted', 'idle')))""",
)

RULES = (HOLD_NEAR_EXPIRY, HOLD_OPEN, OPERATION_WITHOUT_END, SESSION_WITHOUT_HOLD)
