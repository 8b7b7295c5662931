"""The book of our own prices: which rule a charge gets, and which books are refused."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.domain.ids import PartyId
from api.domain.money import CurrencyInvalid, Money
from api.domain.pricing.retail import RetailRule
from api.domain.pricing.rulebook import (
    RetailTerms,
    RulesRefused,
    check_rules,
    choose_terms,
    resolved,
)
from tests.api.domain.pricing.make import START

D = Decimal
DAY = timedelta(days=1)
ABC, XYZ = PartyId("DE", "ABC"), PartyId("FR", "XYZ")


def terms(id_: str = "r", markup: int = 0, **fields: Any) -> RetailTerms:
    """Return a rule for everything, from the start on, for ever."""
    values: dict[str, Any] = {"starts_at": START, "markup_percent": D(markup), "id": id_}
    return RetailTerms(**(values | fields))


def chosen(rules: Sequence[RetailTerms], **fields: Any) -> str | None:
    """Return the id of the rule for a charge of tariff T1 of DE-ABC in Germany, in euro, a day after the start."""
    values: dict[str, Any] = {"party": ABC, "country": "DEU", "tariff_id": "T1", "currency": "EUR", "at": START + DAY}
    found = choose_terms(rules, **(values | fields))
    return None if found is None else found.id


BY_SCOPE = [
    terms("default"),
    terms("currency", currency="EUR"),
    terms("country", country="DEU"),
    terms("country and currency", country="DEU", currency="EUR"),
    terms("network", party=ABC),
    terms("network in the country", party=ABC, country="DEU"),
    terms("tariff", party=ABC, tariff_id="T1"),
    terms("tariff in the country", party=ABC, tariff_id="T1", country="DEU"),
]
"""Each more specific than the ones before it."""


@pytest.mark.parametrize("known", range(1, len(BY_SCOPE) + 1))
def test_the_most_specific_rule_is_chosen(known: int) -> None:
    """Tariff over network over country over currency over default, in whatever order the book is read."""
    rules = BY_SCOPE[:known]
    assert chosen(rules) == chosen(rules[::-1]) == rules[-1].id


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"tariff_id": "T2"}, "network in the country"),
        ({"tariff_id": None}, "network in the country"),
        ({"tariff_id": "t1"}, "tariff in the country"),
        ({"party": XYZ}, "country and currency"),
        ({"party": XYZ, "country": "CHE"}, "currency"),
        ({"party": XYZ, "country": "CHE", "currency": "CHF"}, "default"),
        ({"at": START}, "tariff in the country"),
        ({"at": START - timedelta(microseconds=1)}, None),
    ],
)
def test_a_rule_applies_within_its_scope_and_time_only(fields: dict[str, Any], rule: str | None) -> None:
    """Another tariff, network, country or currency, or a moment before the first rule; ids compare without case."""
    assert chosen(BY_SCOPE, **fields) == rule


def test_a_rule_counts_up_to_its_end() -> None:
    """The end is the first moment at which it does not; the next rule begins there."""
    rules = [terms("old", ends_at=START + DAY), terms("new", starts_at=START + DAY)]
    check_rules(rules)
    assert chosen(rules, at=START + DAY - timedelta(microseconds=1)) == "old"
    assert chosen(rules, at=START + DAY) == "new"


def test_of_equals_the_later_counts_then_the_greater_id() -> None:
    """A book with overlaps is refused, and would still be read in one way only."""
    rules = [terms("a", starts_at=START + DAY), terms("b", starts_at=START + DAY), terms("c")]
    assert {chosen(order) for order in itertools.permutations(rules)} == {"b"}


def test_what_a_rule_does_to_a_charge() -> None:
    """Its numbers with the tax of the place, a fee of nothing is no fee, and without a rule all is passed through."""
    rule = terms("r", 5, currency="EUR", session_fee_minor=35, minute_fee=D("0.01"), free_minutes=3)
    assert resolved(rule, vat_percent=D(19)) == RetailRule(D(5), Money(35, "EUR"), D("0.01"), 3, D(19), "r")
    assert resolved(terms("r", currency="EUR"), vat_percent=None) == RetailRule(rule_id="r")
    assert resolved(None, vat_percent=D(19)) == RetailRule(vat_percent=D(19))


# --- what is refused --------------------------------------------------------------------------------------------------

NAIVE = datetime(2026, 5, 4)  # noqa: DTZ001 - what is refused


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"starts_at": NAIVE}, "time_without_zone"),
        ({"ends_at": NAIVE}, "time_without_zone"),
        ({"ends_at": START - DAY}, "ends_before_start"),
        ({"markup_percent": D("-100.01")}, "markup_below_minus_100"),
        ({"markup_percent": D("NaN")}, "number_not_finite"),
        ({"minute_fee": D("Infinity"), "currency": "EUR"}, "number_not_finite"),
        ({"minute_fee": D("-0.01"), "currency": "EUR"}, "fee_negative"),
        ({"session_fee_minor": -1, "currency": "EUR"}, "fee_negative"),
        ({"session_fee_minor": 1}, "fee_without_currency"),
        ({"minute_fee": D("0.01"), "country": "DEU"}, "fee_without_currency"),
        ({"free_minutes": -1}, "free_minutes_negative"),
        ({"tariff_id": "T1"}, "tariff_without_party"),
        ({"country": "DE"}, "country_invalid"),
        ({"country": "deu"}, "country_invalid"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(fields: dict[str, Any], code: str) -> None:
    """With the reason and the rule's id."""
    with pytest.raises(RulesRefused) as refused:
        check_rules([terms("good", country="FRA"), terms("bad", **fields)])
    assert (refused.value.code, refused.value.facts) == (code, {"rule": "bad"})


