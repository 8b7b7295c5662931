"""Which rule sizes a hold where nothing better is known: the EVSE's, else the network's, else the currency's own.

Does not live here: the estimate of a charge (``hold``), where the installation's rules come from (``api/settings/``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from api.domain.errors import Refused
from api.domain.ids import PartyId
from api.domain.money import SMALLEST_CHARGES, Money, exponent, smallest_charge_minor
from api.domain.visual_id import normalize

Holds = Mapping[str, Mapping[str, int]]
"""By EVSE id or party (``DE-ABC``), and then by currency: an amount in minor units."""

# About 50 euro each, in round amounts of major units; rates of early 2026. An installation may say otherwise.
_STANDARD: Final = {
    "AED": 200, "ALL": 5000, "AUD": 90, "BAM": 100, "BGN": 100, "BHD": 22, "BRL": 300, "CAD": 80, "CHF": 50,
    "CZK": 1200, "DKK": 375, "EUR": 50, "GBP": 45, "GEL": 150, "HKD": 450, "HUF": 20000, "ILS": 190, "INR": 5000,
    "ISK": 7500, "JOD": 40, "JPY": 9000, "KRW": 85000, "KWD": 18, "MAD": 550, "MDL": 1000, "MKD": 3000, "MXN": 1000,
    "MYR": 240, "NOK": 600, "NZD": 100, "OMR": 22, "PLN": 220, "QAR": 210, "RON": 250, "RSD": 6000, "SAR": 220,
    "SEK": 550, "SGD": 75, "THB": 1900, "TND": 170, "TRY": 2500, "UAH": 2500, "USD": 60, "ZAR": 1000,
}  # fmt: skip
_STEPS_IN_DEFAULT = 50
_STEPS_AT_LEAST = 2
_MINIMUMS_IN_DEFAULT = 100


class NoHoldForCurrency(Refused):
    """Nobody said how much to hold in this currency, and 50 of an unknown currency may be nothing or a fortune."""

    def __init__(self, currency: str) -> None:
        """Name the currency."""
        super().__init__("no_hold_for_currency", currency=currency)


@dataclass(frozen=True, slots=True)
class HoldRule:
    """The hold for a charger: ``default_minor`` when the charge cannot be estimated, and never less than the minimum.

    Estimates are rounded up to whole ``step_minor``, so that the driver reads a friendly amount. ``chosen`` says that
    somebody set the amount for this very charger or network: then it counts, whatever an estimate says.
    """

    currency: str
    default_minor: int = 5000
    min_minor: int = 0
    step_minor: int = 1
    chosen: bool = False


def hold_rule(
    currency: str,
    *,
    evse_id: str | None = None,
    party: PartyId | None = None,
    by_evse: Holds | None = None,
    by_party: Holds | None = None,
    defaults: Mapping[str, int] | None = None,
) -> HoldRule:
    """Return the rule for a charger, the nearest one that speaks of this currency. Raises ``NoHoldForCurrency``.

    EVSE ids are compared as they are typed: without case and separators. Step and minimum follow the currency, not
    the rule: about one euro, and two of them, which is above the least that the processor charges
    (docs.stripe.com/currencies, minimum amounts), also after it converts to another currency.
    """
    default = (defaults or {}).get(currency, standard_hold(currency))
    if default is None:
        raise NoHoldForCurrency(currency)
    step = max(_friendly(standard_hold(currency) or default), smallest_charge_minor(currency))
    evses = {normalize(name): amounts for name, amounts in (by_evse or {}).items()}
    parties = {name.upper(): amounts for name, amounts in (by_party or {}).items()}
    nearest = (evses.get(normalize(evse_id), {}) if evse_id else {}, parties.get(str(party), {}))
    chosen = next((amounts[currency] for amounts in nearest if currency in amounts), None)
    return HoldRule(currency, default if chosen is None else chosen, step * _STEPS_AT_LEAST, step, chosen is not None)


def standard_hold(currency: str) -> int | None:
    """Return about 50 euro in minor units of a currency, or ``None`` for a currency that is not in the table."""
    major = _STANDARD.get(currency)
    return None if major is None else major * 10 ** exponent(currency)


def minimum_charge(currency: str, chosen: Mapping[str, int] | None = None) -> Money:
    """Return the least that is charged in a currency: below it a bill is waived, because the processor would refuse it.

    ``chosen`` is what the installation says, never less than the processor's own minimum. Where the processor names
    none it asks for about 50 cents after conversion: a hundredth of the standard hold, in chargeable steps. In a
    currency that nobody knows, one step is the least that can be said.
    """
    step = smallest_charge_minor(currency)
    known = SMALLEST_CHARGES.get(currency, (standard_hold(currency) or step) // _MINIMUMS_IN_DEFAULT)
    least = Money(max(known, (chosen or {}).get(currency, 0), step), currency)
    return rounded_up(least, step)


def rounded_up(amount: Money, step_minor: int) -> Money:
    """Round up to whole steps: a hold is a bound on the later capture, and people read round amounts better."""
    return Money(-(-amount.minor // step_minor) * step_minor, amount.currency)


def _friendly(default_minor: int) -> int:
    """Return the largest 1, 2 or 5 with noughts that fits fifty times into a default: 1.00 EUR, 200 HUF, 10 SEK."""
    most = default_minor // _STEPS_IN_DEFAULT
    steps = [digit * 10**noughts for noughts in range(len(str(most))) for digit in (1, 2, 5)]
    return max((step for step in steps if step <= most), default=1)
