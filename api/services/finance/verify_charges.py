"""Recomputing charges from their bills: what CDRs cost us, what was earned, and what drivers owe."""

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.money import to_minor_half_up
from api.services.charging.story import can_be_money
from api.services.finance.verify_checks import SIDES, Row, SqlCheck, Verdict, judge_each, minor

_CDRS = f"""
  SELECT c.key, c.partner_id, c.currency, c.total_cost, c.total_cost_with_taxes, b.cost, b.payable_to, b.currencies
  FROM cdr c LEFT JOIN (
    SELECT cause_id, sum(amount_minor) FILTER (WHERE account = 'roaming_cost') AS cost,
      min(owner) FILTER (WHERE account = 'cpo_payable') AS payable_to, string_agg(DISTINCT currency, ' ') AS currencies
    FROM {SIDES} s WHERE kind = 'partner_cost' AND cause_type = 'cdr' GROUP BY cause_id
  ) b ON b.cause_id = c.key
"""  # noqa: S608 - our own constants

_COSTS_WITHOUT_CDR = SqlCheck(
    "costs_have_cdrs",
    "no cost of a partner is booked without its CDR",
    "journal WHERE kind = 'partner_cost'",
    """SELECT j.id AS journal, j.cause_id AS cdr FROM journal j WHERE j.kind = 'partner_cost'
    AND NOT EXISTS (SELECT 1 FROM cdr c WHERE j.cause_type = 'cdr' AND c.key = j.cause_id)
    AND NOT EXISTS (SELECT 1 FROM journal r WHERE r.reverses_id = j.id)""",
)

_EARNED = "('revenue', 'vat', 'revenue_tax_unknown')"
_BOOKED = f"""
  SELECT s.charging_session_id AS id, s.currency,
    sum(amount_minor) FILTER (WHERE cause_type = 'hold' AND (kind = 'hold_captured'
      AND account IN ('psp_clearing', 'fleet_receivable')
      OR kind = 'prepaid_spent' AND account = 'prepaid')) AS captured,
    sum(amount_minor) FILTER (WHERE account = 'receivable') AS receivable,
    sum(amount_minor) FILTER (WHERE account = 'write_off') AS given_up,
    -sum(amount_minor) FILTER (WHERE account IN {_EARNED}) AS earned,
    -sum(amount_minor) FILTER (WHERE account = 'vat') AS vat,
    -sum(amount_minor) FILTER (WHERE account = 'revenue_tax_unknown') AS unknown
  FROM {SIDES} s WHERE layer = 'posted' AND (account IN ('receivable', 'revenue', 'vat', 'revenue_tax_unknown',
      'write_off')
    OR kind IN ('hold_captured', 'prepaid_spent')) AND s.charging_session_id IS NOT NULL
  GROUP BY 1, 2
"""  # noqa: S608 - as above


def _state(name: str) -> str:
    """Return the SQL for an amount that the machine remembers; nothing remembered is zero."""
    path = name.removeprefix("after_") if name.startswith("after_") else name
    where = f"c.state->'after'->'{path}'" if name.startswith("after_") else f"c.state->'{path}'"
    return f"coalesce(({where}->>'minor')::bigint, 0)"


_KEPT = (
    f"({_state('captured')} + {_state('after_paid')} - {_state('ordered_back')} - {_state('after_returned')}"  # noqa: S608 - made of names
    f" + {_state('receivable')} + least({_state('after_written_off')}, coalesce(b.given_up, 0))"
    " + coalesce((SELECT sum(r.amount_minor) FROM refund r WHERE r.charging_session_id = c.id"
    " AND r.accepted_at IS NULL), 0))"
)
"""What a charge earned as its machine sees it: taken and still owed, without what was ordered or given back.

A refund that the processor has not accepted yet, or that waits for a person, is ordered and not booked.
"""

_UNTOUCHED = "(jsonb_typeof(c.state->'after') IS DISTINCT FROM 'object' AND " + _state("ordered_back") + " = 0)"
"""Nothing moved beside the hold: income must be the bill itself."""


_PAID = (
    f"({_state('captured')} + {_state('after_paid')} - {_state('ordered_back')} + {_state('after_withheld')}"
    f" - {_state('after_repaid')} - {_state('after_returned')})"
)
_GIVEN_UP = (
    f"least({_state('after_written_off')},"
    f" greatest(greatest({_state('billed')} - {_state('after_credited')}, 0) - {_PAID}, 0))"
)
"""What of a settled charge stands as given up: no more than its bill leaves open beside what was paid."""

