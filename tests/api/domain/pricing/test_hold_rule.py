"""The rule of a charger: the EVSE's over the network's over the currency's, in amounts that make sense everywhere."""

from decimal import Decimal

import pytest

from api.domain.ids import PartyId
from api.domain.money import Money, smallest_charge_minor
from api.domain.pricing.hold_rule import (
    HoldRule,
    NoHoldForCurrency,
    hold_rule,
    minimum_charge,
    rounded_up,
    standard_hold,
)

ABC = PartyId("de", "abc")
BY_PARTY = {"DE-ABC": {"EUR": 8000}}
BY_EVSE = {"DE*ABC*E71*001": {"EUR": 12000, "CHF": 11000}}
# The processor's least amounts in major units (docs.stripe.com/currencies), checked early in 2026.
LEAST = {
    "AED": "2", "AUD": "0.50", "BGN": "1", "BRL": "0.50", "CAD": "0.50", "CHF": "0.50", "CZK": "15", "DKK": "2.50",
    "EUR": "0.50", "GBP": "0.30", "HKD": "4", "HUF": "175", "INR": "0.50", "JPY": "50", "MXN": "10", "MYR": "2",
    "NOK": "3", "NZD": "0.50", "PLN": "2", "RON": "2", "SEK": "3", "SGD": "0.50", "THB": "10", "USD": "0.50",
}  # fmt: skip


@pytest.mark.capability("CK10")
def test_evse_over_network_over_currency() -> None:
    """Two EVSEs with different rules give different holds; each falls back to the next wider rule (CK10)."""
    assert hold_rule("EUR", evse_id="de-abc-e71-001", party=ABC, by_evse=BY_EVSE, by_party=BY_PARTY).default_minor == (
        12000
    )
    assert hold_rule("EUR", evse_id="DE*ABC*E72", party=ABC, by_evse=BY_EVSE, by_party=BY_PARTY).default_minor == 8000
    other = PartyId("DE", "XYZ")
    assert hold_rule("EUR", evse_id=None, party=other, by_evse=BY_EVSE, by_party=BY_PARTY).default_minor == 5000
    assert hold_rule("EUR", party=other, defaults={"EUR": 6000}).default_minor == 6000


def test_a_rule_in_another_currency_is_none() -> None:
    """A network's rule in euro says nothing about its chargers that are priced in francs."""
    assert hold_rule("CHF", party=ABC, by_party=BY_PARTY).default_minor == 5000
    assert hold_rule("CHF", evse_id="DEABCE71001", party=ABC, by_evse=BY_EVSE).default_minor == 11000


def test_a_currency_without_a_rule_is_refused() -> None:
    """Fifty of an unknown currency may be nothing or a fortune, so nobody guesses; an installation can say."""
    with pytest.raises(NoHoldForCurrency):
        hold_rule("XTS")
    assert hold_rule("XTS", defaults={"XTS": 60_000}) == HoldRule("XTS", 60_000, 2000, 1000)


@pytest.mark.parametrize(
    ("currency", "default", "step"),
    [
        ("EUR", 5000, 100),
        ("HUF", 2_000_000, 20_000),
        ("CZK", 120_000, 2000),
        ("SEK", 55_000, 1000),
        ("JPY", 9000, 100),
        ("KWD", 18_000, 200),
        ("ISK", 750_000, 10_000),
    ],
)
def test_defaults_and_steps_are_friendly_in_every_currency(currency: str, default: int, step: int) -> None:
    """About fifty euro in the currency's own minor units, rounded as people round there."""
    assert hold_rule(currency) == HoldRule(currency, default, 2 * step, step)


@pytest.mark.parametrize("currency", sorted(LEAST))
def test_the_minimum_is_above_what_the_processor_takes(currency: str) -> None:
    """A hold of the minimum can be placed and captured in every currency that has a least amount."""
    rule = hold_rule(currency, defaults={currency: 1})
    assert Money(rule.min_minor, currency).to_decimal() > Decimal(LEAST[currency])
    assert rule.step_minor % smallest_charge_minor(currency) == 0
    assert standard_hold(currency) == rounded_up(Money(standard_hold(currency) or 0, currency), rule.step_minor).minor


def test_rounding_up_never_lowers() -> None:
    """To the next whole step, and a whole one stays."""
    assert [rounded_up(Money(minor, "EUR"), 100).minor for minor in (0, 1, 100, 101)] == [0, 100, 100, 200]


@pytest.mark.parametrize("currency", sorted(LEAST))
def test_a_bill_below_what_the_processor_takes_is_waived_in_every_currency(currency: str) -> None:
    """The minimum is the processor's own, in the currency's own minor units: 175 forint, not half of one."""
    assert minimum_charge(currency).to_decimal() == Decimal(LEAST[currency])


@pytest.mark.parametrize(
    ("currency", "minor"),
    [("KWD", 180), ("ISK", 7500), ("KRW", 850), ("TND", 1700), ("TRY", 2500), ("XTS", 1), ("UGX", 100)],
)
def test_a_currency_without_a_stated_minimum_has_a_chargeable_one(currency: str, minor: int) -> None:
    """About fifty cents, in steps that the processor takes; one step where nobody knows what the currency is worth."""
    assert minimum_charge(currency) == Money(minor, currency)
    assert minor % smallest_charge_minor(currency) == 0


def test_an_installation_may_waive_more_never_less() -> None:
    """A bill may be let go because it is not worth it; one that the processor refuses cannot be taken by a setting."""
    assert minimum_charge("EUR", {"EUR": 100}) == Money(100, "EUR")
    assert minimum_charge("EUR", {"EUR": 10}) == Money(50, "EUR")
    assert minimum_charge("KWD", {"KWD": 255}) == Money(260, "KWD")
    assert minimum_charge("CHF", {"EUR": 100}) == Money(50, "CHF")
