"""Wallets in the books: a driver's prepaid money is what went in without what was spent and paid back."""

from sqlmodel.ext.asyncio.session import AsyncSession

from api.services.finance.verify_checks import SIDES, SqlCheck, Verdict

_MOVEMENTS = SqlCheck(
    "wallet_movements",
    "wallets move by top-ups, charges, what was owed for them, help that was agreed to, and refunds only",
    "ledger_account WHERE name = 'prepaid'",
    f"""SELECT s.kind, s.cause_type, s.cause_id AS cause, s.owner AS driver, s.currency, sum(s.amount_minor) AS amount
    FROM {SIDES} s WHERE s.account = 'prepaid' AND s.kind NOT IN ('topped_up', 'top_up_returned', 'prepaid_reserved',
      'prepaid_unreserved', 'prepaid_spent', 'prepaid_refunded', 'receivable_paid', 'refunded', 'reversed',
      'help_paid', 'help_refunded')
    GROUP BY 1, 2, 3, 4, 5 HAVING sum(s.amount_minor) <> 0""",  # noqa: S608 - our own constants
)

_RESERVES = SqlCheck(
    "wallet_reserves",
    "what running charges reserve of a wallet is never negative, and its two sides agree",
    "ledger_account WHERE name = 'prepaid_reserved'",
    f"""SELECT s.owner AS driver, s.currency,
      coalesce(sum(s.amount_minor) FILTER (WHERE s.account = 'prepaid'), 0) AS reserved,
      coalesce(-sum(s.amount_minor) FILTER (WHERE s.account = 'prepaid_reserved'), 0) AS counterpart
    FROM {SIDES} s WHERE s.layer = 'pending' AND s.account IN ('prepaid', 'prepaid_reserved')
    GROUP BY s.owner, s.currency HAVING sum(s.amount_minor) <> 0
      OR coalesce(sum(s.amount_minor) FILTER (WHERE s.account = 'prepaid'), 0) < 0""",  # noqa: S608 - as above
)


_TOP_UPS = SqlCheck(
    "wallet_top_ups",
    "what went into a driver's wallets and back to cards is what payments and their refunds say",
    "payin WHERE purpose = 'top_up'",
    f"""SELECT driver, currency, sum(booked) AS booked, sum(due) AS due FROM (
      SELECT s.owner AS driver, s.currency, -s.amount_minor AS booked, 0 AS due FROM {SIDES} s
        WHERE s.account = 'prepaid' AND s.layer = 'posted' AND (s.kind IN ('topped_up', 'top_up_returned')
          OR (s.kind = 'reversed' AND s.cause_type = 'wallet_payout'))
      UNION ALL SELECT driver_id, currency, 0, received_minor FROM payin
        WHERE purpose = 'top_up' AND status = 'succeeded'
      UNION ALL SELECT driver_id, currency, 0, -amount_minor FROM wallet_payout
        WHERE status IN ('pending', 'succeeded')
    ) m GROUP BY driver, currency HAVING sum(booked) <> sum(due)""",  # noqa: S608 - as above
)


_KEPT_BACK = SqlCheck(
    "wallets_kept_back",
    "a wallet keeps back what a bank or somebody by hand took back of its top-ups, as it is booked there",
    "wallet",
    f"""SELECT coalesce(k.cause_type, g.cause_type) AS cause_type, coalesce(k.cause_id, g.cause_id) AS cause,
      coalesce(k.kept, 0) AS kept, coalesce(g.gone, 0) AS gone
    FROM (SELECT s.cause_type, s.cause_id, sum(s.amount_minor) AS kept FROM {SIDES} s WHERE s.account = 'prepaid'
        AND s.layer = 'pending' AND s.cause_type NOT IN ('hold', 'wallet_payout') GROUP BY 1, 2) k
      FULL JOIN (SELECT s.cause_type, s.cause_id, sum(s.amount_minor) AS gone FROM {SIDES} s
        WHERE s.account = 'disputes' AND s.charging_session_id IS NULL AND s.cause_type = 'dispute_event'
        OR s.account = 'suspense' AND s.kind = 'suspended' AND s.cause_type IN ('refund', 'refund_failed')
        GROUP BY 1, 2) g ON g.cause_type = k.cause_type AND g.cause_id = k.cause_id
    WHERE coalesce(k.kept, 0) <> coalesce(g.gone, 0)""",  # noqa: S608 - as above
)

