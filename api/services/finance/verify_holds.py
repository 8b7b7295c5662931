"""Recomputing holds from their events: their totals, their journals, and what is still promised."""

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.state import HOLD_ENDED
from api.domain.finance.hold_totals import HoldTotals, fold
from api.domain.finance.payer import Psp
from api.services.finance.verify_checks import SIDES, Row, SqlCheck, Verdict, judge_each, minor

_HOLDS = f"""
  SELECT h.id, h.currency, h.psp, h.status, h.authorized_minor, h.captured_minor, h.released_minor, h.fee_minor,
    coalesce(e.kinds, '{{}}') AS kinds, coalesce(e.amounts, '{{}}') AS amounts,
    b.placed, b.ended, b.captured, b.fee, b.foreign_entries
  FROM hold h
    LEFT JOIN (
      SELECT hold_id, array_agg(kind ORDER BY id) AS kinds, array_agg(amount_minor ORDER BY id) AS amounts
      FROM hold_event GROUP BY hold_id
    ) e ON e.hold_id = h.id
    LEFT JOIN (
      SELECT s.cause_id,
        sum(s.amount_minor) FILTER (WHERE s.kind IN ('hold_placed', 'hold_extended') AND s.account = 'psp_holds'
          OR s.kind = 'prepaid_reserved' AND s.account = 'prepaid') AS placed,
        -sum(s.amount_minor) FILTER (WHERE s.kind = 'hold_ended' AND s.account = 'psp_holds'
          OR s.kind = 'prepaid_unreserved' AND s.account = 'prepaid') AS ended,
        sum(s.amount_minor) FILTER (WHERE s.kind = 'hold_captured' AND s.account IN ('psp_clearing', 'fleet_receivable')
          OR s.kind = 'prepaid_spent' AND s.account = 'prepaid') AS captured,
        sum(s.amount_minor) FILTER (WHERE s.kind = 'processor_fee' AND s.account = 'psp_fees') AS fee,
        count(*) FILTER (WHERE s.currency <> o.currency AND s.kind <> 'processor_fee') AS foreign_entries
      FROM {SIDES} s JOIN hold o ON o.id = s.cause_id WHERE s.cause_type = 'hold' GROUP BY s.cause_id
    ) b ON b.cause_id = h.id
"""  # noqa: S608 - our own constants

_WITHOUT_EVENT = SqlCheck(
    "journals_have_events",
    "no journal of a hold is without the event of that hold that it books",
    "journal WHERE cause_type = 'hold'",
    """SELECT j.id AS journal, j.kind, j.cause_id AS hold FROM journal j
      JOIN (VALUES ('hold_placed', ARRAY['place_succeeded']), ('hold_extended', ARRAY['extend_succeeded']),
        ('hold_captured', ARRAY['capture_succeeded']),
        ('hold_ended', ARRAY['capture_succeeded', 'release_succeeded', 'expired'])) AS k (kind, events)
        ON k.kind = j.kind
    WHERE j.cause_type <> 'payin' AND NOT EXISTS (SELECT 1 FROM hold_event e WHERE j.cause_type = 'hold'
        AND e.hold_id = split_part(j.cause_id, ':', 1) AND e.kind = ANY(k.events))
      AND NOT EXISTS (SELECT 1 FROM journal r WHERE r.reverses_id = j.id)""",
)

_ENDED = ", ".join(f"'{status}'" for status in sorted(HOLD_ENDED))
_PROMISED = f"""CASE WHEN h.status IN ({_ENDED}) THEN 0
  WHEN a.account IN ('psp_holds', 'prepaid') THEN h.authorized_minor ELSE -h.authorized_minor END"""
"""What a hold still promises on one of its two accounts, at the processor's or in a wallet."""

_PENDING = SqlCheck(
    "nothing_left_pending",
    "what is promised is what open holds promise, and nothing of a hold or charge that ended",
    "hold",
    f"""SELECT h.id AS subject, h.status, a.account, a.total AS booked, {_PROMISED} AS expected
    FROM hold h JOIN (SELECT cause_id, account, currency, sum(amount_minor) AS total FROM {SIDES} s
      WHERE layer = 'pending' AND cause_type = 'hold' GROUP BY 1, 2, 3) a ON a.cause_id = h.id
    WHERE a.total <> {_PROMISED}
    UNION ALL
    SELECT coalesce(s.charging_session_id, s.cause_id), c.status, s.account, sum(s.amount_minor), 0
    FROM {SIDES} s LEFT JOIN charging_session c ON c.id = s.charging_session_id
    WHERE s.layer = 'pending'
      AND s.cause_type NOT IN ('hold', 'wallet_payout', 'dispute_event', 'refund', 'refund_failed')
      AND (c.id IS NULL OR c.final_at IS NOT NULL)
    GROUP BY coalesce(s.charging_session_id, s.cause_id), c.status, s.account, s.currency
    HAVING sum(s.amount_minor) <> 0""",  # noqa: S608 - as above
)


async def check_holds(db: AsyncSession) -> list[Verdict]:
    """Fold every hold's events anew, and compare with what is stored on it and booked for it."""
    verdicts = {
        "totals": Verdict("hold_totals", "what is stored on a hold is the fold over its events"),
        "journals": Verdict("hold_journals", "each success of a hold has exactly its journals, with its amounts"),
    }
    judged = await judge_each(db, _HOLDS, verdicts, lambda row, told: _judge(row, told["totals"], told["journals"]))
    return [*judged, await _WITHOUT_EVENT.run(db), await _PENDING.run(db)]


def _judge(row: Row, totals: Verdict, journals: Verdict) -> None:
    """Look at one hold."""
    folded = fold(zip(row["kinds"], row["amounts"], strict=True))
    stored = HoldTotals(row["authorized_minor"], row["captured_minor"], row["released_minor"], row["status"])
    if stored != folded:
        totals.differs(hold=row["id"], stored=_told(stored), folded=_told(folded))
    ended = folded.status in HOLD_ENDED
    promised = 0 if row["psp"] == Psp.FLEET else folded.authorized  # a fleet reserves nothing
    expected = {
        "placed": promised,
        "ended": promised if ended else 0,
        "captured": folded.captured,
        "fee": row["fee_minor"] or 0,
    }
    booked = {name: minor(row[name]) for name in expected}
    if booked != expected or row["foreign_entries"]:
        off = {name: f"{booked[name]} booked, {due} due" for name, due in expected.items() if booked[name] != due}
        journals.differs(hold=row["id"], currency=row["currency"], **off or {"foreign": row["foreign_entries"]})


def _told(totals: HoldTotals) -> str:
    return f"{totals.status}: {totals.authorized} authorized, {totals.captured} captured, {totals.released} released"