_TAKEN = SqlCheck(
    "charges_booked",
    "per charge, what is booked as captured and as receivable is what its machine says",
    "charging_session",
    f"""SELECT coalesce(c.id, b.id) AS charge, coalesce(c.currency, b.currency) AS currency,
      coalesce(b.captured, 0) AS captured, {_state("captured")} AS captured_due,
      coalesce(b.receivable, 0) AS receivable, {_state("receivable")} AS receivable_due
    FROM charging_session c FULL JOIN ({_BOOKED}) b ON b.id = c.id AND b.currency = c.currency
    WHERE coalesce(b.captured, 0) <> {_state("captured")} OR coalesce(b.receivable, 0) <> {_state("receivable")}
      OR coalesce(b.given_up, 0) NOT BETWEEN 0 AND {_state("after_written_off")}
      OR (c.status = 'settled' AND coalesce(b.given_up, 0) <> {_GIVEN_UP})""",  # noqa: S608 - as above
)

_DUE = f"CASE WHEN {_UNTOUCHED} THEN {_state('billed')} + {_state('excess')} ELSE {_KEPT} END"
_INCOME = SqlCheck(
    "income_is_the_bill",
    "per settled charge, income is its bill plus what is to go back, or what was kept of it; its tax is the bill's",
    "charging_session WHERE status = 'settled'",
    f"""SELECT c.id AS charge, c.currency, coalesce(b.earned, 0) AS earned, {_DUE} AS earned_due,
      coalesce(b.vat, 0) AS vat, (c.driver_price->>'vat_minor')::bigint AS vat_due,
      coalesce(b.unknown, 0) AS tax_unknown
    FROM charging_session c LEFT JOIN ({_BOOKED}) b ON b.id = c.id AND b.currency = c.currency
    WHERE c.status = 'settled' AND (coalesce(b.earned, 0) <> {_DUE}
      OR ({_UNTOUCHED} AND {_state("excess")} = 0 AND c.driver_price->>'vat_minor' IS NOT NULL
        AND (c.driver_price->>'total_minor')::bigint = {_state("billed")}
        AND (coalesce(b.vat, 0) <> (c.driver_price->>'vat_minor')::bigint OR coalesce(b.unknown, 0) <> 0)))""",  # noqa: S608 - as above
)

_OWED = SqlCheck(
    "receivables",
    "what the books say that a driver owes is the sum over the driver's charges",
    "ledger_account WHERE name = 'receivable'",
    f"""SELECT coalesce(b.owner, c.driver_id) AS driver, coalesce(b.currency, c.currency) AS currency,
      coalesce(b.total, 0) AS booked, coalesce(c.total, 0) AS charges
    FROM (SELECT owner, currency, sum(amount_minor) AS total FROM {SIDES} s WHERE account = 'receivable'
        GROUP BY 1, 2) b
      FULL JOIN (SELECT driver_id, currency, sum({_state("receivable")}) AS total FROM charging_session c
        GROUP BY 1, 2) c ON c.driver_id = b.owner AND c.currency = b.currency
    WHERE coalesce(b.total, 0) <> coalesce(c.total, 0)""",  # noqa: S608 - as above
)


async def check_charges(db: AsyncSession) -> list[Verdict]:
    """Compare the books with every CDR, every charge and every driver."""
    costs = Verdict("cdr_costs", "each CDR has its partner_cost journal, with its amount and partner")
    await judge_each(db, _CDRS, {"costs": costs}, lambda row, told: _judge_cost(row, told["costs"]))
    return [costs, *[await check.run(db) for check in (_COSTS_WITHOUT_CDR, _TAKEN, _INCOME, _OWED)]]


def _judge_cost(row: Row, verdict: Verdict) -> None:
    """Look at one CDR."""
    booked = minor(row["cost"])
    if not can_be_money(row["total_cost"], row["total_cost_with_taxes"]):
        verdict.differs(cdr=row["key"], booked=booked, due="its cost cannot be money")
        return
    due = to_minor_half_up(row["total_cost"], row["currency"]).minor
    elsewhere = booked and (row["payable_to"], row["currencies"]) != (row["partner_id"], row["currency"])
    if booked != due or elsewhere:
        verdict.differs(cdr=row["key"], currency=row["currency"], booked=booked, due=due, payable_to=row["payable_to"])
