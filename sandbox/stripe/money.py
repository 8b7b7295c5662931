"""Currencies accepted and the smallest charge of each, in minor units.

Answers to https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts.
"""

from sandbox.stripe.errors import bad_parameter

SMALLEST_CHARGE = {
    "eur": 50, "chf": 50, "usd": 50, "gbp": 30, "sek": 300, "nok": 300, "dkk": 250, "czk": 1500, "huf": 17500,
    "pln": 200, "ron": 200, "bgn": 100, "jpy": 50, "cad": 50, "aud": 50, "isk": 100, "try": 50,
}  # fmt: skip

LARGEST_CHARGE = 99_999_999
"""Eight digits, whatever the currency."""


def check_charge_amount(amount: int, currency: str, *, param: str = "amount") -> None:
    """Refuse an amount no charge may have.

    Raises ``StripeFailure`` (400): not positive, below the currency's minimum, above eight digits, unknown currency.
    """
    if amount < 1:
        raise bad_parameter("The amount must be at least 1.", code="parameter_invalid_integer", param=param)
    if currency not in SMALLEST_CHARGE:
        raise bad_parameter(f"{currency!r} is not a currency of this sandbox.", param="currency")
    if amount < SMALLEST_CHARGE[currency]:
        raise bad_parameter("The amount is below the smallest charge.", code="amount_too_small", param=param)
    if amount > LARGEST_CHARGE:
        raise bad_parameter("The amount is above the largest charge.", code="amount_too_large", param=param)
