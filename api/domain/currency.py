"""Which currency people pay in where: for a charger whose operator published no price to read it from.

Does not live here: money itself (``money``), how much is held in a currency (``pricing/hold_rule``).
"""

from typing import Final

EURO: Final = "EUR"
"""Where we know no other one: chargers whose operators publish no price are European, as far as anybody has seen."""

_ELSEWHERE: Final = {
    "ALB": "ALL", "ARE": "AED", "AUS": "AUD", "BHR": "BHD", "BIH": "BAM", "BRA": "BRL", "CAN": "CAD", "CHE": "CHF",
    "CZE": "CZK", "DNK": "DKK", "GBR": "GBP", "GEO": "GEL", "HKG": "HKD", "HUN": "HUF", "IND": "INR", "ISL": "ISK",
    "ISR": "ILS", "JOR": "JOD", "JPN": "JPY", "KOR": "KRW", "KWT": "KWD", "LIE": "CHF", "MAR": "MAD", "MDA": "MDL",
    "MEX": "MXN", "MKD": "MKD", "MYS": "MYR", "NOR": "NOK", "NZL": "NZD", "OMN": "OMR", "POL": "PLN", "QAT": "QAR",
    "ROU": "RON", "SAU": "SAR", "SGP": "SGD", "SRB": "RSD", "SWE": "SEK", "THA": "THB", "TUN": "TND", "TUR": "TRY",
    "UKR": "UAH", "USA": "USD", "ZAF": "ZAR",
}  # fmt: skip


def currency_of(country: str) -> str:
    """Return the currency of a country (ISO 3166 alpha-3, as locations have it); the euro for all we do not know."""
    return _ELSEWHERE.get(country.upper(), EURO)
