"""Help at a price: the tax inside, what agreeing takes, and that its postings always cancel out."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.domain.finance.accounts import Account
from api.domain.finance.ledger import assert_balanced, help_paid, help_refunded
from api.domain.language import LANGUAGES
from api.domain.money import Money
from api.domain.support.billable import (
    TEXT_VERSION,
    Consent,
    HelpConsentDiffers,
    HelpNotBillable,
    OfferState,
    check_consent,
    price_of_help,
    state_at,
    tax_inside,
    text_of_consent,
)

RATES = st.sampled_from([Decimal(0), Decimal("8.1"), Decimal(19), Decimal("25.5")])


@given(minor=st.integers(1, 10_000_000), percent=RATES)
def test_what_is_paid_and_given_back_cancels_out(minor: int, percent: Decimal) -> None:
    """Both journals balance, tell net and tax apart to the cent, and leave nothing together."""
    price = price_of_help({"EUR": minor}, "EUR", percent)
    paid, back = help_paid("drv_1", price.gross, price.vat), help_refunded("drv_1", price.gross, price.vat)
    assert_balanced(paid)
    assert_balanced(back)
    sides = {each.account: each.amount.minor for each in paid}
    assert sides[Account.PREPAID] == minor
    assert -sides.get(Account.REVENUE, 0) == price.net.minor
    assert -sides.get(Account.VAT, 0) == price.vat.minor
    assert {each.account for each in paid} <= {Account.PREPAID, Account.REVENUE, Account.VAT}
    for account in sides:
        assert sum(each.amount.minor for each in (*paid, *back) if each.account is account) == 0


@pytest.mark.parametrize(
    ("gross", "percent", "vat"),
    [(1900, "19", 303), (1190, "19", 190), (100, "0", 0), (1, "25.5", 0), (3, "25", 1), (5000, "8.1", 375)],
)
def test_the_tax_is_inside_the_price(gross: int, percent: str, vat: int) -> None:
    """What is shown is what is paid: the tax is taken out of it, rounded half up, and never put on top."""
    assert tax_inside(Money(gross, "EUR"), Decimal(percent)) == Money(vat, "EUR")


@pytest.mark.capability("EP10")
@pytest.mark.parametrize(("prices", "percent", "reason"), [({}, 19, "off"), ({"EUR": 1900}, None, "vat_unknown")])
def test_without_price_or_rate_nothing_is_billable(prices: dict[str, int], percent: int | None, reason: str) -> None:
    """No price is the standard, and a tax that nobody knows is not guessed."""
    with pytest.raises(HelpNotBillable) as refused:
        price_of_help(prices, "EUR", None if percent is None else Decimal(percent))
    assert refused.value.facts == {"reason": reason}


@pytest.mark.capability("EP10")
@pytest.mark.parametrize(
    "given_",
    [
        Consent(1899, "EUR", TEXT_VERSION),
        Consent(1901, "EUR", TEXT_VERSION),
        Consent(1900, "CHF", TEXT_VERSION),
        Consent(1900, "EUR", "2020-01"),
    ],
)
def test_a_consent_is_to_the_cent(given_: Consent) -> None:
    """A cent, a currency or a text apart is no consent; the very offer is one."""
    price = Money(1900, "EUR")
    with pytest.raises(HelpConsentDiffers):
        check_consent(given_, price, TEXT_VERSION)
    check_consent(Consent(1900, "EUR", TEXT_VERSION), price, TEXT_VERSION)


def test_an_open_offer_lapses_and_an_answered_one_does_not() -> None:
    """From its last moment on it is over; what was answered stays what it is."""
    end = datetime(2026, 11, 26, tzinfo=UTC)
    assert state_at("offered", end, end - timedelta(seconds=1)) is OfferState.OFFERED
    assert state_at("offered", end, end) is OfferState.LAPSED
    assert state_at("accepted", end, end) is OfferState.ACCEPTED


def test_the_text_is_there_in_every_language() -> None:
    """Nobody agrees to words of another language that we write in."""
    found = {text_of_consent(TEXT_VERSION, language) for language in LANGUAGES}
    assert {language for _, language in found} == set(LANGUAGES)
    assert len({words for words, _ in found}) == len(LANGUAGES)
