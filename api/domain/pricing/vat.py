"""Standard rates of value added tax in Europe, by country and day.

For the resale of a charge: where a partner states its own tax that one is passed on (``retail``). Special territories
(Canary Islands, Büsingen, Livigno and the like) are not told apart from their country; an installation that serves
them overrides the rate. Does not live here: reduced rates, which partners state where they apply.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final

KNOWN_FROM: Final = date(2020, 1, 1)
"""Where the table begins; what was before is unknown, not guessed."""

# Country, the rate on ``KNOWN_FROM``, then each change: first day and new rate.
_TABLE: Final = """
ALB 20|AUT 20|BEL 21|BGR 20|BIH 17|CHE 7.7 2024-01-01 8.1|CYP 19|CZE 21|DEU 19 2020-07-01 16 2021-01-01 19|DNK 25
ESP 21|EST 20 2024-01-01 22 2025-07-01 24|FIN 24 2024-09-01 25.5|FRA 20|GBR 20|GRC 24|HRV 25|HUN 27
IRL 23 2020-09-01 21 2021-03-01 23|ISL 24|ITA 22|LIE 7.7 2024-01-01 8.1|LTU 21|LUX 17 2023-01-01 16 2024-01-01 17
LVA 21|MCO 20|MKD 18|MLT 18|MNE 21|NLD 21|NOR 25|POL 23|PRT 23|ROU 19 2025-08-01 21|SRB 20
SVK 20 2025-01-01 23|SVN 22|SWE 25
"""


def _rates(words: list[str]) -> tuple[tuple[date, Decimal], ...]:
    """Return the changes of one country's rate, oldest first."""
    days = (KNOWN_FROM, *(date.fromisoformat(day) for day in words[1::2]))
    return tuple(zip(days, (Decimal(rate) for rate in words[::2]), strict=True))


_RATES: Final = {
    row.split()[0]: _rates(row.split()[1:]) for line in _TABLE.strip().splitlines() for row in line.split("|")
}


def vat_percent(country: str, on: date, overrides: Mapping[str, Decimal]) -> Decimal | None:
    """Return the standard rate in a country (ISO 3166 alpha-3, as locations have it) on a local day, in percent.

    ``overrides`` are the installation's own rates by country, whatever the day. ``None``: we do not know it.
    """
    code = country.upper()
    if code in overrides:
        return overrides[code]
    return next((rate for since, rate in reversed(_RATES.get(code, ())) if since <= on), None)