_PAYOUT_RESERVES = SqlCheck(
    "wallet_payouts_reserved",
    "a refund of a wallet reserves its money until it has left or failed, and nothing unknown reserves any",
    "wallet_payout",
    f"""SELECT coalesce(p.id, b.cause_id) AS payout, coalesce(b.reserved, 0) AS reserved,
      CASE WHEN p.status = 'requested' THEN p.amount_minor ELSE 0 END AS due
    FROM wallet_payout p FULL JOIN (SELECT cause_id, sum(amount_minor) AS reserved FROM {SIDES} s
      WHERE s.account = 'prepaid' AND s.layer = 'pending' AND s.cause_type = 'wallet_payout' GROUP BY 1) b
      ON b.cause_id = p.id
    WHERE coalesce(b.reserved, 0) <> CASE WHEN p.status = 'requested' THEN p.amount_minor ELSE 0 END
    UNION ALL SELECT s.cause_id, sum(s.amount_minor), 0 FROM {SIDES} s WHERE s.account = 'prepaid'
      AND s.layer = 'pending' AND s.cause_type = 'hold' AND NOT EXISTS (SELECT 1 FROM hold h WHERE h.id = s.cause_id)
    GROUP BY 1 HAVING sum(s.amount_minor) <> 0""",  # noqa: S608 - as above
)


_HELP = SqlCheck(
    "help_paid",
    "help that a driver agreed to pay for is booked once with its tax, on a receipt, or given back whole on a note",
    "help_offer WHERE state IN ('accepted', 'refunded')",
    f"""SELECT coalesce(o.id, b.cause_id) AS offer, coalesce(b.driver, o.driver_id) AS driver,
      coalesce(b.paid, 0) AS paid, CASE WHEN o.state = 'accepted' THEN o.amount_minor ELSE 0 END AS due,
      coalesce(b.vat, 0) AS vat, CASE WHEN o.state = 'accepted' THEN o.vat_minor ELSE 0 END AS vat_due
    FROM help_offer o FULL JOIN (SELECT s.cause_id, s.currency, min(s.owner) FILTER (WHERE s.account = 'prepaid')
        AS driver, sum(s.amount_minor) FILTER (WHERE s.account = 'prepaid') AS paid,
        -sum(s.amount_minor) FILTER (WHERE s.account = 'vat') AS vat,
        -sum(s.amount_minor) FILTER (WHERE s.account = 'revenue') AS net
      FROM {SIDES} s WHERE s.kind IN ('help_paid', 'help_refunded') GROUP BY 1, 2) b
      ON b.cause_id = o.id AND b.currency = o.currency
      LEFT JOIN receipt r ON r.id = o.receipt_id LEFT JOIN receipt n ON n.id = o.credit_note_id
    WHERE o.id IS NULL OR b.driver <> o.driver_id
      OR coalesce(b.paid, 0) <> CASE WHEN o.state = 'accepted' THEN o.amount_minor ELSE 0 END
      OR coalesce(b.vat, 0) <> CASE WHEN o.state = 'accepted' THEN o.vat_minor ELSE 0 END
      OR coalesce(b.net, 0) <> CASE WHEN o.state = 'accepted' THEN o.amount_minor - o.vat_minor ELSE 0 END
      OR (o.state IN ('accepted', 'refunded') AND r.total_minor IS DISTINCT FROM o.amount_minor)
      OR (o.state IN ('accepted', 'refunded')
        AND (o.consent->>'amount_minor')::bigint IS DISTINCT FROM o.amount_minor)
      OR (o.state = 'refunded' AND n.total_minor IS DISTINCT FROM o.amount_minor)""",  # noqa: S608 - as above
)


async def check_wallets(db: AsyncSession) -> list[Verdict]:
    """Look at every wallet's account."""
    return [await check.run(db) for check in (_MOVEMENTS, _RESERVES, _TOP_UPS, _KEPT_BACK, _PAYOUT_RESERVES, _HELP)]
