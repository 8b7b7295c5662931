"""No driver pays more for charging abroad (AFIR, Regulation (EU) 2023/1804, Art. 5; row L1)."""

import dataclasses
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest

import api.domain.pricing
import api.services.prices
from api.domain.ids import PartyId
from api.domain.pricing.rulebook import CrossBorderMarkup, RetailTerms, check_rules, choose_terms
from tests.api.domain.pricing.make import START

ABC = PartyId("DE", "ABC")


def rule(markup: int, **fields: Any) -> RetailTerms:
    """Return a rule from the start on."""
    return RetailTerms(starts_at=START, markup_percent=Decimal(markup), **fields)


DISCRIMINATING = {
    "one country is dearer": [rule(5), rule(10, country="FRA")],
    "one country is cheaper": [rule(5), rule(0, country="FRA")],
    "one country only": [rule(10, country="FRA")],
    "two countries and nothing elsewhere": [rule(5, country="FRA"), rule(5, country="DEU")],
    "one network, abroad": [rule(5), rule(5, party=ABC), rule(7, party=ABC, country="FRA")],
    "one network in one country, others pass": [rule(5), rule(7, party=ABC, country="FRA")],
    "one tariff, abroad": [rule(5, party=ABC, tariff_id="T1"), rule(7, party=ABC, tariff_id="T1", country="FRA")],
    "a currency tells countries apart": [rule(5), rule(10, currency="CHF")],
}

FAIR = {
    "nothing": [],
    "one markup": [rule(5)],
    "another for each network": [rule(5), rule(7, party=ABC), rule(0, party=PartyId("FR", "XYZ"))],
    "another for a tariff": [rule(5), rule(9, party=ABC, tariff_id="T1")],
    "fees in the currency of the country": [
        rule(5),
        rule(5, country="DEU", currency="EUR", session_fee_minor=35),
        rule(5, country="CHE", currency="CHF", session_fee_minor=40),
    ],
    "covered by a tariff's own rule": [rule(0, party=ABC, country="FRA"), rule(8, party=ABC, tariff_id="T1")],
}


@pytest.mark.parametrize("book", DISCRIMINATING.values(), ids=DISCRIMINATING.keys())
def test_a_markup_that_depends_on_the_country_is_refused(book: list[RetailTerms]) -> None:
    """Same network, same tariff, same moment, another country: the percentage must be the same."""
    with pytest.raises(CrossBorderMarkup) as refused:
        check_rules(book)
    assert len(set(refused.value.facts["markups"].values())) > 1  # type: ignore[attr-defined]  # facts are plain objects


@pytest.mark.parametrize("book", FAIR.values(), ids=FAIR.keys())
def test_what_does_not_depend_on_the_country_is_kept(book: list[RetailTerms]) -> None:
    """Networks and tariffs may differ, and a fee is money in the currency of the country."""
    check_rules(book)


def test_the_refusal_says_where_it_differs() -> None:
    """Network, moment and both percentages, so that whoever wrote the rule can mend it."""
    with pytest.raises(CrossBorderMarkup) as refused:
        check_rules([rule(5, party=ABC), rule(7, party=ABC, country="FRA")])
    assert refused.value.facts == {
        "party": "DE-ABC",
        "tariff_id": None,
        "at": START.isoformat(),
        "markups": {"FRA": "7", "elsewhere": "5"},
    }


def test_rules_that_follow_each_other_are_not_compared() -> None:
    """A markup may change with time, everywhere at once."""
    later = START.replace(year=2027)
    old = [dataclasses.replace(each, ends_at=later) for each in (rule(5), rule(5, country="FRA"))]
    new = [dataclasses.replace(each, starts_at=later) for each in (rule(7), rule(7, country="FRA"))]
    check_rules([*old, *new])
    with pytest.raises(CrossBorderMarkup):
        check_rules([*old, new[0], dataclasses.replace(new[1], markup_percent=Decimal(8))])


# --- nobody asks where the driver is from -----------------------------------------------------------------------------

OF_THE_DRIVER = re.compile(
    "driver(?!_(cap|price|line))|home|national|citizen|resid|emsp|issuer|language|locale|contract|token"
)
"""Words in a name by which a price could depend on who charges. ``driver_cap`` is an amount that the driver chose."""


def modules(package: ModuleType) -> Iterator[ModuleType]:
    """Yield the modules of a package."""
    for each in pkgutil.iter_modules(package.__path__):
        yield importlib.import_module(f"{package.__name__}.{each.name}")


def names(module: ModuleType) -> Iterator[tuple[str, str]]:
    """Yield what a module's functions and classes are given: each name with its type as written."""
    for _, thing in inspect.getmembers(module, lambda each: inspect.isfunction(each) or inspect.isclass(each)):
        if thing.__module__ != module.__name__:
            continue
        functions = (
            [thing] if inspect.isfunction(thing) else [f for _, f in inspect.getmembers(thing, inspect.isfunction)]
        )
        for function in functions:
            for parameter in inspect.signature(function).parameters.values():
                yield parameter.name, str(parameter.annotation)


def test_no_price_depends_on_who_charges() -> None:
    """No function and no record of pricing takes the driver, or anything by which a country of theirs could come in."""
    asked = {
        f"{module.__name__}: {name}: {kind}"
        for package in (api.domain.pricing, api.services.prices)
        for module in modules(package)
        for name, kind in names(module)
        if OF_THE_DRIVER.search(name.lower()) or "models.driver" in kind
    }
    assert asked == set()


def test_the_only_country_is_that_of_the_charger() -> None:
    """The choice of a rule has one place for a country and none for a second; so has the tax."""
    assert set(inspect.signature(choose_terms).parameters) == {
        "rules",
        "party",
        "country",
        "tariff_id",
        "currency",
        "at",
        "location_key",
    }
    with_country = {
        (module.__name__.rsplit(".", 1)[-1], name)
        for module in modules(api.domain.pricing)
        for name, _ in names(module)
        if "country" in name
    }
    assert with_country == {("rulebook", "country"), ("vat", "country"), ("tariff", "country_code")}


def test_a_question_about_the_driver_would_be_noticed() -> None:
    """The words above find what they are for."""
    for name in (
        "driver",
        "driver_id",
        "home_country",
        "nationality",
        "residence",
        "contract_id",
        "token_uid",
        "language",
    ):
        assert OF_THE_DRIVER.search(name)
    for name in ("driver_cap", "driver_price", "country", "tariff_id", "party"):
        assert not OF_THE_DRIVER.search(name)
