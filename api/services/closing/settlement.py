"""Settlement with partners for a month: their CDRs and credits, what they invoiced, and what we earned on them.

A CDR belongs to the month in which it came, as its cost is booked then; so a month that is over does not change. An
invoice belongs to the month of its first CDR. Cost and revenue are those of the books.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.csv_text import csv_text
from api.domain.money import Money
from api.ports import Ports
from api.services.closing.periods import month_of
from api.services.finance.sql_money import minor_of

_CDRS = f"""
  SELECT d.partner_id, d.country_code, d.party_id, d.currency, count(*) FILTER (WHERE NOT d.credit) AS cdrs,
    coalesce(sum({minor_of("d.total_cost", "d.currency")}) FILTER (WHERE NOT d.credit), 0) AS billed,
    count(*) FILTER (WHERE d.credit) AS credits,
    coalesce(sum({minor_of("d.total_cost", "d.currency")}) FILTER (WHERE d.credit), 0) AS credited,
    coalesce(sum({minor_of("d.total_cost", "d.currency")}) FILTER (WHERE NOT EXISTS (SELECT 1 FROM invoiced_cdr i
      JOIN invoice_report r ON r.key = i.report_key AND r.deleted_at IS NULL WHERE i.partner_id = d.partner_id
        AND i.cdr_id = upper(d.id) AND (r.country_code, r.party_id) = (d.country_code, d.party_id))), 0) AS not_invoiced
  FROM cdr d WHERE d.received_at >= :starts_at AND d.received_at < :ends_at GROUP BY 1, 2, 3, 4
"""  # noqa: S608 - our own constants
_INVOICES = f"""
  SELECT r.partner_id, r.country_code, r.party_id, coalesce(r.stated_currency, s.key) AS currency,
    count(DISTINCT r.key) AS invoices, string_agg(DISTINCT r.invoice_id, ' ' ORDER BY r.invoice_id) AS invoice_ids,
    sum({minor_of("r.stated_amount", "r.stated_currency")}) AS stated,
    sum({minor_of("(s.value->>0)::numeric", "s.key")}) FILTER (WHERE r.stated_amount IS NOT NULL) AS computed,
    sum(jsonb_array_length(r.differences)) AS faults
  FROM invoice_report r LEFT JOIN LATERAL jsonb_each(r.sums) s ON s.key = coalesce(r.stated_currency, s.key)
    JOIN LATERAL (SELECT min(d.received_at) AS at FROM invoiced_cdr i JOIN cdr d ON d.partner_id = i.partner_id
      AND upper(d.id) = i.cdr_id AND (d.country_code, d.party_id) = (r.country_code, r.party_id)
      WHERE i.report_key = r.key) f ON f.at >= :starts_at AND f.at < :ends_at
  WHERE r.deleted_at IS NULL GROUP BY 1, 2, 3, 4
"""  # noqa: S608 - as above
_EARNED = """
  SELECT c.partner_id, c.country_code, c.party_id, e.currency,
    coalesce(sum(e.amount_minor) FILTER (WHERE a.name = 'roaming_cost'), 0) AS cost,
    coalesce(-sum(e.amount_minor) FILTER (WHERE a.name IN ('revenue', 'revenue_tax_unknown')), 0) AS revenue
  FROM journal j JOIN ledger_entry e ON e.journal_id = j.id AND e.layer = 'posted'
    JOIN ledger_account a ON a.id = e.account_id AND a.name IN ('roaming_cost', 'revenue', 'revenue_tax_unknown')
    JOIN charging_session c ON c.id = j.charging_session_id
  WHERE j.period = :period GROUP BY 1, 2, 3, 4
"""
_PARTNERS = text("SELECT id, name FROM partner WHERE id = ANY(:ids)")


@dataclass(frozen=True, slots=True)
class Settlement:
    """One party of one partner in one currency, in minor units before taxes."""

    partner_id: str
    partner: str
    party: str
    currency: str
    cdrs: int = 0
    billed: int = 0
    credits: int = 0
    credited: int = 0
    """Negative."""
    not_invoiced: int = 0
    """Of billed and credited: what no invoice lists yet."""
    invoices: int = 0
    invoice_ids: str = ""
    stated: int | None = None
    """What the invoices ask for, as staff read it there; None: nobody has."""
    computed: int | None = None
    """What their CDRs add up to."""
    faults: int = 0
    """Differences that the check of the invoices found."""
    cost: int = 0
    revenue: int = 0

    @property
    def net(self) -> int:
        """Return what the month's CDRs come to."""
        return self.billed + self.credited

    @property
    def difference(self) -> int | None:
        """Return how much more is asked than computed; None while nobody entered what is asked."""
        return None if self.stated is None else self.stated - (self.computed or 0)

    @property
    def margin(self) -> int:
        """Return what drivers' prices brought above the partner's cost."""
        return self.revenue - self.cost


async def partner_settlement(*, db: AsyncSession, ports: Ports, period: str) -> list[Settlement]:
    """Return the settlement of a month by partner, party and currency; raises MonthInvalid."""
    month = month_of(ports, period)
    times: dict[str, Any] = {"starts_at": month.starts_at, "ends_at": month.ends_at}
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for statement, values in ((_CDRS, times), (_INVOICES, times), (_EARNED, {"period": period})):
        for row in (await (await db.connection()).execute(text(statement), values)).mappings():
            key = (row["partner_id"], f"{row['country_code']}-{row['party_id']}", row["currency"] or "")
            figures = {name: value for name, value in row.items() if name not in _KEYS and value is not None}
            found.setdefault(key, {}).update({name: _whole(value) for name, value in figures.items()})
    ids = sorted({partner for partner, _, _ in found})
    names = {row.id: row.name for row in await (await db.connection()).execute(_PARTNERS, {"ids": ids})}
    return [
        Settlement(partner, names.get(partner, partner), party, currency, **figures)
        for (partner, party, currency), figures in sorted(found.items())
    ]


_KEYS = frozenset({"partner_id", "country_code", "party_id", "currency"})


def _whole(value: Any) -> Any:
    return value if isinstance(value, str) else int(value)


SETTLEMENT_COLUMNS = (
    "period", "partner_id", "partner", "party", "currency", "cdrs", "billed", "credits", "credited", "net",
    "not_invoiced", "invoices", "invoice_ids", "stated", "computed", "difference", "faults", "cost", "revenue",
    "margin",
)  # fmt: skip
_MONEY = frozenset(
    {"billed", "credited", "net", "not_invoiced", "stated", "computed", "difference", "cost", "revenue", "margin"}
)


def settlement_rows(period: str, rows: Iterable[Settlement]) -> list[list[Any]]:
    """Return settlements as rows of ``SETTLEMENT_COLUMNS``, money in major units."""
    return [[_shown(period, row, name) for name in SETTLEMENT_COLUMNS] for row in rows]


def settlement_csv(period: str, rows: Iterable[Settlement]) -> str:
    """Return settlements as CSV."""
    return csv_text([SETTLEMENT_COLUMNS, *settlement_rows(period, rows)], mask=True)


def _shown(period: str, row: Settlement, name: str) -> Any:
    if name == "period":
        return period
    value = getattr(row, name)
    if name in _MONEY and value is not None and row.currency:
        return Money(value, row.currency).to_decimal()
    return value
