"""The lists that are read off the books: the journal line by line, wallets, and what a month's close wrote down."""

from api.domain.finance.accounts import Account, JournalKind
from api.services.closing.listing import Column, Kind, Listing

M, T = Kind.MONEY, Kind.MOMENT

JOURNAL = Listing(
    name="journal",
    title="Journal",
    columns=(
        Column("entry_id"), Column("journal_id"), Column("period"), Column("occurred_at", T), Column("kind"),
        Column("cause_type"), Column("cause_id"), Column("charging_session_id"), Column("account"), Column("owner"),
        Column("layer"), Column("currency"), Column("debit", M), Column("credit", M), Column("reverses_id"),
        Column("reason"), Column("created_by"),
    ),
    base="""SELECT e.id AS entry_id, j.id AS journal_id, j.period, j.occurred_at, j.kind, j.cause_type, j.cause_id,
      j.charging_session_id, a.name AS account, a.owner, e.layer, e.currency,
      CASE WHEN e.amount_minor > 0 THEN e.amount_minor END AS debit,
      CASE WHEN e.amount_minor < 0 THEN -e.amount_minor END AS credit, j.reverses_id, j.reason, j.created_by,
      j.occurred_at AS sort_at, j.id || '/' || lpad(e.id::text, 12, '0') AS sort_id
    FROM journal j JOIN ledger_entry e ON e.journal_id = j.id JOIN ledger_account a ON a.id = e.account_id
    WHERE {where}""",
    conditions={
        "period": "j.period = :period",
        "since": "j.occurred_at >= :since",
        "until": "j.occurred_at < :until",
        "currency": "e.currency = :currency",
        "state": "e.layer = :state",
        "kind": "j.kind = :kind",
        "account": "a.name = :account",
        "partner_id": "a.owner = :partner_id",
        "driver_id": "a.owner = :driver_id",
        "charge": "j.charging_session_id = :charge",
        "search": "(j.id = :search OR j.cause_id = :search)",
    },
    is_newest_first=False,
    choices={
        "state": ("posted", "pending"),
        "kind": tuple(kind.value for kind in JournalKind),
        "account": tuple(account.value for account in Account),
    },
)  # fmt: skip

DORMANT_MONTHS = 12
_SUMS = """SELECT sum(e.amount_minor) FILTER (WHERE e.layer = 'posted') AS posted,
      sum(e.amount_minor) FILTER (WHERE e.layer = 'pending') AS reserved, max(j.occurred_at) AS moved_at
      FROM ledger_entry e JOIN journal j ON j.id = e.journal_id
      WHERE e.account_id = 'prepaid:' || w.driver_id || ':' || w.currency"""

WALLETS = Listing(
    name="wallets",
    title="Wallets",
    columns=(
        Column("driver_id"), Column("email"), Column("currency"), Column("balance", M), Column("reserved", M),
        Column("available", M), Column("state"), Column("moved_at", T), Column("created_at", T),
    ),
    base=f"""SELECT * FROM (SELECT w.driver_id, left(d.email, 1) || '***@' || split_part(d.email, '@', 2) AS email,
      w.currency, -coalesce(s.posted, 0) AS balance, coalesce(s.reserved, 0) AS reserved,
      -coalesce(s.posted, 0) - coalesce(s.reserved, 0) AS available,
      CASE WHEN w.blocked THEN 'blocked' WHEN coalesce(s.posted, 0) > 0 THEN 'negative'
        WHEN coalesce(s.posted, 0) < 0 AND s.moved_at < now() - interval '{DORMANT_MONTHS} months' THEN 'dormant'
        ELSE 'fine' END AS state,
      s.moved_at, w.created_at, w.created_at AS sort_at, w.driver_id || '/' || w.currency AS sort_id
    FROM wallet w JOIN driver d ON d.id = w.driver_id LEFT JOIN LATERAL ({_SUMS}) s ON true) AS wallets
    WHERE {{where}}""",  # noqa: S608 - our own constants
    conditions={
        "currency": "wallets.currency = :currency",
        "state": "wallets.state = :state",
        "driver_id": "wallets.driver_id = :driver_id",
        "since": "wallets.created_at >= :since",
        "until": "wallets.created_at < :until",
        "search": "wallets.driver_id = :search",
    },
    choices={"state": ("fine", "negative", "dormant", "blocked")},
)  # fmt: skip

CUT_OFF = Listing(
    name="cut-off",
    title="Cut-off list",
    columns=(
        Column("item_id"), Column("period"), Column("kind"), Column("subject_id"), Column("charging_session_id"),
        Column("partner_id"), Column("currency"), Column("amount", M), Column("estimated"), Column("since", T),
        Column("detail"),
    ),
    base="""SELECT i.id AS item_id, i.period, i.kind, i.subject_id, i.charging_session_id, i.partner_id, i.currency,
      i.amount_minor AS amount, CASE WHEN i.estimated THEN 'yes' ELSE 'no' END AS estimated, i.since, i.detail,
      i.since AS sort_at, lpad(i.id::text, 12, '0') AS sort_id
    FROM cut_off_item i WHERE {where}""",
    conditions={
        "period": "i.period = :period",
        "currency": "i.currency = :currency",
        "kind": "i.kind = :kind",
        "partner_id": "i.partner_id = :partner_id",
        "charge": "i.charging_session_id = :charge",
    },
    is_newest_first=False,
    choices={
        "kind": ("open_hold", "session_without_bill", "unsettled_cdr", "open_finding", "unapproved_request"),
    },
)  # fmt: skip

_ACCRUAL = """SELECT i.period, i.subject_id, i.charging_session_id, i.currency, i.estimated, i.amount_minor, i.id
      FROM cut_off_item i WHERE i.kind = 'session_without_bill' AND i.amount_minor <> 0"""
_ENDS = "(date_trunc('month', to_date(i.period || '-01', 'YYYY-MM-DD')) + interval '1 month')"

ACCRUALS = Listing(
    name="accruals",
    title="Accruals",
    columns=(
        Column("accrual_id"), Column("period"), Column("booking_day"), Column("entry"), Column("charging_session_id"),
        Column("debit_account"), Column("credit_account"), Column("currency"), Column("amount", M),
        Column("estimated"),
    ),
    base=f"""SELECT * FROM (
      SELECT 'acc-' || i.id AS accrual_id, i.period, to_char({_ENDS} - interval '1 day', 'YYYY-MM-DD') AS booking_day,
        'accrual' AS entry, i.charging_session_id, 'accrued_income' AS debit_account, 'revenue' AS credit_account,
        i.currency, i.amount_minor AS amount, CASE WHEN i.estimated THEN 'yes' ELSE 'no' END AS estimated,
        {_ENDS}::timestamptz - interval '1 day' AS sort_at, lpad(i.id::text, 12, '0') AS sort_id FROM ({_ACCRUAL}) i
      UNION ALL
      SELECT 'rev-' || i.id, i.period, to_char({_ENDS}, 'YYYY-MM-DD'), 'reversal', i.charging_session_id, 'revenue',
        'accrued_income', i.currency, i.amount_minor, CASE WHEN i.estimated THEN 'yes' ELSE 'no' END,
        {_ENDS}::timestamptz, lpad(i.id::text, 12, '0') FROM ({_ACCRUAL}) i) AS accruals
    WHERE {{where}}""",  # noqa: S608 - as above
    conditions={
        "period": "accruals.period = :period",
        "currency": "accruals.currency = :currency",
        "charge": "accruals.charging_session_id = :charge",
    },
    is_newest_first=False,
)  # fmt: skip
"""What an accountant books for sessions without a bill, and takes back on the first day of the next month."""
