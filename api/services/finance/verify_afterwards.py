"""Recomputing what moved after a charge was paid: disputes, refunds that are still owed, and the processor's fees."""

from sqlmodel.ext.asyncio.session import AsyncSession

from api.services.finance.verify_checks import SIDES, SqlCheck, Verdict

_DISPUTES = SqlCheck(
    "disputes",
    "per dispute, what is booked as taken back and as its fee is what its newest event says, and so does its row",
    "dispute",
    f"""SELECT coalesce(d.id, b.dispute) AS dispute, coalesce(b.taken, 0) AS taken, e.withdrawn_minor AS taken_due,
      coalesce(b.fee, 0) AS fee, e.fee_minor AS fee_due
    FROM dispute d LEFT JOIN LATERAL (SELECT withdrawn_minor, fee_minor FROM dispute_event
        WHERE dispute_id = d.id ORDER BY id DESC LIMIT 1) e ON true
      FULL JOIN (SELECT coalesce(v.dispute_id, s.cause_id) AS dispute,
          sum(s.amount_minor) FILTER (WHERE s.account = 'disputes') AS taken,
          sum(s.amount_minor) FILTER (WHERE s.account = 'psp_fees') AS fee
        FROM {SIDES} s LEFT JOIN dispute_event v ON s.cause_type = 'dispute_event' AND v.id::text = s.cause_id
        WHERE s.account = 'disputes' OR (s.account = 'psp_fees' AND s.kind = 'dispute_fee') GROUP BY 1) b
      ON b.dispute = d.id
    WHERE coalesce(b.taken, 0) <> coalesce(e.withdrawn_minor, 0) OR coalesce(b.fee, 0) <> coalesce(e.fee_minor, 0)
      OR d.withdrawn_minor IS DISTINCT FROM e.withdrawn_minor OR d.fee_minor IS DISTINCT FROM e.fee_minor""",  # noqa: S608 - our own constants
)

_UNPAID = SqlCheck(
    "refunds_unpaid",
    "what is booked as still to be paid to a driver in another way is what refunds failed or were denied, less repaid",
    "refund",
    f"""SELECT coalesce(b.driver, r.driver) AS driver, coalesce(b.currency, r.currency) AS currency,
      coalesce(b.booked, 0) AS booked, coalesce(r.due, 0) AS due
    FROM (SELECT s.owner AS driver, s.currency, -sum(s.amount_minor) AS booked FROM {SIDES} s
        WHERE s.account = 'refunds_unpaid' GROUP BY 1, 2) b
      FULL JOIN (SELECT c.driver_id AS driver, f.currency, sum(f.amount_minor - f.repaid_minor) AS due
        FROM refund f JOIN charging_session c ON c.id = f.charging_session_id WHERE f.state IN ('failed', 'denied')
        GROUP BY 1, 2) r ON r.driver = b.driver AND r.currency = b.currency
    WHERE coalesce(b.booked, 0) <> coalesce(r.due, 0)""",  # noqa: S608 - as above
)

_FEES = SqlCheck(
    "fees",
    "a fee of a payment beside a hold is booked as it was told, and no fee is booked for a hold or payment we lack",
    "payin WHERE fee_minor IS NOT NULL",
    f"""SELECT coalesce(p.id, b.cause_id) AS subject, coalesce(b.fee, 0) AS booked, coalesce(p.fee_minor, 0) AS due
    FROM payin p FULL JOIN (SELECT s.cause_id, sum(s.amount_minor) AS fee FROM {SIDES} s
      WHERE s.account = 'psp_fees' AND s.kind = 'processor_fee' AND s.cause_type = 'payin' GROUP BY 1) b
      ON b.cause_id = p.id
    WHERE coalesce(b.fee, 0) <> coalesce(p.fee_minor, 0)
    UNION ALL SELECT s.cause_id, sum(s.amount_minor), 0 FROM {SIDES} s WHERE s.account = 'psp_fees'
      AND s.kind = 'processor_fee' AND s.cause_type = 'hold'
      AND NOT EXISTS (SELECT 1 FROM hold h WHERE h.id = s.cause_id)
    GROUP BY 1 HAVING sum(s.amount_minor) <> 0""",  # noqa: S608 - as above
)


async def check_afterwards(db: AsyncSession) -> list[Verdict]:
    """Compare the books with every dispute, with every refund that did not arrive, and with the fees that were told."""
    return [await check.run(db) for check in (_DISPUTES, _UNPAID, _FEES)]
