"""The rules of a wallet: who may start, how far a bill may go, when a driver is warned, what goes back where."""

import pytest

from api.domain.finance.wallet import (
    Level,
    Standing,
    WalletRules,
    affordable,
    level_of,
    shares_of,
    why_not,
    worse,
)
from api.domain.money import Money
from api.domain.pricing.hold_rule import NoHoldForCurrency


def francs(minor: int) -> Money:
    """Return an amount of Swiss francs."""
    return Money(minor, "CHF")


def standing(posted: int, reserved: int = 0) -> Standing:
    """Return what is in a wallet of francs."""
    return Standing(francs(posted), francs(reserved))


@pytest.mark.parametrize(
    ("posted", "reserved", "blocked", "reason"),
    [
        (5000, 0, False, None),
        (4999, 0, False, "wallet_too_low"),
        (9999, 5000, False, "wallet_too_low"),
        (10000, 5000, False, None),
        (-1, 0, False, "wallet_below_zero"),
        (9000, 0, True, "wallet_blocked"),
        (0, 0, False, "wallet_too_low"),
    ],
)
def test_a_start_needs_the_minimum_available(posted: int, reserved: int, blocked: bool, reason: str | None) -> None:
    """Exactly the minimum starts (EP01); what is reserved elsewhere does not count."""
    assert why_not(standing(posted, reserved), francs(5000), blocked=blocked) == reason


@pytest.mark.parametrize(
    ("posted", "reserved", "asked", "taken"),
    [(1000, 0, 500, 500), (1000, 0, 9000, 6000), (-5000, 0, 1, 0), (-6000, 0, 1, 0), (1000, 1000, 9000, 5000)],
)
def test_a_bill_may_take_a_wallet_down_to_its_floor(posted: int, reserved: int, asked: int, taken: int) -> None:
    """Never below -50.00, and what other charges reserved stays theirs."""
    assert affordable(standing(posted, reserved), francs(-5000), francs(asked)) == francs(taken)


def test_levels_and_what_is_told_of_them() -> None:
    """Only a crossing downwards is told; the limit itself is still fine."""
    assert [level_of(francs(each), francs(1000)) for each in (1000, 999, 0, -1)] == [
        Level.OK,
        Level.LOW,
        Level.LOW,
        Level.BELOW_ZERO,
    ]
    crossings = [(Level.LOW, Level.OK), (Level.BELOW_ZERO, Level.LOW), (Level.LOW, Level.LOW), (Level.OK, Level.LOW)]
    assert [worse(now, before) for now, before in crossings] == [True, True, False, False]


def test_shares_follow_the_order_and_leave_a_rest() -> None:
    """Newest first, at most what each has left; used-up ones are passed over."""
    sources = [("new", francs(300)), ("empty", francs(0)), ("old", francs(200))]
    assert shares_of(francs(400), sources) == ((("new", francs(300)), ("old", francs(100))), francs(0))
    assert shares_of(francs(600), sources) == ((("new", francs(300)), ("old", francs(200))), francs(100))
    assert shares_of(francs(0), sources) == ((), francs(0))


def test_limits_are_about_fifty_euro_unless_said_otherwise() -> None:
    """CHF 50.00 and EUR 50.00 to start; yen have no decimals; an unknown currency has no wallet."""
    rules = WalletRules(minimum={"SEK": 30000}, floor={"EUR": 0}, low={"EUR": 0})
    assert (rules.minimum_of("CHF"), rules.minimum_of("EUR").minor) == (francs(5000), 5000)
    assert (rules.minimum_of("SEK").minor, rules.minimum_of("JPY").minor) == (30000, 9000)
    assert (rules.floor_of("CHF"), rules.floor_of("EUR").minor) == (francs(-5000), 0)
    assert (rules.least_of("CHF"), rules.most_of("CHF")) == (francs(1000), francs(100_000))
    assert (rules.low_of("EUR", None).minor, rules.low_of("CHF", None), rules.low_of("CHF", 7)) == (
        0,
        francs(1000),
        francs(7),
    )
    with pytest.raises(NoHoldForCurrency):
        rules.minimum_of("XAF")
