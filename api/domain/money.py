"""Money: integer minor units with a currency, and every rounding to minor units there is.

Minor units are Stripe's (docs.stripe.com/currencies, zero-decimal, three-decimal and special cases): the same integer
is stored, posted to the ledger and sent to the processor. OCPI prices stay exact ``Decimal`` until they meet one of
the two named roundings below. Does not live here: prices per kWh or hour (``domain/pricing``), the ledger.
"""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from functools import lru_cache, total_ordering

from api.domain.errors import Invalid

ZERO_DECIMAL = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"}
)
THREE_DECIMAL = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
# These have no decimals in use, yet the processor wants them as if they had two.
WHOLE_UNITS_IN_HUNDREDTHS = frozenset({"ISK", "UGX"})


# The least that the processor charges, in minor units (docs.stripe.com/currencies, minimum charge amounts).
SMALLEST_CHARGES = {
    "AED": 200, "AUD": 50, "BGN": 100, "BRL": 50, "CAD": 50, "CHF": 50, "CZK": 1500, "DKK": 250, "EUR": 50, "GBP": 30,
    "HKD": 400, "HUF": 17500, "INR": 50, "JPY": 50, "MXN": 1000, "MYR": 200, "NOK": 300, "NZD": 50, "PLN": 200,
    "RON": 200, "SEK": 300, "SGD": 50, "THB": 1000, "USD": 50,
}  # fmt: skip


_ONE = Decimal(1)


class CurrencyMismatch(Invalid):
    """Two amounts of different currencies met where only one currency makes sense."""

    def __init__(self, left: str, right: str) -> None:
        """Name both currencies."""
        super().__init__("currency_mismatch", left=left, right=right)


class CurrencyInvalid(Invalid):
    """A currency code is not three upper-case letters (ISO 4217)."""

    def __init__(self, currency: str) -> None:
        """Name the code that was given."""
        super().__init__("currency_invalid", currency=currency)


@lru_cache(maxsize=1000)
def exponent(currency: str) -> int:
    """Return how many decimals a minor unit of ``currency`` stands for: 0, 2 or 3. Raises ``CurrencyInvalid``."""
    if not (len(currency) == 3 and currency.isascii() and currency.isalpha() and currency.isupper()):
        raise CurrencyInvalid(currency)
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def smallest_charge_minor(currency: str) -> int:
    """Return the step, in minor units, that an amount of ``currency`` must be a multiple of.

    The processor refuses fils and króna fractions: three-decimal amounts end in 0, ISK and UGX amounts in 00.
    """
    if currency in WHOLE_UNITS_IN_HUNDREDTHS:
        return 100
    return 10 if currency in THREE_DECIMAL else 1


@total_ordering
@dataclass(frozen=True, slots=True)
class Money:
    """An amount in ``minor`` units of ``currency`` (upper-case ISO 4217). Mixing raises ``CurrencyMismatch``."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        """Refuse anything but whole minor units and a well-formed currency."""
        if type(self.minor) is not int:
            raise TypeError(f"minor units are whole numbers, not {self.minor!r}")
        exponent(self.currency)

    @classmethod
    def zero(cls, currency: str) -> "Money":
        """Return nothing, in ``currency``."""
        return cls(0, currency)

    def to_decimal(self) -> Decimal:
        """Return the amount in major units, exactly and with the currency's own number of decimals."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def __add__(self, other: "Money") -> "Money":
        self._same_currency(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same_currency(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._same_currency(other)
        return self.minor < other.minor

    def _same_currency(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(self.currency, other.currency)


def to_minor_half_up(amount: Decimal, currency: str) -> Money:
    """Round an exact amount in major units to what is invoiced: the one rounding of a price, half away from zero.

    Reason: OCPI defines no rounding, so exact values are kept up to the invoice line and rounded once, commercially,
    as receipts and tax offices expect; rounding earlier would make the lines disagree with their sum.
    """
    return _to_minor(amount, currency, ROUND_HALF_UP)


def to_minor_ceiling(amount: Decimal, currency: str) -> Money:
    """Round an exact amount in major units up to the next chargeable amount, for holds.

    Reason: a hold is a bound on the later capture, and a hold one cent too small cannot be captured in full.
    """
    return _to_minor(amount, currency, ROUND_CEILING)


def format_money(money: Money) -> str:
    """Return ``12.34 EUR``: plain and unambiguous, for logs, tables and staff; apps format for the reader's locale."""
    return f"{money.to_decimal():f} {money.currency}"


def _to_minor(amount: Decimal, currency: str, rounding: str) -> Money:
    decimals, step = exponent(currency), smallest_charge_minor(currency)
    if not amount:
        return Money(0, currency)
    steps = amount.scaleb(decimals) if step == 1 else amount.scaleb(decimals) / step
    return Money(int(steps.quantize(_ONE, rounding=rounding)) * step, currency)
