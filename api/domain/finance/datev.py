"""The journal for DATEV: a header, and one line for each pair of accounts that money went between (EXTF 700).

Amounts are always positive with a comma; the S/H flag says on which side the first account (Konto) is. Encoding is
Windows-1252. One file has one currency and at most ``MOST_LINES`` lines. No tax key is written: tax is a line of its
own, so the revenue accounts must be ones that compute none (not "Automatikkonten").
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from api.domain.finance.accounts import Account
from api.domain.finance.datev_columns import COLUMNS, TEXT

MOST_LINES = 99_999
ENCODING = "cp1252"
_A = Account

CHARTS: Mapping[str, Mapping[Account, str]] = {
    "03": {
        _A.PSP_CLEARING: "1370", _A.BANK_TRANSIT: "1360", _A.PSP_FEES: "4970", _A.REVENUE: "8200",
        _A.REVENUE_TAX_UNKNOWN: "8205", _A.VAT: "1770", _A.ROAMING_COST: "3100", _A.CPO_PAYABLE: "1610",
        _A.RECEIVABLE: "1410", _A.FLEET_RECEIVABLE: "1411", _A.PREPAID: "1700", _A.REFUNDS_UNPAID: "1701",
        _A.DISPUTES: "2401", _A.WRITE_OFF: "2400", _A.SUSPENSE: "1590",
        _A.PSP_HOLDS: "9990", _A.DRIVER_HOLDS: "9991", _A.PREPAID_RESERVED: "9992",
    },
    "04": {
        _A.PSP_CLEARING: "1371", _A.BANK_TRANSIT: "1460", _A.PSP_FEES: "6855", _A.REVENUE: "4200",
        _A.REVENUE_TAX_UNKNOWN: "4205", _A.VAT: "3800", _A.ROAMING_COST: "5900", _A.CPO_PAYABLE: "3310",
        _A.RECEIVABLE: "1210", _A.FLEET_RECEIVABLE: "1211", _A.PREPAID: "3500", _A.REFUNDS_UNPAID: "3501",
        _A.DISPUTES: "6931", _A.WRITE_OFF: "6930", _A.SUSPENSE: "1370",
        _A.PSP_HOLDS: "9990", _A.DRIVER_HOLDS: "9991", _A.PREPAID_RESERVED: "9992",
    },
}  # fmt: skip
"""Where our accounts are in the standard charts; an accountant confirms or replaces them. Promises are not exported."""


@dataclass(frozen=True, slots=True)
class Pair:
    """An amount between two accounts of one journal; ``is_debit``: the first is debited."""

    amount: int
    first: str
    second: str
    is_debit: bool


def pairs_of(sides: Sequence[tuple[str, int]]) -> Iterator[Pair]:
    """Take a balanced journal apart into pairs of accounts, as few as it can be told with.

    The side with fewer entries comes first: one debit against three credits is three lines of the debited account.
    """
    debited = [account for account, amount in sides if amount > 0]
    credited = [account for account, amount in sides if amount < 0]
    first_is_debit = len(debited) <= len(credited)
    few, many = (debited, credited) if first_is_debit else (credited, debited)
    sign = 1 if first_is_debit else -1
    left = [sign * amount for _, amount in sides if sign * amount > 0]
    open_ = [-sign * amount for _, amount in sides if sign * amount < 0]
    for one, first in enumerate(few):
        for other, second in enumerate(many):
            amount = min(left[one], open_[other])
            if amount:
                left[one], open_[other] = left[one] - amount, open_[other] - amount
                yield Pair(amount, first, second, first_is_debit)


@dataclass(frozen=True, slots=True)
class Batch:
    """What the header says of a file."""

    created_at: datetime
    consultant: int
    client: int
    chart: str
    account_length: int
    year_begins: date
    first: date
    last: date
    name: str
    currency: str
    is_final: bool
    """The period is shut: DATEV may post it as fixed (Festschreibung)."""


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One booking of a file; ``amount`` in major units."""

    amount: Decimal
    is_debit: bool
    account: str
    contra: str
    day: date
    slip: str
    """Our id of the journal."""
    text: str
    subject: str
    """The charge it is about, if any."""


def header_lines(batch: Batch) -> str:
    """Return the first two lines: what the file is, and the names of the columns."""
    created = f"{batch.created_at:%Y%m%d%H%M%S}{batch.created_at.microsecond // 1000:03d}"
    fields = [
        _text("EXTF"), "700", "21", _text("Buchungsstapel"), "13", created, "", _text("RE"), _text(""), _text(""),
        str(batch.consultant), str(batch.client), f"{batch.year_begins:%Y%m%d}", str(batch.account_length),
        f"{batch.first:%Y%m%d}", f"{batch.last:%Y%m%d}", _text(batch.name[:30]), _text(""), "1", "0",
        str(int(batch.is_final)), _text(batch.currency), "", _text(""), "", "", _text(batch.chart), "", "", _text(""),
        _text(""),
    ]  # fmt: skip
    return f"{';'.join(fields)}\r\n{';'.join(COLUMNS)}\r\n"


def booking_line(batch: Batch, line: BatchLine) -> str:
    """Return one booking."""
    values = {
        1: f"{line.amount:.2f}".replace(".", ","),
        2: "S" if line.is_debit else "H",
        3: batch.currency,
        7: line.account,
        8: line.contra,
        10: f"{line.day:%d%m}",
        11: _slip(line.slip)[:36],
        14: _one_line(line.text)[:60],
        21: "Charge" if line.subject else "",
        22: _one_line(line.subject)[:210],
        114: str(int(batch.is_final)),
    }
    fields = [
        _text(values.get(place, "")) if place in TEXT else values.get(place, "") for place in range(1, len(COLUMNS) + 1)
    ]
    return f"{';'.join(fields)}\r\n"


def encoded(text: str) -> bytes:
    """Return text in the file's encoding; a letter that it does not have becomes a question mark."""
    return text.encode(ENCODING, errors="replace")


def fiscal_year_begin(first: date, month: int) -> date:
    """Return when the fiscal year of a day began."""
    return date(first.year if first.month >= month else first.year - 1, month, 1)


def _text(value: str) -> str:
    doubled = value.replace('"', '""')
    return f'"{doubled}"'


def _slip(value: str) -> str:
    """Return an id in the letters that a slip number may have."""
    return "".join(each if each.isascii() and (each.isalnum() or each in "$&%*+-/") else "-" for each in value)


def _one_line(value: str) -> str:
    return "".join(each if each.isprintable() else " " for each in value)