def test_a_currency_that_is_none_is_refused() -> None:
    """Three capital letters, as everywhere."""
    with pytest.raises(CurrencyInvalid):
        check_rules([terms(currency="euro")])


@pytest.mark.parametrize("scope", [{}, {"country": "DEU"}, {"party": ABC}, {"party": ABC, "tariff_id": "T1"}])
def test_two_rules_of_one_scope_at_one_time_are_refused(scope: dict[str, Any]) -> None:
    """Which of them a driver pays would depend on a detail; one after the other is how a price changes."""
    old, new = terms("old", **scope), terms("new", starts_at=START + DAY, **scope)
    with pytest.raises(RulesRefused, match="rules_overlap"):
        check_rules([new, old])
    check_rules([new, replace(old, ends_at=START + DAY)])


def test_a_tariff_is_one_scope_however_it_is_spelled() -> None:
    """Partners' ids compare without case."""
    with pytest.raises(RulesRefused, match="rules_overlap"):
        check_rules([terms("a", party=ABC, tariff_id="T1"), terms("b", party=ABC, tariff_id="t1")])


def test_a_rule_withdrawn_before_it_began_is_in_nobodys_way() -> None:
    """It ends when it starts: no moment lies in it."""
    withdrawn = terms("w", 50, country="FRA", ends_at=START)
    check_rules([withdrawn, terms("x", country="FRA")])
    assert chosen([withdrawn], country="FRA", at=START) is None


# --- the same choice in any order -------------------------------------------------------------------------------------

moments = st.integers(0, 2).map(lambda days: START + days * DAY)
books = st.lists(
    st.builds(
        RetailTerms,
        starts_at=moments,
        ends_at=st.none() | moments,
        party=st.sampled_from([None, ABC]),
        country=st.sampled_from([None, "DEU", "FRA"]),
        tariff_id=st.sampled_from([None, "T1", "t1"]),
        currency=st.sampled_from([None, "EUR"]),
        markup_percent=st.sampled_from([D(0), D(5)]),
        id=st.uuids().map(str),
    ),
    max_size=5,
)


@settings(max_examples=100, deadline=None)
@given(books, st.randoms(use_true_random=False), moments)
def test_the_choice_does_not_depend_on_the_order_of_the_book(
    book: list[RetailTerms], chance: Any, at: datetime
) -> None:
    """A database returns rows as it likes."""
    shuffled = chance.sample(book, len(book))
    assert chosen(book, at=at) == chosen(shuffled, at=at)


@settings(max_examples=300, deadline=None)
@given(books)
def test_a_book_is_refused_exactly_when_a_markup_depends_on_the_place(book: list[RetailTerms]) -> None:
    """The check agrees with trying out every network, tariff and moment in every country and currency there is."""
    sound = [
        replace(rule, tariff_id=rule.tariff_id if rule.party else None)
        for rule in book
        if rule.ends_at is None or rule.ends_at >= rule.starts_at
    ]
    assert refusal_of(sound) in {"rules_overlap", "cross_border_markup" if depends_on_the_place(sound) else None}


def refusal_of(book: list[RetailTerms]) -> str | None:
    """Return the code with which a book is refused."""
    try:
        check_rules(book)
    except RulesRefused as refused:
        return refused.code
    return None


def depends_on_the_place(book: list[RetailTerms]) -> bool:
    """Try out everything; ``ITA``, ``SEK``, ``T9`` and the other network stand for all that no rule names."""
    for party, tariff, days in itertools.product((ABC, XYZ), ("T1", "T9"), range(3)):
        markups = set()
        for country, currency in itertools.product(("DEU", "FRA", "ITA"), ("EUR", "SEK")):
            at = START + days * DAY
            rule = choose_terms(book, party=party, country=country, tariff_id=tariff, currency=currency, at=at)
            markups.add(D(0) if rule is None else rule.markup_percent)
        if len(markups) > 1:
            return True
    return False
