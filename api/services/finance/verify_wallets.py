"""Wallets in the books: a driver's prepaid money is what went in without what was spent and paid back."""

from sqlmodel.ext.asyncio.session import AsyncSession

from api.services.finance.verify_checks import SIDES, SqlCheck, Verdict

_MOVEMENTS = SqlCheck(
    "wallet_movements",
    "wallets move by top-ups, charges, what was owed for them, and refunds only",
    "ledger_account WHERE name = 'prepaid'",
    f"""SELECT s.kind, s.cause_type, s.cause_id AS cause, s.owner AS driver, s.currency, sum(s.amount_minor) AS amount
    FROM {SIDES} s WHERE s.account = 'prepaid' AND s.kind NOT IN ('topped_up', 'top_up_returned', 'prepaid_reserved',
      'prepaid_unreserved', 'prepaid_spent', 'prepaid_refunded', 'receivable_paid', 'refunded', 'reversed')
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


async def check_wallets(db: AsyncSession) -> list[Verdict]:
    """Look at every wallet's account."""
    return [await check.run(db) for check in (_MOVEMENTS, _RESERVES)]
