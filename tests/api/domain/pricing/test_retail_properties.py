"""What holds for every price that we make of a partner's cost, whatever the tariff, the session and our rule."""

import json
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from api.domain.money import Money
from api.domain.pricing.periods import Reading
from api.domain.pricing.retail import RetailRule, driver_price
from api.domain.pricing.retail_snapshot import retail_from_json, retail_to_json
from api.domain.pricing.running import running_cost
from api.domain.pricing.tariff import Tariff
from tests.api.domain.pricing.make import BERLIN
from tests.api.domain.pricing.test_properties import few, rates, sessions, tariffs

D = Decimal
NOISE = D("1e-20")  # of amounts with 28 digits

retail_rules = st.builds(
    RetailRule,
    markup_percent=st.integers(-100, 300).map(D),
    session_fee=st.none() | st.integers(0, 500).map(lambda minor: Money(minor, "EUR")),
    minute_fee=st.integers(0, 100).map(lambda cents: D(cents) / 1000),
    free_minutes=st.integers(0, 90),
    vat_percent=rates,
)
stays = st.integers(0, 8 * 3600)


@few
@given(tariffs(), sessions(), retail_rules, stays)
def test_tax_lines_and_parts_sum(
    model: Tariff, session: tuple[list[Reading], datetime], rule: RetailRule, stay: int
) -> None:
    """To the cent, after rounding: tax lines lie between net and total, and who gets what sums to the total."""
    readings, end = session
    sold = driver_price(running_cost(readings, model, BERLIN, end), rule, stay_seconds=stay)
    if sold.vat is None:
        assert sold.net == sold.total
    else:
        assert sum(each.tax.minor for each in sold.tax_lines) == sold.vat.minor == (sold.total - sold.net).minor
    parts = sold.parts
    assert parts.vat == sold.vat
    assert parts.cpo + parts.roaming + parts.fee == sold.net
    assert sum(line.net if line.gross is None else line.gross for line in sold.lines) == sold.gross_exact


@few
@given(tariffs(), sessions(), retail_rules, stays, st.integers(0, 90), st.integers(0, 90))
def test_more_free_minutes_never_cost_more(
    model: Tariff, session: tuple[list[Reading], datetime], rule: RetailRule, stay: int, one: int, other: int
) -> None:
    """A driver is never worse off for minutes that we give away, and a longer stay never costs less of our fees."""
    cost = running_cost(session[0], model, BERLIN, session[1])
    few_free, many_free = (replace(rule, free_minutes=each) for each in sorted((one, other)))
    assert (
        driver_price(cost, many_free, stay_seconds=stay).total <= driver_price(cost, few_free, stay_seconds=stay).total
    )
    assert driver_price(cost, rule, stay_seconds=stay).total <= driver_price(cost, rule, stay_seconds=stay + 60).total


@few
@given(tariffs(), sessions(), retail_rules, stays, st.integers(0, 200))
def test_more_markup_never_lowers_the_price(
    model: Tariff, session: tuple[list[Reading], datetime], rule: RetailRule, stay: int, more: int
) -> None:
    """Whatever taxes and limits the partner's tariff has: no limit turns a price into less than nothing."""
    cost = running_cost(session[0], model, BERLIN, session[1])
    assert driver_price(cost, replace(rule, markup_percent=D(0), session_fee=None)).gross_exact >= -NOISE
    dearer = replace(rule, markup_percent=rule.markup_percent + more)
    assert driver_price(cost, rule, stay_seconds=stay).total <= driver_price(cost, dearer, stay_seconds=stay).total


@few
@given(retail_rules)
def test_snapshot_gives_back_the_retail_rule(rule: RetailRule) -> None:
    """A rule stored with its quote is later read as exactly the rule that was stored, through JSON text too."""
    assert retail_from_json(json.loads(json.dumps(retail_to_json(rule)))) == rule
